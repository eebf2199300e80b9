"""Small made-up tables to guess from: all columns strings, as files are read."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from resolver.guess import ColumnGuess, SourceGuess, guess_source

DATA = Path(__file__).parents[3] / "data"
ROWS = 300

GIVEN = ["Anna", "Lukas", "Sophie", "Jonas", "Leonie", "Max", "Petra", "Uwe", "Robert", "Alice"]
FAMILY = ["Müller", "Schmidt", "Weber", "Fischer", "Wagner", "Becker", "Taylor", "Evans", "Dubois"]


def table(columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """Columns of strings; a column that holds lists becomes one of lists of strings."""
    return pa.table({name: _column(values) for name, values in columns.items()})


def _column(values: Sequence[object]) -> pa.Array:
    if any(isinstance(value, list) for value in values):
        return pa.array(values, pa.list_(pa.string()))
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def guess(columns: Mapping[str, Sequence[object]], source: str = "crm") -> SourceGuess:
    return guess_source(source, table(columns))


def column(source: SourceGuess, name: str) -> ColumnGuess:
    return next(each for each in source.columns if each.column == name)


def meanings(source: SourceGuess) -> dict[str, str]:
    """Column → meaning; ``(id)`` and ``(time)`` for those."""
    return {each.column: each.meaning or f"({each.role})" for each in source.columns}


def read_csv(name: str) -> pa.Table:
    path = DATA / name
    with path.open(encoding="utf-8") as lines:
        names = [header.strip() for header in next(lines).split(",")]
    strings = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    options = pa.csv.ReadOptions(column_names=names, skip_rows=1)
    return pa.csv.read_csv(path, read_options=options, convert_options=strings)


class Made:
    """Columns of made-up values, always the same ones for a seed."""

    def __init__(self, seed: int = 1, rows: int = ROWS) -> None:
        self._random, self.rows = random.Random(seed), rows

    def any_of(self, choices: Sequence[object]) -> list[object]:
        return [self._random.choice(choices) for _ in range(self.rows)]

    def numbers(self, low: int, high: int, layout: str = "{}") -> list[object]:
        return [layout.format(self._random.randint(low, high)) for _ in range(self.rows)]

    def counted(self, layout: str = "{}", per: int = 1) -> list[object]:
        """0, 1, 2 …, each ``per`` times."""
        return [layout.format(row // per) for row in range(self.rows)]

    def dates(self, layout: str = "{year}-{month:02}-{day:02}", years: tuple[int, int] = (1940, 2000)) -> list[object]:
        pick = self._random.randint
        return [layout.format(year=pick(*years), month=pick(1, 12), day=pick(1, 28)) for _ in range(self.rows)]

    def full_names(self) -> list[object]:
        return [f"{self._random.choice(GIVEN)} {self._random.choice(FAMILY)}" for _ in range(self.rows)]

    def emails(self, domain: str = "mail.example") -> list[object]:
        return [f"{self._random.choice(GIVEN).lower()}{row}@{domain}" for row in range(self.rows)]

    def sometimes(self, values: Sequence[object], share: float = 0.5) -> list[object]:
        return [value if self._random.random() < share else None for value in values]
