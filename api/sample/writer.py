"""The sample as tables in memory or as files, block by block."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from api.sample.arrays import Objects, objects
from api.sample.people import BLOCK_ROWS, Block
from api.sample.sources import ID_COLUMNS, SOURCES, Columns, make_source_rows
from graph.errors import BadInputError

FEWEST, MOST = 1_000, 10_000_000
TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Sample:
    """``tables`` by source, all columns strings, missing values null; ``truth`` has the columns ``record_key``
    (``source:id``) and ``person_id``, one row for each row of the tables."""

    tables: dict[str, pa.Table]
    truth: pa.Table


def generate(rows: int, seed: int = 7) -> Sample:
    """The sample in memory. ``rows`` counts over all sources, 1,000 to 10,000,000; same seed and rows, same tables.

    Raises BadInputError for another number of rows or a negative seed."""
    parts: dict[str, list[pa.Table]] = {}
    for source, columns in _chunks(rows, seed):
        parts.setdefault(source, []).append(_table(columns))
    tables = {source: pa.concat_tables(its) for source, its in parts.items()}
    return Sample({source: tables[source] for source in SOURCES}, tables[TRUTH])


def write_sample(folder: Path, rows: int, seed: int) -> list[Path]:
    """Write one CSV per source and ``truth.csv`` into ``folder``, which is made if need be; memory stays bounded. Only
    what needs quotes has them, as in most systems, and a missing value is an empty cell.

    Same seed and rows: the same bytes. Returns the paths of the sources and, last, of the truth. Raises BadInputError
    as ``generate`` does, and where the folder cannot be written."""
    chunks = _chunks(rows, seed)
    paths = {name: folder / f"{name}.csv" for name in (*SOURCES, TRUTH)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            written: dict[str, Any] = {}  # the type of csv's writers has no public name
            for name, columns in chunks:
                if name not in written:
                    file = stack.enter_context(paths[name].open("w", encoding="utf-8", newline=""))
                    written[name] = csv.writer(file, lineterminator="\n")
                    written[name].writerow(columns)
                written[name].writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    except OSError as error:
        raise BadInputError(
            f"cannot be written ({error.strerror})", "name a folder with room", place=str(folder)
        ) from error
    return list(paths.values())


def _chunks(rows: int, seed: int) -> Iterator[tuple[str, Columns]]:
    """Each source's columns and the truth's, block after block. Checks the arguments before the first chunk."""
    if not FEWEST <= rows <= MOST:
        raise BadInputError(f"{rows} rows cannot be made", f"ask for {FEWEST} to {MOST}", place="rows")
    if seed < 0:
        raise BadInputError(f"{seed} is negative", "take a seed of 0 or more", place="seed")
    return _made_chunks(rows, seed)


def _made_chunks(rows: int, seed: int) -> Iterator[tuple[str, Columns]]:
    of = -(-rows // BLOCK_ROWS)
    for number in range(of):
        block = Block(seed, number, of, min(BLOCK_ROWS, rows - number * BLOCK_ROWS), rows)
        for source, (columns, person) in make_source_rows(block).items():
            yield source, columns
            yield TRUTH, _truth(source, columns[ID_COLUMNS[source]], person.tolist())


def _truth(source: str, ids: Objects, person: list[int]) -> Columns:
    return {
        "record_key": objects([f"{source}:{its}" for its in ids]),
        "person_id": objects([f"p{number:08d}" for number in person]),
    }


def _table(columns: Columns) -> pa.Table:
    return pa.table({name: pa.array(values, type=pa.string()) for name, values in columns.items()})
