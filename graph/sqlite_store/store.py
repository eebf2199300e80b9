"""``graph.store.Store`` over one SQLite file."""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import StoreError
from graph.sqlite_store.check import faults
from graph.sqlite_store.connection import Pool, Session
from graph.sqlite_store.reader import SqliteSnapshot
from graph.sqlite_store.schema import MIGRATIONS, prepare
from graph.sqlite_store.writer import SqliteTransaction

#: Seconds to wait for another writer.
BUSY_TIMEOUT = 60.0
#: A transaction of more changes than this gives its cache back.
LARGE_TRANSACTION = 100_000


class SqliteStore:
    """A store in one file (and its two companions ``-wal`` and ``-shm`` while it is open), for threads and processes.

    Each snapshot uses a connection of its own; writers of one process take turns, those of several wait for SQLite's
    lock. What was committed is on disk. The file must lie on a local disk. After a fork the child opens its own
    connections.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        """For a file that is prepared already; use ``open``."""
        self.path = path
        self._timeout = timeout
        self._pool = Pool(path, timeout)
        _OPEN.add(self)

    @classmethod
    def open(cls, path: Path, *, create: bool = True, timeout: float = BUSY_TIMEOUT) -> SqliteStore:
        """Open the store, make it if there is none and ``create``, migrate it if it is of an older schema.

        ``timeout``: seconds to wait for another writer before StoreUnavailableError. Raises StoreError, and leaves the
        file as it is, if it is not a whograph store, is of a newer schema, or cannot be written.
        """
        prepare(path, create=create, timeout=timeout)
        return cls(path, timeout)

    @property
    def rows_at_once(self) -> None:
        """Any number: a transaction lives in the file, not in memory."""

    @contextmanager
    def read(self) -> Iterator[SqliteSnapshot]:
        pool = self._pool
        session = pool.begin(pool.reader, "BEGIN")
        sound = False
        try:
            _see_schema(session)  # the first read, which fixes the snapshot
            yield SqliteSnapshot(session)
            sound = True
        finally:
            pool.finish(session, sound=sound)

    @contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        pool = self._pool
        pool.take_turn()
        try:
            session = pool.begin(pool.writer, "BEGIN IMMEDIATE")
            sound = False
            try:
                _see_schema(session)
                transaction = SqliteTransaction(session)
                yield transaction
                transaction.finish()
                session.run("COMMIT")
                pool.log.written(transaction.size)
                if transaction.size > LARGE_TRANSACTION:
                    session.run("PRAGMA shrink_memory")
                sound = True
            finally:
                pool.finish(session, sound=sound, writer=True)
        finally:
            pool.end_turn()

    def check(self) -> list[str]:
        """SQLite's own quick check, and whether the tables agree with each other: one line per kind of fault, with
        the number of rows and the first of them."""
        with self.read() as snapshot:
            return faults(snapshot)

    def close(self) -> None:
        self._pool.close()

    def _start_anew(self) -> None:
        """In a forked child."""
        _DISOWNED.extend(self._pool.disown())
        closed = self._pool.closed
        self._pool = Pool(self.path, self._timeout)
        self._pool.closed = closed


def _see_schema(session: Session) -> None:
    """A newer whograph may have migrated the file while we had it open."""
    found = session.value("PRAGMA user_version")
    if found != len(MIGRATIONS):
        raise StoreError(f"the store {session.path} has changed to schema {found}", "restart with the newer whograph")


_OPEN: weakref.WeakSet[SqliteStore] = weakref.WeakSet()
#: Connections of the parent process: closing them here would release locks that are not ours, so they are kept.
_DISOWNED: list[sqlite3.Connection] = []


def _before_fork() -> None:
    """A copy of the log would be cut off in the child in the middle of SQLite's own work."""
    for store in list(_OPEN):
        store._pool.log.wait()


def _after_fork() -> None:
    for store in list(_OPEN):
        store._start_anew()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
