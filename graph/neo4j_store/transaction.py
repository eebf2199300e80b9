"""What every write of a transaction shares: the counters, how much goes at once, and that a failure spoils all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graph.all_or_nothing import nothing_kept
from graph.chunks import chunks
from graph.neo4j_store.connection import Counters
from graph.neo4j_store.statements import Statements

#: Rows that one statement writes.
CHUNK = 2_000


class Writing:
    """The state of a write transaction. There is one sequence counter: records and feed events take numbers from it,
    and a transaction that changed anything else raises it by one; named texts do not count."""

    _statements: Statements

    def _begin(self, counters: Counters) -> None:
        self._sequence, self._quarantined_number = counters.sequence, counters.quarantined
        self._generation = counters.generation
        #: What is known with the lock, so that nothing need be asked where there is nothing.
        self._adopted = counters.version
        self._has_decisions, self._has_pending = counters.decisions > 0, counters.pending > 0
        self.spoiled, self._numbered = False, False
        self.sweeping = False
        #: Whether it has locked nothing but the store: what is written beside it then waits for nothing.
        self._holds_nothing = True
        self._staging = False

    @property
    def changed(self) -> bool:
        """Whether it changed anything; known once it has settled."""
        return self._statements.changed

    def _write(self, name: str, /, **parameters: Any) -> None:
        """Write without waiting for it, while the caller goes on; reads do wait."""
        self._holds_nothing = False
        self._statements.write(name, parameters)

    def _write_rows(self, name: str, rows: Iterable[Any], *, parameter: str = "rows") -> None:
        for chunk in chunks(rows, CHUNK):
            self._write(name, **{parameter: chunk})

    def _advance(self, numbers: int) -> int:
        """Take numbers from the counter; returns the first of them."""
        self._sequence += numbers
        self._numbered = True
        return self._sequence - numbers + 1

    def _settle(self) -> None:
        """Number what was changed so far."""
        self._statements.settle()
        if self._statements.counted and not self._numbered:
            self._advance(1)

    def finish(self) -> None:
        """To be called before the commit. Raises StoreError if a write had failed."""
        if not self.spoiled and not self._statements.failed:
            self._settle()
            self._save_counters()
            self._statements.settle()
        if self.spoiled or self._statements.failed:
            raise nothing_kept()

    def _save_counters(self) -> None:
        if self.changed:
            self._write("save_counters", sequence=self._sequence, quarantined=self._quarantined_number)
