"""What is known of a column's values before anything is guessed: how many, how distinct, and samples to look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from resolver.guess.shapes import Shape, integer
from resolver.normalise.text import BLANK_WORDS, clean

#: How many rows of a column the shapes are tried on; evenly spaced, so that a sorted file does no harm.
SAMPLED_ROWS = 2_000
_LONGEST_LOOKED_AT = 400


@dataclass(slots=True)
class ColumnProfile:
    """One column. ``counts``: the sampled values and how often each was met; ``filled`` and ``distinct`` are of all
    rows, as are ``unique`` (no value twice, none missing) and ``repeats`` (mean number of rows a value has)."""

    column: str
    rows: int
    filled: int
    distinct: int
    counts: list[tuple[str, int]]
    sampled: int = field(init=False, default=0)
    _shares: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sampled = sum(count for _, count in self.counts)

    @property
    def unique(self) -> bool:
        return self.rows > 0 and self.filled == self.rows == self.distinct

    @property
    def repeats(self) -> float:
        return self.filled / self.distinct if self.distinct else 0.0

    @property
    def fill_rate(self) -> float:
        return self.filled / self.rows if self.rows else 0.0

    def share(self, shape: Shape) -> float:
        """The share of the sampled values (by rows) that have the shape, 0…1."""
        known = self._shares.get(id(shape))
        if known is None:
            known = self._shares[id(shape)] = self.share_of(shape)
        return known

    def share_of(self, shape: Shape) -> float:
        """As ``share``, for a function made on the spot, whose answer is not kept."""
        hits = sum(count for value, count in self.counts if shape(value))
        return hits / self.sampled if self.counts else 0.0

    def whole_numbers(self) -> list[int]:
        """The sampled values that are integers."""
        return [int(float(value)) if "." in value else int(value) for value, _ in self.counts if integer(value)]


def profile_column(column: str, values: pa.ChunkedArray) -> ColumnProfile:
    """Look at a column of strings or of lists of strings."""
    several = pa.types.is_list(values.type) or pa.types.is_large_list(values.type)
    flat = pc.list_flatten(values) if several else values
    trimmed = pc.utf8_trim_whitespace(flat.cast(pa.string()))
    counted = pc.value_counts(trimmed)
    different, counts = counted.field("values"), counted.field("counts")
    blank = _is_blank(different)
    filled = pc.sum(counts.filter(pc.invert(blank))).as_py() or 0
    return ColumnProfile(
        column=column,
        rows=max(len(values), filled),
        filled=filled,
        distinct=len(different) - pc.sum(blank).as_py() if len(different) else 0,
        counts=_sample(trimmed, different.filter(blank)),
    )


def _is_blank(values: pa.Array) -> pa.Array:
    """Which values say that there is none: null, nothing but punctuation, or a blank word."""
    bare = pc.invert(pc.match_substring_regex(values, r"[\p{L}\p{N}]"))
    words = pc.is_in(pc.utf8_lower(values), value_set=pa.array(sorted(BLANK_WORDS), pa.string()))
    return pc.fill_null(pc.or_(bare, words), True)


def _sample(values: pa.ChunkedArray, blanks: pa.Array) -> list[tuple[str, int]]:
    filled = values.filter(pc.invert(pc.is_in(values, value_set=blanks)))
    step = max(1, len(filled) // SAMPLED_ROWS)
    taken = filled.take(pa.array(range(0, len(filled), step), type=pa.int64())).to_pylist()
    counts = Counter(_unmarked(clean(text[:_LONGEST_LOOKED_AT])) for text in taken)
    return sorted(counts.items())


def _unmarked(text: str) -> str:
    """Without the apostrophe by which spreadsheets mark digits that are no number: '02134."""
    return text[1:] if text[:1] == "'" and text[1:2].isdigit() else text
