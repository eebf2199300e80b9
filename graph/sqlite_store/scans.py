"""Scans in columns (``graph.columns``), for work on everything."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from graph.columns import AssignmentColumns, LinkColumns, RecordColumns
from graph.sqlite_store.connection import Session
from graph.sqlite_store.rows import ASSIGNMENT_COLUMNS

#: Rows of one chunk: each chunk is one finished query that seeks behind the last key.
CHUNK = 20_000


class ColumnScans:
    _session: Session

    def scan_record_columns(self) -> Iterator[RecordColumns]:
        sql = "SELECT key, fields FROM records WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?"
        last = ""
        while rows := self._session.rows(sql, (last, CHUNK)):
            keys, texts = zip(*rows, strict=True)
            last = keys[-1]
            yield RecordColumns(keys, orjson.loads(f"[{','.join(texts)}]"))

    def scan_assignment_columns(self) -> Iterator[AssignmentColumns]:
        sql = f"SELECT {ASSIGNMENT_COLUMNS} FROM assignments WHERE record_key > ? ORDER BY record_key LIMIT ?"
        last = ""
        while rows := self._session.rows(sql, (last, CHUNK)):
            last = rows[-1][0]
            yield AssignmentColumns(*zip(*rows, strict=True))

    def scan_link_columns(self) -> Iterator[LinkColumns]:
        sql = "SELECT left, right, weight FROM links WHERE (left, right) > (?, ?) ORDER BY left, right LIMIT ?"
        last = ("", "")
        while rows := self._session.rows(sql, (*last, CHUNK)):
            last = rows[-1][:2]
            yield LinkColumns(*zip(*rows, strict=True))
