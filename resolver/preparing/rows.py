"""Rows that come as JSON objects, or that are stored as payloads, as a table of text columns like those read from
files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from graph.errors import BadInputError

#: Whole numbers from here on are not written out where they come as floats: they may have been rounded.
EXACT = 2.0**63

#: Objects within objects.
DEEPEST = 100

#: Where a row of a table stands, for people: such as "line 12" of a file.
Place = Callable[[int], str]


def table_of_payloads(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """One row each; the columns are all that any of them has, in order of first appearance. Nested objects become
    dotted columns; an empty text is no value, as in a file. Raises BadInputError for what is no text, number, truth
    value, date, time, UUID, or list of these."""
    return table_of_cells([cells_of(row) for row in rows])


#: The cells of one row by column: None is no value, a list several.
Cells = Mapping[str, str | list[str] | None]


def cells_of(row: Mapping[str, Any]) -> Cells:
    """The cells of one row. Raises BadInputError like ``table_of_payloads``."""
    return dict(_flattened("", row, 1))


def size_of(cells: Cells) -> int:
    """Bytes of text. Raises BadInputError for a text that is not Unicode."""
    size = 0
    for name, value in cells.items():
        try:
            for text in value if isinstance(value, list) else (value or "",):
                size += len(text) if text.isascii() else len(text.encode())
        except UnicodeEncodeError as error:
            raise _not_unicode(name, error) from error
    return size


def table_of_cells(rows: Sequence[Cells]) -> pa.Table:
    """As ``table_of_payloads``, of rows whose cells are known."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        type: pa.DataType = pa.string()
        if any(isinstance(value, list) for value in values):
            values = [value if isinstance(value, list) or value is None else [value] for value in values]
            type = pa.list_(pa.string())
        try:
            columns[name] = pa.array(values, type)
        except UnicodeEncodeError as error:
            raise _not_unicode(name, error) from error
    if not columns:  # a table without columns would lose its number of rows
        columns[""] = pa.nulls(len(rows), pa.string())
    return pa.table(columns)


def _not_unicode(name: str, error: UnicodeEncodeError) -> BadInputError:
    return BadInputError(f"a text is not Unicode ({error.reason})", "send valid text", place=name)


def _check_name(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise _not_unicode(ascii(path), error) from error


def _flattened(prefix: str, row: Mapping[str, Any], depth: int) -> list[tuple[str, str | list[str] | None]]:
    if depth > DEEPEST:
        first = prefix.partition(".")[0]
        raise BadInputError(f"objects are nested more than {DEEPEST} deep", "send them flatter", place=first)
    cells: list[tuple[str, str | list[str] | None]] = []
    for name, value in row.items():
        path = f"{prefix}{name}"
        if not path.isascii():
            _check_name(path)
        if value is None or isinstance(value, str):  # the usual case, and the fast one
            cells.append((path, value or None))
        elif isinstance(value, Mapping):
            cells += _flattened(f"{path}.", value, depth + 1)
        elif isinstance(value, list | tuple):
            cells.append((path, [text for item in value if (text := _text(path, item)) is not None]))
        else:
            cells.append((path, _text(path, value)))
    return cells


def scalar_text(item: Any) -> str | None:
    """The one text that stands for a scalar: ``true``, ``42`` for 42.0, ``0.1``. None for null, empty text and NaN."""
    if isinstance(item, str):
        return item or None
    if item is None or item != item:
        return None
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, float) and item.is_integer() and abs(item) < EXACT:
        return str(int(item))
    return str(item)


def _text(path: str, value: Any) -> str | None:
    if value is None or isinstance(value, str | int | float):  # a truth value is an int
        return scalar_text(value)
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    raise BadInputError(
        f"a {type(value).__name__} cannot be a value", "send text, numbers, dates or lists of these", place=path
    )
