"""Postings, (key hash, rid), on their way into a table: buffered and sorted, to be added in the table's order."""

from __future__ import annotations

from array import array
from typing import Literal

import numpy as np
import numpy.typing as npt

from graph.sqlite_store.connection import Session
from graph.sqlite_store.rows import unpack

#: Postings held back before they are sorted and written: about 150 MB while they are.
BUFFERED = 4_000_000
#: Postings turned into Python objects at a time.
WRITTEN_AT_ONCE = 100_000

_INSERT = {
    "identifiers": "INSERT INTO identifiers VALUES (?, ?) ON CONFLICT DO NOTHING",
    "blocking": "INSERT INTO blocking VALUES (?, ?) ON CONFLICT DO NOTHING",
}
_DELETE = {
    "identifiers": "DELETE FROM identifiers WHERE hash = ? AND rid = ?",
    "blocking": "DELETE FROM blocking WHERE hash = ? AND rid = ?",
}


class Postings:
    """The additions to and removals from one table of postings; ``flush()`` writes what is held back."""

    def __init__(self, session: Session, table: Literal["identifiers", "blocking"]) -> None:
        self._session = session
        self._insert, self._delete = _INSERT[table], _DELETE[table]
        self._hashes, self._rids = array("q"), array("q")

    def replace(self, rid: int, old: bytes | None, new: bytes) -> None:
        """From the packed hashes that the record carried to those that it carries from now on."""
        if not old:
            self._add(rid, unpack(new))
        elif old != new:
            before, after = set(unpack(old)), set(unpack(new))
            if gone := before - after:
                self.flush()  # what is removed may be among what is held back
                self._session.run_many(self._delete, [(hash, rid) for hash in gone])
            self._add(rid, array("q", after - before))

    def _add(self, rid: int, hashes: array[int]) -> None:
        self._hashes.extend(hashes)
        self._rids.extend([rid] * len(hashes))
        if len(self._hashes) >= BUFFERED:
            self.flush()

    def flush(self) -> None:
        if not self._hashes:
            return
        hashes: npt.NDArray[np.int64] = np.frombuffer(self._hashes, dtype=np.int64)
        rids: npt.NDArray[np.int64] = np.frombuffer(self._rids, dtype=np.int64)
        order = np.lexsort((rids, hashes))
        for start in range(0, len(order), WRITTEN_AT_ONCE):
            part = order[start : start + WRITTEN_AT_ONCE]
            self._session.run_many(self._insert, zip(hashes[part].tolist(), rids[part].tolist(), strict=True))
        self._hashes, self._rids = array("q"), array("q")
