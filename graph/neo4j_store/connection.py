"""The driver and its sessions: how statements are run, retried where that is safe, and how writers take turns.

Invariants: every statement passes through here, so no driver's error leaves the package; statements are named
(``cypher``), values are parameters. One bookmark manager per store: a read sees what this process wrote before,
on a cluster too.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, Query, Session, Transaction
from neo4j.exceptions import DriverError, Neo4jError

from cypher import statement
from graph.errors import StoreError
from graph.neo4j_store.address import Address
from graph.neo4j_store.errors import DRIVER_ERRORS, translated

Rows = list[list[Any]]
T = TypeVar("T")

#: Raised with every change of labels, properties, constraints or indexes.
SCHEMA = 3
#: How often a statement that changed nothing yet is tried, and the first pause between, in seconds (then doubled).
ATTEMPTS = 4
PAUSE = 0.05
#: Seconds after which a commit that does not end is looked into, under the store's lock.
PATIENCE = 1.0

# What the driver warns of comes as an error too: only programs that ask for its log see both.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Counters:
    """What a writer reads once it has the store's lock."""

    sequence: int
    quarantined: int
    generation: int
    version: int | None
    decisions: int
    pending: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the store: the number of commits so far, and the number of the version that was adopted then."""

    mark: int
    version: int | None


@dataclass(frozen=True, slots=True)
class Marked:
    """The rows of a reading statement, and the moment that it ended at, None while a commit is under way."""

    rows: Rows
    moment: Moment | None

    def at(self, mark: int | None) -> Moment | None:
        """The moment if no commit came since this mark."""
        return self.moment if self.moment is not None and self.moment.mark == mark else None


class Connection:
    """One driver to one database, shared by all threads of a process."""

    def __init__(self, address: Address) -> None:
        self.address = address
        #: The moment that the newest read ended at, so that the next need not ask for it first.
        self.moment: Moment | None = None
        self._closed = False
        self._turn = threading.Lock()
        self._writing_thread: int | None = None
        self._bookmarks = GraphDatabase.bookmark_manager()
        with self.translating():
            self._driver = _driver(address)

    def close(self) -> None:
        self._closed = True
        self._driver.close()

    def agent(self) -> str:
        """The server's name and version, e.g. ``Neo4j/5.26.30``."""
        with self.translating():
            return str(self._retried(self._driver.get_server_info).agent)

    def run(self, name: str, parameters: dict[str, Any] | None = None, *, write: bool = False) -> Rows:
        """One statement in a transaction of its own. Only statements that may be repeated come this way."""
        access = WRITE_ACCESS if write else READ_ACCESS
        with self.translating():
            return self._retried(lambda: self._run(name, parameters, access))

    def run_once(self, name: str, parameters: dict[str, Any]) -> Rows:
        """One writing statement in a transaction of its own, which is not tried again: whether a commit whose answer
        was lost took place, nobody knows."""
        with self.translating():
            return self._run(name, parameters, WRITE_ACCESS)

    def _run(self, name: str, parameters: dict[str, Any] | None, access: str) -> Rows:
        query = Query(statement(name), timeout=self.address.timeouts.transaction or None)
        with self._session(access) as session:
            return session.run(query, parameters).values()

    def ask(self, name: str, parameters: dict[str, Any]) -> Marked:
        """A reading statement, with the moment that it ended at. Raises StoreError where a newer program has brought
        the store up to its own schema."""
        return marked(self.run(name, parameters), self.address)

    def quiet_mark(self) -> int:
        """The number of commits so far, once none is under way."""
        pause, deadline = 0.001, time.monotonic() + PATIENCE
        while True:
            (begun, done) = self.run("commit_mark")[0]
            if begun == done:
                return int(done)
            if time.monotonic() > deadline:
                with self.locked():  # its writer has ended by now: locked() has ended the commit for it if it died
                    deadline = time.monotonic() + PATIENCE
            time.sleep(pause)
            pause = min(2 * pause, 0.05)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Writers of one process take turns here, before they queue for the store's lock."""
        if self._writing_thread == threading.get_ident():
            raise StoreError("a write within a write", "finish the first transaction before the next")
        with self._turn:
            self._writing_thread = threading.get_ident()
            try:
                yield
            finally:
                self._writing_thread = None

    @contextmanager
    def locked(self) -> Iterator[tuple[Transaction, Counters]]:
        """A transaction that has the store's lock, to be committed within; otherwise it is rolled back."""
        with self.translating():
            session, transaction, counters = self._retried(self._locked)
            try:
                yield transaction, counters
            finally:
                with suppress(DriverError, Neo4jError):  # a lost connection has rolled back already
                    transaction.close()
                with suppress(DriverError, Neo4jError):
                    session.close()

    def _locked(self) -> tuple[Session, Transaction, Counters]:
        session = self._session(WRITE_ACCESS)
        try:
            transaction = session.begin_transaction(timeout=self.address.timeouts.transaction or None)
            *counters, schema, begun, done = transaction.run(statement("lock_store")).values()[0]
            see_schema(schema, self.address)
            if begun != done:  # a writer died in its commit, or has not come to mark its end
                self.run("end_commit", {"mark": begun}, write=True)
        except BaseException:
            session.close()
            raise
        return session, transaction, Counters(*counters)

    def commit(self, transaction: Transaction, version: int | None) -> None:
        """Commit, with marks before and after that readers can see: they never take half of it for the whole.
        ``version``: the number of the adopted one from then on."""
        mark = self.run("begin_commit", write=True)[0][0]
        moment = None
        try:
            transaction.commit()
            moment = Moment(mark, version)
        finally:
            with suppress(StoreError):  # whoever has the lock next will do it
                self.run("end_commit", {"mark": mark}, write=True)
                self.moment = moment

    @contextmanager
    def translating(self) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise translated(error, self.address) from error

    def see_open(self) -> None:
        if self._closed:
            raise StoreError(f"the store {self.address} is closed", "open it again")

    def _session(self, access: str) -> Session:
        self.see_open()
        return self._driver.session(
            database=self.address.database, default_access_mode=access, bookmark_manager=self._bookmarks
        )

    def _retried(self, attempt: Callable[[], T]) -> T:
        """For work that changed nothing yet: a lost connection or a transient error is tried again."""
        pause = PAUSE
        for _ in range(ATTEMPTS - 1):
            try:
                return attempt()
            except (DriverError, Neo4jError) as error:
                if not error.is_retryable():
                    raise
            time.sleep(pause)
            pause *= 2
        return attempt()


def see_schema(schema: int, address: Address) -> None:
    """Raises StoreError for a store that a newer program made, or has brought up to its own schema meanwhile."""
    if schema > SCHEMA:
        raise StoreError(
            f"the store {address} is of schema {schema}, newer than this whograph's {SCHEMA}",
            "use the newer whograph",
        )


def marked(answer: Rows, address: Address) -> Marked:
    rows, begun, done, schema, version = answer[0]
    see_schema(schema, address)
    return Marked(rows, Moment(done, version) if begun == done else None)


def _driver(address: Address) -> Driver:
    return GraphDatabase.driver(
        address.uri,
        auth=(address.user, address.password),
        connection_timeout=address.timeouts.connect,
        connection_acquisition_timeout=address.timeouts.acquire,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        user_agent="whograph",
    )
