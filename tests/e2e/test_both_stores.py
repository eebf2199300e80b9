"""The same work on the embedded store and on Neo4j, with the same clock, ends in the same customers, ids and feed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.sample import write_sample
from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.service import Resolver
from tests.support.same_work import assert_same_work_same_end, batches, config_of, live_on, load, rows_of

pytestmark = pytest.mark.neo4j

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def stores(tmp_path: Path, neo4j_url: str) -> Iterator[tuple[Store, Store]]:
    sqlite, neo4j = SqliteStore.open(tmp_path / "store.db"), Neo4jStore.open(neo4j_url)
    yield sqlite, neo4j
    sqlite.close()
    neo4j.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, 1_000, 7)
    return sorted(file for file in folder.glob("*.csv") if file.stem != "truth")


@pytest.mark.parametrize("name", ["fake_1000", "febrl_dataset3"])
def test_bulk_loaded_and_reclustered_people_are_the_same_customers_in_both(
    stores: tuple[Store, Store], name: str
) -> None:
    files = [DATA / f"{name}.csv"]

    def work(resolver: Resolver) -> None:
        load(resolver, files)
        resolver.recluster()

    assert_same_work_same_end(stores, config_of(files), work)


@pytest.mark.parametrize("name", ["fake_1000", "febrl_dataset3"])
def test_people_who_come_live_in_batches_are_the_same_customers_in_both(stores: tuple[Store, Store], name: str) -> None:
    files = [DATA / f"{name}.csv"]
    rows = rows_of(files[0], 300)

    def work(resolver: Resolver) -> None:
        for batch in batches(rows, 90):
            resolver.ingest(name, batch)
        for row in rows[10:16]:
            resolver.ingest(name, [{**row, "surname": "Elsewhere"}])
        resolver.recluster()

    assert_same_work_same_end(stores, config_of(files), work)


def test_a_company_that_is_loaded_and_lives_on_has_the_same_history_in_both(
    stores: tuple[Store, Store], sample: list[Path]
) -> None:
    def work(resolver: Resolver) -> None:
        load(resolver, sample)
        resolver.recluster()
        live_on(resolver, sample, most=100, size=50)

    assert_same_work_same_end(stores, config_of(sample), work)
