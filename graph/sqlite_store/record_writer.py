"""Writes of records, their keys and the quarantine (``graph.store.RecordWriter``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from graph.all_or_nothing import all_or_nothing
from graph.chunks import chunks
from graph.columns import BlockingColumns
from graph.model import IdentifierWeight, IndexedRecord, Quarantined
from graph.rows import quarantined_digest, quarantined_to_row, to_json
from graph.sqlite_store.connection import Row, Session
from graph.sqlite_store.postings import Postings, sorted_within
from graph.sqlite_store.rows import (
    HASH_BYTES,
    NO_HASHES,
    QUARANTINE_COLUMNS,
    fields_to_json,
    pack,
    texts_to_json,
)
from graph.sqlite_store.transaction import Writing

#: Records or rows written at a time. Sorted within, so that neighbours in key order become neighbours in the file.
CHUNK = 10_000

_INSERT_RECORD = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE_RECORD = """
UPDATE records SET signature = ?3, observed_at = ?4, digest = ?5, deleted = ?6, sequence = ?7, fields = ?8,
    observations = ?9, hashes = ?10 WHERE rid = ?1 AND key = ?2
"""
_STORED = """
SELECT key, rid, deleted, records.hashes, ifnull(blocked.hashes, x'') FROM records LEFT JOIN blocked USING (rid)
WHERE key IN ({marks})
"""
_COUNT_SOURCE = """
INSERT INTO sources VALUES (?, ?, ?)
ON CONFLICT (source) DO UPDATE SET live = live + excluded.live, tombstones = tombstones + excluded.tombstones
"""
_INSERT_QUARANTINED = f"""
INSERT INTO quarantine (digest, {QUARANTINE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds of a record before it is replaced."""

    rid: int
    deleted: bool
    hashes: bytes
    blocked: bytes


class _Chunk:
    """The rows to write for one chunk of records."""

    def __init__(self, sequence: int) -> None:
        self._sequence = sequence
        self._inserts: list[Row] = []
        self._updates: list[Row] = []
        self._details: list[Row] = []
        self._blocked: list[Row] = []
        self._live: Counter[str] = Counter()
        self._tombstones: Counter[str] = Counter()

    def add(self, rid: int, key: str, indexed: IndexedRecord, carried: tuple[bytes, bytes]) -> None:
        record = indexed.record
        row = (
            rid,
            key,
            indexed.signature,
            record.observed_at,
            record.digest,
            int(record.deleted),
            self._sequence,
            fields_to_json(record.fields, key),
            texts_to_json(record.observations, key),
            carried[0],
        )
        self._inserts.append(row)
        (self._tombstones if record.deleted else self._live)[record.source] += 1
        if record.display or record.payload:
            self._details.append((rid, fields_to_json(record.display, key), to_json(record.payload, key)))
        if carried[1]:
            self._blocked.append((rid, carried[1]))

    def replace(self, before: _Stored, key: str, indexed: IndexedRecord, carried: tuple[bytes, bytes]) -> None:
        self.add(before.rid, key, indexed, carried)
        self._updates.append(self._inserts.pop())
        (self._tombstones if before.deleted else self._live)[indexed.record.source] -= 1

    def write(self, session: Session) -> None:
        if self._updates:
            replaced = [row[:1] for row in self._updates]
            session.run_many("DELETE FROM details WHERE rid = ?", replaced)
            session.run_many("DELETE FROM blocked WHERE rid = ?", replaced)
            session.run_many(_UPDATE_RECORD, self._updates)
        session.run_many(_INSERT_RECORD, self._inserts)
        session.run_many("INSERT INTO details VALUES (?, ?, ?)", self._details)
        session.run_many("INSERT INTO blocked VALUES (?, ?)", self._blocked)
        counted = sorted(self._live.keys() | self._tombstones.keys())
        session.run_many(_COUNT_SOURCE, [(name, self._live[name], self._tombstones[name]) for name in counted])


def _carried(indexed: IndexedRecord) -> tuple[bytes, bytes]:
    """The packed hashes of a record's identifiers and of its blocking keys; a tombstone carries none."""
    if indexed.record.deleted:
        return NO_HASHES, NO_HASHES
    identifiers = {key.hash for key in indexed.keys if key.value is not None}
    if len(identifiers) == len(indexed.keys):
        return pack(sorted(identifiers)), NO_HASHES
    return pack(sorted(identifiers)), pack(sorted({key.hash for key in indexed.keys if key.value is None}))


class RecordWrites(Writing):
    @all_or_nothing
    def put_records(self, records: Iterable[IndexedRecord], *, pending: bool = False) -> None:
        identifiers, blocking = Postings(self._session, "identifiers"), Postings(self._session, "blocking")
        sequence = 0
        for given in chunks(records, CHUNK):
            sequence = sequence or self._advance(1)
            latest = {indexed.record.key: indexed for indexed in given}
            stored = self._stored(latest)
            chunk = _Chunk(sequence)
            next_rid = 1 + int(self._session.value("SELECT ifnull(max(rid), 0) FROM records"))
            for key in sorted(latest):
                indexed = latest[key]
                carried = _carried(indexed)
                if before := stored.get(key):
                    chunk.replace(before, key, indexed, carried)
                    identifiers.replace(before.rid, before.hashes, carried[0])
                    blocking.replace(before.rid, before.blocked, carried[1])
                else:
                    chunk.add(next_rid, key, indexed, carried)
                    identifiers.add(next_rid, carried[0])
                    blocking.add(next_rid, carried[1])
                    next_rid += 1
            identifiers.remove()
            blocking.remove()
            chunk.write(self._session)
            self._mark_pending(sorted(latest), pending=pending)
        identifiers.flush()
        blocking.flush()

    def _stored(self, keys: Collection[str]) -> dict[str, _Stored]:
        rows = self._session.rows_in(_STORED, sorted(keys))  # neighbours share pages
        return {key: _Stored(rid, deleted == 1, hashes, blocked) for key, rid, deleted, hashes, blocked in rows}

    def _mark_pending(self, keys: Collection[str], *, pending: bool) -> None:
        if pending:
            self._session.run_many("INSERT INTO pending VALUES (?) ON CONFLICT DO NOTHING", [(key,) for key in keys])
        elif self._session.rows("SELECT 1 FROM pending LIMIT 1"):
            self._session.run_many("DELETE FROM pending WHERE key = ?", [(key,) for key in keys])

    @all_or_nothing
    def put_blocking_keys(self, rows: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        blocking = Postings(self._session, "blocking")
        for chunk in chunks(rows, CHUNK):
            latest = dict(chunk)
            stored = self._stored(latest)
            emptied: list[Row] = []
            filled: list[Row] = []
            for key, before in stored.items():
                packed = NO_HASHES if before.deleted else pack(sorted(set(latest[key])))
                if packed != before.blocked:
                    blocking.replace(before.rid, before.blocked, packed)
                    (filled if packed else emptied).append((before.rid, packed))
            blocking.remove()
            self._session.run_many("DELETE FROM blocked WHERE rid = ?", [row[:1] for row in emptied])
            self._session.run_many("INSERT OR REPLACE INTO blocked VALUES (?, ?)", sorted(filled))
        blocking.flush()

    @all_or_nothing
    def put_blocking_columns(self, keys: BlockingColumns) -> None:
        if self._session.rows("SELECT 1 FROM blocked LIMIT 1"):
            self.put_blocking_keys(keys.rows())
            return
        rid_of: dict[str, int] = dict(self._session.rows("SELECT key, rid FROM records WHERE deleted = 0"))
        rids = np.array([rid_of.get(key, 0) for key in keys.record_keys], dtype=np.int64)
        counts = np.diff(keys.ends, prepend=0)
        hashes, rid_of_each = sorted_within(keys.hashes, counts), np.repeat(rids, counts)
        fresh = rid_of_each > 0  # rid 0: no such record, or not a live one
        fresh[1:] &= (rid_of_each[1:] != rid_of_each[:-1]) | (hashes[1:] != hashes[:-1])
        hashes, rid_of_each = hashes[fresh], rid_of_each[fresh]
        Postings(self._session, "blocking").add_columns(hashes, rid_of_each)
        starts = np.flatnonzero(np.diff(rid_of_each, prepend=0))
        ends = np.append(starts[1:], len(hashes)) * HASH_BYTES
        order = np.argsort(rid_of_each[starts])
        carriers, starts, ends = rid_of_each[starts][order], starts[order] * HASH_BYTES, ends[order]
        packed = hashes.tobytes()
        self._session.run_many(
            "INSERT INTO blocked VALUES (?, ?)",
            (
                (rid, packed[start:end])
                for rid, start, end in zip(carriers.tolist(), starts.tolist(), ends.tolist(), strict=True)
            ),
        )

    @all_or_nothing
    def clear_blocking_keys(self) -> None:
        self._session.run("DELETE FROM blocking")
        self._session.run("DELETE FROM blocked")

    def put_identifier_weights(self, weights: Iterable[IdentifierWeight]) -> None:
        """Nobody looks into this store."""

    @all_or_nothing
    def clear_pending(self, record_keys: Iterable[str] | None = None) -> None:
        if record_keys is None:
            self._session.run("DELETE FROM pending")
        else:
            self._session.run_many("DELETE FROM pending WHERE key = ?", [(key,) for key in record_keys])

    @all_or_nothing
    def put_quarantined(self, entries: Iterable[Quarantined]) -> None:
        for chunk in chunks(entries, CHUNK):
            rows = [(quarantined_digest(its), *quarantined_to_row(its)) for its in chunk]
            self._session.run_many(_INSERT_QUARANTINED, rows)
