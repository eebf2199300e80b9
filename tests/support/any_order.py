"""Data sets that arrive in any order and in batches of any size, to compare with one bulk load and a re-cluster."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from api.files import read_sample
from api.sample import generate
from graph.model import ResolutionVersion
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver
from tests.support.neutrality import Verdict, verdict_of

DATA = Path(__file__).parent.parent / "data"
NOW = 1_800_000_000_000_000
SIZES = [1, 1, 1, 2, 5, 20, 50]


@dataclass(frozen=True)
class DataSet:
    """Tables of text by source, as they would be loaded, with the proposed config."""

    config: Config
    tables: dict[str, pa.Table]


def _read(name: str, rows: int | None) -> dict[str, pa.Table]:
    if name == "sample":
        tables = generate(2_000).tables
        share = 1.0 if rows is None else rows / 2_000
        return {source: table.slice(0, int(len(table) * share)) for source, table in tables.items()}
    table = read_sample(DATA / f"{name}.csv")
    truth = [column for column in ("cluster",) if column in table.column_names]
    return {name: table.drop_columns(truth).slice(0, rows)}


def data_set(name: str, rows: int | None = None) -> DataSet:
    """fake_1000, febrl_dataset3 or the generated sample; the first rows of it where a number is given."""
    tables = _read(name, rows)
    return DataSet(propose([guess_source(source, table) for source, table in tables.items()]), tables)


def in_batch(data: DataSet, path: Path) -> tuple[Verdict, ResolutionVersion]:
    """One bulk load of each source and a re-cluster, which trains the model: what it says, and under which version."""
    store = SqliteStore.open(path)
    try:
        resolver = Resolver(store, data.config, lambda: NOW)
        for source, table in data.tables.items():
            resolver.load(source, [(table, str)])
        resolver.recluster()
        version = resolver.version()
        assert version is not None
        return verdict_of(store), version
    finally:
        store.close()


def arrivals(data: DataSet, seed: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """All rows, shuffled over the sources, in batches of mixed sizes."""
    chosen = random.Random(seed)
    rows = [(source, row) for source, table in data.tables.items() for row in table.to_pylist()]
    chosen.shuffle(rows)
    batches = []
    while rows:
        size = chosen.choice(SIZES)
        part, rows = rows[:size], rows[size:]
        batches += [
            (source, [row for its, row in part if its == source]) for source in sorted({its for its, _ in part})
        ]
    return batches


def live(data: DataSet, version: ResolutionVersion, seed: int, store: Store) -> Verdict:
    """The same rows one batch after another, under this version, into an empty store."""
    with store.write() as tx:
        tx.adopt_version(version)
    resolver = Resolver(store, data.config, lambda: NOW)
    for source, rows in arrivals(data, seed):
        resolver.ingest(source, rows)
    assert store.check() == []
    return verdict_of(store)
