"""What every write of a transaction shares: the sequence counter, and that a failed write spoils the whole."""

from __future__ import annotations

from graph.all_or_nothing import nothing_kept
from graph.sqlite_store.connection import Session


class Writing:
    """The state of a write transaction. There is one sequence counter: records and feed events take numbers from it,
    and a transaction that changed anything else raises it by one; named texts do not count."""

    _session: Session
    spoiled: bool
    _untouched: int
    _numbered: bool

    def _begin(self) -> None:
        self.spoiled, self._numbered = False, False
        self._untouched = self._session.raw.total_changes

    @property
    def size(self) -> int:
        """How many rows, named texts aside, were written so far."""
        return self._session.raw.total_changes - self._untouched

    def _advance(self, numbers: int) -> int:
        """Take numbers from the counter; returns the first of them."""
        last = self._session.value("UPDATE store SET sequence = sequence + ? RETURNING sequence", (numbers,))
        self._numbered = True
        return int(last) - numbers + 1

    def _settle(self) -> None:
        if not self._numbered and self.size:
            self._advance(1)

    def finish(self) -> None:
        """To be called before the commit. Raises StoreError if a write had failed."""
        if self.spoiled:
            raise nothing_kept()
        self._settle()
