"""The tables of the store, as a list of migrations, and how a file is told to be ours.

``PRAGMA application_id`` says that a file is a whograph store, ``PRAGMA user_version`` how many migrations it has had.
A migration that was released is never changed: what comes next is a new one at the end of the list.

Records have integer row ids (``rid``) inside; ``hashes`` are their key hashes as packed signed 64-bit integers, so that
a record's postings are found without a second index on them. What resolution scans (``records``) lies apart from what
only people read (``details``), and blocking keys apart from identifiers, so that they can be forgotten at once.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from pathlib import Path

from graph.errors import StoreError
from graph.sqlite_store.connection import connect, until_unlocked
from graph.sqlite_store.errors import translated

#: "whog" in ASCII.
APPLICATION_ID = 0x77686F67

_FIRST = """
CREATE TABLE store (
    only INTEGER PRIMARY KEY CHECK (only = 1), store_id TEXT NOT NULL, sequence INTEGER NOT NULL, version INTEGER
) STRICT;

CREATE TABLE records (
    rid INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, signature INTEGER NOT NULL, observed_at INTEGER NOT NULL,
    digest TEXT NOT NULL, deleted INTEGER NOT NULL, sequence INTEGER NOT NULL, fields TEXT NOT NULL,
    observations TEXT, hashes BLOB NOT NULL
) STRICT;
CREATE INDEX records_by_sequence ON records (sequence);
CREATE TABLE details (rid INTEGER PRIMARY KEY, display TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
CREATE TABLE pending (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE sources (
    source TEXT PRIMARY KEY, live INTEGER NOT NULL, tombstones INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identifiers (
    hash INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (hash, rid)
) STRICT, WITHOUT ROWID;
CREATE TABLE blocking (hash INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (hash, rid)) STRICT, WITHOUT ROWID;
CREATE TABLE blocked (rid INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;

CREATE TABLE assignments (
    record_key TEXT PRIMARY KEY, component TEXT NOT NULL, customer TEXT NOT NULL, confidence REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_by_component ON assignments (component);
CREATE INDEX assignments_by_customer ON assignments (customer);
CREATE TABLE customers (
    id TEXT PRIMARY KEY, size INTEGER NOT NULL, confidence REAL, created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, merged_into TEXT, former_members TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_by_successor ON customers (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE links (
    left TEXT NOT NULL, right TEXT NOT NULL, weight INTEGER NOT NULL, PRIMARY KEY (left, right)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_right ON links (right);

CREATE TABLE review (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity REAL NOT NULL, component TEXT NOT NULL, records TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX review_by_severity ON review (severity DESC);
CREATE TABLE review_records (
    record_key TEXT NOT NULL, review_id TEXT NOT NULL, PRIMARY KEY (record_key, review_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, left TEXT NOT NULL, right TEXT NOT NULL, by TEXT NOT NULL,
    reason TEXT NOT NULL, at INTEGER NOT NULL, withdrawn_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_by_left ON decisions (left) WHERE withdrawn_at IS NULL;
CREATE INDEX decisions_by_right ON decisions (right) WHERE withdrawn_at IS NULL;

CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, customer TEXT NOT NULL, at INTEGER NOT NULL, details TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_customer ON changes (customer);
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, config TEXT NOT NULL, model TEXT NOT NULL, normaliser TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, source TEXT NOT NULL, record_id TEXT,
    place TEXT NOT NULL, field TEXT, value TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST,)


def prepare(path: Path, *, create: bool, timeout: float, migrations: Sequence[str] = MIGRATIONS) -> None:
    """See that the file is a store of today's schema: make it, or migrate it, if need be.

    A file that is not ours, or newer than we know, is a StoreError and stays untouched, byte for byte.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old", "use a Python with SQLite 3.37 or later")
    if path.is_dir():
        raise StoreError(f"{path} is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} does not exist", "make it first")
    exists = path.exists()
    if not exists and not create:
        raise StoreError(f"there is no store at {path}", "make one with: whograph load FILES")
    try:
        if exists:
            _refuse_foreign(path, len(migrations))
        _migrate(path, timeout, migrations, create=create)
    except sqlite3.Error as error:
        raise translated(error, path) from error


def _refuse_foreign(path: Path, known: int) -> None:
    """Judge the file as it lies, without locks and without SQLite's companion files: nothing is changed. What cannot be
    judged so, since a part of it is still in the log (it is being copied just now, or its process was killed then), is
    judged with the log when it is opened."""
    raw = connect(path, "ro&immutable=1", 0)
    try:
        _judge(raw, path, known)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
    finally:
        raw.close()


def _judge(raw: sqlite3.Connection, path: Path, known: int) -> int:
    """How many migrations the file has had, 0 if it is blank. Raises StoreError if it is not ours or too new."""
    (done,) = raw.execute("PRAGMA user_version").fetchone()
    filled = raw.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
    # Last, since another process may make the store just now: who has seen a part of it will see that it is ours.
    (application,) = raw.execute("PRAGMA application_id").fetchone()
    ours = application == APPLICATION_ID
    if not ours and (application or done or filled):
        raise StoreError(f"{path} is an SQLite file of another program", "name another file, or move this one away")
    if done > known:
        raise StoreError(
            f"the store {path} has schema {done}, and this whograph knows only {known}", "upgrade whograph"
        )
    return int(done)


def _migrate(path: Path, timeout: float, migrations: Sequence[str], *, create: bool) -> None:
    """The missing steps, each in its transaction. What the log holds counts too, so the file is judged anew."""
    raw = connect(path, "rwc" if create else "rw", timeout)
    try:
        done = _judge(raw, path, len(migrations))
        if done == 0 and not create:
            raise StoreError(f"{path} is empty", "make a store with: whograph load FILES")
        if done < len(migrations):
            until_unlocked(lambda: raw.execute("PRAGMA journal_mode = WAL"), timeout)
            raw.execute("PRAGMA synchronous = FULL")
        for number in range(done + 1, len(migrations) + 1):
            raw.execute("BEGIN IMMEDIATE")
            if _judge(raw, path, len(migrations)) < number:  # another process may have been faster
                _apply(raw, number, migrations[number - 1])
            raw.execute("COMMIT")
    finally:
        raw.close()  # rolls back a step that failed


def _apply(raw: sqlite3.Connection, number: int, script: str) -> None:
    for statement in script.split(";"):  # no statement of ours holds a semicolon
        raw.execute(statement)
    if number == 1:
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.execute("INSERT INTO store VALUES (1, ?, 0, NULL)", (uuid.uuid4().hex,))
    raw.execute(f"PRAGMA user_version = {number}")
