"""Writing a data file: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from graph.errors import BadInputError

_WRITTEN = ".parquet, .csv, .tsv, .jsonl, .ndjson"


class _Writer(Protocol):
    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def write_rows(path: Path, table_chunks: Iterable[pa.Table]) -> int:
    """Write tables of one schema, one below the other, as Parquet, CSV (TSV) or JSON lines by the suffix of ``path``;
    returns how many rows. What stood there is replaced in one step when all is safely on disk; after an error or Ctrl-C
    it is untouched. Lists are JSON arrays in CSV. In CSV and JSON a missing value is empty or null.

    Raises BadInputError: an unknown suffix, a folder that does not exist or may not be written, a full disk.
    """
    if path.suffix.lower() not in _WRITTEN.split(", "):
        raise BadInputError(
            f"cannot write {path.suffix or 'a file without suffix'}", f"use {_WRITTEN}", place=str(path)
        )
    with _writing(path):
        if path.is_dir():
            raise BadInputError("is a directory", "name a file in it", place=str(path))
        target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        rows = _write_all(path, temporary, table_chunks)
        with _writing(path):
            os.replace(temporary, target)
            _sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return rows


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write files into, which gets its name when the block ends well, and is gone otherwise.

    Raises BadInputError: the name is taken by a file or by a folder that holds something, or cannot be written."""
    with _writing(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise BadInputError("is there already", "name a new folder", place=str(path))
        target = path.resolve()
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        temporary.mkdir()
    try:
        with _writing(path):
            yield temporary
            if target.exists():
                target.rmdir()
            os.replace(temporary, target)
            _sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _write_all(path: Path, temporary: Path, chunks: Iterable[pa.Table]) -> int:
    rows, writer = 0, None
    with _writing(path):
        file = temporary.open("xb")
    try:
        for chunk in chunks:  # its errors are the caller's own
            with _writing(path):
                if writer is None:
                    writer = _open_writer(path.suffix.lower(), file, chunk.schema)
                writer.write(chunk)
            rows += chunk.num_rows
        with _writing(path):
            if writer is not None:
                writer.close()
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        if writer is not None:
            with suppress(Exception):  # pyarrow would complain later about a writer that was left open
                writer.close()
        raise
    finally:
        with _writing(path):
            file.close()
    return rows


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BadInputError("its folder does not exist", "create it, or write elsewhere", place=str(path)) from None
    except OSError as error:
        problem = f"cannot be written ({error.strerror or error})"
        raise BadInputError(problem, "free space or permissions, or write elsewhere", place=str(path)) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_writer(suffix: str, file: IO[bytes], schema: pa.Schema) -> _Writer:
    if suffix == ".parquet":
        return _ParquetWriter(file, schema)
    if suffix in (".csv", ".tsv"):
        return _CsvWriter(file, schema, "\t" if suffix == ".tsv" else ",")
    return _JsonWriter(file)


class _ParquetWriter:
    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _CsvWriter:
    def __init__(self, file: IO[bytes], schema: pa.Schema, delimiter: str) -> None:
        # A row of one missing value would be a blank line, which readers skip: with one column, empty is written "".
        self._only = len(schema) == 1
        flat = pa.schema([(field.name, _csv_type(field.type)) for field in schema])
        options = pa_csv.WriteOptions(delimiter=delimiter, quoting_style="all_valid" if self._only else "needed")
        self._writer = pa_csv.CSVWriter(
            file, pa.schema([(flat[0].name, pa.string())]) if self._only else flat, write_options=options
        )

    def write(self, table: pa.Table) -> None:
        columns = [_csv_column(column) for column in table.columns]
        if self._only:
            columns = [pc.fill_null(columns[0].cast(pa.string()), "")]
        self._writer.write_table(pa.table(columns, names=table.column_names))

    def close(self) -> None:
        self._writer.close()


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_nested(kind) else kind


def _csv_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_nested(column.type):
        return column
    texts = [None if value is None else _json(value).decode() for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


class _JsonWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, table: pa.Table) -> None:
        for batch in table.to_batches(max_chunksize=10_000):
            self._file.writelines(_json(row) + b"\n" for row in batch.to_pylist())

    def close(self) -> None:
        pass


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=str)
