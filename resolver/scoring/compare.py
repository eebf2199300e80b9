"""Comparing pairs of rows of one table, field by field: each distinct pair of values once, by the levels of its kind
(``levels``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Codes, Column, Ints, Table, distinct, texts_array
from resolver.config import AttributeKind, IdentifierKind
from resolver.hashing import stable_order
from resolver.scoring.levels import AGREEING, COMPARISONS, EXACT, MISSING, SWAPPED, Comparison, Levels, Side

#: From so many pairs on, fields are compared in threads; a few, since each holds the arrays of its field.
_MANY = 50_000
_THREADS = min(4, os.cpu_count() or 1)
#: Up to so many pairs, those that differ are found one by one.
FEW = 64
#: Distinct value pairs are compared in chunks, so that memory stays flat.
_CHUNK = 500_000


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field that is compared, and its kind, which says how. ``half_life``: of an identifier, in days."""

    name: str
    kind: AttributeKind | IdentifierKind
    half_life: float | None = None

    @property
    def comparison(self) -> Comparison:
        return COMPARISONS[self.kind]


class Comparer:
    """Compares pairs of rows of one table; what is told of each distinct value is computed once."""

    def __init__(self, table: Table, fields: Sequence[ComparedField]) -> None:
        self._columns = [_DescribedColumn(table.columns[its.name], its.comparison) for its in fields]
        kinds = [its.kind for its in fields]
        self._names: tuple[int, int] | None = None
        if AttributeKind.GIVEN_NAME in kinds and AttributeKind.FAMILY_NAME in kinds:
            self._names = kinds.index(AttributeKind.GIVEN_NAME), kinds.index(AttributeKind.FAMILY_NAME)
        self._rows = len(table)

    @cached_property
    def _both(self) -> _DescribedColumn:
        """The given names, and below them the family names."""
        assert self._names is not None
        given, family = (self._columns[place].column for place in self._names)
        return _DescribedColumn(_stacked(given, family), AGREEING)

    def levels(self, left: Ints, right: Ints) -> Levels:
        """The level of every pair of rows in every field, shape (pairs, fields)."""
        levels = np.zeros((len(left), len(self._columns)), dtype=np.int8, order="F")
        if len(left) < _MANY:
            for position, column in enumerate(self._columns):
                levels[:, position] = column.levels(left, right)
        else:  # sorting and RapidFuzz, most of the work, run beside each other; fields have nothing in common
            with ThreadPoolExecutor(_THREADS) as pool:
                its_levels = pool.map(lambda column: column.levels(left, right), self._columns)
                for position, its in enumerate(its_levels):
                    levels[:, position] = its
        if self._names:
            self._mark_swapped(self._names, levels, left, right)
        return levels

    def _mark_swapped(self, names: tuple[int, int], levels: Levels, left: Ints, right: Ints) -> None:
        """Where neither name agrees in its own place but one agrees in the other's (and the other does not contradict:
        it may be an initial, or one of several words), or both have a word in common with the other's, the given name
        is SWAPPED and the family name counts as missing: the evidence is counted once."""
        given, family = levels[:, names[0]], levels[:, names[1]]
        agreeing, one_of_several, initial = 2, 3, 4  # levels of ``AGREEING``, the first of the name fields, too
        rows = np.flatnonzero(((given > SWAPPED) | (given == MISSING)) & ((family > agreeing) | (family == MISSING)))
        if rows.size == 0:
            return
        one = self._both.levels(left[rows], right[rows] + self._rows)
        other = self._both.levels(left[rows] + self._rows, right[rows])
        worse = np.maximum(one, other)
        better = np.where((one == MISSING) | (other == MISSING), worse, np.minimum(one, other))
        swapped = rows[
            ((better >= EXACT) & (better <= agreeing) & (worse <= initial))
            | ((one == one_of_several) & (other == one_of_several))
        ]
        given[swapped], family[swapped] = SWAPPED, MISSING


