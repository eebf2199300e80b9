"""Which stored components a change can touch: found by the keys of the changed records alone, without a graph walk.

A changed record touches its own component, those of the records that it links to (or nearly does) now, and those of
its former partners. A key whose penalty or activity changes touches all of its carriers. A changed decision touches
its endpoints. Everything else keeps its pairs, its weights, and so its clusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from graph.model import Carrier, IndexedRecord, Record
from graph.store import Snapshot
from resolver.evidence import reach_of_table, table_of_records
from resolver.records import identifier_key
from resolver.resolution import Evidence
from resolver.version import Version


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record before and after: None where there was none (or a tombstone), or is none any more."""

    before: IndexedRecord | None
    after: IndexedRecord | None

    @property
    def key(self) -> str:
        its = self.after or self.before
        assert its is not None
        return its.record.key


@dataclass(frozen=True, slots=True)
class _Key:
    """One key's carriers as record key → signature, before and after the change, and its cap."""

    name: str
    cap: int
    before: Mapping[str, int]
    after: Mapping[str, int]

    def state(self, carriers: Mapping[str, int]) -> tuple[bool, int]:
        """Whether the key is active, and the penalty (bits) that its reach costs."""
        if len(carriers) > self.cap:
            return False, 0
        reach = len(set(carriers.values()) - {0}) if self.name else 0
        return True, max(0, reach - 1).bit_length() - 1 if reach > 2 else 0


def affected_records(
    snapshot: Snapshot, changed: Sequence[ChangedRecord], endpoints: Collection[str], version: Version
) -> list[str]:
    """Keys of the live records to resolve anew, in key order; the snapshot already holds the changed records.
    ``endpoints``: record keys and identifier keys of changed decisions."""
    keys = [key for key in _keys_of(snapshot, changed, version) if key.before or key.after]
    gone = {its.key for its in changed if its.after is None}
    own = {its.key for its in changed}
    touched = set(own)
    candidates: set[tuple[str, str]] = set()
    for key in keys:
        was, now = key.state(key.before), key.state(key.after)
        if was != now:
            touched |= (key.before if was[0] else {}).keys() | (key.after if now[0] else {}).keys()
        elif now[0]:
            candidates |= set(product(key.after.keys() & own, key.after.keys() - own))
    wanted = {(mine, other) for mine, other in candidates if other not in touched}
    touched |= _partners(snapshot, [its.after.record for its in changed if its.after], wanted, version)
    touched |= _former_partners(snapshot, own)
    touched |= _endpoints(snapshot, changed, endpoints, version)
    assigned = snapshot.assignments(touched)
    components = snapshot.members_of_components({its.component for its in assigned.values()})
    everything = touched.union(*components.values()) - gone
    return sorted(key for key, record in snapshot.records(everything).items() if not record.deleted)


def _keys_of(snapshot: Snapshot, changed: Sequence[ChangedRecord], version: Version) -> list[_Key]:
    """Every key that a changed record carries or carried, with its carriers before and after."""
    before: defaultdict[int, dict[str, int]] = defaultdict(dict)
    after: defaultdict[int, dict[str, int]] = defaultdict(dict)
    names: dict[int, str] = {}
    for its in changed:
        for indexed, carried in ((its.before, before), (its.after, after)):
            for key in indexed.keys if indexed else ():
                carried[key.hash][its.key] = indexed.signature if indexed else 0
                names[key.hash] = key.type if key.value is not None else ""
    keys = []
    own = {its.key for its in changed}
    for cap, hashes in _by_cap(names, version).items():
        found = snapshot.carriers(hashes, cap + 1 + len(changed))
        for its_hash in hashes:
            others = _others(found.get(its_hash, []), own)
            keys.append(_Key(names[its_hash], cap, others | before[its_hash], others | after[its_hash]))
    return keys


def _others(carriers: Sequence[Carrier], own: Collection[str]) -> dict[str, int]:
    return {its.record_key: its.signature for its in carriers if its.record_key not in own}


def _by_cap(names: Mapping[int, str], version: Version) -> dict[int, list[int]]:
    caps: defaultdict[int, list[int]] = defaultdict(list)
    for its_hash, name in names.items():
        caps[version.cap(name) if name else version.config.resolution.blocking_cap].append(its_hash)
    return caps


def _partners(
    snapshot: Snapshot, changed: Sequence[Record], candidates: Collection[tuple[str, str]], version: Version
) -> set[str]:
    """The candidates that a changed record links to, or comes near enough to for review. ``candidates``: pairs of a
    changed record and another that share an active key."""
    if not candidates:
        return set()
    others = snapshot.records({other for _, other in candidates}).values()
    table = table_of_records([*changed, *(record for record in others if not record.deleted)], version.config)
    row_of = {key: row for row, key in enumerate(table.keys)}
    pairs = np.array([(row_of[mine], row_of[other]) for mine, other in sorted(candidates)], dtype=np.int64)
    evidence = Evidence(table, version, reach_of_table(snapshot, table, version))
    weight, _ = evidence.weights(pairs.min(axis=1), pairs.max(axis=1))
    return {table.keys[row] for row in pairs[weight >= version.review_floor, 1].tolist()}


def _former_partners(snapshot: Snapshot, changed: Collection[str]) -> set[str]:
    partners = {key for link in snapshot.links(changed) for key in (link.left, link.right)}
    return partners | {key for item in snapshot.review_of(changed) for key in item.records}


def _endpoints(
    snapshot: Snapshot, changed: Sequence[ChangedRecord], endpoints: Collection[str], version: Version
) -> set[str]:
    """The records that changed decisions speak of, and decisions on what changed records are or carry."""
    named = set(endpoints)
    own = {its.key for its in changed}
    for its in changed:
        for indexed in (its.before, its.after):
            own |= {key.name for key in indexed.keys if key.value is not None} if indexed else set()
    for decision in snapshot.decisions_on(own):
        named |= {decision.left, decision.right}
    return {key for endpoint in named for key in carriers_of(snapshot, endpoint, version)}


def carriers_of(snapshot: Snapshot, endpoint: str, version: Version) -> list[str]:
    """The live records that an endpoint of a decision stands for, in key order; none while it sleeps."""
    type, _, value = endpoint.partition(":")
    if type in version.config.identifiers and type not in version.config.sources:
        key, cap = identifier_key(type, value), version.cap(type)
        carriers = [its.record_key for its in snapshot.carriers([key.hash], cap + 1).get(key.hash, [])]
        return carriers if len(carriers) <= cap else []
    found: dict[str, Record] = snapshot.records([endpoint])
    return [endpoint] if endpoint in found and not found[endpoint].deleted else []
