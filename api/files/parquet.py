"""Parquet: typed columns become the one text that stands for each value, so that a file says the same whether it was
exported as Parquet, CSV or JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.files.delimited import unique_names
from api.files.opening import reading
from api.files.rows import Lines, Piece, join_tables, list_column
from graph.errors import BadInputError

_BATCH_ROWS = 50_000
Flat = tuple[str, Lines | None, pa.Array]  # name, the row of each value (None: one a row), the values as text


class ParquetReader:
    """Reads one Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._reading():
            self._schema = pq.read_schema(path)
            empty = self._schema.empty_table()
        fields = [field.name for field in self._schema]
        names = unique_names([name.strip() for name in fields], str(path))
        self._fields = dict(zip(fields, names, strict=True))
        self._parts = {
            field: [name for name, _, _ in _flat(self._fields[field], pa.concat_arrays(empty.column(field).chunks))]
            for field in fields
        }
        unique_names(self.columns(), str(path))

    def columns(self) -> list[str]:
        return [name for parts in self._parts.values() for name in parts]

    def count(self) -> int:
        with self._reading(), pq.ParquetFile(self._path) as file:
            return int(file.metadata.num_rows)

    def pieces(self, columns: Collection[str] | None = None) -> Iterator[Piece]:
        """The rows in file order, numbered from 1; with ``columns``, only those of these columns that it has."""
        first = 1
        with self._reading(), pq.ParquetFile(self._path) as file:
            batches = file.iter_batches(batch_size=_BATCH_ROWS, columns=self._wanted_fields(columns))
            while (batch := next(batches, None)) is not None:
                table = self._text(batch, columns)
                yield Piece(table, np.arange(first, first + batch.num_rows, dtype=np.int64))
                first += batch.num_rows

    def sample(self, rows: int) -> pa.Table:
        """The first rows of row groups that are spread over the file."""
        with self._reading(), pq.ParquetFile(self._path) as file:
            groups = sorted({file.num_row_groups * part // 10 for part in range(10)})
            tables, missing = [], rows
            for index, group in enumerate(groups):
                share = -(-missing // (len(groups) - index))
                for batch in file.iter_batches(batch_size=max(1, min(share, _BATCH_ROWS)), row_groups=[group]):
                    tables.append(self._text(batch.slice(0, share), None))
                    missing -= tables[-1].num_rows
                    break
        return join_tables(tables)

    def _wanted_fields(self, columns: Collection[str] | None) -> list[str] | None:
        if columns is None:
            return None
        return [field for field, parts in self._parts.items() if any(part in columns for part in parts)]

    def _text(self, batch: pa.RecordBatch, columns: Collection[str] | None) -> pa.Table:
        found: dict[str, pa.Array] = {}
        for field, array in zip(batch.schema.names, batch.columns, strict=True):
            for name, parents, values in _flat(self._fields[field], array):
                if columns is None or name in columns:
                    found[name] = _column(parents, values, batch.num_rows)
        return pa.table(found)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with reading(self._path):
                try:
                    yield
                except OSError as error:
                    if error.errno is not None:
                        raise
                    raise pa.ArrowInvalid(str(error)) from error  # this is how pyarrow tells of corrupt data
        except pa.ArrowException as error:
            reason = str(error).split("\n", 1)[0].rstrip(". ")
            problem = f"is a broken Parquet file ({reason})"
            raise BadInputError(problem, "fetch or export it again", place=str(self._path)) from error


def _column(parents: Lines | None, values: pa.Array, rows: int) -> pa.Array:
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if parents is None:
        return values
    present = values.is_valid().to_numpy(zero_copy_only=False)
    return list_column(parents[present], values.drop_null(), rows)


def _flat(name: str, array: pa.Array) -> Iterator[Flat]:
    """The columns of text that an array becomes: structs give one for each leaf, lists give the row of each value."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _flat(name, array.storage)
    elif pa.types.is_dictionary(kind):
        yield from _flat(name, array.dictionary_decode())
    elif pa.types.is_struct(kind):
        for field, part in zip(kind, array.flatten(), strict=True):
            yield from _flat(f"{name}.{field.name.strip()}", part)
    elif pa.types.is_nested(kind):
        if pa.types.is_map(kind):
            entries = pa.struct([pa.field("key", kind.key_type), pa.field("value", kind.item_type)])
            array = array.cast(pa.list_(entries))
        rows = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        for inner, parents, values in _flat(name, pc.list_flatten(array)):
            yield inner, rows if parents is None else rows[parents], values
    else:
        yield name, None, text_of(array)


def text_of(array: pa.Array) -> pa.Array:
    """Each value of a flat array as text: ``42`` for 42.0, ``true``, ``2024-05-01``, ``2024-05-01T12:30:00Z`` (UTC;
    without Z if the column has no zone, the date alone at midnight), hexadecimal for bytes that are no text."""
    kind = array.type
    if pa.types.is_floating(kind):
        return _number_text(array)
    if pa.types.is_timestamp(kind):
        return _time_text(array)
    if pa.types.is_decimal(kind) or pa.types.is_time(kind):
        return _without_zeros(array.cast(pa.string()))
    if pa.types.is_date64(kind):
        return array.cast(pa.date32()).cast(pa.string())
    if pa.types.is_duration(kind):
        return array.cast(pa.int64()).cast(pa.string())
    if pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else v.hex() for v in array.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.array([_bytes_text(value) for value in array.to_pylist()], pa.string())
    return array.cast(pa.string())


def _number_text(array: pa.Array) -> pa.Array:
    values = array.cast(pa.float32()) if pa.types.is_float16(array.type) else array
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**63))
    integers = pc.if_else(whole, values, pa.scalar(None, values.type)).cast(pa.int64())
    return pc.if_else(whole, integers.cast(pa.string()), values.cast(pa.string()))


def _time_text(array: pa.Array) -> pa.Array:
    zoned = array.type.tz is not None
    text = _without_zeros(array.cast(pa.timestamp(array.type.unit)).cast(pa.string()))
    if not zoned:
        text = pc.replace_substring_regex(text, " 00:00:00$", "")
    text = pc.replace_substring(text, " ", "T")
    return pc.binary_join_element_wise(text, "Z", "") if zoned else text


def _without_zeros(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1"), r"\.$", "")


def _bytes_text(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        return bytes(value).hex()
