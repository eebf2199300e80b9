"""The same work on the embedded store and on Neo4j, with the same clock, ends in the same customers, ids and feed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from api.files import read_chunks, read_sample, source_name
from api.sample import write_sample
from graph.model import DecisionKind
from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver
from tests.support.contents import contents, differences

pytestmark = pytest.mark.neo4j

DATA = Path(__file__).parents[1] / "data"
START = 1_750_000_000_000_000
SECOND = 1_000_000

Work = Callable[[Resolver], None]


@pytest.fixture
def stores(tmp_path: Path, neo4j_url: str) -> Iterator[tuple[Store, Store]]:
    sqlite, neo4j = SqliteStore.open(tmp_path / "store.db"), Neo4jStore.open(neo4j_url)
    yield sqlite, neo4j
    sqlite.close()
    neo4j.close()


def _config(files: Sequence[Path]) -> Config:
    return propose([guess_source(source_name(file), read_sample(file)) for file in files])


def _on(store: Store, config: Config, work: Work) -> Resolver:
    clock = count(START, SECOND)
    resolver = Resolver(store, config, lambda: next(clock))
    work(resolver)
    return resolver


def _answers(resolver: Resolver) -> list[Any]:
    """What people and programs are told of the customers."""
    customers = resolver.customers(limit=100)
    return [
        *(resolver.customer(its.id) for its in customers),
        *(resolver.graph(its.id) for its in customers[:20]),
        *([change.details for change in resolver.history(its.id)] for its in customers),
        resolver.review(1_000),
    ]


def _assert_same_work_same_end(stores: tuple[Store, Store], config: Config, work: Work) -> None:
    first, second = (_on(store, config, work) for store in stores)
    assert differences(contents(stores[0]), contents(stores[1])) == []
    assert _answers(first) == _answers(second)
    assert [store.check() for store in stores] == [[], []]


def _load(resolver: Resolver, files: Sequence[Path]) -> None:
    for file in files:
        resolver.load(source_name(file), ((chunk.table, chunk.place) for chunk in read_chunks(file)))


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


def test_bulk_loaded_and_reclustered_people_are_the_same_customers_in_both(stores: tuple[Store, Store]) -> None:
    files = [DATA / "fake_1000.csv"]

    def work(resolver: Resolver) -> None:
        _load(resolver, files)
        resolver.recluster()

    _assert_same_work_same_end(stores, _config(files), work)


def test_a_bulk_loaded_and_reclustered_company_is_the_same_in_both(
    stores: tuple[Store, Store], sample: list[Path]
) -> None:
    def work(resolver: Resolver) -> None:
        _load(resolver, sample)
        resolver.recluster()
        resolver.recluster(retrain=True)

    _assert_same_work_same_end(stores, _config(sample), work)


def test_people_who_come_live_in_batches_are_the_same_customers_in_both(stores: tuple[Store, Store]) -> None:
    files = [DATA / "fake_1000.csv"]
    rows = _rows(files[0])[:400]

    def work(resolver: Resolver) -> None:
        for batch in _batches(rows, 90):
            resolver.ingest("fake_1000", batch)
        for row in rows[10:16]:
            resolver.ingest("fake_1000", [{**row, "city": "Elsewhere", "email": None}])
        resolver.recluster()

    _assert_same_work_same_end(stores, _config(files), work)


def test_a_company_that_lives_on_has_the_same_history_in_both(stores: tuple[Store, Store], sample: list[Path]) -> None:
    bulk, live = sample[:2], sample[2:]

    def work(resolver: Resolver) -> None:
        _load(resolver, bulk)
        resolver.recluster()
        for file in live:
            for batch in _batches(_rows(file)[:150], 50):
                resolver.ingest(source_name(file), batch)
        _decide(resolver)
        resolver.recluster()

    _assert_same_work_same_end(stores, _config(sample), work)


def _decide(resolver: Resolver) -> None:
    """Join two customers, part one, take both back in turn, and delete a record."""
    large = [its.id for its in resolver.customers(limit=100_000) if its.size > 2][:2]
    first, second = ([member.record_key for member in resolver.customer(id).records] for id in large)
    joined = resolver.decide(DecisionKind.SAME, first[0], second[0], by="ana", reason="one person")
    resolver.take_out(first[1], by="ana", reason="her sister")
    resolver.withdraw(joined.decision.id, by="bo")
    source, _, id = second[1].partition(":")
    resolver.delete(source, id)
