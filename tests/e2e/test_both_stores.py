"""The same work on the embedded store and on Neo4j, with the same clock, ends in the same customers, ids and feed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from api.files import source_name
from api.sample import write_sample
from graph.model import DecisionKind
from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.service import Resolver
from tests.support.same_work import assert_same_work_same_end, config_of, load

pytestmark = pytest.mark.neo4j

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def stores(tmp_path: Path, neo4j_url: str) -> Iterator[tuple[Store, Store]]:
    sqlite, neo4j = SqliteStore.open(tmp_path / "store.db"), Neo4jStore.open(neo4j_url)
    yield sqlite, neo4j
    sqlite.close()
    neo4j.close()


def _rows(file: Path) -> list[dict[str, str | None]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(opened)]


def _batches(rows: Sequence[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, 2_000, 7)
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


def test_a_bulk_loaded_and_reclustered_company_is_the_same_in_both(
    stores: tuple[Store, Store], sample: list[Path]
) -> None:
    def work(resolver: Resolver) -> None:
        load(resolver, sample)
        resolver.recluster()
        resolver.recluster(retrain=True)

    assert_same_work_same_end(stores, config_of(sample), work)


def test_people_who_come_live_in_batches_are_the_same_customers_in_both(stores: tuple[Store, Store]) -> None:
    files = [DATA / "fake_1000.csv"]
    rows = _rows(files[0])[:400]

    def work(resolver: Resolver) -> None:
        for batch in _batches(rows, 90):
            resolver.ingest("fake_1000", batch)
        for row in rows[10:16]:
            resolver.ingest("fake_1000", [{**row, "city": "Elsewhere", "email": None}])
        resolver.recluster()

    assert_same_work_same_end(stores, config_of(files), work)


def test_a_company_that_lives_on_has_the_same_history_in_both(stores: tuple[Store, Store], sample: list[Path]) -> None:
    bulk, live = sample[:2], sample[2:]

    def work(resolver: Resolver) -> None:
        load(resolver, bulk)
        resolver.recluster()
        for file in live:
            for batch in _batches(_rows(file)[:150], 50):
                resolver.ingest(source_name(file), batch)
        _decide(resolver)
        resolver.recluster()

    assert_same_work_same_end(stores, config_of(sample), work)


def _decide(resolver: Resolver) -> None:
    """Join two customers, part one, take both back in turn, and delete a record."""
    large = [its.id for its in resolver.customers(limit=100_000) if its.size > 2][:2]
    first, second = ([member.record_key for member in resolver.customer(id).records] for id in large)
    joined = resolver.decide(DecisionKind.SAME, first[0], second[0], by="ana", reason="one person")
    resolver.take_out(first[1], by="ana", reason="her sister")
    resolver.withdraw(joined.decision.id, by="bo")
    source, _, id = second[1].partition(":")
    resolver.delete(source, id)
