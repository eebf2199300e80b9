"""What the generators share: chance, errors in values, and writing rows in bounded memory."""

from __future__ import annotations

import argparse
import csv
import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, islice
from pathlib import Path

Row = dict[str, str]

#: Rows that are shuffled together before they are written.
_SHUFFLED = 100_000


@dataclass(frozen=True, slots=True)
class Zipf:
    """Values of which the k-th is drawn with a weight of 1 / (k + shift)^exponent."""

    values: Sequence[str]
    cumulative: Sequence[float]

    @classmethod
    def of(cls, values: Sequence[str], exponent: float = 0.9, shift: float = 3.0) -> Zipf:
        return cls(values, list(accumulate((rank + shift) ** -exponent for rank in range(1, len(values) + 1))))


class Chance:
    """Seeded chance, and the errors that clerks and machines make."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def hit(self, share: float) -> bool:
        return self.random.random() < share

    def of(self, values: Sequence[str]) -> str:
        return self.random.choice(values)

    def zipf(self, distribution: Zipf) -> str:
        return self.random.choices(distribution.values, cum_weights=distribution.cumulative)[0]

    def number(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return self.random.randint(low, high)

    def edited(self, text: str, edits: int = 1) -> str:
        """That many letters inserted, deleted, replaced or exchanged at random places."""
        for _ in range(edits):
            if len(text) < 2:
                return text
            at = self.random.randrange(len(text) - 1)
            letter = self.of(string.digits if text[at].isdigit() else string.ascii_lowercase)
            kind = self.random.randrange(4)
            if kind == 0:
                text = text[: at + 1] + letter + text[at + 1 :]
            elif kind == 1:
                text = text[:at] + text[at + 1 :]
            elif kind == 2:
                text = text[:at] + letter + text[at + 1 :]
            else:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text

    def miskeyed(self, text: str) -> str:
        """One digit replaced by another."""
        places = [at for at, letter in enumerate(text) if letter.isdigit()]
        if not places:
            return text
        at = self.random.choice(places)
        return text[:at] + str((int(text[at]) + self.number(1, 9)) % 10) + text[at + 1 :]

    def maybe(self, text: str, share: float, error: Callable[[str], str]) -> str:
        return error(text) if text and self.hit(share) else text

    def present(self, text: str, missing: float) -> str:
        return "" if self.hit(missing) else text


@cache
def values_of(name: str) -> tuple[str, ...]:
    """The values of a list in ``lists.txt``; an underscore stands for a blank."""
    for line in files("benchmarks.data").joinpath("lists.txt").read_text(encoding="utf-8").splitlines():
        head, _, values = line.partition(": ")
        if head == name:
            return tuple(
                values.split("; ") if "; " in values else (value.replace("_", " ") for value in values.split())
            )
    raise KeyError(name)


def shuffled(rows: Iterator[Row], chance: Chance) -> Iterator[Row]:
    """The rows in random order within big stretches, in bounded memory."""
    while stretch := list(islice(rows, _SHUFFLED)):
        chance.random.shuffle(stretch)
        yield from stretch


def write_rows(rows: Iterator[Row], count: int, out: Path, chance: Chance) -> None:
    """Write ``count`` rows as CSV, numbered in a first column ``unique_id``, with ``cluster`` as the last column."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(shuffled(islice(rows, count), chance)):
            cluster = row.pop("cluster")
            if number == 0:
                writer.writerow(["unique_id", *row, "cluster"])
            writer.writerow([number, *row.values(), cluster])


def command(description: str, rows: int, variants: Sequence[str] = ()) -> argparse.Namespace:
    """The arguments of a generator's command line: rows, out, seed and, if there are any, variant."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rows", type=_positive, default=rows, help="rows to write (default %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    parser.add_argument("--seed", type=int, default=1, help="same seed and rows, same bytes (default %(default)s)")
    if variants:
        parser.add_argument("--variant", choices=variants, default=variants[0], help="default %(default)s")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of rows")
    return number
