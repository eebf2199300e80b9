"""What an identifier still says of records that were seen far apart: telephone numbers are given out again.

After t days a value is still its former owner's with probability 2^(-t / half-life); else whoever shares it is anybody.
(That evidence of agreement decays with the time between two records is the idea of Li, Dong, Maurino and Srivastava,
"Linking Temporal Records", PVLDB 4(11), 2011.) So a pair that shares the value is one customer's, related people's or
strangers' with the probabilities that it gives on the same day, mixed with those of any pair; and the terms are those
that give this mixture. They go from what the value says to nothing, and never beyond.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from math import log2

import numpy as np

from resolver.columns import Ints, Table
from resolver.config import SEEN_DAY
from resolver.scoring.model import MICRO, Model, microbits


class Days:
    """On which days the rows of a table were seen. Rows that do not say so are apart from none."""

    def __init__(self, table: Table) -> None:
        column = table.columns.get(SEEN_DAY)
        if column is None or not len(column.values):
            self._days = np.zeros(len(table), dtype=np.int64)
        else:
            ordinals = [date.fromisoformat(text).toordinal() for text in column.values]
            self._days = np.array([*ordinals, 0], dtype=np.int64)[column.dense]  # -1, no day, takes the last

    def apart(self, left: Ints, right: Ints) -> Ints:
        """The days between the rows of each pair, shape (pairs,)."""
        mine, other = self._days[left], self._days[right]
        return np.where((mine == 0) | (other == 0), 0, np.abs(mine - other))

    def apart_one(self, left: int, right: int) -> int:
        mine, other = int(self._days[left]), int(self._days[right])
        return abs(mine - other) if mine and other else 0


class Fading:
    """The terms of one identifier type by the days between two records."""

    def __init__(self, model: Model, half_life: float, days: Days) -> None:
        self._priors, self._half_life, self._days = (model.prior, model.related), half_life, days

    def one(self, terms: tuple[int, int], left: int, right: int) -> tuple[int, int]:
        """The terms (for matches and for related people, microbits) of a value that these rows share."""
        days = self._days.apart_one(left, right)
        return terms if days == 0 else faded(terms, self._priors, days / self._half_life)

    def many(self, terms: tuple[Ints, Ints], left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """As ``one`` for many pairs; shapes (pairs,). Each distinct combination is computed once, by the same
        function, since vectorised logarithms do not promise the same integers."""
        days = self._days.apart(left, right)
        apart = np.flatnonzero(days)
        if not len(apart):
            return terms
        match, related = terms[0].copy(), terms[1].copy()
        told = np.stack([match[apart], related[apart], days[apart]], axis=1)
        distinct, which = np.unique(told, axis=0, return_inverse=True)
        found = [faded((m, r), self._priors, t / self._half_life) for m, r, t in distinct.tolist()]
        match[apart], related[apart] = np.array(found, dtype=np.int64)[which.reshape(-1)].T
        return match, related

    def days(self, left: int, right: int) -> int:
        """The days between two rows."""
        return self._days.apart_one(left, right)


@lru_cache(maxsize=65_536)
def faded(terms: tuple[int, int], priors: tuple[float, float], half_lives: float) -> tuple[int, int]:
    """The terms (microbits) after so many half-lives. ``priors``: the model's ``prior`` and ``related``."""
    prior, related = priors
    match = prior / (1 - prior)
    anybody = (match, related, 1.0)
    sharing = (match * 2.0 ** (terms[0] / MICRO), related * 2.0 ** (terms[1] / MICRO), 1.0)
    kept = 2.0**-half_lives
    same, kin, strangers = (
        kept * its / sum(sharing) + (1 - kept) * any / sum(anybody) for its, any in zip(sharing, anybody, strict=True)
    )
    its_related = microbits(log2(kin / strangers / related)) if related > 0 else terms[1]
    return microbits(log2(same / strangers / match)), its_related
