"""Reading any data file: the public functions, which pick the format's reader."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from api.files.delimited import DelimitedReader
from api.files.json_lines import JsonReader
from api.files.opening import Kind, TextStream, plain_name, recognise
from api.files.parquet import ParquetReader
from api.files.rows import Chunk, Piece, Places, chunked, sift
from graph.errors import BadInputError

_COUNTED_BYTES = 1 << 20


class _Reader(Protocol):
    def columns(self) -> list[str]: ...

    def pieces(self, columns: Collection[str] | None = None) -> Iterator[Piece]: ...

    def sample(self, rows: int) -> pa.Table: ...


def read_columns(path: Path, *, encoding: str | None = None) -> list[str]:
    """The column names, stripped; a column without a name is ``column_`` and its position. In JSON, those of the first
    rows. Raises BadInputError as ``read_chunks`` does, but a file without rows is fine."""
    return _reader(path, encoding).columns()


def read_chunks(
    path: Path, chunk_rows: int = 100_000, *, columns: Collection[str] | None = None, encoding: str | None = None
) -> Iterator[Chunk]:
    """All rows in file order, ``chunk_rows`` at a time, with those that cannot be read.

    ``columns`` (at least one) are the columns to deliver. Those that a file lacks are left out (see ``read_columns``),
    but it must have one of them; JSON has no fixed columns, so there they are null. ``encoding`` is for text that is
    neither UTF-8 nor UTF-16 with a byte order mark.

    Raises BadInputError, at once: a missing, empty, unreadable, binary or broken file, an unknown suffix, two columns
    of one name; and while it is read: a wrong encoding, a damaged file, a file without rows.
    """
    reader = _reader(path, encoding)
    if columns is not None and not isinstance(reader, JsonReader) and not set(columns) & set(reader.columns()):
        problem = f"has none of the columns {', '.join(sorted(columns))} but {', '.join(reader.columns())}"
        raise BadInputError(problem, "mend the configuration, or name another file", place=str(path))
    return _chunks(path, reader, chunk_rows, columns)


def _chunks(path: Path, reader: _Reader, chunk_rows: int, columns: Collection[str] | None) -> Iterator[Chunk]:
    places = Places(path.name, "row" if isinstance(reader, ParquetReader) else "line")
    empty = True
    for chunk in chunked((sift(piece, places) for piece in reader.pieces(columns)), chunk_rows, places):
        empty = False
        yield chunk
    if empty:
        raise _no_rows(path, reader)


def read_sample(path: Path, rows: int = 20_000, *, encoding: str | None = None) -> pa.Table:
    """At most ``rows`` rows to guess the meaning of columns from: the first ones and, where that is cheap, as many from
    all over the file. Always the same ones. Raises BadInputError as ``read_chunks`` does, and if no row can be read."""
    reader = _reader(path, encoding)
    table = reader.sample(rows)
    if table.num_rows:
        return table
    for chunk in _chunks(path, reader, rows, None):
        if chunk.refused:
            first = chunk.refused[0]
            raise BadInputError(f"no row can be read; the first: {first.reason}", "mend the file", place=first.place)
    raise _no_rows(path, reader)


def count_hint(path: Path, *, encoding: str | None = None) -> int | None:
    """About how many rows a file has, for a progress bar: exact for Parquet and small files, otherwise estimated from
    the length of the first lines. None if that cannot be told."""
    try:
        if recognise(path, encoding) is Kind.PARQUET:
            return ParquetReader(path).count()
        with TextStream(path, encoding) as stream:
            data = stream.read(_COUNTED_BYTES)
            consumed, size = stream.consumed(), path.stat().st_size
    except BadInputError:
        return None
    lines = data.count(b"\n") + (not data.endswith(b"\n") and consumed >= size)
    header = 0 if data.lstrip()[:1] in (b"{", b"[") else 1
    return max(0, round(lines * max(1.0, size / max(1, consumed))) - header)


def source_name(path: Path) -> str:
    """The name of a file's source: its name without suffix, where blanks and colons have become underscores."""
    return re.sub(r"[\s:]+", "_", plain_name(path).stem).strip("_") or "file"


def _reader(path: Path, encoding: str | None) -> _Reader:
    kind = recognise(path, encoding)
    if kind is Kind.PARQUET:
        return ParquetReader(path)
    return JsonReader(path, encoding) if kind is Kind.JSON else DelimitedReader(path, encoding)


def _no_rows(path: Path, reader: _Reader) -> BadInputError:
    problem = "has a header but no rows" if isinstance(reader, DelimitedReader) else "has no rows"
    return BadInputError(problem, "check the export that wrote it", place=str(path))
