"""Reads of one moment, on a server that has no snapshots (Neo4j reads what is committed, statement by statement,
and shows a commit while it is being applied).

Writers mark the beginning and the end of each commit (``Connection.commit``), and every reading statement answers with
these marks. Equal marks before and after mean that no commit came between (a sequence lock). If one did, everything
that this snapshot has read is read again; where all answers are still the same, the snapshot has moved on to the later
moment, otherwise it is a SnapshotMovedError.

Statements also bring along which version is adopted. A snapshot begins at the moment at which the last one ended, so
it knows the version without asking: an answer under another mark and another version, or at the latest its end, tells
where that was wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from graph.errors import SnapshotMovedError, StoreError
from graph.neo4j_store.connection import Connection, Marked, Moment, Rows
from graph.neo4j_store.statements import Statements

#: Tries without a lock before the store's lock makes writers wait.
OPTIMISTIC_ATTEMPTS = 4
#: Rows that a snapshot remembers; what it reads beyond is of one moment per call only.
REMEMBERED_ROWS = 50_000


class Reads(Protocol):
    """How the readers get their rows."""

    def rows(self, name: str, /, **parameters: Any) -> Rows:
        """The rows of a named statement."""

    def all_rows(self, name: str, questions: Sequence[dict[str, Any]]) -> Iterator[Rows]:
        """The rows of a named statement for each of these parameters."""

    @property
    def two_at_a_time(self) -> bool:
        """Whether two questions are answered at the same time."""

    def chunk(self, name: str, /, **parameters: Any) -> Rows:
        """The rows of one part of a scan: of one moment in itself."""

    def version(self) -> int | None:
        """The number of the adopted version."""


Question = tuple[str, dict[str, Any]]


class SnapshotReads:
    """The reads of one snapshot, for one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._moment = connection.moment
        #: Whether the version of that moment was told, and whether an answer has confirmed that it is the adopted one.
        self._told = self._confirmed = False
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
        rows, moment = answer.rows, answer.at(self._moment.mark if self._moment else None)
        if moment is None:
            rows, moment = self._moved_on(connection, question, answer)
        self._moment = connection.moment = moment
        self._confirmed = True
        self._remembered += len(rows)
        if self._remembered <= REMEMBERED_ROWS:
            self._answers[memory] = (question, rows)
        return rows

    two_at_a_time = False

    def all_rows(self, name: str, questions: Sequence[dict[str, Any]]) -> Iterator[Rows]:
        return (self.rows(name, **its) for its in questions)

    def chunk(self, name: str, /, **parameters: Any) -> Rows:
        connection = self._usable()
        mark = connection.moment.mark if connection.moment else None
        for _ in range(OPTIMISTIC_ATTEMPTS):
            answer = connection.ask(name, parameters)
            if moment := answer.at(mark):
                connection.moment = moment
                return answer.rows
            mark = _mark_after(connection, answer)
        with connection.locked() as (transaction, _):
            return Statements(connection, transaction).rows(name, **parameters)

    def version(self) -> int | None:
        self._usable()
        if self._moment is None or self._moment.version is None:  # most work ends here where there is none
            self.rows("adopted_number")
        self._told = True
        return self._moment.version if self._moment else None

    def confirm(self) -> None:
        """To be called at a snapshot's end. Raises SnapshotMovedError if the version that was told is no longer the
        adopted one, where no answer has shown that yet."""
        if self._told and not self._confirmed:
            self.rows("adopted_number")

    def _usable(self) -> Connection:
        if self._connection is None:
            raise StoreError("a snapshot was used after its end", "keep the use within its with block")
        return self._connection

    def _moved_on(self, connection: Connection, question: Question, answer: Marked) -> tuple[Rows, Moment]:
        """The rows at a later moment at which everything read so far is still the same. ``answer``: one that tells
        where the store is, but may be half of an earlier moment itself."""
        mark = _mark_after(connection, answer)
        for attempt in range(OPTIMISTIC_ATTEMPTS):
            if found := self._all_again(lambda asked: connection.ask(*asked), question, mark):
                return found
            time.sleep(0.001 * attempt)
            mark = connection.quiet_mark()
        with connection.locked() as (transaction, _):
            reads = Statements(connection, transaction)
            mark = int(reads.run("commit_mark", {})[0][1])
            found = self._all_again(lambda asked: reads.ask(*asked), question, mark)
        if found is None:
            raise SnapshotMovedError("the store changed while it was being read", "read again")
        return found

    def _all_again(
        self, ask: Callable[[Question], Marked], question: Question, mark: int
    ) -> tuple[Rows, Moment] | None:
        """The new rows under this mark, None if a commit came between. Raises SnapshotMovedError."""
        changed = False
        for known, rows in self._answers.values():
            again = ask(known)
            if again.at(mark) is None:
                return None
            changed = changed or not _same(again.rows, rows)
        answer = ask(question)
        moment = answer.at(mark)
        if moment is None:
            return None
        if changed or (self._told and self._moment is not None and moment.version != self._moment.version):
            self._usable().moment = moment  # where the next one begins
            raise SnapshotMovedError("what was read from the store changed meanwhile", "read again")
        return answer.rows, moment


def _mark_after(connection: Connection, answer: Marked) -> int:
    """The mark of the moment that an answer ended at, or of one soon after it."""
    return connection.quiet_mark() if answer.moment is None else answer.moment.mark


def _same(left: Rows, right: Rows) -> bool:
    """Whether two answers are equal; the order of rows, and of lists in them, may differ."""
    return left == right or sorted(map(_unordered, left)) == sorted(map(_unordered, right))


def _unordered(row: list[Any]) -> str:
    return repr([sorted(map(repr, value)) if isinstance(value, list) else value for value in row])
