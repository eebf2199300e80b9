"""Writes of records, their keys and the quarantine (``graph.store.RecordWriter``)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from graph.model import IndexedRecord, Key, Quarantined
from graph.sqlite_store.connection import Row, Session
from graph.sqlite_store.postings import Postings
from graph.sqlite_store.rows import (
    NO_HASHES,
    QUARANTINE_COLUMNS,
    fields_to_json,
    pack,
    quarantined_to_row,
    texts_to_json,
    to_json,
)
from graph.sqlite_store.transaction import Writing, all_or_nothing

T = TypeVar("T")

#: Records or rows written at a time. Sorted within, so that neighbours in key order become neighbours in the file.
CHUNK = 10_000

_INSERT_RECORD = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE_RECORD = """
UPDATE records SET signature = ?3, observed_at = ?4, digest = ?5, deleted = ?6, sequence = ?7, fields = ?8,
    observations = ?9, hashes = ?10 WHERE rid = ?1 AND key = ?2
"""
_STORED = """
SELECT key, rid, deleted, records.hashes, blocked.hashes FROM records LEFT JOIN blocked USING (rid)
WHERE key IN ({marks})
"""
_COUNT_SOURCE = """
INSERT INTO sources VALUES (?, ?, ?)
ON CONFLICT (source) DO UPDATE SET live = live + excluded.live, tombstones = tombstones + excluded.tombstones
"""
_INSERT_QUARANTINED = f"""
INSERT INTO quarantine (digest, {QUARANTINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
"""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds of a record before it is replaced."""

    rid: int
    deleted: bool
    hashes: bytes
    blocked: bytes | None


@dataclass(slots=True)
class _Batch:
    """The rows to write for one chunk of records."""

    inserts: list[Row] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)
    without_details: list[Row] = field(default_factory=list)
    blocked: list[Row] = field(default_factory=list)
    without_blocked: list[Row] = field(default_factory=list)
    live: Counter[str] = field(default_factory=Counter)
    tombstones: Counter[str] = field(default_factory=Counter)

    def write(self, session: Session) -> None:
        session.run_many(_INSERT_RECORD, self.inserts)
        session.run_many(_UPDATE_RECORD, self.updates)
        session.run_many("DELETE FROM details WHERE rid = ?", self.without_details)
        session.run_many("INSERT OR REPLACE INTO details VALUES (?, ?, ?)", self.details)
        session.run_many("DELETE FROM blocked WHERE rid = ?", self.without_blocked)
        session.run_many("INSERT OR REPLACE INTO blocked VALUES (?, ?)", self.blocked)
        counted = sorted(self.live.keys() | self.tombstones.keys())
        session.run_many(_COUNT_SOURCE, [(source, self.live[source], self.tombstones[source]) for source in counted])


def _packed(keys: Iterable[Key], *, blocking: bool) -> bytes:
    return pack(sorted({key.hash for key in keys if (key.value is None) is blocking}))


class RecordWrites(Writing):
    @all_or_nothing
    def put_records(self, records: Iterable[IndexedRecord], *, pending: bool = False) -> None:
        identifiers, blocking = Postings(self._session, "identifiers"), Postings(self._session, "blocking")
        sequence = 0
        for chunk in chunks(records):
            sequence = sequence or self._advance(1)
            latest = {indexed.record.key: indexed for indexed in sorted(chunk, key=lambda one: one.record.key)}
            stored = self._stored(latest)
            batch = _Batch()
            next_rid = 1 + int(self._session.value("SELECT ifnull(max(rid), 0) FROM records"))
            for key, indexed in latest.items():
                before = stored.get(key)
                rid = before.rid if before else next_rid
                next_rid += before is None
                keys = () if indexed.record.deleted else indexed.keys
                hashes, blocked = _packed(keys, blocking=False), _packed(keys, blocking=True)
                _add_to_batch(batch, indexed, before, (rid, sequence, hashes, blocked))
                identifiers.replace(rid, before.hashes if before else None, hashes)
                blocking.replace(rid, before.blocked if before else None, blocked)
            batch.write(self._session)
            self._mark_pending(latest, pending=pending)
        identifiers.flush()
        blocking.flush()

    def _stored(self, keys: Mapping[str, object]) -> dict[str, _Stored]:
        rows = self._session.rows_in(_STORED, keys.keys())
        return {key: _Stored(rid, deleted == 1, hashes, blocked) for key, rid, deleted, hashes, blocked in rows}

    def _mark_pending(self, keys: Mapping[str, object], *, pending: bool) -> None:
        if pending:
            self._session.run_many("INSERT INTO pending VALUES (?) ON CONFLICT DO NOTHING", [(key,) for key in keys])
        elif self._session.rows("SELECT 1 FROM pending LIMIT 1"):
            self._session.run_many("DELETE FROM pending WHERE key = ?", [(key,) for key in keys])

    @all_or_nothing
    def put_blocking_keys(self, rows: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        blocking = Postings(self._session, "blocking")
        for chunk in chunks(rows):
            latest = dict(sorted(chunk, key=lambda row: row[0]))
            stored = self._stored(latest)
            written: list[Row] = []
            emptied: list[Row] = []
            for key, hashes in latest.items():
                before = stored.get(key)
                if before is None or before.deleted:
                    continue
                packed = pack(sorted(set(hashes)))
                if packed:
                    written.append((before.rid, packed))
                elif before.blocked:
                    emptied.append((before.rid,))
                blocking.replace(before.rid, before.blocked, packed)
            self._session.run_many("INSERT OR REPLACE INTO blocked VALUES (?, ?)", written)
            self._session.run_many("DELETE FROM blocked WHERE rid = ?", emptied)
        blocking.flush()

    @all_or_nothing
    def clear_blocking_keys(self) -> None:
        self._session.run("DELETE FROM blocking")
        self._session.run("DELETE FROM blocked")

    @all_or_nothing
    def clear_pending(self) -> None:
        self._session.run("DELETE FROM pending")

    @all_or_nothing
    def put_quarantined(self, entries: Iterable[Quarantined]) -> None:
        for chunk in chunks(entries):
            rows = map(quarantined_to_row, chunk)
            self._session.run_many(_INSERT_QUARANTINED, [(_digest(row[:-1]), *row) for row in rows])


def _add_to_batch(
    batch: _Batch, indexed: IndexedRecord, before: _Stored | None, written: tuple[int, int, bytes, bytes]
) -> None:
    rid, sequence, hashes, blocked = written
    record = indexed.record
    row = (
        rid,
        record.key,
        indexed.signature,
        record.observed_at,
        record.digest,
        int(record.deleted),
        sequence,
        fields_to_json(record.fields, record.key),
        texts_to_json(record.observations, record.key),
        hashes,
    )
    if before is None:
        batch.inserts.append(row)
    else:
        batch.updates.append(row)
        (batch.tombstones if before.deleted else batch.live)[record.source] -= 1
    (batch.tombstones if record.deleted else batch.live)[record.source] += 1
    if record.display or record.payload:
        payload = to_json(record.payload, record.key)
        batch.details.append((rid, fields_to_json(record.display, record.key), payload))
    elif before is not None:
        batch.without_details.append((rid,))
    if blocked != NO_HASHES:
        batch.blocked.append((rid, blocked))
    elif before is not None and before.blocked:
        batch.without_blocked.append((rid,))


def _digest(identity: Row) -> bytes:
    """Names a quarantine entry by all but its time."""
    return hashlib.blake2b(to_json(identity, "a quarantine entry").encode(), digest_size=16).digest()