class _DescribedColumn:
    """A column with its comparison, and what that wants to know of each distinct value that is ever compared."""

    def __init__(self, column: Column, comparison: Comparison) -> None:
        self.column, self._comparison = column, comparison
        self._told: dict[int, tuple[int, ...]] = {}  # of few

    @cached_property
    def _described(self) -> Ints:
        """What is known of each value, shape (v, k); of many."""
        width = len(self._comparison.describe(self.column.values[0])) if len(self.column.values) else 0
        return np.zeros((len(self.column.values), width), dtype=np.int64)

    @cached_property
    def _known(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.column.values), dtype=bool)

    def _describe(self, codes: Ints) -> None:
        """Find out what is not known yet of these values."""
        if not self._described.shape[1]:
            return
        fresh = distinct(codes[~self._known[codes]])
        if len(fresh):
            self._described[fresh] = [self._comparison.describe(text) for text in self.column.values[fresh]]
            self._known[fresh] = True

    def levels(self, left: Ints, right: Ints) -> Levels:
        """The levels of the pairs (``left[p]``, ``right[p]``) of rows, shape (p,). Where a row has several values, the
        best level of any two of them counts."""
        column = self.column
        if len(left) <= FEW:
            return self._of_few(left.tolist(), right.tolist())
        if column.is_single:
            return self._of_codes(column.dense[left], column.dense[right])
        pair, mine, other = value_pairs(column, left, right)
        best = np.full(len(left), np.iinfo(np.int8).max, dtype=np.int8)
        np.minimum.at(best, pair, self._of_codes(mine, other))
        best[best == np.iinfo(np.int8).max] = MISSING
        return best

    def _of_few(self, left: list[int], right: list[int]) -> Levels:
        """``levels`` pair by pair: the same, without the fixed cost of arrays but for the unequal values."""
        by_row, texts = self.column.by_row, self.column.values
        levels = [MISSING] * len(left)
        unequal: dict[tuple[int, int], list[int]] = {}  # the pairs of rows in which these two values meet
        for pair, (row, other_row) in enumerate(zip(left, right, strict=True)):
            mine, other = by_row[row], by_row[other_row]
            if mine == other or not set(mine).isdisjoint(other):
                levels[pair] = EXACT if mine else MISSING
                continue
            for a, b in product(mine, other):
                unequal.setdefault((a, b) if texts[a] < texts[b] else (b, a), []).append(pair)
        if unequal:
            ones, others = zip(*unequal, strict=True)
            found = self._comparison.score(self._side(ones), self._side(others)).tolist()
            for level, pairs in zip(found, unequal.values(), strict=True):
                for pair in pairs:
                    levels[pair] = min(level, levels[pair] or level)
        return np.array(levels, dtype=np.int8)

    def _side(self, codes: Sequence[int]) -> Side:
        """One side of a few pairs of values."""
        told, texts = self._told, self.column.values
        for code in codes:
            if code not in told:
                told[code] = self._comparison.describe(texts[code])
        return Side(texts[list(codes)], np.array([told[code] for code in codes], dtype=np.int64))

    def _of_codes(self, left: Codes, right: Codes) -> Levels:
        """Levels by codes (-1: no value); each distinct unordered pair of unequal values is compared once."""
        levels = np.where(left == right, np.int8(EXACT), np.int8(MISSING))
        levels[(left < 0) | (right < 0)] = MISSING
        unequal = np.flatnonzero((left != right) & (left >= 0) & (right >= 0))
        if unequal.size == 0:
            return levels
        size = len(self.column.values)
        a, b = left[unequal].astype(np.int64), right[unequal].astype(np.int64)
        pairs = np.minimum(a, b) * size + np.maximum(a, b)
        order = stable_order(pairs.view(np.uint64))
        pairs = pairs[order]
        fresh = np.ones(len(pairs), dtype=bool)
        fresh[1:] = pairs[1:] != pairs[:-1]
        pairs = pairs[fresh]
        its_levels = np.empty(len(pairs), dtype=np.int8)
        for start in range(0, len(pairs), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            its_levels[chunk] = self._of_distinct(pairs[chunk] // size, pairs[chunk] % size)
        levels[unequal[order]] = its_levels[np.cumsum(fresh) - 1]
        return levels

    def _of_distinct(self, left: Ints, right: Ints) -> Levels:
        # Some scorers are not quite symmetric, and codes depend on the order of rows: the smaller text goes first.
        one, other = self.column.values[left], self.column.values[right]
        turn = np.flatnonzero(one > other)
        one[turn], other[turn] = other[turn], one[turn]
        left[turn], right[turn] = right[turn], left[turn]
        self._describe(np.concatenate([left, right]))
        return self._comparison.score(Side(one, self._described[left]), Side(other, self._described[right]))


def value_pairs(column: Column, left: Ints, right: Ints) -> tuple[Ints, Codes, Codes]:
    """Every pair of a value of ``left[p]`` and one of ``right[p]``: p, and both codes; p ascends."""
    ours, theirs = column.counts[left], column.counts[right]
    sizes = ours * theirs
    pair = np.repeat(np.arange(len(left)), sizes)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mine = column.codes[column.indptr[left][pair] + within // theirs[pair]]
    other = column.codes[column.indptr[right][pair] + within % theirs[pair]]
    return pair, mine, other


def _stacked(first: Column, second: Column) -> Column:
    """One column of 2n rows: the first column's, then the second's, over common distinct values."""
    index = {text: code for code, text in enumerate(first.values)}
    recode = np.fromiter(
        (index.setdefault(text, len(index)) for text in second.values), dtype=np.int32, count=len(second.values)
    )
    values = texts_array(list(index))
    indptr = np.concatenate([first.indptr, first.indptr[-1] + second.indptr[1:]])
    return Column(values, indptr, np.concatenate([first.codes, recode[second.codes]]).astype(np.int32))
