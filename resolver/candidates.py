"""Candidate pairs: records that share an active key. A key over its cap is inactive and proposes nothing.

Where records of equal signature share a key that alone reaches the link threshold, all of them are paired with the
smallest one only (a star), for connectivity; so pure stitching costs O(records).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Ints, distinct
from resolver.hashing import Hashes
from resolver.keys import Entries


@dataclass(frozen=True, slots=True)
class Blocks:
    """Keys with the rows that carry them: key b is ``hashes[b]``, carried by ``rows[indptr[b]:indptr[b + 1]]``
    (ascending, distinct). Keys ascend. Shapes (b,), (b + 1,), (nnz,)."""

    hashes: Hashes
    indptr: Ints
    rows: Ints

    @property
    def degrees(self) -> Ints:
        return np.diff(self.indptr)

    def take(self, which: Ints) -> Blocks:
        degrees = self.degrees[which]
        indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
        offsets = np.repeat(self.indptr[:-1][which] - indptr[:-1], degrees)
        return Blocks(self.hashes[which], indptr, self.rows[offsets + np.arange(indptr[-1])])


def blocks_of(entries: Entries) -> Blocks:
    """Group rows by key; a row that carries a key twice counts once."""
    order = np.argsort(entries.hashes, kind="stable")  # rows ascend already, so they ascend within each key
    hashes, rows = entries.hashes[order], entries.rows[order]
    if len(hashes) == 0:
        return Blocks(hashes, np.zeros(1, dtype=np.int64), rows)
    fresh = np.concatenate([[True], (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])])
    hashes, rows = hashes[fresh], rows[fresh]
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    return Blocks(hashes[starts], np.concatenate([starts, [len(hashes)]]).astype(np.int64), rows)


def pairs_within(blocks: Blocks) -> tuple[Ints, Ints]:
    """Every pair of rows within each block: (left, right) with left < right, one entry per block and pair."""
    degrees = blocks.degrees
    position = np.arange(len(blocks.rows)) - np.repeat(blocks.indptr[:-1], degrees)
    later = np.repeat(degrees, degrees) - position - 1
    left = np.repeat(np.arange(len(blocks.rows)), later)
    right = left + 1 + (np.arange(len(left)) - np.repeat(np.cumsum(later) - later, later))
    return blocks.rows[left], blocks.rows[right]


def pair_codes(left: Ints, right: Ints, n: int) -> Ints:
    """One integer per unordered pair of rows, smaller row first; ``n`` rows in all."""
    return np.minimum(left, right) * n + np.maximum(left, right)


def distinct_pairs(codes: list[Ints], n: int) -> tuple[Ints, Ints]:
    """The distinct pairs among these codes, ascending."""
    joined = distinct(np.concatenate(codes)) if codes else np.zeros(0, dtype=np.int64)
    return joined // n, joined % n


def active(blocks: Blocks, cap: int) -> NDArray[np.bool_]:
    """Which keys link and propose: carried by at least two rows and at most ``cap``."""
    degrees = blocks.degrees
    return (degrees >= 2) & (degrees <= cap)
