"""Candidate pairs: records that share an active key. A key over its cap is inactive and proposes nothing.

Where records of equal signature share a key that alone reaches the link threshold, all of them are paired with the
smallest one only (a star), for connectivity; so pure stitching costs O(records). Of unlike records on such a key the
first of each group are paired, and those that share several such keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.keys import Entries
from resolver.columns import Ints, distinct
from resolver.hashing import Hashes, stable_order

#: Up to so many rows that carry keys, they are grouped one by one.
FEW = 200


@dataclass(frozen=True, slots=True)
class Blocks:
    """Keys with the rows that carry them: key b is ``hashes[b]``, carried by ``rows[indptr[b]:indptr[b + 1]]``
    (ascending, distinct). Keys ascend. Shapes (b,), (b + 1,), (nnz,)."""

    hashes: Hashes
    indptr: Ints
    rows: Ints

    @property
    def carriers(self) -> list[list[int]]:
        """The rows of each key, for work on a few."""
        rows = self.rows.tolist()
        return [rows[start:end] for start, end in pairwise(self.indptr.tolist())]

    @property
    def degrees(self) -> Ints:
        return np.diff(self.indptr)

    def take(self, which: Ints) -> Blocks:
        degrees = self.degrees[which]
        indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
        offsets = np.repeat(self.indptr[:-1][which] - indptr[:-1], degrees)
        return Blocks(self.hashes[which], indptr, self.rows[offsets + np.arange(indptr[-1])])

    def only(self, wanted: NDArray[np.bool_]) -> Blocks:
        """The wanted keys, shape (b,)."""
        return self if wanted.all() else self.take(np.flatnonzero(wanted))

    def where(self, wanted: NDArray[np.bool_]) -> Blocks:
        """The same keys, carried by these entries of ``rows`` only."""
        kept = np.concatenate([[0], np.cumsum(wanted)])
        return Blocks(self.hashes, kept[self.indptr].astype(np.int64), self.rows[wanted])


def blocks_of(entries: Entries, least: int = 1) -> Blocks:
    """Group rows by key; a row that carries a key twice counts once. Keys of fewer than ``least`` rows are left out."""
    if len(entries.hashes) <= FEW:
        return _blocks_of_few(entries, least)
    blocks = _blocks_of_many(entries)
    return blocks if least < 2 else blocks.take(np.flatnonzero(blocks.degrees >= least))


def _blocks_of_few(entries: Entries, least: int) -> Blocks:
    carried: dict[int, dict[int, None]] = {}
    for key, row in zip(entries.hashes.tolist(), entries.rows.tolist(), strict=True):
        carried.setdefault(key, {})[row] = None
    kept = sorted((key, list(rows)) for key, rows in carried.items() if len(rows) >= least)
    return Blocks(
        np.array([key for key, _ in kept], dtype=np.uint64),
        np.array([0, *accumulate(len(rows) for _, rows in kept)], dtype=np.int64),
        np.array([row for _, rows in kept for row in rows], dtype=np.int64),
    )


def _blocks_of_many(entries: Entries) -> Blocks:
    order = stable_order(entries.hashes)  # rows ascend already, so they ascend within each key
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


def pairs_sharing_several(keys: Sequence[Blocks], alike: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """The pairs of unlike rows that share several of these keys. Where a star pairs only the first rows of each group
    of ``alike`` rows (their signatures, shape (n,)), such a pair may link though the first ones do not."""
    n = len(alike)
    carried = np.zeros(n, dtype=np.int64)
    for blocks in keys:
        carried += np.bincount(blocks.rows, minlength=n)
    codes = [np.zeros(0, dtype=np.int64)]
    for blocks in keys:
        several = blocks.where(carried[blocks.rows] >= 2)
        several = several.take(np.flatnonzero(several.degrees >= 2))
        signatures, starts = alike[several.rows], several.indptr[:-1]
        if len(starts) == 0:
            continue
        mixed = np.minimum.reduceat(signatures, starts) != np.maximum.reduceat(signatures, starts)
        left, right = pairs_within(several.take(np.flatnonzero(mixed)))
        codes.append(pair_codes(left, right, n)[alike[left] != alike[right]])
    ordered = np.sort(np.concatenate(codes))
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return again // max(1, n), again % max(1, n)


def pairs_of_few(
    starred: Sequence[Sequence[int]], others: Sequence[Sequence[int]], alike: Sequence[int]
) -> tuple[Ints, Ints]:
    """The distinct candidate pairs of a few keys, ascending, found pair by pair. Keys are given as the rows that carry
    them: of ``starred`` ones the first rows of each group of ``alike`` rows are paired, each further row with the first
    of its group, and unlike rows that share several; of the others all rows."""
    pairs = {pair for rows in others for pair in combinations(rows, 2)}
    times: Counter[tuple[int, int]] = Counter()
    for rows in starred:
        first: dict[int, int] = {}
        for row in rows:
            head = first.setdefault(alike[row], row)
            if head != row:
                pairs.add((head, row))
        pairs.update(combinations(first.values(), 2))
        times.update((a, b) for a, b in combinations(rows, 2) if alike[a] != alike[b])
    pairs.update(pair for pair, number in times.items() if number > 1)
    left, right = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T.copy()
    return left, right


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
