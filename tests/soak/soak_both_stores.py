"""A company of 100,000 rows on both stores, in parts of the same size, since that tells in which order the events of
different customers follow each other; not collected by name, so that only ``make soak`` runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.sample import write_sample
from resolver.service import Resolver
from tests.support.bounded import Bounded
from tests.support.places import PLACES
from tests.support.same_work import assert_same_work_same_end, config_of, live_on, load

ROWS = 100_000


@pytest.mark.neo4j
def test_a_large_company_is_the_same_in_both(tmp_path: Path) -> None:
    write_sample(tmp_path, ROWS, 7)
    files = sorted(file for file in tmp_path.glob("*.csv") if file.stem != "truth")

    def work(resolver: Resolver) -> None:
        load(resolver, files)
        resolver.recluster()
        live_on(resolver, files, most=1_000, size=100)

    with PLACES["sqlite"](tmp_path) as embedded, PLACES["neo4j"](tmp_path) as server:
        store = server.open()
        alike = Bounded(embedded.open(), store.rows_at_once)
        assert_same_work_same_end((alike, store), config_of(files), work)
