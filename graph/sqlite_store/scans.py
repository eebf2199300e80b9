"""Scans in columns (``graph.columns``), for work on everything."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from graph.columns import AssignmentColumns, LinkColumns, RecordColumns
from graph.sqlite_store.connection import Session
from graph.sqlite_store.rows import ASSIGNMENT_COLUMNS

#: Rows of one chunk.
CHUNK = 20_000

SCAN_ASSIGNMENTS = f"SELECT {ASSIGNMENT_COLUMNS} FROM assignments WHERE record_key > ? ORDER BY record_key LIMIT ?"
SCAN_LINKS = "SELECT left, right, weight FROM links WHERE (left, right) > (?, ?) ORDER BY left, right LIMIT ?"


class ColumnScans:
    _session: Session

    def scan_record_columns(self) -> Iterator[RecordColumns]:
        sql = "SELECT key, fields FROM records WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        for rows in self._session.scan(sql, CHUNK):
            keys, texts = zip(*rows, strict=True)
            yield RecordColumns(keys, orjson.loads(f"[{','.join(texts)}]"))

    def scan_assignment_columns(self) -> Iterator[AssignmentColumns]:
        for rows in self._session.scan(SCAN_ASSIGNMENTS, CHUNK):
            yield AssignmentColumns(*zip(*rows, strict=True))

    def scan_link_columns(self) -> Iterator[LinkColumns]:
        for rows in self._session.scan(SCAN_LINKS, CHUNK, keys=2):
            yield LinkColumns(*zip(*rows, strict=True))
