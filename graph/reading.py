"""Reading again where a writer came between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from graph.errors import SnapshotMovedError
from graph.store import Snapshot, Store

T = TypeVar("T")

#: How often work is begun in all. Two collisions in a row are rare already.
ATTEMPTS = 10


def read_again(store: Store, work: Callable[[Snapshot], T]) -> T:
    """What the work makes of a snapshot; begun anew, on a new one, when what it read changed before it had read all.
    The work must do nothing but read. Raises SnapshotMovedError only after many attempts."""
    for _ in range(ATTEMPTS - 1):
        try:
            with store.read() as snapshot:
                return work(snapshot)
        except SnapshotMovedError:
            continue
    with store.read() as snapshot:
        return work(snapshot)
