"""The small text that a store keeps while a re-cluster writes in parts, and after one that was interrupted then. The
next re-cluster does what is left, and takes it away with its last transaction."""

from __future__ import annotations

from graph.store import Snapshot

#: The name of the text, and what it says: that customers are written, or records in another normal form, too.
UNFINISHED = "unfinished_recluster"
CUSTOMERS, RECORDS = "customers", "records"


def is_unfinished(snapshot: Snapshot) -> bool:
    """Whether a re-cluster is being written in parts, or was interrupted while it was."""
    return snapshot.meta(UNFINISHED) is not None
