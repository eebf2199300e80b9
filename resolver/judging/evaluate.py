"""How good a clustering is against the truth: pairwise and B³ precision, recall and F1.

B³ is record-weighted (Bagga and Baldwin, 1998): the mean over records of how much of a record's cluster is right, and
of how much of its true cluster was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares in 0…1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Of ``records`` with a known truth; ``true_pairs``, ``found_pairs`` and ``right_pairs`` count pairs."""

    pairwise: Quality
    b_cubed: Quality
    records: int
    true_pairs: int
    found_pairs: int
    right_pairs: int


def evaluate(clusters: Sequence[object], truth: Sequence[object]) -> Evaluation:
    """Compare the cluster of each record with its true one (parallel sequences of labels)."""
    found, true = _codes(clusters), _codes(truth)
    both = _codes_of_pairs(found, true)
    n = len(found)
    found_size, true_size, both_size = (np.bincount(codes) for codes in (found, true, both))
    found_pairs, true_pairs, right_pairs = (_pairs(sizes) for sizes in (found_size, true_size, both_size))
    overlap = both_size[both]
    return Evaluation(
        Quality(right_pairs / found_pairs if found_pairs else 1.0, right_pairs / true_pairs if true_pairs else 1.0),
        Quality(float((overlap / found_size[found]).mean()), float((overlap / true_size[true]).mean()))
        if n
        else Quality(1.0, 1.0),
        n,
        true_pairs,
        found_pairs,
        right_pairs,
    )


def _codes(labels: Sequence[object]) -> NDArray[np.int64]:
    index: dict[object, int] = {}
    return np.fromiter((index.setdefault(label, len(index)) for label in labels), dtype=np.int64, count=len(labels))


def _codes_of_pairs(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(left * (int(right.max(initial=0)) + 1) + right, return_inverse=True)[1])


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes.astype(np.int64) * (sizes - 1) // 2).sum())
