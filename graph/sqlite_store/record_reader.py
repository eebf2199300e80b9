"""Reads of records, their keys and the quarantine (``graph.store.RecordReader``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from graph.model import Carrier, Quarantined, Record
from graph.sqlite_store.connection import Row, Session, groups
from graph.sqlite_store.rows import (
    FULL_COLUMNS,
    QUARANTINE_COLUMNS,
    SCAN_COLUMNS,
    quarantined_from_row,
    record_from_row,
    scanned_from_row,
)

SCAN_CHUNK = 10_000
#: Complete records hold the rows as they were delivered, which may be wide.
FULL_CHUNK = 2_000

# Identifiers first; a blocking key that is also one of the record's identifiers would be the same record twice.
# CROSS JOIN: the postings first, then their records.
_CARRIERS = """
SELECT hash, key, signature FROM (
    SELECT hash, rid FROM identifiers WHERE hash IN ({marks})
    UNION ALL
    SELECT hash, rid FROM blocking WHERE hash IN ({marks})
        AND NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.hash = blocking.hash AND i.rid = blocking.rid)
    LIMIT ?
) CROSS JOIN records USING (rid)
"""
#: Carriers per hash that are expected when several hashes are asked for in one query.
EXPECTED_CARRIERS = 8

_DEGREE = """
SELECT count(*) FROM (SELECT rid FROM identifiers WHERE hash = ?1 UNION SELECT rid FROM blocking WHERE hash = ?1)
"""


class RecordReads:
    """Each scan's chunk is one finished query that seeks behind the last key, so writes may come between chunks."""

    _session: Session

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        sql = f"SELECT {FULL_COLUMNS} FROM records LEFT JOIN details USING (rid) WHERE key IN ({{marks}})"
        found = map(record_from_row, self._session.rows_in(sql, keys))
        return {record.key: record for record in found}

    def scan_records(self) -> Iterator[list[tuple[Record, int]]]:
        sql = f"SELECT signature, {SCAN_COLUMNS} FROM records WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        last = ""
        while rows := self._session.rows(sql, (last, SCAN_CHUNK)):
            last = rows[-1][1]
            yield list(map(scanned_from_row, rows))

    def scan_full_records(self) -> Iterator[list[Record]]:
        sql = (
            f"SELECT {FULL_COLUMNS} FROM records LEFT JOIN details USING (rid)"
            " WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        )
        last = ""
        while rows := self._session.rows(sql, (last, FULL_CHUNK)):
            last = rows[-1][0]
            yield list(map(record_from_row, rows))

    def carriers(self, hashes: Collection[int], limit: int) -> dict[int, list[Carrier]]:
        found: dict[int, list[Carrier]] = {}
        for marks, group in groups(hashes):
            most = limit + EXPECTED_CARRIERS * len(group)
            rows = self._carriers(marks, group, most)
            if len(rows) == most:  # a hub may have crowded out the others: one by one, then
                rows = [row for hash in set(group) for row in self._carriers("?", [hash], limit)]
            rows.sort()
            for hash, key, signature in rows:
                carriers = found.setdefault(hash, [])
                if len(carriers) < limit:
                    carriers.append(Carrier(key, signature))
        return found

    def _carriers(self, marks: str, hashes: list[int], limit: int) -> list[Row]:
        return self._session.rows(_CARRIERS.replace("{marks}", marks), (*hashes, *hashes, limit))

    def degree(self, hash: int) -> int:
        return int(self._session.value(_DEGREE, (hash,)))

    def changed_since(self, sequence: int) -> list[str]:
        # Sorted here: SQLite would rather walk the index of all keys than sort the few that changed.
        return sorted(key for (key,) in self._session.rows("SELECT key FROM records WHERE sequence > ?", (sequence,)))

    def pending(self, limit: int) -> list[str]:
        return [key for (key,) in self._session.rows("SELECT key FROM pending ORDER BY key LIMIT ?", (limit,))]

    def source_counts(self) -> dict[str, int]:
        return dict(self._session.rows("SELECT source, live FROM sources WHERE live > 0 ORDER BY source"))

    def quarantined(self, after: int, limit: int) -> list[tuple[int, Quarantined]]:
        sql = f"SELECT number, {QUARANTINE_COLUMNS} FROM quarantine WHERE number > ? ORDER BY number LIMIT ?"
        return [(row[0], quarantined_from_row(row[1:])) for row in self._session.rows(sql, (after, limit))]
