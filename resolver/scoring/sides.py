"""What all comparisons share: levels, the two sides of many pairs of values, and how a kind of field is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from resolver.columns import Ints, Texts

Levels = NDArray[np.int8]

MISSING, EXACT = 0, 1
#: Similarities of Jaro–Winkler, from which names count as nearly equal, alike, similar.
NEARLY, ALIKE, SIMILAR = 0.92, 0.85, 0.7


@dataclass(frozen=True, slots=True)
class Side:
    """One side of p pairs of values: their texts, shape (p,), and what the kind's ``describe`` says of each, shape (p,
    k)."""

    texts: Texts
    described: Ints

    def take(self, which: Ints) -> Side:
        return Side(self.texts[which], self.described[which])


@dataclass(frozen=True, slots=True)
class Comparison:
    """The levels of one kind of field. ``labels[level]`` says each level in words; ``score`` answers the level
    (2 … len(labels) - 1) of pairs of unequal values; ``describe`` turns one value into the integers that ``score``
    wants to know of it, once for each distinct value."""

    labels: tuple[str, ...]
    score: Callable[[Side, Side], Levels]
    describe: Callable[[str], tuple[int, ...]] = lambda _: ()

    @property
    def other(self) -> int:
        """The level "else"."""
        return len(self.labels) - 1


def first_true(*tests: NDArray[np.bool_]) -> Levels:
    """Level 2 where the first test holds, 3 where only the second does …, and "else" where none does."""
    levels = np.full(len(tests[0]), len(tests) + 2, dtype=np.int8)
    for level in range(len(tests) + 1, 1, -1):
        levels[tests[level - 2]] = level
    return levels


def jaro_winkler(left: Texts, right: Texts) -> NDArray[np.float32]:
    return np.asarray(process.cpdist(left, right, scorer=JaroWinkler.similarity))


def token(text: str) -> int:
    """A number that is not 0 and that only equal texts share. It is compared within one process and never kept, so that
    Python's own hash will do, which is several times faster than a stable one."""
    return hash(text) or 1
