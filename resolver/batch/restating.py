"""A whole store resolved anew, and how it is written: only what differs from what the store holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import isnan

import numpy as np

from graph.columns import BlockingColumns
from graph.model import Assignment, Record, ReviewItem
from graph.store import Transaction
from resolver.batch.everything import Beginning
from resolver.blocking.keys import KeyMaker
from resolver.clustering.resolution import Known
from resolver.columns import Table, table_of
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

    @property
    def identity(self) -> tuple[str, str, str]:
        """The texts of the resolution version."""
        return self.version.config.canonical_json(), self.version.model.to_json(), NORMALISER_VERSION

    @property
    def is_fresh(self) -> bool:
        """Whether the version differs from the adopted one."""
        its = self.begin.adopted
        return its is None or (its.config, its.model, its.normaliser) != self.identity

    @property
    def is_rekeyed(self) -> bool:
        """Whether records carry other blocking keys than before."""
        its = self.begin.adopted
        return its is None or Model.from_json(its.model).rules != self.version.model.rules


def write_keys(tx: Transaction, its: Restated, left_out: Collection[str] = ()) -> None:
    """Write what finds the records of the table, but for those that are ``left_out``: all of it, or the blocking keys,
    or those of the records that have none yet."""
    if its.begin.renormalises:
        records = sorted((record for record in its.rewritten if record.key not in left_out), key=lambda one: one.key)
        table = table_of([(record.key, record.fields) for record in records], tuple(its.version.kinds))
        tx.put_records(index_records(records, table, its.version))
        return
    table = its.table
    if its.is_rekeyed:
        tx.clear_blocking_keys()
        rows = [row for row, key in enumerate(table.keys) if key not in left_out]
    else:
        waiting = set(tx.pending(len(table))).difference(left_out)
        rows = [row for row, key in enumerate(table.keys) if key in waiting] if waiting else []
    if len(rows) < len(table):
        table = table.take(np.array(rows, dtype=np.int64))
    if len(table):
        tx.put_blocking_columns(_blocking(table, its.version))


def _blocking(table: Table, version: Version) -> BlockingColumns:
    entries = KeyMaker(table, version.kinds).pooled(version.model.rules)
    ends = np.cumsum(np.bincount(entries.rows, minlength=len(table))).astype(np.int64)
    return BlockingColumns(table.keys, ends, signed(entries.hashes))


def write_assignments(tx: Transaction, old: Assigned, new: Assigned) -> None:
    """Write what differs between the assignments of all records."""
    row_of = {key: row for row, key in enumerate(new.keys)}
    places = [row_of.get(key, -1) for key in old.keys]
    tx.drop_assignments([key for key, place in zip(old.keys, places, strict=True) if place < 0])
    equal = np.zeros(len(new.keys), dtype=bool)
    for at, place in enumerate(places):
        if place >= 0 and old.customers[at] == new.customers[place] and old.components[at] == new.components[place]:
            equal[place] = True
    rows = np.array(places, dtype=np.int64)
    there = rows >= 0
    before, after = old.confidence[there], new.confidence[rows[there]]
    equal[rows[there]] &= (before == after) | (np.isnan(before) & np.isnan(after))
    tx.put_assignments(
        Assignment(new.keys[row], new.components[row], new.customers[row], None if isnan(sure) else sure)
        for row, sure in zip(np.flatnonzero(~equal).tolist(), new.confidence[~equal].tolist(), strict=True)
    )
