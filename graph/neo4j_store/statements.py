"""How a writer's statements are run: within its transaction, or with others at the same time where nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from neo4j import Transaction

from cypher import statement
from graph.chunks import chunks
from graph.errors import StoreError
from graph.neo4j_store.beside import Beside
from graph.neo4j_store.connection import Connection, Marked, Rows, marked


class Statements:
    """The statements of a transaction that has the store's lock: nobody else commits meanwhile."""

    def __init__(self, connection: Connection, transaction: Transaction) -> None:
        self._connection, self._transaction = connection, transaction
        self._ended = False
        self._beside, self._behind = Beside(connection.run_once), Beside(self._write, at_a_time=1)
        self._reader: ThreadPoolExecutor | None = None
        #: Until it writes, every connection sees what this one does.
        self.nothing_written = True
        #: Whether a statement changed anything, whether one that counts did, and whether one failed.
        self.changed = self.counted = self.failed = False

    def end(self) -> None:
        self._ended = True
        self._behind.end()
        self._beside.end()
        if self._reader is not None:
            self._reader.shutdown()

    def ask(self, name: str, parameters: dict[str, Any]) -> Marked:
        return marked(self.run(name, parameters), self._connection.address)

    def rows(self, name: str, /, **parameters: Any) -> Rows:
        return self.ask(name, parameters).rows

    chunk = rows

    @property
    def two_at_a_time(self) -> bool:
        return self.nothing_written

    def all_rows(self, name: str, questions: Sequence[dict[str, Any]]) -> Iterator[Rows]:
        if not self.two_at_a_time or len(questions) < 2:
            return (self.rows(name, **its) for its in questions)
        return self._in_pairs(name, questions)

    def _in_pairs(self, name: str, questions: Sequence[dict[str, Any]]) -> Iterator[Rows]:
        """Two questions at a time, the second on a connection of its own: the server has several cores, too."""
        if self._reader is None:
            self._reader = ThreadPoolExecutor(1, thread_name_prefix="whograph-reader")
        for first, *second in chunks(questions, 2):
            others = [self._reader.submit(self._connection.run_once, name, its) for its in second]
            try:
                yield self.rows(name, **first)
            finally:
                wait(others)
            yield from (marked(its.result(), self._connection.address).rows for its in others)

    def version(self) -> int | None:
        ((number,),) = self.rows("adopted_number")
        return None if number is None else int(number)

    def aside(self, name: str, parameters: dict[str, Any]) -> Rows:
        """A statement in a transaction of its own, tried once, under the lock of this one. It must touch no node that
        this transaction has locked: it would wait for it for ever."""
        return self._connection.run_once(name, parameters)

    def beside(self, name: str, parameters: dict[str, Any]) -> None:
        """The same without waiting for it: it has ended when the next statement runs, at the latest by ``settle``. It
        must touch nothing that another such statement does."""
        self._beside.put(name, parameters)

    def write(self, name: str, parameters: dict[str, Any]) -> None:
        """A statement of this transaction, without waiting for it: it has ended when one that reads runs, at the latest
        by ``settle``. Whichever comes next raises its error."""
        self._see_usable()
        self._beside.settle()
        self.nothing_written = False
        self._behind.put(name, parameters)

    def settle(self) -> None:
        """Wait for what runs beside and behind. Raises its errors."""
        self._beside.settle()
        self._behind.settle()

    def run(self, name: str, parameters: dict[str, Any]) -> Rows:
        """Any statement, reading or writing, once those before it have ended. What it changes does not count."""
        self._see_usable()
        self.settle()
        rows, changed = self._executed(name, parameters)
        if changed:
            self.changed, self.nothing_written = True, False
        return rows

    def _write(self, name: str, parameters: dict[str, Any]) -> None:
        if self.failed:  # so has all that was to come behind it
            return
        try:
            _, changed = self._executed(name, parameters)
        except BaseException:
            self.failed = True
            raise
        if changed:
            self.changed = self.counted = True

    def _executed(self, name: str, parameters: dict[str, Any]) -> tuple[Rows, bool]:
        with self._connection.translating():
            result = self._transaction.run(statement(name), parameters)
            return result.values(), bool(result.consume().counters.contains_updates)

    def _see_usable(self) -> None:
        if self._ended:
            raise StoreError("a transaction was used after its end", "keep the use within its with block")
