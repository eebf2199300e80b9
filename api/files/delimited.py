"""Delimited text (CSV, TSV and the like): pyarrow parses it block by block, and a block that is not one row a line is
split into records exactly first, so that every row has its line and a bad row does not spoil the others.

Decided: a row with too few cells is filled up with missing values (exports drop trailing cells), one with too many is
refused unless the surplus is blank (trailing delimiters). Blank lines are skipped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from api.files.opening import SPREAD_PARTS, TextStream, not_utf8
from api.files.records import Records, Splitter
from api.files.rows import Piece, Places, RefusedRow, sampled
from graph.errors import BadInputError

BLOCK_BYTES = 8 << 20
_SNIFFED_BYTES = 1 << 18
_DELIMITERS = ",;\t|"
_NO_DELIMITER = "\x1f"  # for a file of one column: a character that no cell holds
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: its delimiter, its column names, and how its data begins in the stream."""

    delimiter: str
    names: tuple[str, ...]
    header_line: int
    data_line: int
    data_offset: int  # in bytes of the stream


class DelimitedReader:
    """Reads one delimited text file."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path, self._encoding = path, encoding
        self._places = Places(path.name)
        with TextStream(path, encoding) as stream:
            head = next(stream.blocks(BLOCK_BYTES))
        self.layout = _layout(path, head)
        self._splitter = Splitter(self.layout.delimiter)

    def columns(self) -> list[str]:
        return list(self.layout.names)

    def pieces(self, columns: Collection[str] | None = None) -> Iterator[Piece]:
        """The rows in file order; with ``columns``, only those of these columns that the file has."""
        wanted = self._wanted(columns)
        with TextStream(self._path, self._encoding) as stream:
            line, skip, rest = self.layout.data_line, self.layout.data_offset, b""
            for block in stream.blocks(BLOCK_BYTES):
                body = rest + (block[skip:] if skip else block)
                skip = 0
                if not body:
                    continue
                fast = self._parse_lines(body, wanted)
                if fast is not None:
                    yield Piece(fast, np.arange(line, line + fast.num_rows, dtype=np.int64))
                    line, rest = line + fast.num_rows, b""
                    continue
                self._check_text(body, line)
                found = self._splitter.split(body, line, final=False)
                yield self._parse_records(found, wanted)
                line, rest = found.next_line, found.rest
            if rest:
                yield self._parse_records(self._splitter.split(rest, line, final=True), wanted)

    def sample(self, rows: int) -> pa.Table:
        return sampled(self.pieces(), rows, self._spread)

    def _spread(self, rows: int) -> Iterator[pa.Table]:
        """At most half of these rows, from behind where so many rows of a common length end: none is there twice."""
        with TextStream(self._path, self._encoding) as stream:
            for place, body in stream.spread():
                table = self._parse_lines(body, self.layout.names) if body else None
                if table is not None and place * table.num_rows > 2 * rows * len(body):
                    yield table.slice(0, rows // SPREAD_PARTS // 2)

    def _wanted(self, columns: Collection[str] | None) -> tuple[str, ...]:
        return self.layout.names if columns is None else tuple(n for n in self.layout.names if n in columns)

    def _parse_lines(self, body: bytes, wanted: Collection[str]) -> pa.Table | None:
        """Text in which every line is one good row. None if it is not so."""
        if body.count(b"\r") != body.count(b"\r\n"):
            return None
        end = len(body) - 1 if body.endswith(b"\n") else len(body)
        if not self._splitter.is_complete(body[body.rfind(b"\n", 0, end) + 1 :]):
            return None
        try:
            table = self._parse(body, wanted)
        except pa.ArrowInvalid:
            return None
        # As many rows as lines: then no row took two lines and none was skipped.
        return table if table.num_rows == body.count(b"\n", 0, end) + 1 else None

    def _parse(self, body: bytes, wanted: Collection[str], on_bad_row: Any = None) -> pa.Table:
        if body.startswith(_BOM):
            body = b"\n" + body  # here it is part of a cell, but pyarrow would drop it
        return pa_csv.read_csv(
            pa.BufferReader(body),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=len(body) + 1, column_names=list(self.layout.names)
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.layout.delimiter, newlines_in_values=True, invalid_row_handler=on_bad_row
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(self.layout.names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _parse_records(self, found: Records, wanted: Collection[str]) -> Piece:
        refused = [
            self._places.refuse(line, text, f"quote opened at line {line} is never closed; close or double it")
            for line, text in found.unclosed
        ]
        try:
            table = self._parse(b"".join(found.records), wanted) if found.records else _no_rows(wanted)
        except pa.ArrowInvalid:
            refused += self._mend(found)
            table = self._parse(b"".join(found.records), wanted) if found.records else _no_rows(wanted)
        return Piece(table, np.array(found.lines, dtype=np.int64), tuple(refused))

    def _mend(self, found: Records) -> list[RefusedRow]:
        """Fill up the records with too few cells; take out those with too many, and say why."""
        wrong: dict[int, int] = {}

        def note(row: Any) -> str:
            wrong[row.number - 1] = row.actual_columns
            return "skip"

        self._parse(b"".join(found.records), self.layout.names[:1], note)
        refused, gone = [], set()
        for index, cells in wrong.items():
            mended = self._mended(found.records[index], cells)
            if mended is not None:
                found.records[index] = mended
                continue
            gone.add(index)
            if found.records[index].strip():
                reason = f"has {cells} cells, but the header has {len(self.layout.names)}"
                refused.append(self._places.refuse(found.lines[index], found.records[index], reason))
        if gone:
            found.records = [record for index, record in enumerate(found.records) if index not in gone]
            found.lines = [line for index, line in enumerate(found.lines) if index not in gone]
        return refused

    def _mended(self, record: bytes, cells: int) -> bytes | None:
        columns, delimiter = len(self.layout.names), self.layout.delimiter
        bare = record.rstrip(b"\r\n")
        if cells < columns:
            return bare + delimiter.encode() * (columns - cells) + b"\n" if bare.strip() else None
        try:
            (row,) = csv.reader([bare.decode()], delimiter=delimiter)
        except (csv.Error, ValueError):
            return None
        if any(cell.strip() for cell in row[columns:]):
            return None
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(row[:columns])
        return text.getvalue().encode()

    def _check_text(self, body: bytes, line: int) -> None:
        error = not_utf8(self._path, body, line)
        if error is not None:
            raise error


def _no_rows(names: Collection[str]) -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in names})


def _layout(path: Path, head: bytes) -> Layout:
    """Find header and delimiter in the first block of a file."""
    error = not_utf8(path, head, 1)
    if error is not None:
        raise error
    named, offset, line = None, 0, 1
    first = head.splitlines(keepends=True)[0]
    if first.lower().startswith(b"sep=") and len(first.strip()) == 5:  # Excel's own way to name the delimiter
        named, offset, line = chr(first[4]), len(first), 2
    head = head[:_SNIFFED_BYTES]
    delimiter = named or _sniff(path, head[offset:])
    found = Splitter(delimiter).split(head[offset:], line, final=True)
    if not found.records or (found.unclosed and found.unclosed[0][0] < found.lines[0]):
        where = found.unclosed[0][0] if found.unclosed else line
        problem = f"quote opened at line {where} is never closed" if found.unclosed else "is empty"
        raise BadInputError(problem, "mend the header", place=f"{path} line {where}")
    header_line, header = found.lines[0], found.records[0]
    offset = head.index(header, offset) + len(header)
    names = _names(path, header, delimiter, header_line)
    return Layout(delimiter, names, header_line, header_line + len(header.splitlines()), offset)


def _sniff(path: Path, head: bytes) -> str:
    """The delimiter with the most cells in the header, times the share of the first rows that have as many."""
    best, best_score = _NO_DELIMITER, 0.0
    for delimiter in _DELIMITERS:
        records = Splitter(delimiter).split(head, 1, final=True).records[:200]
        widths = [_width(record, delimiter) for record in records]
        if not widths or widths[0] < 2:
            continue
        if delimiter == "\t" and ".tsv" in path.name.lower():
            return delimiter
        score = widths[0] * sum(width == widths[0] for width in widths) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _width(record: bytes, delimiter: str) -> int:
    try:
        (row,) = csv.reader([record.rstrip(b"\r\n").decode("utf-8", "replace")], delimiter=delimiter)
    except (csv.Error, ValueError):
        return 0
    while len(row) > 1 and not row[-1].strip():  # trailing delimiters say nothing
        row.pop()
    return len(row)


def _names(path: Path, header: bytes, delimiter: str, line: int) -> tuple[str, ...]:
    place = f"{path} line {line}"
    if b"\0" in header:
        raise BadInputError("the header holds a NUL byte", "mend the header", place=place)
    try:
        (cells,) = csv.reader([header.rstrip(b"\r\n").decode()], delimiter=delimiter)
    except (csv.Error, ValueError) as error:
        raise BadInputError(f"the header cannot be read ({error})", "mend the header", place=place) from error
    return unique_names([cell.strip() for cell in cells], place)


def unique_names(names: list[str], place: str) -> tuple[str, ...]:
    """Names the nameless by their position (``column_3``). Raises BadInputError if two have the same name."""
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in seen and name:
            problem = f"columns {seen[name]} and {position} are both called {name!r}"
            raise BadInputError(problem, "rename one of them", place=place)
        seen.setdefault(name, position)
    result = []
    for position, name in enumerate(names, start=1):
        made = name or f"column_{position}"
        while not name and made in seen:
            made += "_"
        result.append(made)
    return tuple(result)
