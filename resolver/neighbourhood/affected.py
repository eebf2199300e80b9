"""Which stored components a change can touch: found by the keys of the changed records alone, without a graph walk.

A changed record touches its own component, those of the records that it links to (or nearly does) now, and those of
its former partners. A key whose penalty or activity changes touches all of its carriers. A changed decision touches
its endpoints. Everything else keeps its pairs, its weights, and so its clusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from graph.model import Fields, KeyKind
from resolver.clustering.evidence import Evidence
from resolver.config import Config
from resolver.neighbourhood.changed import ChangedCarriers, ChangedRecord
from resolver.neighbourhood.evidence import reach_among, reach_of_table
from resolver.neighbourhood.read_once import ReadOnce, RecordsAndKeys
from resolver.preparing.indexing import identifier_key, table_of_fields
from resolver.version import Version

#: Record keys with their signatures.
Signatures = Mapping[str, int]


def affected_records(
    once: ReadOnce, change: tuple[Sequence[ChangedRecord], Collection[str]], version: Version
) -> dict[str, Fields]:
    """The live records to resolve anew, in key order, with their fields; what is read ``once`` already has the
    changed records as they are after it. ``change``: they, and the record keys and identifier keys of changed
    decisions."""
    changed, endpoints = change
    gone = {its.key for its in changed if its.after is None}
    own = {its.key for its in changed}
    touched, candidates = _by_keys(once, changed, version)
    touched |= own | _former_partners(once, own) | _endpoints(once, changed, endpoints, version)
    everything = _with_components(once, touched)
    # Most candidates of a record that is not new are of its own component: nothing depends on whether they link.
    wanted = {other: mine for other, mine in candidates.items() if other not in everything}
    if wanted and (partners := _partners(once, wanted, version)):
        everything |= _with_components(once, partners)
    return once.live_fields(sorted(everything - gone))


def _with_components(once: ReadOnce, touched: set[str]) -> set[str]:
    """These records and all others of their components."""
    components = {its.component for its in once.assignments(touched).values()}
    return touched.union(*once.members_of_components(components).values())


def _by_keys(
    once: ReadOnce, changed: Sequence[ChangedRecord], version: Version
) -> tuple[set[str], dict[str, set[str]]]:
    """By the keys that the changed records carry or carried: all carriers of those whose activity or penalty changed;
    and of the other active ones, each carrier that did not change with the changed records that it is a candidate
    of."""
    mine = {its.key for its in changed}
    touched: set[str] = set()
    candidates: defaultdict[str, set[str]] = defaultdict(set)
    for kind, own in once.own.items():
        types = {its.type for its in own.values()}
        cap_of = {type: version.cap(type) if type else version.config.resolution.blocking_cap for type in types}
        limits = {its_hash: cap_of[its.type] + 1 + len(its.after) for its_hash, its in own.items()}
        found = once.carriers_up_to(limits, kind)
        for its_hash, its in own.items():
            carriers, before, after, cap = found.get(its_hash, ()), its.before, its.after, cap_of[its.type]
            if len(carriers) == len(after) and len(before) < 2 and len(after) < 2:
                continue  # most keys: no other record carries it
            others = {one.record_key: one.signature for one in carriers if one.record_key not in mine}
            if len(others) > cap:
                continue  # other records alone keep it inactive
            now = _state(its, cap, others, after)
            was = now if before == after else _state(its, cap, others, before)
            if was != now:
                touched.update(others, before if was[0] else (), after if now[0] else ())
            elif now[0] and after:
                for other in others:
                    candidates[other].update(after)
    return touched, candidates


def _state(its: ChangedCarriers, cap: int, others: Signatures, own: Signatures) -> tuple[bool, int]:
    """Whether a key is active, and the penalty (bits) that its reach costs; its carriers with their signatures, the
    changed ones apart."""
    if len(others) + len(own) > cap:
        return False, 0
    reach = reach_among({**others, **own}.values(), (its.type, its.value), cap) if its.type else 0
    return True, max(0, reach - 1).bit_length() - 1 if reach > 2 else 0


def _partners(once: ReadOnce, candidates: Mapping[str, Collection[str]], version: Version) -> set[str]:
    """The candidates that a changed record links to, or comes near enough to for review. ``candidates``: records that
    did not change, each with the changed ones that it shares an active key with."""
    table = table_of_fields(once.live_fields(candidates.keys() | set().union(*candidates.values())), version.config)
    row_of = {key: row for row, key in enumerate(table.keys)}
    pairs = [
        (row_of[mine], row_of[other])
        for other, those in candidates.items()
        if other in row_of
        for mine in those
        if mine in row_of
    ]
    if not pairs:
        return set()
    mine, other = np.array(pairs, dtype=np.int64).T
    changed = np.zeros(len(table), dtype=bool)
    changed[mine] = True
    evidence = Evidence(table, version, reach_of_table(once, table, version, of=changed))
    weight = evidence.compare(np.minimum(mine, other), np.maximum(mine, other)).weight
    return {table.keys[row] for row in other[weight >= version.review_floor].tolist()}


def _former_partners(once: ReadOnce, changed: Collection[str]) -> set[str]:
    partners = {key for link in once.links(changed) for key in (link.left, link.right)}
    return partners | {key for item in once.review_of(changed) for key in item.records}


def _endpoints(
    once: ReadOnce, changed: Sequence[ChangedRecord], endpoints: Collection[str], version: Version
) -> set[str]:
    """The records that changed decisions speak of, and decisions on what changed records are or carry."""
    named = set(endpoints)
    own = {its.key for its in changed}
    for its in changed:
        for indexed in (its.before, its.after):
            own |= {key.name for key in indexed.keys if key.value is not None} if indexed else set()
    for decision in once.decisions_on(own):
        named |= {decision.left, decision.right}
    return {key for endpoint in named for key in carriers_of(once, endpoint, version.config)}


def carriers_of(snapshot: RecordsAndKeys, endpoint: str, config: Config) -> list[str]:
    """The live records that an endpoint of a decision stands for, in key order; none while it sleeps."""
    type, _, value = endpoint.partition(":")
    if type in config.identifiers and type not in config.sources:
        key, cap = identifier_key(type, value), config.identifiers[type].max_records
        found = snapshot.carriers([key.hash], cap + 1, KeyKind.IDENTIFIER).get(key.hash, [])
        return [its.record_key for its in found] if len(found) <= cap else []
    return list(snapshot.live_fields([endpoint]))


def identifiers_in(records: Iterable[Fields], config: Config) -> set[str]:
    """The keys (``type:value``) of the identifiers that records carry."""
    return {f"{name}:{value}" for fields in records for name in config.identifiers for value in fields.get(name, ())}
