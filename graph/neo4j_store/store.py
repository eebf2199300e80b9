"""``graph.store.Store`` over one Neo4j database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graph.neo4j_store.address import Address, parse
from graph.neo4j_store.check import faults
from graph.neo4j_store.connection import Connection
from graph.neo4j_store.nearby import Neo4jSnapshot
from graph.neo4j_store.schema import prepare
from graph.neo4j_store.snapshot import SnapshotReads
from graph.neo4j_store.statements import Statements
from graph.neo4j_store.writer import Neo4jTransaction

#: Blocking keys of a generation that is over which one transaction sweeps away.
SWEPT_AT_ONCE = 20_000
#: Rows of one transaction of bulk work: a new record with its keys takes some 17 kB of the heap, any other row 3 kB.
ROWS_AT_ONCE = 5_000


class Neo4jStore:
    """A store in one database of a Neo4j server, for threads and processes.

    Writers follow each other: each takes the lock of one node first, so it sees the newest state and never waits for a
    second lock (no deadlocks). What was committed is on the server's disk. Reads: see ``graph.neo4j_store.snapshot``.
    A store may be inherited by a forked process only if it was not used before.
    """

    def __init__(self, connection: Connection) -> None:
        """For a database that is prepared already; use ``open``."""
        self._connection = connection

    @classmethod
    def open(cls, url: str, *, password: str | None = None) -> Neo4jStore:
        """Open ``neo4j://user:password@host:7687/database`` (options: ``graph.neo4j_store.address``), and make the
        database a store if it is empty.

        Raises BadInputError for an unusable URL, StoreUnavailableError if the server does not answer, and StoreError if
        it refuses the login, is older than 5.26, has no such database, or the database is somebody else's or of a
        newer schema. The password is in no message.
        """
        connection = Connection(parse(url, password=password))
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @property
    def rows_at_once(self) -> int:
        return ROWS_AT_ONCE

    @property
    def address(self) -> Address:
        return self._connection.address

    @contextmanager
    def read(self) -> Iterator[Neo4jSnapshot]:
        self._connection.see_open()
        reads = SnapshotReads(self._connection)
        try:
            yield Neo4jSnapshot(reads)
            reads.confirm()
        finally:
            reads.end()

    @contextmanager
    def write(self) -> Iterator[Neo4jTransaction]:
        connection = self._connection
        with connection.turn():
            with connection.locked() as (driver_transaction, counters):
                statements = Statements(connection, driver_transaction)
                transaction = Neo4jTransaction(statements, counters)
                try:
                    yield transaction
                    transaction.finish()
                    if transaction.changed:
                        connection.commit(driver_transaction, transaction.version_number())
                finally:
                    statements.end()
            if transaction.sweeping:
                self._sweep()

    def _sweep(self) -> None:
        """Blocking keys of generations that are over are invisible already; they go in parts, each under the lock."""
        swept = SWEPT_AT_ONCE
        while swept == SWEPT_AT_ONCE:
            with self._connection.locked() as (transaction, counters):
                statements = Statements(self._connection, transaction)
                parameters = {"generation": counters.generation, "limit": SWEPT_AT_ONCE}
                swept = int(statements.run("sweep_generations", parameters)[0][0])
                transaction.commit()

    def check(self) -> list[str]:
        """Whether the graph agrees with itself: one line per kind of fault, with the number and the first of them."""
        return faults(self._connection)

    def close(self) -> None:
        self._connection.close()
