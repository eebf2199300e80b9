"""Reads of one moment, on a server that has no snapshots (Neo4j reads what is committed, statement by statement,
and shows a commit while it is being applied).

Writers mark the beginning and the end of each commit (``Connection.commit``), and every reading statement answers with
these marks. Equal marks before and after mean that no commit came between (a sequence lock). If one did, everything
that this snapshot has read is read again; where all answers are still the same, the snapshot has moved on to the later
moment, otherwise it is a SnapshotMovedError.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from neo4j import Transaction

from graph.errors import SnapshotMovedError, StoreError
from graph.neo4j_store.connection import Connection, Marked, Rows, marked, text

#: Tries without a lock before the store's lock makes writers wait.
OPTIMISTIC_ATTEMPTS = 4
#: Rows that a snapshot remembers; what it reads beyond is of one moment per call only.
REMEMBERED_ROWS = 50_000


class Reads(Protocol):
    """How the readers get their rows."""

    def rows(self, name: str, /, **parameters: Any) -> Rows:
        """The rows of a named statement."""

    def chunk(self, name: str, /, **parameters: Any) -> Rows:
        """The rows of one part of a scan: of one moment in itself."""


Question = tuple[str, dict[str, Any]]


class SnapshotReads:
    """The reads of one snapshot, for one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._mark = connection.last_mark
        self._answers: dict[str, tuple[Question, Rows]] = {}
        self._remembered = 0

    def end(self) -> None:
        self._connection = None
        self._answers.clear()

    def rows(self, name: str, /, **parameters: Any) -> Rows:
        question = (name, parameters)
        memory = repr(question)
        if memory in self._answers:
            return self._answers[memory][1]
        connection = self._usable()
        answer = connection.ask(name, parameters)
        if answer.mark is None or answer.mark != self._mark:
            answer = self._moved_on(connection, question)
        self._mark = connection.last_mark = answer.mark
        self._remembered += len(answer.rows)
        if self._remembered <= REMEMBERED_ROWS:
            self._answers[memory] = (question, answer.rows)
        return answer.rows

    def chunk(self, name: str, /, **parameters: Any) -> Rows:
        connection = self._usable()
        mark = connection.last_mark
        for _ in range(OPTIMISTIC_ATTEMPTS):
            answer = connection.ask(name, parameters)
            if answer.mark is not None and answer.mark == mark:
                return answer.rows
            mark = connection.last_mark = connection.quiet_mark()
        with connection.locked() as (transaction, _):
            return TransactionReads(connection, transaction).rows(name, **parameters)

    def _usable(self) -> Connection:
        if self._connection is None:
            raise StoreError("a snapshot was used after its end", "keep the use within its with block")
        return self._connection

    def _moved_on(self, connection: Connection, question: Question) -> Marked:
        """The answer at a later moment at which everything read so far is still the same."""
        for attempt in range(OPTIMISTIC_ATTEMPTS):
            time.sleep(0.001 * attempt)
            mark = connection.quiet_mark()
            if answer := self._all_again(lambda asked: connection.ask(*asked), question, mark):
                return answer
        with connection.locked() as (transaction, _):
            reads = TransactionReads(connection, transaction)
            mark = int(reads.run("commit_mark", {})[0][1])
            answer = self._all_again(lambda asked: reads.ask(*asked), question, mark)
        if answer is None:
            raise SnapshotMovedError("the store changed while it was being read", "read again")
        return answer

    def _all_again(self, ask: Callable[[Question], Marked], question: Question, mark: int) -> Marked | None:
        """The new answer under this mark, None if a commit came between. Raises SnapshotMovedError."""
        changed = False
        for known, rows in self._answers.values():
            again = ask(known)
            if again.mark != mark:
                return None
            changed = changed or not _same(again.rows, rows)
        answer = ask(question)
        if answer.mark != mark:
            return None
        if changed:
            raise SnapshotMovedError("what was read from the store changed meanwhile", "read again")
        return answer


def _same(left: Rows, right: Rows) -> bool:
    """Whether two answers are equal; the order of rows, and of lists in them, may differ."""
    return left == right or sorted(map(_unordered, left)) == sorted(map(_unordered, right))


def _unordered(row: list[Any]) -> str:
    return repr([sorted(map(repr, value)) if isinstance(value, list) else value for value in row])


class TransactionReads:
    """Reads within a transaction that has the store's lock: nobody else commits meanwhile."""

    def __init__(self, connection: Connection, transaction: Transaction) -> None:
        self._connection, self._transaction = connection, transaction
        self._ended = False
        #: Whether the last statement changed anything.
        self.updated = False

    def end(self) -> None:
        self._ended = True

    def ask(self, name: str, parameters: dict[str, Any]) -> Marked:
        return marked(self.run(name, parameters))

    def rows(self, name: str, /, **parameters: Any) -> Rows:
        return self.ask(name, parameters).rows

    chunk = rows

    def aside(self, name: str, parameters: dict[str, Any]) -> Rows:
        """A statement in a transaction of its own, tried once, under the lock of this one. It must touch no node that
        this transaction has locked: it would wait for it for ever."""
        return self._connection.run_once(name, parameters)

    def run(self, name: str, parameters: dict[str, Any]) -> Rows:
        """Any statement, reading or writing."""
        if self._ended:
            raise StoreError("a transaction was used after its end", "keep the use within its with block")
        with self._connection.translating():
            result = self._transaction.run(text(name), parameters)
            rows = result.values()
            self.updated = result.consume().counters.contains_updates
            return rows
