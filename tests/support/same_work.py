"""The same work on the embedded store and on Neo4j, by the same clock, and that it ends in the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from api.files import read_chunks, read_sample, source_name
from graph.store import Store
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver
from tests.support.contents import contents, differences

START = 1_750_000_000_000_000
SECOND = 1_000_000

Work = Callable[[Resolver], None]


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
    assert differences(contents(stores[0]), contents(stores[1])) == []
    assert _answers(first) == _answers(second)
    assert [store.check() for store in stores] == [[], []]


def load(resolver: Resolver, files: Sequence[Path]) -> None:
    for file in files:
        resolver.load(source_name(file), ((chunk.table, chunk.place) for chunk in read_chunks(file)))
