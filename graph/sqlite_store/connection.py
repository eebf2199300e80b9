"""Connections to the store's file: how they are opened and pooled.

Invariants: a connection is used by one snapshot or transaction at a time; every statement passes through ``Session``,
so that no ``sqlite3`` error leaves the package; a process never uses (nor closes) a connection of its parent, since
SQLite's locks belong to the process that opened the file (https://www.sqlite.org/howtocorrupt.html, section 2.6).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from graph.errors import StoreError, StoreUnavailableError
from graph.sqlite_store.checkpoints import Checkpoints
from graph.sqlite_store.errors import DRIVER_ERRORS, translated

Row = tuple[Any, ...]

#: Idle readers kept for reuse; more may be open at a time, those are closed when they come back.
IDLE_READERS = 8
READER_CACHE_KIB = 32 * 1024
WRITER_CACHE_KIB = 256 * 1024
#: So much of the file the writer reads where it lies in the system's memory (bytes; SQLite itself allows 2 GB at most).
#: What live work looks at lies all over the file: copying each page into its cache took longer than the search in it.
WRITER_MAP_BYTES = 1 << 31
#: A copy reads the log past its cache.
COPIER_CACHE_KIB = 1024
#: The write-ahead log is cut back to this many bytes once it has been copied into the file.
LOG_LIMIT_BYTES = 128 * 1024 * 1024
#: Pages (of 4 KiB) after which a commit itself copies what ``Checkpoints`` have left over of the log, which is as many
#: bytes; then the log begins anew, as it does not while there is always another commit on its way.
CHECKPOINT_PAGES = LOG_LIMIT_BYTES // 4096

#: Keys per IN list. Lists are padded to a power of two, so that few statements are ever prepared.
GROUP = 512


def groups(values: Collection[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Cuts values into parameter lists, each with its question marks: ``("?,?,?,?", [a, b, c, c])``."""
    everything = list(values)
    for start in range(0, len(everything), GROUP):
        group = everything[start : start + GROUP]
        size = 1 << (len(group) - 1).bit_length()
        group.extend([group[-1]] * (size - len(group)))
        yield ",".join("?" * size), group


def connect(path: Path, mode: Literal["ro&immutable=1", "rw", "rwc"], timeout: float) -> sqlite3.Connection:
    """A raw connection in autocommit mode, without pragmas; ``timeout`` (seconds) is how long it waits for locks."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


def configured(path: Path, timeout: float, cache_kib: int) -> sqlite3.Connection:
    """A connection to an existing store, durable on commit."""
    raw = connect(path, "rw", timeout)
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute(f"PRAGMA cache_size = -{cache_kib}")
    raw.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
    raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return raw


class Session:
    """One snapshot's or transaction's use of a connection. After ``end()`` every call is a StoreError."""

    __slots__ = ("_raw", "path")

    def __init__(self, raw: sqlite3.Connection, path: Path) -> None:
        self._raw: sqlite3.Connection | None = raw
        self.path = path

    @property
    def raw(self) -> sqlite3.Connection:
        if self._raw is None:
            raise StoreError("a snapshot or transaction was used after its end", "keep the use within its with block")
        return self._raw

    def rows(self, sql: str, parameters: Collection[Any] = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self.raw.execute(sql, tuple(parameters)).fetchall()
        except DRIVER_ERRORS as error:
            raise translated(error, self.path) from error

    def rows_in(self, sql: str, values: Collection[Any]) -> Iterator[Row]:
        """The rows of a query with ``{marks}`` in its IN list, over all values, group by group."""
        for marks, group in groups(values):
            yield from self.rows(sql.replace("{marks}", marks), group)

    def scan(self, sql: str, size: int, keys: int = 1) -> Iterator[list[Row]]:
        """The rows of a query in key order, ``size`` at a time; none is empty. The query's first columns are the
        ``keys``, and its parameters the last ones that were read, and the size. Each part is one finished query, so
        writes may come between."""
        last: Row = ("",) * keys
        while rows := self.rows(sql, (*last, size)):
            last = rows[-1][:keys]
            yield rows

    def value(self, sql: str, parameters: Collection[Any] = ()) -> Any:
        """The first column of the first row; None without a row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def run(self, sql: str, parameters: Collection[Any] = ()) -> None:
        try:
            self.raw.execute(sql, tuple(parameters))
        except DRIVER_ERRORS as error:
            raise translated(error, self.path) from error

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.raw.executemany(sql, rows)
        except DRIVER_ERRORS as error:
            raise translated(error, self.path) from error

    def end(self) -> None:
        self._raw = None


