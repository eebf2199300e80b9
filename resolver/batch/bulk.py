"""Bulk load: the rows of one source go into the store, and wait there for the next re-cluster. Who drives it:
``loading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import pyarrow as pa

from graph.chunks import chunks
from graph.model import IndexedRecord, Quarantined, Record
from graph.store import Transaction
from resolver.answers import LoadReport
from resolver.config import RETURNED_ID, Config
from resolver.customers.profile_changes import changed_fields, profile_event
from resolver.live.returned_ids import take_returned
from resolver.preparing.cells import Vocabulary
from resolver.preparing.indexing import index_records, indexed
from resolver.preparing.prepare import Preparer
from resolver.preparing.records import RecordMaker, merge_observations, table_of_rows
from resolver.preparing.rows import Place
from resolver.scoring.model import Model
from resolver.version import Version

#: By record key the row that the record has its fields from (None: what was stored before), and the record.
Winners = dict[str, tuple[int | None, Record]]

#: Blocking keys come with the re-cluster that resolves what was loaded, so a load needs no rules.
_NO_RULES = Model(0.5, 0.0, {}, ())
_EXAMPLES = 5
#: Deleted records whose customers' profiles are compared at once.
_AT_ONCE = 10_000


@dataclass(slots=True)
class _Count:
    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0
    refused_rows: int = 0
    refused_values: int = 0
    examples: list[Quarantined] = field(default_factory=list)
    seen: dict[str, tuple[int, bool, str]] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    cases: int = 0


class BulkLoad:
    """Loads the rows of one source, in one transaction or in several that follow each other: what is done between a
    ``begin`` and its ``finish`` is complete in itself."""

    _tx: Transaction

    def __init__(self, source: str, config: Config, now: int) -> None:
        self._source, self._config, self._now = source, config, now
        self._version = Version(config, _NO_RULES)
        self._preparer, self._maker = Preparer(source, config), RecordMaker(source, config)
        self._count = _Count()
        self._profiles: defaultdict[str, set[str]] = defaultdict(set)
        #: The change sequence number at which it left the store, and whether nobody else has written since it began.
        self._left: int | None = None
        self._alone = True
        self._empty = False

    def begin(self, tx: Transaction) -> None:
        """Go on in this transaction."""
        self._tx = tx
        if self._left is None:
            counts = tx.counts()
            self._empty = counts.records + counts.tombstones == 0
        elif tx.sequence() != self._left:
            self._alone = self._empty = False

    def finish(self) -> None:
        """Complete the transaction: tell which profiles it changed, once for each customer."""
        events = [profile_event(id, sorted(its), self._now) for id, its in sorted(self._profiles.items()) if its]
        self._profiles.clear()
        if events:
            self._tx.append_changes(events)
        self._left = self._tx.sequence()

    def add(self, table: pa.Table, place: Place) -> None:
        """Load these rows; what cannot be used goes into quarantine."""
        vocabulary = Vocabulary()
        prepared = self._preparer.prepare(table, vocabulary, self._now)
        made = self._maker.make(prepared, vocabulary, self._now)
        self._count.rows += len(made)
        self._quarantine(
            [
                Quarantined(
                    self._source, prepared.ids[its.row], place(its.row), its.field, its.value, its.reason, self._now
                )
                for its in prepared.refused
            ]
        )
        rows = [row for row, record in enumerate(made) if record is not None]
        records = [record for record in made if record is not None]
        keys = [record.key for record in records]
        known = self._known(keys)
        if not known and self._all_new(keys, records):
            winners: Winners = dict(zip(keys, zip(rows, records, strict=True), strict=True))
        else:
            winners = self._newest(rows, records, known, place)
            self._compare_profiles({key: record for key, (_, record) in winners.items() if key in known})
        fresh = [(row, record) for row, record in winners.values() if row is not None]
        columns = table_of_rows(prepared, vocabulary, [row for row, _ in fresh], self._config)
        self._tx.put_records(index_records([record for _, record in fresh], columns, self._version), pending=True)
        seen_late = [record for row, record in winners.values() if row is None]
        if self._brings_ids(table):
            self._take_returned({record.key: (row, record) for row, record in winners.values()}, place)
        if seen_late:
            self._tx.put_records(indexed(seen_late, self._version).values(), pending=True)

    def _all_new(self, keys: Sequence[str], records: Sequence[Record]) -> bool:
        """Whether no row is of a record that the store holds (the caller has looked) or that this load has seen: then
        each is the newest, and they are counted at once. So it is with most rows."""
        count, distinct = self._count, set(keys)
        if len(distinct) < len(keys) or not count.seen.keys().isdisjoint(distinct):
            return False
        count.cases += sum(count.folded.setdefault(key.casefold(), key) != key for key in keys)
        count.seen.update(zip(keys, [record.version for record in records], strict=True))
        count.new += len(keys)
        return True

    def _newest(
        self, rows: Sequence[int], records: Sequence[Record], known: Mapping[str, Record], place: Place
    ) -> Winners:
        """The newest version of each record, row by row, where it is newer than what is stored."""
        winners: Winners = {}
        for row, record in zip(rows, records, strict=True):
            if self._wins(record, known.get(record.key), place(row)):
                old = winners.get(record.key) or (None, known.get(record.key))
                merged = merge_observations(record, old[1])
                winners[record.key] = (row if merged.fields is record.fields else old[0]), merged
        return winners

    def _compare_profiles(self, replacing: Mapping[str, Record]) -> None:
        """Note which fields of customers' profiles change, before these versions replace what is stored."""
        assigned = self._tx.assignments(replacing) if replacing and not self._empty else {}
        if not assigned:
            return
        members = self._tx.members_of_customers({its.customer_id for its in assigned.values()})
        stored = self._tx.records([key for keys in members.values() for key in keys])
        for id, keys in members.items():
            then = [stored[key] for key in keys if key in stored]
            today = [replacing.get(record.key, record) for record in then]
            then, today = ([record for record in part if not record.deleted] for part in (then, today))
            if then and today:  # else the re-cluster tells what became of the customer
                self._profiles[id].update(changed_fields(then, today, self._config))

    def _brings_ids(self, table: pa.Table) -> bool:
        """Whether a column may hold customer ids of ours."""
        return not {RETURNED_ID, self._config.sources[self._source].customer_id}.isdisjoint(table.column_names)

    def _take_returned(self, won: Winners, place: Place) -> None:
        """Decisions that customer ids on these records bring are stored at once; the next re-cluster heeds them."""
        refused = take_returned(self._tx, [record for _, record in won.values()], self._config, self._now)
        self._quarantine(
            [
                Quarantined(self._source, record.id, place(row or 0), bad.column, bad.value, bad.reason, self._now)
                for key, bad in refused.items()
                for row, record in [won[key]]
            ]
        )

    def _known(self, keys: Sequence[str]) -> dict[str, Record]:
        """What is stored of these records; of a store that was empty, what this load has brought."""
        return self._tx.records([key for key in keys if key in self._count.seen] if self._empty else keys)

    def _wins(self, record: Record, old: Record | None, place: str) -> bool:
        """Whether this row is the newest version of its record; counts what it is, and reports an id that repeats."""
        count, key = self._count, record.key
        folded = key.casefold()
        if count.folded.setdefault(folded, key) != key:
            count.cases += 1
        before = count.seen.get(key)
        repeated = before is not None and not record.observations
        if repeated and before is not None:
            if before[2] != record.digest:
                reason = "the id appears again in this load; its newest version counts"
                its = Quarantined(self._source, record.id, place, None, record.id, reason, self._now)
                self._quarantine([its])
            if record.version <= before:
                return False
        count.seen[key] = record.version
        if old is None or (before is not None and record.observations):
            count.new += before is None
            return True
        newer = record.version > old.version
        if repeated:
            return newer
        if old.digest == record.digest and not old.deleted:
            count.unchanged += 1
            timed = self._config.sources[self._source].time is not None
            tied = bool(record.observations) and record.version == old.version
            return (
                (newer and timed)
                or not set(record.observations) <= set(old.observations)
                or (tied and merge_observations(record, old) != old)
            )
        count.updated += newer
        count.stale += not newer
        return newer

    def _quarantine(self, entries: Sequence[Quarantined]) -> None:
        count = self._count
        count.refused_rows += sum(1 for its in entries if its.field is None)
        count.refused_values += sum(1 for its in entries if its.field is not None)
        count.examples += entries[: _EXAMPLES - len(count.examples)] if len(count.examples) < _EXAMPLES else []
        if entries:
            self._tx.put_quarantined(entries)

    def refuse(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Rows that could not even be read: (place, value, reason)."""
        refused = [Quarantined(self._source, None, place, None, value, why, self._now) for place, value, why in entries]
        self._count.rows += len(refused)
        self._quarantine(refused)

    def absent(self) -> list[Record]:
        """The live records of the source that no row named, without what people see only."""
        prefix = f"{self._source}:"
        return [
            record
            for chunk in self._tx.scan_records()
            for record, _ in chunk
            if record.key.startswith(prefix) and record.key not in self._count.seen
        ]

    def delete(self, absent: Sequence[Record]) -> None:
        """These become tombstones, unless others have written them since they were found absent."""
        if not self._alone:
            stored = self._tx.records([its.key for its in absent])
            absent = [its for its in absent if its.key in stored and stored[its.key].version == its.version]
        tombstones = [Record(its.source, its.id, max(self._now, its.observed_at), "", deleted=True) for its in absent]
        for some in chunks(tombstones, _AT_ONCE):
            self._compare_profiles({its.key: its for its in some})
        self._tx.put_records((IndexedRecord(record, 0, ()) for record in tombstones), pending=True)
        self._count.deleted += len(tombstones)

    def report(self, started: float) -> LoadReport:
        """What was done since ``started`` (perf_counter seconds)."""
        its = self._count
        warnings = (
            [f"{its.cases} ids differ from another id only by case; they count as different records"]
            if its.cases
            else []
        )
        return LoadReport(
            self._source,
            its.rows,
            its.new,
            its.updated,
            its.unchanged,
            its.stale,
            its.deleted,
            its.refused_rows,
            its.refused_values,
            perf_counter() - started,
            tuple(warnings),
            tuple(its.examples),
        )
