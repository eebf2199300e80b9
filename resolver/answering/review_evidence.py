"""The evidence of review items: of the pair of records that each is about, in the integers that resolution added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.model import ReviewItem, ReviewKind
from graph.store import Snapshot
from resolver.answers import PairEvidence
from resolver.neighbourhood.affected import carriers_of
from resolver.neighbourhood.evidence import Scales, SharedKeys, reach_of_table
from resolver.preparing.indexing import table_of_records
from resolver.version import Version


def evidence_of_items(snapshot: Snapshot, items: Sequence[ReviewItem], version: Version) -> dict[str, PairEvidence]:
    """By item id. An item about records that are gone has none."""
    pairs = {item.id: pair for item in items if (pair := _pair(snapshot, item, version)) is not None}
    found = snapshot.records({key for pair in pairs.values() for key in pair})
    table = table_of_records([record for record in found.values() if not record.deleted], version.config)
    row_of = {key: row for row, key in enumerate(table.keys)}
    pairs = {id: pair for id, pair in pairs.items() if row_of.keys() >= set(pair)}
    if not pairs:
        return {}
    rows = np.array([sorted((row_of[a], row_of[b])) for a, b in pairs.values()], dtype=np.int64)
    scales = Scales(table, version, reach_of_table(snapshot, table, version))
    shared = SharedKeys(snapshot, table, version).of([(a, b) for a, b in rows.tolist()])
    weighed = scales.weigh(rows[:, 0], rows[:, 1])
    return {id: scales.evidence(weighed, place, shared[place]) for place, id in enumerate(pairs)}


def _pair(snapshot: Snapshot, item: ReviewItem, version: Version) -> tuple[str, str] | None:
    """The two records that an item turns on: those that it is about, the weakest link of a large customer, or those
    that a skipped decision would bind, of identifiers the first of their carriers."""
    keys = item.records if len(item.records) == 2 else item.details.get("weakest_link", ())
    if item.kind is ReviewKind.SKIPPED_DECISION:
        keys = [key for endpoint in keys for key in carriers_of(snapshot, endpoint, version.config)[:1]]
    return (keys[0], keys[1]) if len(keys) == 2 and keys[0] != keys[1] else None
