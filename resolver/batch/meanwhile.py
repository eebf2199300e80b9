"""What others write to a store while a re-cluster is at work, told apart from what it writes itself."""

from __future__ import annotations

from graph.store import Transaction
from resolver.batch.everything import Beginning


class StartOver(Exception):  # noqa: N818 - a signal between two rounds, never shown
    """Too much was written while a re-cluster computed. ``same_version``: only records; otherwise another re-cluster
    has adopted a version."""

    def __init__(self, *, same_version: bool) -> None:
        self.same_version = same_version
        super().__init__()


class Meanwhile:
    """Since a re-cluster began: ``keys`` of the records that others have written, ``endpoints`` of the decisions that
    they have taken or withdrawn, and whether they have written anything; ``parts``: how many transactions of its own
    are committed. Writers follow each other, so whatever came between two of its transactions is by others."""

    def __init__(self, begin: Beginning, patience: int | None) -> None:
        """``patience``: with how many records of others it goes on (None: with any number)."""
        self._begin, self._patience, self._seen = begin, patience, begin.sequence
        self.keys: set[str] = set()
        self.endpoints: set[str] = set()
        self.came = False
        self.parts = 0

    def look(self, tx: Transaction) -> None:
        """At the beginning of a transaction. Raises StartOver."""
        adopted = self._begin.adopted
        if tx.version_number() != (adopted.number if adopted else None):
            raise StartOver(same_version=False)
        self.read(tx)
        if self._patience is not None and len(self.keys) > self._patience:
            raise StartOver(same_version=True)

    def read(self, tx: Transaction) -> None:
        """As ``look``, when nothing of it can be too much."""
        if tx.sequence() == self._seen:
            return
        self.came = True
        self.keys.update(tx.changed_since(self._seen))
        changed = set(tx.decisions()) ^ set(self._begin.decisions)
        self.endpoints = {end for decision in changed for end in (decision.left, decision.right)}

    def settle(self, tx: Transaction) -> None:
        """At the end of a transaction, when it has written all that it will."""
        self._seen = tx.sequence()
