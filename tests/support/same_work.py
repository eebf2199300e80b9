"""The same work on the embedded store and on Neo4j, by the same clock, and that it ends in the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

from api.files import read_chunks, read_sample, source_name
from graph.model import DecisionKind
from graph.store import Store
from resolver.config import RETURNED_ID, Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver
from tests.support.contents import contents, differences

START = 1_750_000_000_000_000
SECOND = 1_000_000

Work = Callable[[Resolver], None]
Row = dict[str, Any]


def config_of(files: Sequence[Path]) -> Config:
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


def assert_same_work_same_end(stores: tuple[Store, Store], config: Config, work: Work) -> None:
    first, second = (_on(store, config, work) for store in stores)
    differing = differences(contents(stores[0]), contents(stores[1]))
    assert not differing, "\n".join(differing)
    assert _answers(first) == _answers(second)
    assert [store.check() for store in stores] == [[], []]


def load(resolver: Resolver, files: Sequence[Path]) -> None:
    for file in files:
        resolver.load(source_name(file), ((chunk.table, chunk.place) for chunk in read_chunks(file)))


def rows_of(file: Path, most: int) -> list[Row]:
    """The first rows of a file."""
    rows = (row for chunk in read_chunks(file) for row in chunk.table.to_pylist())
    return list(islice(rows, most))


def batches(rows: Sequence[Row], size: int) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def live_on(resolver: Resolver, files: Sequence[Path], most: int, size: int) -> None:
    """What a service is told after its first load: records of each file come again without some of their values, some
    with the id of a customer; a source that nobody configured; what stewards do; and a re-cluster under a model that is
    learned anew."""
    chosen = random.Random(3)
    config = config_of(files)
    ids = [its.id for its in resolver.customers(limit=50)]
    for file in files:
        source = source_name(file)
        its = config.sources[source]
        for batch in batches(rows_of(file, most), size):
            for row in batch:
                row |= dict.fromkeys(chosen.sample(sorted(its.columns), 2))
                row |= {its.time: "2025-02-03T04:05:06Z"} if its.time else {}
            batch[0][RETURNED_ID] = chosen.choice(ids)
            resolver.ingest(source, batch)
    people = [{"member_id": f"M-{number}", "e_mail": f"m{number % 7}@example.com"} for number in range(20)]
    resolver.ingest("newcomers", people, allow_new_sources=True)
    decide(resolver)
    resolver.recluster(retrain=True)


def decide(resolver: Resolver) -> None:
    """Join two customers on whom nothing is decided yet, part one, take both back in turn, and delete a record."""
    decided = {key for its in resolver.decisions() for key in (its.left, its.right)}
    large = (its.id for its in resolver.customers(limit=100_000) if its.size > 2)
    members = ([member.record_key for member in resolver.customer(id).records] for id in large)
    first, second = islice((keys for keys in members if decided.isdisjoint(keys)), 2)
    joined = resolver.decide(DecisionKind.SAME, first[0], second[0], by="ana", reason="one person")
    resolver.take_out(first[1], by="ana", reason="her sister")
    resolver.withdraw(joined.decision.id, by="bo")
    source, _, id = second[1].partition(":")
    resolver.delete(source, id)
