"""A whole store resolved anew, and how it is written: only what differs from what the store holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np

from graph.columns import BlockingColumns
from graph.model import Assignment, Record, ReviewItem
from graph.store import Transaction
from resolver.batch.everything import Beginning
from resolver.blocking.keys import KeyMaker
from resolver.clustering.proposing import Known
from resolver.columns import Ints, Table, table_of
from resolver.customers.naming import Named
from resolver.customers.partition import Assigned
from resolver.hashing import signed
from resolver.normalise import NORMALISER_VERSION
from resolver.preparing.indexing import index_records
from resolver.scoring.model import Model
from resolver.version import Version


@dataclass(frozen=True)
class Restated:
    """What a re-cluster has to say of everything, as of its beginning. ``rewritten``: the records in their new normal
    form, where it renormalises; ``links`` and ``review`` as in ``everything.Held``."""

    begin: Beginning
    version: Version
    table: Table
    rewritten: list[Record]
    known: Known
    named: Named
    links: dict[tuple[str, str], int]
    review: dict[str, ReviewItem]

    @cached_property
    def identity(self) -> tuple[str, str, str]:
        """The texts of the resolution version."""
        return self.version.config.canonical_json(), self.version.model.to_json(), NORMALISER_VERSION

    @cached_property
    def is_fresh(self) -> bool:
        """Whether the version differs from the adopted one."""
        its = self.begin.adopted
        return its is None or (its.config, its.model, its.normaliser) != self.identity

    @cached_property
    def is_rekeyed(self) -> bool:
        """Whether records carry other blocking keys than before."""
        its = self.begin.adopted
        return its is None or Model.from_json(its.model).rules != self.version.model.rules


def write_keys(tx: Transaction, its: Restated, left_out: Collection[str] = ()) -> None:
    """Write what finds the records of the table, but for those that are ``left_out``: all of it, or the blocking keys,
    or those of the records that have none yet."""
    if its.begin.renormalises:
        put_rewritten(tx, its, [record for record in its.rewritten if record.key not in left_out])
        return
    table = its.table
    if its.is_rekeyed:
        tx.clear_blocking_keys()
        rows = [row for row, key in enumerate(table.keys) if key not in left_out]
    else:
        waiting = set(tx.pending(len(table))).difference(left_out)
        rows = [row for row, key in enumerate(table.keys) if key in waiting] if waiting else []
    if rows:
        tx.put_blocking_columns(blocking_of(its, rows))


def put_rewritten(tx: Transaction, its: Restated, records: Sequence[Record], *, pending: bool = False) -> None:
    """Write these of the rewritten records with their keys."""
    ordered = sorted(records, key=lambda one: one.key)
    table = table_of([(record.key, record.fields) for record in ordered], tuple(its.version.kinds))
    tx.put_records(index_records(ordered, table, its.version), pending=pending)


def blocking_of(its: Restated, rows: Sequence[int]) -> BlockingColumns:
    """The blocking keys of these rows of the table."""
    table, version = its.table, its.version
    if len(rows) < len(table):
        table = table.take(np.array(rows, dtype=np.int64))
    entries = KeyMaker(table, version.kinds).pooled(version.model.rules)
    ends = np.cumsum(np.bincount(entries.rows, minlength=len(table))).astype(np.int64)
    return BlockingColumns(table.keys, ends, signed(entries.hashes))


def write_assignments(tx: Transaction, old: Assigned, new: Assigned) -> None:
    """Write what differs between the assignments of all records."""
    dropped, rows = changed_assignments(old, new)
    tx.drop_assignments(dropped)
    tx.put_assignments(assignments_at(new, rows))


def changed_assignments(old: Assigned, new: Assigned) -> tuple[list[str], Ints]:
    """The record keys that are assigned no more, and the rows of ``new`` that are not as they were."""
    row_of = {key: row for row, key in enumerate(new.keys)}
    places = [row_of.get(key, -1) for key in old.keys]
    dropped = [key for key, place in zip(old.keys, places, strict=True) if place < 0]
    equal = np.zeros(len(new.keys), dtype=bool)
    for at, place in enumerate(places):
        if place >= 0 and old.customers[at] == new.customers[place] and old.components[at] == new.components[place]:
            equal[place] = True
    rows = np.array(places, dtype=np.int64)
    there = rows >= 0
    before, after = old.confidence[there], new.confidence[rows[there]]
    equal[rows[there]] &= (before == after) | (np.isnan(before) & np.isnan(after))
    return dropped, np.flatnonzero(~equal)


def assignments_at(assigned: Assigned, rows: Ints) -> Iterator[Assignment]:
    """Those of these rows."""
    for row, sure in zip(rows.tolist(), assigned.confidence[rows].tolist(), strict=True):
        confidence = None if isnan(sure) else sure
        yield Assignment(assigned.keys[row], assigned.components[row], assigned.customers[row], confidence)
