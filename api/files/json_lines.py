"""JSON: one object a line, or one array of objects. Nested objects become columns with dotted names, lists become
list<string>, and numbers and booleans the one text that stands for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from api.files.opening import SPREAD_PARTS, TextStream, not_utf8
from api.files.rows import Piece, Places, RefusedRow, list_column, sampled
from graph.errors import BadInputError
from resolver.preparing.rows import EXACT, scalar_text

BLOCK_BYTES = 4 << 20
#: An array is read whole, so it may not be larger than this.
MAX_ARRAY_BYTES = 200 << 20
_BATCH_ROWS = 20_000

_TEXTS = {str, type(None)}
_SCALARS = _TEXTS | {int, float, bool}

Row = dict[str, str | list[str] | None]


class JsonReader:
    """Reads one file of JSON lines, or one JSON array."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path, self._encoding = path, encoding
        self._places = Places(path.name)
        with TextStream(path, encoding) as stream:
            head = next(stream.blocks(BLOCK_BYTES)).lstrip()
        if head[:1] not in (b"{", b"["):
            raise BadInputError("is not JSON", "write one JSON object a line", place=f"{path} line 1")
        self._is_array = head[:1] == b"["
        if not self._is_array:
            self._refuse_pretty_printed(head)

    def columns(self) -> list[str]:
        """The columns of the first rows; a later row may bring more."""
        for piece in self.pieces():
            if piece.table.num_rows:
                return list(piece.table.column_names)
        return []

    def pieces(self, columns: Collection[str] | None = None) -> Iterator[Piece]:
        """The rows in file order; with ``columns``, exactly these columns. A column that was once seen is in every
        later piece, and stays a list if it was one."""
        table = _Columns(columns)
        for rows, lines, refused in self._array() if self._is_array else self._lines():
            yield Piece(table.build(rows), np.array(lines, dtype=np.int64), tuple(refused))

    def sample(self, rows: int) -> pa.Table:
        return sampled(self.pieces(), rows, self._spread)

    def _spread(self, rows: int) -> Iterator[pa.Table]:
        """At most half of these rows, from behind where so many rows of a common length end: none is there twice."""
        if self._is_array:
            return
        with TextStream(self._path, self._encoding) as stream:
            for place, body in stream.spread():
                found = [self._row(line, 0) for line in body.splitlines() if line.strip()]
                if place * len(found) > 2 * rows * len(body):
                    good = [row for row in found if isinstance(row, dict)]
                    yield _Columns(None).build(good[: rows // SPREAD_PARTS // 2])

    def _lines(self) -> Iterator[tuple[list[Row], list[int], list[RefusedRow]]]:
        line = 0
        rows: list[Row] = []
        lines: list[int] = []
        refused: list[RefusedRow] = []
        with TextStream(self._path, self._encoding) as stream:
            for block in stream.blocks(BLOCK_BYTES):
                for text in block.removesuffix(b"\n").split(b"\n"):
                    line += 1
                    if not text.strip():
                        continue
                    row = self._row(text, line)
                    if isinstance(row, RefusedRow):
                        refused.append(row)
                    else:
                        rows.append(row)
                        lines.append(line)
                if rows or refused:
                    yield rows, lines, refused
                    rows, lines, refused = [], [], []

    def _row(self, text: bytes, line: int) -> Row | RefusedRow:
        try:
            value = orjson.loads(text)
            row = _flat(value) if isinstance(value, dict) else {}
        except (orjson.JSONDecodeError, RecursionError):
            row = None
        if row is None:
            return self._exact_row(text, line)
        return row or self._places.refuse(line, text, _why_no_row(value))

    def _exact_row(self, text: bytes, line: int) -> Row | RefusedRow:
        """Python's own parser: it knows NaN and integers of any size, and says what is wrong and where."""
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
            row = _flat(value, exact=True) if isinstance(value, dict) else None
        except json.JSONDecodeError as error:
            return self._places.refuse(line, text, f"broken JSON: {error.msg} at character {error.colno}")
        except UnicodeDecodeError as error:
            raise not_utf8(self._path, text, line) or error from error
        except UnicodeEncodeError:
            return self._places.refuse(line, text, "broken JSON: holds half a surrogate pair")
        except (RecursionError, ValueError) as error:
            return self._places.refuse(line, text, f"JSON that cannot be used: {error}")
        return row or self._places.refuse(line, text, _why_no_row(value))

    def _array(self) -> Iterator[tuple[list[Row], list[int], list[RefusedRow]]]:
        rows: list[Row] = []
        lines: list[int] = []
        refused: list[RefusedRow] = []
        for value, line in self._elements():
            row = _flat(value, exact=True) if isinstance(value, dict) else None
            if not row:
                refused.append(self._places.refuse(line, json.dumps(value), _why_no_row(value)))
            else:
                rows.append(row)
                lines.append(line)
            if len(rows) == _BATCH_ROWS:
                yield rows, lines, refused
                rows, lines, refused = [], [], []
        if rows or refused:
            yield rows, lines, refused

    def _elements(self) -> Iterator[tuple[Any, int]]:
        """The elements of the array, each with the line it starts on."""
        text = self._whole()
        decoder = json.JSONDecoder()
        at, line, counted = text.index("[") + 1, 1, 0
        separator = "["
        while True:
            at = _skip_blank(text, at)
            line, counted = line + text.count("\n", counted, at), at
            if text[at : at + 1] == "]" and separator == "[":
                return
            try:
                value, at = decoder.raw_decode(text, at)
            except (json.JSONDecodeError, RecursionError) as error:
                raise self._broken(text, getattr(error, "pos", at), str(getattr(error, "msg", error))) from error
            yield value, line
            at = _skip_blank(text, at)
            separator = text[at : at + 1]
            if separator == "]":
                break
            if separator != ",":
                raise self._broken(text, at, "Expecting ',' or ']'")
            at += 1
        if text[at + 1 :].strip():
            raise self._broken(text, at + 1, "there is more after the array")

    def _whole(self) -> str:
        parts, size = [], 0
        with TextStream(self._path, self._encoding) as stream:
            while data := stream.read(BLOCK_BYTES):
                parts.append(data)
                size += len(data)
                if size > MAX_ARRAY_BYTES:
                    problem = f"is one JSON array of more than {MAX_ARRAY_BYTES >> 20} MB"
                    raise BadInputError(problem, "write one JSON object a line", place=str(self._path))
        body = b"".join(parts)
        error = not_utf8(self._path, body, 1)
        if error is not None:
            raise error
        return body.decode()

    def _broken(self, text: str, at: int, message: str) -> BadInputError:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        problem = f"broken JSON: {message} at character {column}"
        return BadInputError(problem, "mend it, or write one JSON object a line", place=f"{self._path} line {line}")

    def _refuse_pretty_printed(self, head: bytes) -> None:
        first = head.splitlines()[0].strip()
        if first == b"{" or (first.endswith((b",", b"{", b"[")) and not first.endswith(b"},")):
            problem = "one JSON object is spread over several lines"
            remedy = "write one object a line, or an array of objects"
            raise BadInputError(problem, remedy, place=f"{self._path} line 1")


def _skip_blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\n", "\r", "\t"):
        at += 1
    return at


class _Columns:
    """Builds tables from rows, and remembers the columns from one table to the next."""

    def __init__(self, wanted: Collection[str] | None) -> None:
        self._wanted = None if wanted is None else frozenset(wanted)
        self._seen: dict[str, object] = {}  # the names alone matter, in the order in which they were first seen
        self._is_list: dict[str, bool] = {}

    def build(self, rows: list[Row]) -> pa.Table:
        for row in rows:
            if not row.keys() <= self._seen.keys():
                self._seen.update(row)
        for name in (*self._seen, *sorted(self._wanted or ())):
            if self._wanted is None or name in self._wanted:
                self._is_list.setdefault(name, False)
        return pa.table({name: self._column(name, [row.get(name) for row in rows]) for name in self._is_list})

    def _column(self, name: str, values: list[str | list[str] | None]) -> pa.Array:
        if not self._is_list[name]:
            try:
                texts = pa.array(values, pa.string())
                return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
            except pa.ArrowTypeError:  # a list among them
                self._is_list[name] = True
        lists = [[value] if isinstance(value, str) else value or [] for value in values]
        parents = np.repeat(np.arange(len(lists)), [len(value) for value in lists])
        return list_column(parents, pa.array([item for value in lists for item in value], pa.string()), len(lists))


def _flat(value: dict[str, Any], *, exact: bool = False) -> Row | None:
    """One object as a row. None if it holds a number that may have been rounded; with ``exact`` none can have been."""
    kinds = set(map(type, value.values()))
    names = _names(tuple(value))
    if kinds <= _SCALARS and len(set(names)) == len(names):  # the usual case, fast
        if kinds <= _TEXTS:
            return value if names == tuple(value) else dict(zip(names, value.values(), strict=True))
        if not exact and any(type(item) is float and abs(item) >= EXACT for item in value.values()):
            return None
        return dict(zip(names, map(scalar_text, value.values()), strict=True))
    row: Row = {}
    known = (_add(row, name, item, exact, False) for name, item in zip(names, value.values(), strict=True))
    return row if all(known) else None


def _why_no_row(value: Any) -> str:
    return "is an object without values" if isinstance(value, dict) else "is not a JSON object"


@lru_cache(maxsize=1_000)
def _names(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key.strip() or "column" for key in keys)


def _add(row: Row, name: str, item: Any, exact: bool, in_list: bool) -> bool:
    if isinstance(item, dict):
        return all(_add(row, f"{name}.{key.strip() or 'column'}", its, exact, in_list) for key, its in item.items())
    if isinstance(item, list):
        row.setdefault(name, None) if not item else None
        return all(_add(row, name, its, exact, True) for its in item)
    if not exact and isinstance(item, float) and abs(item) >= EXACT:
        return False
    text = scalar_text(item)
    present = row.get(name)
    if text is None:
        row.setdefault(name, None)
    elif isinstance(present, list):
        present.append(text)
    elif present is not None:  # two keys that are the same once stripped or dotted
        row[name] = [present, text]
    else:
        row[name] = [text] if in_list else text
    return True
