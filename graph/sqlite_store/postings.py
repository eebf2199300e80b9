"""Postings, (key hash, rid), on their way into a table: buffered and sorted, to be added in the table's order."""

from __future__ import annotations

from array import array
from typing import Literal

import numpy as np
import numpy.typing as npt

from graph.sqlite_store.connection import Session
from graph.sqlite_store.rows import HASH_BYTES, pack, unpack

#: Postings held back before they are sorted and written: about 150 MB while they are.
BUFFERED = 4_000_000
#: Postings of one statement: a statement's own cost is more than that of a posting.
AT_ONCE = 400
#: Postings turned into Python objects at a time, a multiple of AT_ONCE.
SLICE = 100_000

_INSERT = {
    "identifiers": "INSERT INTO identifiers VALUES {rows} ON CONFLICT DO NOTHING",
    "blocking": "INSERT INTO blocking VALUES {rows} ON CONFLICT DO NOTHING",
}
_DELETE = {
    "identifiers": "DELETE FROM identifiers WHERE hash = ? AND rid = ?",
    "blocking": "DELETE FROM blocking WHERE hash = ? AND rid = ?",
}


class Postings:
    """The additions to and removals from one table of postings; ``flush()`` writes what is held back.

    A record is replaced once between two calls of ``remove()``, so what is removed is never added after it."""

    def __init__(self, session: Session, table: Literal["identifiers", "blocking"]) -> None:
        self._session = session
        self._insert, self._delete = _INSERT[table], _DELETE[table]
        self._start()

    def _start(self) -> None:
        self._hashes, self._rids, self._counts = array("q"), array("q"), array("q")  # a rid has that many hashes
        self._gone: list[tuple[int, int]] = []

    def replace(self, rid: int, old: bytes, new: bytes) -> None:
        """From the packed hashes that a record carried to those that it carries from now on."""
        if old == new:
            return
        before, after = set(unpack(old)), set(unpack(new))
        self._gone += [(hash, rid) for hash in before - after]
        self.add(rid, pack(after - before))

    def add(self, rid: int, packed: bytes) -> None:
        """For packed hashes that the record did not carry."""
        if packed:
            self._hashes.frombytes(packed)
            self._rids.append(rid)
            self._counts.append(len(packed) // HASH_BYTES)
            if len(self._hashes) >= BUFFERED:
                self.flush()

    def remove(self) -> None:
        """Write the removals, if there are any, and all that is held back, which they may be among."""
        if self._gone:
            self.flush()

    def flush(self) -> None:
        if self._hashes:
            self._add_all()
        if self._gone:
            self._session.run_many(self._delete, sorted(self._gone))
        self._start()

    def _add_all(self) -> None:
        hashes: npt.NDArray[np.int64] = np.frombuffer(self._hashes, dtype=np.int64)
        rids: npt.NDArray[np.int64] = np.repeat(
            np.frombuffer(self._rids, dtype=np.int64), np.frombuffer(self._counts, dtype=np.int64)
        )
        self._write_sorted(hashes, rids)

    def add_columns(self, hashes: npt.NDArray[np.int64], rids: npt.NDArray[np.int64]) -> None:
        """Postings that no record carries yet, at once; shapes (p,)."""
        self.flush()
        self._write_sorted(hashes, rids)

    def _write_sorted(self, hashes: npt.NDArray[np.int64], rids: npt.NDArray[np.int64]) -> None:
        order = np.argsort(hashes)  # among equal hashes any order will do: they are neighbours in the table
        for start in range(0, len(order), SLICE):
            part = order[start : start + SLICE]
            self._write(np.column_stack((hashes[part], rids[part])))

    def _write(self, pairs: npt.NDArray[np.int64]) -> None:
        whole = len(pairs) - len(pairs) % AT_ONCE
        for rows, at_once in ((pairs[:whole], AT_ONCE), (pairs[whole:], 1)):
            if len(rows):  # a statement of so many parameters costs something even where it has nothing to do
                sql = self._insert.format(rows=", ".join(["(?, ?)"] * at_once))
                self._session.run_many(sql, rows.reshape(-1, 2 * at_once).tolist())


def sorted_within(hashes: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The hashes of records that follow each other, ``counts[i]`` of record i, sorted within each record: all records
    of one count as one matrix, a fraction of the cost of sorting everything. Shapes (h,), (n,)."""
    answer = hashes.copy()
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 1]).tolist():
        places = starts[counts == count, np.newaxis] + np.arange(count)
        answer[places] = np.sort(hashes[places], axis=1)
    return answer
