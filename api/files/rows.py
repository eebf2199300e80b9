"""What reading a file gives: chunks of rows as text, with their places, and the rows that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: A cell with more bytes than this is no customer data; its row is refused.
MAX_CELL_BYTES = 1_000_000

Unit = Literal["line", "row"]
Lines = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be read. ``place`` is like ``crm.csv line 17``; ``value`` is shortened to 200 characters."""

    place: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of one file.

    ``table`` holds every column as string or list<string>; a missing value is null; column names are stripped.
    ``first_line`` is the line (text files; row number from 1 in Parquet, as ``unit`` says) of the first row, and
    ``lines`` the number of every row where they are not consecutive (None where they are). ``refused`` are the rows
    among these that could not be read; a chunk may hold nothing else.
    """

    table: pa.Table
    first_line: int
    lines: Sequence[int] | None
    refused: tuple[RefusedRow, ...]
    file: str = ""
    unit: Unit = "line"

    def place(self, row: int) -> str:
        """Where the table's row ``row`` (from 0) stands, as people say it: ``crm.csv line 17``."""
        number = self.first_line + row if self.lines is None else self.lines[row]
        return f"{self.file} {self.unit} {number}"


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows as a format's reader delivers them, in any amount: a table, the number of each row, the refused rows."""

    table: pa.Table
    lines: Lines
    refused: tuple[RefusedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Names the places in one file."""

    file: str
    unit: Unit = "line"

    def refuse(self, number: int, value: str | bytes, reason: str) -> RefusedRow:
        text = value[:800].decode("utf-8", "replace") if isinstance(value, bytes) else value
        return RefusedRow(f"{self.file} {self.unit} {number}", shorten(text), reason)


def shorten(text: str) -> str:
    """At most 200 characters of a refused value, on one line, without what a terminal could take for a command."""
    plain = "".join(character if character.isprintable() else " " for character in text[:201]).strip()
    return plain if len(plain) <= 200 else plain[:199] + "…"


def sift(piece: Piece, places: Places) -> Piece:
    """Refuse the rows with a cell that is far too long or that holds a NUL byte (no store takes those)."""
    bad: dict[int, tuple[str, str]] = {}
    for name, column in zip(piece.table.column_names, piece.table.columns, strict=True):
        for start, array in _with_starts(column):
            for row, value, reason in _bad_cells(name, array):
                bad.setdefault(start + row, (value, reason))
    if not bad:
        return piece
    keep = np.ones(piece.table.num_rows, dtype=bool)
    keep[list(bad)] = False
    refused = [places.refuse(int(piece.lines[row]), *bad[row]) for row in sorted(bad)]
    return Piece(piece.table.filter(pa.array(keep)), piece.lines[keep], (*piece.refused, *refused))


def _with_starts(column: pa.ChunkedArray) -> Iterator[tuple[int, pa.Array]]:
    start = 0
    for array in column.chunks:
        yield start, array
        start += len(array)


def _bad_cells(name: str, array: pa.Array) -> Iterator[tuple[int, str, str]]:
    parents: Any = None
    if pa.types.is_list(array.type):
        parents = pc.list_parent_indices(array).to_numpy()
        array = pc.list_flatten(array)
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    data = array.buffers()[2]
    holds_nul = data is not None and bool((np.frombuffer(data, dtype=np.uint8) == 0).any())
    if longest <= MAX_CELL_BYTES and not holds_nul:
        return
    # The buffer may hold padding or other rows, so only now is every cell looked at.
    too_long = pc.greater(pc.binary_length(array), MAX_CELL_BYTES)
    with_nul = pc.match_substring(array, "\0")
    suspects = pc.fill_null(pc.or_(too_long, with_nul), False).to_numpy(zero_copy_only=False)
    for index in np.flatnonzero(suspects):
        text = array[int(index)].as_py()
        size = len(text.encode())
        reason = (
            f"{name} holds {size:,} bytes, more than {MAX_CELL_BYTES:,}"
            if size > MAX_CELL_BYTES
            else f"{name} holds a NUL byte"
        )
        yield int(index if parents is None else parents[index]), text[:300], reason


def chunked(pieces: Iterator[Piece], chunk_rows: int, places: Places) -> Iterator[Chunk]:
    """Cut and join pieces into chunks of ``chunk_rows`` rows; only the last one may be smaller."""
    waiting: list[Piece] = []
    rows = 0
    for piece in pieces:
        waiting.append(piece)
        rows += piece.table.num_rows
        if rows < chunk_rows:
            continue
        whole = _join(waiting)
        full = rows - rows % chunk_rows
        for start in range(0, full, chunk_rows):
            refused = whole.refused if start == 0 else ()
            yield _chunk(_slice(whole, start, start + chunk_rows, refused), places)
        waiting, rows = [_slice(whole, full, rows, ())], rows - full
    if waiting and (rows or any(piece.refused for piece in waiting)):
        yield _chunk(_join(waiting), places)


def _slice(piece: Piece, start: int, end: int, refused: tuple[RefusedRow, ...]) -> Piece:
    return Piece(piece.table.slice(start, end - start), piece.lines[start:end], refused)


def _join(pieces: list[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    return Piece(
        join_tables([piece.table for piece in pieces]),
        np.concatenate([piece.lines for piece in pieces]),
        tuple(refused for piece in pieces for refused in piece.refused),
    )


def sampled(pieces: Iterator[Piece], rows: int, spread: Callable[[int], Iterator[pa.Table]]) -> pa.Table:
    """The first ``rows``, and where there are more some from all over the file instead: what ``spread`` gives."""
    tables, missing = [], rows
    for piece in pieces:
        tables.append(piece.table.slice(0, missing))
        missing -= piece.table.num_rows
        if missing <= 0:
            break
    else:
        return join_tables(tables)
    others = list(spread(rows))
    first = join_tables(tables).slice(0, rows - sum(table.num_rows for table in others))
    return join_tables([first, *others])


def join_tables(tables: list[pa.Table]) -> pa.Table:
    """One below the other (none give an empty one). A column that some lack is null there; one that is a list in some
    is a list in all."""
    types: dict[str, pa.DataType] = {}
    for table in tables:
        for field in table.schema:
            if not pa.types.is_list(types.get(field.name, pa.null())):
                types[field.name] = field.type
    schema = pa.schema(list(types.items()))
    if not tables:
        return schema.empty_table()
    return pa.concat_tables([_conform(table, schema) for table in tables])


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    if table.schema.equals(schema):
        return table
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        elif table.schema.field(field.name).type == field.type:
            columns.append(table.column(field.name))
        else:
            columns.append(as_lists(table.column(field.name).combine_chunks()))
    return pa.table(columns, schema=schema)


def as_lists(values: pa.Array) -> pa.Array:
    """Each value as a list of one; null stays null."""
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], pa.string())
    present = values.is_valid().to_numpy(zero_copy_only=False)
    return list_column(np.flatnonzero(present), values.drop_null(), len(values))


def list_column(parents: Lines, values: pa.Array, rows: int) -> pa.Array:
    """A list<string> column of ``rows`` rows from its values and the row (ascending) that each belongs to. A row
    without values is null."""
    counts = np.bincount(parents, minlength=rows)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))


def _chunk(piece: Piece, places: Places) -> Chunk:
    lines = piece.lines
    if not len(lines):
        return Chunk(piece.table, 0, None, piece.refused, places.file, places.unit)
    consecutive = int(lines[-1]) - int(lines[0]) == len(lines) - 1  # they ascend strictly
    exact = None if consecutive else lines.tolist()
    return Chunk(piece.table, int(lines[0]), exact, piece.refused, places.file, places.unit)
