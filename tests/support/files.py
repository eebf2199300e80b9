"""Helpers for tests that write and read data files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from api.files import Chunk, read_chunks


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_all(path: Path, **options: Any) -> Chunk:
    """The whole of a small file as one chunk."""
    (chunk,) = read_chunks(path, **options)
    return chunk


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = pa.concat_tables(chunk.table for chunk in read_chunks(path, **options)).to_pylist()
    return result


def lines(chunk: Chunk) -> list[int]:
    """The line of every row of a chunk."""
    return [int(chunk.place(row).rsplit(" ", 1)[1]) for row in range(chunk.table.num_rows)]
