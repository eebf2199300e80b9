"""Small texts that a store keeps while something is written in parts, and after it was interrupted then: a re-cluster,
or a copy into it. The next re-cluster, or the same copy, does what is left, and takes the text away at its end."""

from __future__ import annotations

from graph.errors import VersionError
from graph.store import Snapshot

#: The name of the text, and what it says: that customers are written, or records in another normal form, too.
UNFINISHED = "unfinished_recluster"
CUSTOMERS, RECORDS = "customers", "records"
#: The name of the text that says which events of changed profiles are yet to be told (``batch.untold``).
UNTOLD = "untold_profiles"
#: The name of the text that a copy keeps in its target; it says what is copied, and in what guise.
COPY = "copy_of"


def is_unfinished(snapshot: Snapshot) -> bool:
    """Whether a re-cluster is being written in parts, or was interrupted while it was."""
    return snapshot.meta(UNFINISHED) is not None or snapshot.meta(UNTOLD) is not None


def is_unfinished_copy(snapshot: Snapshot) -> bool:
    """Whether another store is being copied into this one, or the copy was interrupted."""
    return snapshot.meta(COPY) is not None


def refuse_unfinished_copy(snapshot: Snapshot) -> None:
    """Raises VersionError where the store holds a part of another one only."""
    if is_unfinished_copy(snapshot):
        raise VersionError("this store is an unfinished copy of another", "do the same whograph copy again")
