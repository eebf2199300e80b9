"""The evidence of pairs of rows: what is kept of their comparison, so that nothing is compared twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Ints, Table
from resolver.scoring.compare import Comparer
from resolver.scoring.scorer import Scorer
from resolver.version import Version

#: Pairs are compared and scored in chunks of this many, so that memory stays flat.
_CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class ComparedPairs:
    """Pairs of rows, left < right, with their match weights and cut weights in microbits, shapes (p,).

    The cut weight speaks of pairs within one component. There the prior counts only as far as agreement on the fields
    that say anything could have outweighed it: two touches that share no field do not contradict each other (0: nothing
    is said), and two different e-mail addresses hardly do. ``different``: whether each field of a personal kind
    (``Version.personal``) is at its lowest level, shape (p, k).
    """

    left: Ints
    right: Ints
    weight: Ints
    cut_weight: Ints
    different: NDArray[np.bool_]

    def take(self, which: Ints | NDArray[np.bool_]) -> ComparedPairs:
        """Those at these places, or where it holds."""
        return ComparedPairs(
            self.left[which], self.right[which], self.weight[which], self.cut_weight[which], self.different[which]
        )

    def __add__(self, others: ComparedPairs) -> ComparedPairs:
        return ComparedPairs(
            np.concatenate([self.left, others.left]),
            np.concatenate([self.right, others.right]),
            np.concatenate([self.weight, others.weight]),
            np.concatenate([self.cut_weight, others.cut_weight]),
            np.concatenate([self.different, others.different]),
        )


class Evidence:
    """Compares and scores any pairs of one table under one version; made ready when there is the first pair, for most
    records that come in have none."""

    def __init__(self, table: Table, version: Version, reach: Mapping[str, NDArray[np.int64]]) -> None:
        self._table, self._version, self._reach = table, version, reach

    @cached_property
    def _tools(self) -> tuple[Comparer, Scorer]:
        table, version = self._table, self._version
        return Comparer(table, version.fields), Scorer(table, version.fields, version.model, self._reach)

    def compare(self, left: Ints, right: Ints) -> ComparedPairs:
        """The pairs (``left[p]``, ``right[p]``) of rows, compared and scored."""
        places, lowest = self._version.personal
        weight = np.empty(len(left), dtype=np.int64)
        cut = np.empty(len(left), dtype=np.int64)
        different = np.empty((len(left), len(places)), dtype=bool)
        for start in range(0, len(left), _CHUNK):
            part = slice(start, start + _CHUNK)
            comparer, scorer = self._tools
            levels = comparer.levels(left[part], right[part])
            weight[part], cut[part] = scorer.weights(levels, left[part], right[part])
            different[part] = levels[:, places] == lowest
        return ComparedPairs(left, right, weight, cut, different)
