"""Postings, (key hash, rid), on their way into a table: buffered and sorted, to be added in the table's order."""

from __future__ import annotations

from array import array
from collections.abc import Collection
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

    def replace(self, rid: int, packed: bytes, hashes: Collection[int]) -> None:
        """From the packed hashes that the record carried to those that it carries from now on."""
        before, after = set(unpack(packed)), set(hashes)
        if gone := before - after:
            self.flush()  # what is removed may be among what is held back
            self._session.run_many(self._delete, [(hash, rid) for hash in gone])
        self.add(rid, after - before)

    def add(self, rid: int, hashes: Collection[int]) -> None:
        """For a record that carried none."""
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
