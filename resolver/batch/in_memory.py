"""Batch: everything at once, from files to clusters without a store, or from a store's records to its customers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from resolver.clustering.known import know
from resolver.clustering.resolution import DecidedPairs, Resolution, resolve
from resolver.columns import Ints, Table
from resolver.config import Config
from resolver.preparing.cells import Vocabulary
from resolver.preparing.prepare import Prepared, Preparer
from resolver.preparing.records import RecordMaker, delivered, digest_of, rows_of, table_from
from resolver.preparing.rows import Place
from resolver.scoring.model import Model, probability_of
from resolver.training.default_model import default_model
from resolver.training.train import ENOUGH_RECORDS, telling_rows, train
from resolver.version import Version


@dataclass(frozen=True)
class Batch:
    """Rows of several sources in columns, in key order; ``refused`` as (place, field or None, value, reason)."""

    table: Table
    refused: list[tuple[str, str | None, str, str]] = field(default_factory=list)


def prepare_batch(sources: Iterable[tuple[str, Iterable[tuple[pa.Table, Place]]]], config: Config, now: int) -> Batch:
    """Normalise all rows of all sources. Of rows with one id the newest counts; the others are refused."""
    vocabulary = Vocabulary()
    parts: list[tuple[Prepared, list[str]]] = []
    refused: list[tuple[str, str | None, str, str]] = []
    newest = _Newest()
    for source, tables in sources:
        preparer, maker = Preparer(source, config), RecordMaker(source, config)
        for table, place in tables:
            prepared = preparer.prepare(table, vocabulary, now)
            needs_fields = config.sources[source].id is None
            ids = maker.ids(prepared, rows_of(prepared, vocabulary)[0] if needs_fields else [])
            keys = ["" if id is None else f"{source}:{id}" for id in ids]
            repeated = newest.add(keys, prepared)
            if not needs_fields:  # a touch is seen again and again
                reason = "the id appears again; its newest version counts"
                refused += [(place(row), None, ids[row] or "", reason) for row in repeated]
            refused += [(place(its.row), its.field, its.value, its.reason) for its in prepared.refused]
            parts.append((prepared, keys))
    return Batch(_without_gaps(table_from(parts, vocabulary, config)), refused)


class _Newest:
    """The newest row of each record; of several rows of one record, the others lose their keys."""

    def __init__(self) -> None:
        self._parts: list[tuple[list[str], Prepared]] = []
        self._starts: list[int] = []  # the number of each part's first row; rows are counted over all parts
        self._rows: dict[str, int] = {}

    def add(self, keys: list[str], prepared: Prepared) -> list[int]:
        """Blank the keys of all but the newest row of each record; answers the rows whose key was there before."""
        start = self._starts[-1] + len(self._parts[-1][0]) if self._parts else 0
        self._parts.append((keys, prepared))
        self._starts.append(start)
        rows = dict(zip(keys, range(start, start + len(keys)), strict=True))
        if len(rows) == len(keys) and "" not in rows and self._rows.keys().isdisjoint(rows):
            self._rows |= rows  # the ordinary case
            return []
        again = []
        for row, key in enumerate(keys, start):
            if not key:
                continue
            other = self._rows.setdefault(key, row)
            if other == row:
                continue
            again.append(row - start)
            loser, winner = (row, other) if self._version(row) <= self._version(other) else (other, row)
            part, place = self._find(loser)
            self._parts[part][0][place] = ""
            self._rows[key] = winner
        return again

    def _find(self, row: int) -> tuple[int, int]:
        part = bisect_right(self._starts, row) - 1
        return part, row - self._starts[part]

    def _version(self, row: int) -> tuple[int, str]:
        """Time, then content, so that the order of rows does not matter."""
        part, place = self._find(row)
        prepared = self._parts[part][1]
        payload = prepared.payload.slice(place, 1).to_pylist()[0]
        return prepared.times[place] or 0, digest_of(delivered(payload))


def _without_gaps(table: Table) -> Table:
    """The table without the rows that have no key; they sort first."""
    gaps = sum(1 for key in table.keys if not key)
    return table.take(np.arange(gaps, len(table))) if gaps else table


def choose_model(table: Table, config: Config) -> Model:
    """Trained on these records where they are enough, else the shipped one."""
    return train(table, config) if enough_to_learn(table, config) else default_model(config)


def enough_to_learn(table: Table, config: Config) -> bool:
    return len(telling_rows(table, config)) >= ENOUGH_RECORDS


def cluster_table(table: Table, version: Version, decided: DecidedPairs | None = None) -> Resolution:
    """Resolve a whole table."""
    return resolve(table, know(table, version), decided or DecidedPairs(), version)


def confidences(resolution: Resolution) -> tuple[list[float | None], list[float | None]]:
    """By row, the confidence of the record and of its cluster; None for a record alone."""
    sizes = np.bincount(resolution.cluster, minlength=len(resolution.cluster))[resolution.cluster]
    return _probabilities(resolution.record_weight, sizes), _probabilities(resolution.cluster_weight, sizes)


def _probabilities(weights: Ints, sizes: Ints) -> list[float | None]:
    distinct, which = np.unique(weights, return_inverse=True)
    known = np.array([probability_of(weight) for weight in distinct.tolist()], dtype=object)[which]
    known[sizes <= 1] = None
    answer: list[float | None] = known.tolist()
    return answer
