"""Ingest: rows as they come become versions of records, and the versions that win are resolved at once.

Within a record the order of versions is (observed_at, delete over upsert, content), never arrival; late and repeated
messages do no harm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from graph.model import ChangeKind, Quarantined, Record
from graph.store import Transaction
from resolver.answers import Outcome, OutcomeKind
from resolver.garbage import paused_collection
from resolver.live.applying import Applied, apply_records
from resolver.live.arrivals import Arrivals
from resolver.live.returned_ids import take_returned
from resolver.preparing.records import merge_observations
from resolver.version import Version


@paused_collection()
def ingest(tx: Transaction, batches: Sequence[Arrivals], version: Version, now: int) -> list[list[Outcome]]:
    """Store the versions that win, resolve what they touch, and say of each row of each batch what became of it."""
    refused = [its for batch in batches for entries in batch.refused.values() for its in entries]
    stored = tx.records(sorted({record.key for batch in batches for record in batch.records if record}))
    newest: dict[str, Record] = dict(stored)
    changed: dict[str, Record] = {}
    # In order: each record is judged against those before it.
    verdicts = [
        [None if record is None else _take(record, newest, changed) for record in batch.records] for batch in batches
    ]
    refused += _take_returned(tx, batches, (verdicts, changed), (version, now))
    applied = apply_records(tx, list(changed.values()), version, now, stored) if changed else Applied([], {}, {}, {})
    tx.put_quarantined(refused)
    known = {key for key, record in stored.items() if not record.deleted}
    told = _Told(applied, known, _present(tx, stored.keys() - applied.after.keys()))
    return [
        [
            told.outcome(index, record, verdict, tuple(batch.refused.get(index, ())))
            for index, (record, verdict) in enumerate(zip(batch.records, its, strict=True))
        ]
        for batch, its in zip(batches, verdicts, strict=True)
    ]


def _take_returned(
    tx: Transaction,
    batches: Sequence[Arrivals],
    taken: tuple[Sequence[Sequence[OutcomeKind | None]], Mapping[str, Record]],
    how: tuple[Version, int],
) -> list[Quarantined]:
    """What customer ids on the versions that win say, is decided before they are resolved; ids that cannot be used are
    refused of their rows, and told."""
    (verdicts, changed), (version, now) = taken, how
    told: list[Quarantined] = []
    refused = take_returned(tx, changed.values(), version.config, now)
    for batch, its in zip(batches, verdicts, strict=True) if refused else ():
        for index, record in enumerate(batch.records):
            if record is not None and its[index] is None and (bad := refused.get(record.key)):
                place = f"record {index}"
                entry = Quarantined(record.source, record.id, place, bad.column, bad.value, bad.reason, now)
                batch.refuse(index, entry)
                told.append(entry)
    return told


def _take(record: Record, newest: dict[str, Record], changed: dict[str, Record]) -> OutcomeKind | None:
    """Whether a version wins (None), or why not; keeps the newest so far."""
    old = newest.get(record.key)
    merged = merge_observations(record, old)
    if old is not None and not merged.deleted and not old.deleted and merged.digest == old.digest:
        same = merged.observations == old.observations and merged.payload == old.payload
        if same and merged.observed_at <= old.observed_at:
            return "unchanged"
    elif old is not None and merged.version <= old.version:
        return "unchanged" if merged.version == old.version else "stale"
    newest[record.key] = changed[record.key] = merged
    return None


def _present(tx: Transaction, keys: Collection[str]) -> dict[str, tuple[str, float | None]]:
    """The customer and confidence of records that did not change."""
    return {key: (its.customer_id, its.confidence) for key, its in tx.assignments(keys).items()}


class _Told:
    """What is known for the answers: what was applied, the records that were live before, and where unchanged ones
    are."""

    def __init__(self, applied: Applied, known: set[str], present: Mapping[str, tuple[str, float | None]]) -> None:
        self._applied, self._known, self._present = applied, known, present
        self._kinds = {(change.kind, change.customer_id) for change in applied.changes}
        # Of each customer, all that it was merged with or split from, itself included.
        self._stirred_with: defaultdict[str, set[str]] = defaultdict(set)
        for change in applied.changes:
            others = (id for name in ("merged", "into", "from") for id in change.details.get(name, ()))
            together = {change.customer_id, *others}
            for id in together:
                self._stirred_with[id] |= together

    def outcome(
        self, index: int, record: Record | None, verdict: OutcomeKind | None, refused: tuple[Quarantined, ...]
    ) -> Outcome:
        if record is None:
            return Outcome(index, None, "quarantined", None, None, (), refused)
        key, applied = record.key, self._applied
        customer, confidence = applied.after.get(key), applied.confidence.get(key)
        if customer is None:
            customer, confidence = self._present.get(key, (None, None))
        if verdict is not None:
            return Outcome(index, key, verdict, customer, confidence, (), refused)
        if record.deleted:
            ids = {applied.before[key]} if key in applied.before else set()
            return Outcome(index, key, "deleted", None, None, tuple(sorted(ids)), refused)
        return Outcome(index, key, self._kind(key, customer), customer, confidence, self._stirred(key), refused)

    def _stirred(self, key: str) -> tuple[str, ...]:
        """The customers that changed with this record: those it was or is in, and those merged into or split from
        them."""
        own = (its[key] for its in (self._applied.before, self._applied.after) if key in its)
        return tuple(sorted(set().union(*(self._stirred_with.get(id, ()) for id in own))))

    def _kind(self, key: str, customer: str | None) -> OutcomeKind:
        kinds = self._kinds if key in self._applied.after else set()
        if (ChangeKind.MERGED, customer) in kinds:
            return "merged"
        was = self._applied.before.get(key)
        if any((ChangeKind.SPLIT, id) in kinds for id in (was, customer) if id):
            return "split"
        if key not in self._known or was != customer:
            return "new" if (ChangeKind.CREATED, customer) in kinds else "joined"
        return "unchanged"
