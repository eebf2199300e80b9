"""Live resolution: some records changed, so resolve what that can touch, and write the difference in one transaction.

It ends exactly as a batch over the surviving records would: the same normal form, the same ``resolve``; only how the
affected records are found differs (``affected``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graph.model import Change, Decision, IndexedRecord, Record, ReviewItem, ReviewKind
from graph.store import Transaction
from resolver.clustering.decided import decided_pairs
from resolver.clustering.resolution import Resolution, resolve
from resolver.columns import Table
from resolver.customers.outcome import State, before_of, outcome_of, write_differences
from resolver.customers.profile_changes import changed_fields, profile_event
from resolver.neighbourhood.affected import affected_records, carriers_of, identifiers_in
from resolver.neighbourhood.changed import ChangedRecord
from resolver.neighbourhood.evidence import known_from_postings
from resolver.neighbourhood.read_once import ReadOnce
from resolver.neighbourhood.weights import weights_in_store
from resolver.preparing.indexing import indexed_both, table_of_fields
from resolver.version import Version


@dataclass(frozen=True)
class Applied:
    """What a change did: the events in feed order, and of each affected record its customer before and after (None: it
    has none), and its confidence."""

    changes: list[Change]
    before: Mapping[str, str]
    after: Mapping[str, str]
    confidence: Mapping[str, float | None]


def apply_records(
    tx: Transaction, records: Sequence[Record], version: Version, now: int, stored: Mapping[str, Record]
) -> Applied:
    """Store these versions, one of each record, which win over what is ``stored`` of them, and resolve what they
    touch."""
    old = {key: its for record in records if (its := stored.get(key := record.key)) and not its.deleted}
    before, after = indexed_both(list(old.values()), records, version)
    changed = [
        ChangedRecord(before.get(key), None if its.record.deleted else its)
        for key, its in sorted(after.items())
        if key in before or not its.record.deleted  # a later tombstone on a tombstone touches nothing
    ]
    return _resolve(tx, (changed, ()), version, (old, now), after.values())


def apply_decisions(tx: Transaction, endpoints: Collection[str], version: Version, now: int) -> Applied:
    """Resolve what decisions on these endpoints touch; the decisions themselves are stored already."""
    return _resolve(tx, ([], endpoints), version, ({}, now))


@dataclass(frozen=True)
class Affected:
    """What changed records and decisions touch, resolved anew: the records in columns and their resolution, the
    decisions that it was given (and their pairs of record keys), what is stored of them so far, and what was read."""

    table: Table
    resolution: Resolution
    decisions: tuple[list[Decision], set[tuple[str, str]]]
    old: State
    once: ReadOnce


def resolve_affected(
    tx: Transaction,
    change: tuple[Sequence[ChangedRecord], Collection[str]],
    version: Version,
    former: Mapping[str, Record],
) -> Affected:
    """Resolve what changed records and endpoints of changed decisions touch; nothing is written. Decisions are stored
    already, records need not be. ``former``: the former versions of the changed records."""
    changed, endpoints = change
    once = ReadOnce(tx, changed)
    records = affected_records(once, change, version)
    keys = [*records, *(its.key for its in changed if its.after is None)]
    table = table_of_fields(records, version.config)
    row_of = {key: row for row, key in enumerate(table.keys)}
    identifiers = identifiers_in(records.values(), version.config)
    decisions = once.decisions_on(row_of.keys() | identifiers)
    decided, pairs = decided_pairs(decisions, row_of, lambda endpoint: carriers_of(once, endpoint, version.config))
    resolution = resolve(table, known_from_postings(once, table, version), decided, version)
    spoken = identifiers | identifiers_in((its.fields for its in former.values()), version.config)
    decided_on = {end for its in once.decisions_on(spoken) for end in (its.left, its.right)} & spoken
    old = _old_state(once, keys, decided_on | set(endpoints), version)
    return Affected(table, resolution, (decisions, pairs), old, once)


def _resolve(
    tx: Transaction,
    change: tuple[Sequence[ChangedRecord], Collection[str]],
    version: Version,
    was: tuple[Mapping[str, Record], int],
    versions: Collection[IndexedRecord] = (),
) -> Applied:
    """Resolve what a change touches, and write it with its events. ``was``: the former versions, and now;
    ``versions``: those to store. Everything is read before the first of it is written: some stores read faster then."""
    former, now = was
    its = resolve_affected(tx, change, version, former)
    owner = {key: one.customer_id for key, one in its.old.assignments.items()}
    outcome = outcome_of(its.table, its.resolution, version, its.decisions, (before_of(tx, owner), now))
    after = {key: one.customer_id for key, one in outcome.state.assignments.items()}
    known = former, {one.key: one.after.record for one in change[0] if one.after}
    stirred = _stirred(tx, known, (owner, after))
    if versions:
        tx.put_records(versions)
    write_differences(tx, its.old, outcome)
    changes = [*outcome.changes, *_profile_changes(stirred, former, (version, now))]
    if changes:
        tx.append_changes(changes)
    either = [one for both in change[0] for one in (both.before, both.after) if one]
    tx.put_identifier_weights(weights_in_store(its.once, either, version))
    confidence = {key: one.confidence for key, one in outcome.state.assignments.items()}
    return Applied(changes, owner, after, confidence)


def _old_state(once: ReadOnce, keys: Sequence[str], endpoints: Collection[str], version: Version) -> State:
    """What is stored of these records, and of skipped decisions on these endpoints. An uncertain link to a record
    beyond them is left as it is: neither its pair nor its other end changed."""
    inside = set(keys)

    def judged_anew(item: ReviewItem) -> bool:
        if item.kind is not ReviewKind.SKIPPED_DECISION:
            return inside.issuperset(item.records)
        # A decision binds the smallest carriers of its endpoints; it sleeps where there are none.
        bound = [carriers_of(once, endpoint, version.config)[:1] for endpoint in item.records]
        return not all(bound) or inside.issuperset(key for its in bound for key in its)

    return State(
        once.assignments(keys),
        {(link.left, link.right): link for link in once.links(keys)},
        {item.id: item for item in once.review_of(inside | set(endpoints)) if judged_anew(item)},
    )


@dataclass(frozen=True)
class _Stirred:
    """Customers that keep their ids and whose profiles may read otherwise now: by id their records before and after,
    and the records as they are after, or were where they are gone."""

    then: Mapping[str, Sequence[str]]
    today: Mapping[str, Sequence[str]]
    records: Mapping[str, Record]


def _stirred(
    tx: Transaction,
    known: tuple[Mapping[str, Record], Mapping[str, Record]],
    state: tuple[Mapping[str, str], Mapping[str, str]],
) -> _Stirred:
    """``known``: the former and the new versions of the changed records; only records of customers whose profile may
    have changed are read, complete as profiles show them. ``state``: each record's customer before and after."""
    (former, latest), (owner, after) = known, state
    ids = {owner[key] for key in former if key in owner} | {after[key] for key in former if key in after}
    ids |= {id for key in owner.keys() | after.keys() if (id := owner.get(key)) != after.get(key) and id}
    ids |= {id for key in after if owner.get(key) != (id := after[key])}
    ids &= set(owner.values()) & set(after.values())
    then, today = _members(owner, ids), _members(after, ids)
    unread = {key for members in (then, today) for its in members.values() for key in its}
    read = tx.records(sorted(unread - latest.keys() - (former.keys() - after.keys())))
    return _Stirred(then, today, {**latest, **read})


def _profile_changes(stirred: _Stirred, former: Mapping[str, Record], how: tuple[Version, int]) -> list[Change]:
    """An event for every customer that keeps its id and whose profile reads otherwise now, with the fields that
    changed. ``former``: the former versions of the changed records."""
    (version, now), records, changes = how, stirred.records, []
    for id, today_of in sorted(stirred.today.items()):
        then = [former.get(key) or records[key] for key in stirred.then[id] if key in former or key in records]
        today = [records[key] for key in today_of]
        if fields := changed_fields(then, today, version.config):
            changes.append(profile_event(id, fields, now))
    return changes


def _members(customer_of: Mapping[str, str], wanted: Collection[str]) -> dict[str, list[str]]:
    """The records of these customers."""
    members: dict[str, list[str]] = {id: [] for id in wanted}
    for key, id in customer_of.items():
        if id in members:
            members[id].append(key)
    return members