class Pool:
    """The connections of one process to one file: idle readers, and the one writer under its lock."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path, self.timeout, self.process = path, timeout, os.getpid()
        self.closed = False
        self._idle: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._turn = threading.Lock()
        self._writing_thread: int | None = None
        self._sessions: set[Session] = set()
        self.log = Checkpoints(lambda: configured(path, timeout, COPIER_CACHE_KIB))

    def begin(self, take: Callable[[], sqlite3.Connection], statement: str) -> Session:
        """A session with its transaction begun; the connection is given up if it cannot be."""
        if self.closed:
            raise StoreError(f"the store {self.path} is closed", "open it again")
        try:
            raw = take()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error
        session = Session(raw, self.path)
        try:
            session.run(statement)
        except BaseException:
            self._discard(raw)
            raise
        self._sessions.add(session)
        return session

    def reader(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return configured(self.path, self.timeout, READER_CACHE_KIB)

    def writer(self) -> sqlite3.Connection:
        """Only for the thread whose turn it is."""
        raw, self._writer = self._writer, None
        if raw is None:
            raw = configured(self.path, self.timeout, WRITER_CACHE_KIB)
            raw.execute(f"PRAGMA mmap_size = {WRITER_MAP_BYTES}")
        return raw

    def take_turn(self) -> None:
        """Wait until no other thread of this process writes."""
        if self._writing_thread == threading.get_ident():
            raise StoreError("a write within a write", "finish the first transaction before the next")
        if not self._turn.acquire(timeout=self.timeout):
            raise StoreUnavailableError(f"the store {self.path} is busy with another writer", "try again later")
        self._writing_thread = threading.get_ident()

    def end_turn(self) -> None:
        if self.process == os.getpid():
            self._writing_thread = None
            self._turn.release()

    def finish(self, session: Session, *, sound: bool, writer: bool = False) -> None:
        """Take a session's connection back. Only a ``sound`` one, outside of a transaction, is used again."""
        if self.process != os.getpid():
            return
        raw = session.raw
        self._sessions.discard(session)
        session.end()
        if raw.in_transaction:
            try:
                raw.rollback()
            except sqlite3.Error:
                sound = False
        if self.closed or not sound or (not writer and len(self._idle) >= IDLE_READERS):
            self._discard(raw)
        elif writer:
            self._writer = raw
        else:
            self._idle.append(raw)

    def close(self) -> None:
        self.closed = True
        self.log.wait()
        while self._idle:
            self._discard(self._idle.pop())
        if self._turn.acquire(blocking=False):  # a running writer closes its own connection at its end
            try:
                if self._writer is not None:
                    self._discard(self._writer)
                    self._writer = None
            finally:
                self._turn.release()

    def disown(self) -> list[sqlite3.Connection]:
        """In a forked child: end all sessions; returns the connections, which must stay referenced but unused."""
        raws = [*self._idle, *(session.raw for session in self._sessions)]
        if self._writer is not None:
            raws.append(self._writer)
        for session in self._sessions:
            session.end()
        return raws

    @staticmethod
    def _discard(raw: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):  # the file may be gone or full; what was committed is in the log
            raw.close()


def until_unlocked(attempt: Callable[[], object], timeout: float) -> None:
    """Run what SQLite may refuse with "locked" at once, without waiting for its busy timeout (seconds)."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            attempt()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
