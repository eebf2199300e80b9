"""Reads of records, their keys and the quarantine (``graph.store.RecordReader``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from operator import attrgetter

from graph.model import Carrier, Fields, KeyKind, Quarantined, Record
from graph.rows import to_json
from graph.sqlite_store.connection import Session
from graph.sqlite_store.rows import (
    FULL_COLUMNS,
    QUARANTINE_COLUMNS,
    SCAN_COLUMNS,
    fields_from_json,
    quarantined_from_row,
    record_from_row,
    scanned_from_row,
)

SCAN_CHUNK = 10_000
#: Complete records hold the rows as they were delivered, which may be wide.
FULL_CHUNK = 2_000

# Of each key no more row ids are read than asked for, however many there are; a hub costs the others nothing.
_IDENTIFIED = "(SELECT group_concat(rid) FROM (SELECT rid FROM identifiers WHERE hash = value LIMIT ?2))"
_BLOCKED = "(SELECT group_concat(rid) FROM (SELECT rid FROM blocking WHERE hash = value LIMIT ?2))"
_POSTINGS = {
    None: f"SELECT value, {_IDENTIFIED}, {_BLOCKED} FROM json_each(?1)",
    KeyKind.IDENTIFIER: f"SELECT value, {_IDENTIFIED}, NULL FROM json_each(?1)",
    KeyKind.BLOCKING: f"SELECT value, NULL, {_BLOCKED} FROM json_each(?1)",
}
# Row ids are given in ascending order: neighbours share pages.
_CARRIERS = "SELECT rid, records.key, signature FROM json_each(?) CROSS JOIN records ON rid = value"
_LIVE_FIELDS = "SELECT records.key, fields FROM json_each(?) CROSS JOIN records ON rid = value WHERE deleted = 0"

_DEGREE = """
SELECT count(*) FROM (SELECT rid FROM identifiers WHERE hash = ?1 UNION SELECT rid FROM blocking WHERE hash = ?1)
"""


_record_key = attrgetter("record_key")


def _numbers(numbers: list[int]) -> str:
    """A parameter for ``json_each``."""
    return to_json(numbers, "key hashes or row ids")


class RecordReads:
    _session: Session
    _rid_of: dict[str, int]  # of carriers that were found; a record keeps its row id for ever

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        sql = f"SELECT {FULL_COLUMNS} FROM records LEFT JOIN details USING (rid) WHERE key IN ({{marks}})"
        found = map(record_from_row, self._session.rows_in(sql, keys))
        return {record.key: record for record in found}

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        rids = sorted(rid for key in keys if (rid := self._rid_of.get(key)) is not None)
        others = [key for key in keys if key not in self._rid_of]
        sql = "SELECT key, fields FROM records WHERE key IN ({marks}) AND deleted = 0"
        seen = self._session.rows(_LIVE_FIELDS, (_numbers(rids),)) if rids else []
        return {key: fields_from_json(fields) for key, fields in chain(seen, self._session.rows_in(sql, others))}

    def scan_records(self) -> Iterator[list[tuple[Record, int]]]:
        sql = f"SELECT {SCAN_COLUMNS}, signature FROM records WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        for rows in self._session.scan(sql, SCAN_CHUNK):
            yield list(map(scanned_from_row, rows))

    def scan_full_records(self) -> Iterator[list[Record]]:
        sql = (
            f"SELECT {FULL_COLUMNS} FROM records LEFT JOIN details USING (rid)"
            " WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        )
        for rows in self._session.scan(sql, FULL_CHUNK):
            yield list(map(record_from_row, rows))

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind | None = None) -> dict[int, list[Carrier]]:
        rids_of = self._postings(_POSTINGS[kind], hashes, limit)
        needed = sorted({rid for rids in rids_of.values() for rid in rids})
        carrier_of = {}
        for rid, key, signature in self._session.rows(_CARRIERS, (_numbers(needed),)):
            carrier_of[rid] = Carrier(key, signature)
            self._rid_of[key] = rid
        return {
            hash: sorted((carrier_of[rid] for rid in rids), key=_record_key) if len(rids) > 1 else [carrier_of[rids[0]]]
            for hash, rids in rids_of.items()
        }

    def _postings(self, sql: str, hashes: Collection[int], limit: int) -> dict[int, list[int]]:
        """For each hash that is carried at most ``limit`` row ids of its carriers, each once."""
        found: dict[int, list[int]] = {}
        for hash, identified, blocked in self._session.rows(sql, (_numbers(sorted(set(hashes))), limit)):
            if identified or blocked:
                rids = list(map(int, (identified or blocked).split(",")))
                if identified and blocked:  # a blocking key that is also an identifier
                    rids = list({*rids, *map(int, blocked.split(","))})[:limit]
                found[hash] = rids
        return found

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
