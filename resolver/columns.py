"""Records in columns: the one form that every stage from keys to clusters works on, for one record or ten million.

A table holds n records in key order; a column holds one field's values as codes into its distinct values.
Invariant: rows are sorted by record key, so "the smaller row number" means "the smaller record key" everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, count, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from resolver.hashing import Hashes, hash_texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Texts = NDArray[np.object_]


def texts_array(texts: Sequence[str]) -> Texts:
    """An object array of these texts, shape (n,)."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


@dataclass(frozen=True)
class Column:
    """One field of n records: row i carries ``values[codes[indptr[i]:indptr[i + 1]]]``.

    ``values`` are distinct texts (object array, shape (v,)), ``indptr`` has shape (n + 1,), ``codes`` shape (nnz,).
    """

    values: NDArray[np.object_]
    indptr: Ints
    codes: Codes

    @cached_property
    def counts(self) -> Ints:
        """Values per row, shape (n,)."""
        return np.diff(self.indptr)

    @cached_property
    def is_single(self) -> bool:
        """Whether no row carries more than one value."""
        return bool(self.codes.size == 0 or self.counts.max() <= 1)

    @cached_property
    def dense(self) -> Codes:
        """The first code of each row, -1 where there is none; shape (n,)."""
        codes = np.full(len(self.counts), -1, dtype=np.int32)
        present = self.counts > 0
        codes[present] = self.codes[self.indptr[:-1][present]]
        return codes

    @cached_property
    def rows(self) -> Ints:
        """The row of each entry of ``codes``, shape (nnz,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def by_row(self) -> list[list[int]]:
        """The codes of each row, for work on a few rows."""
        codes, ends = self.codes.tolist(), self.indptr.tolist()
        return [codes[start:end] for start, end in pairwise(ends)]

    @cached_property
    def hashes(self) -> Hashes:
        """The hash of each distinct value, shape (v,)."""
        return hash_texts(self.values)

    @cached_property
    def frequencies(self) -> Ints:
        """How many rows carry each distinct value, shape (v,)."""
        return np.bincount(self.codes, minlength=len(self.values)).astype(np.int64)

    def texts_of(self, row: int) -> tuple[str, ...]:
        return tuple(self.values[self.codes[self.indptr[row] : self.indptr[row + 1]]])

    def take(self, rows: Ints) -> Column:
        """The column of these rows, in this order, over the same distinct values."""
        counts = self.counts[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        starts = np.repeat(self.indptr[:-1][rows] - indptr[:-1], counts)
        return Column(self.values, indptr, self.codes[starts + np.arange(indptr[-1])])


def distinct(values: NDArray[np.int64]) -> Ints:
    """The distinct values, ascending. (A sort; NumPy's own ``unique`` hashes, which is several times slower on
    many.)"""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def column_of(rows: Iterable[Sequence[str]]) -> Column:
    """The column of these rows' values; equal values of one row count once, in their first order."""
    distinct = [texts if len(texts) < 2 else tuple(dict.fromkeys(texts)) for texts in rows]
    indptr = np.fromiter(accumulate(map(len, distinct), initial=0), dtype=np.int64, count=len(distinct) + 1)
    code_of: defaultdict[str, int] = defaultdict(count().__next__)  # a text that is new has the next number
    every = map(code_of.__getitem__, chain.from_iterable(distinct))
    codes = np.fromiter(every, dtype=np.int32, count=int(indptr[-1]))
    return Column(texts_array(list(code_of)), indptr, codes)


@dataclass(frozen=True)
class Table:
    """n records in key order: ``keys`` (their record keys) and one column for each field that any of them has."""

    keys: Sequence[str]
    columns: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Ints) -> Table:
        """The table of these rows (ascending, so that key order stays)."""
        keys = [self.keys[row] for row in rows.tolist()]
        return Table(keys, {name: column.take(rows) for name, column in self.columns.items()})


class TableBuilder:
    """Makes a table from parts in key order. Values go into Arrow's dictionaries: no Python object per value."""

    def __init__(self, fields: Iterable[str]) -> None:
        self._keys: list[str] = []
        self._texts: dict[str, list[pa.Array]] = {name: [] for name in fields}
        self._counts: dict[str, list[Ints]] = {name: [] for name in self._texts}

    def add(self, keys: Sequence[str], rows: Sequence[Mapping[str, str | Sequence[str]]]) -> None:
        """Rows behind those that are there already: a single value may stand for a list of one."""
        self._keys += keys
        for name, texts in self._texts.items():
            values = [row.get(name) for row in rows]
            try:
                array = pa.array(values, pa.string())
                counts = pc.is_valid(array).to_numpy(zero_copy_only=False).astype(np.int64)
            except (pa.ArrowTypeError, pa.ArrowInvalid):  # a row has several
                several = [
                    (its,) if isinstance(its, str) else tuple(dict.fromkeys(its)) if its else () for its in values
                ]
                array = pa.array([text for its in several for text in its], pa.string())
                counts = np.array([len(its) for its in several], dtype=np.int64)
            texts.append(array.drop_null())
            self._counts[name].append(counts)

    def table(self) -> Table:
        return Table(self._keys, {name: self._column(name) for name in list(self._texts)})

    def _column(self, name: str) -> Column:
        encoded = pa.chunked_array(self._texts.pop(name), pa.string()).dictionary_encode().combine_chunks()
        values = encoded.dictionary.to_pylist() if len(encoded) else []
        codes = encoded.indices.to_numpy().astype(np.int32) if len(encoded) else np.zeros(0, dtype=np.int32)
        counts = np.concatenate([np.zeros(1, dtype=np.int64), *self._counts.pop(name)])
        return Column(texts_array(values), np.cumsum(counts), codes)


def table_of(records: Sequence[tuple[str, Mapping[str, Sequence[str]]]], fields: Iterable[str]) -> Table:
    """The table of these (record key, normalised fields), sorted by key; keys must be distinct."""
    ordered = sorted(records, key=lambda record: record[0])
    present = set().union(*(values for _, values in ordered))
    nothing = Column(texts_array([]), np.zeros(len(ordered) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))
    columns = {
        name: column_of([values.get(name, ()) for _, values in ordered]) if name in present else nothing
        for name in fields
    }
    return Table([key for key, _ in ordered], columns)
