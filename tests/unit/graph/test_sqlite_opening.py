"""Opening an SQLite store: what is made, migrated or refused, and that a refused file stays as it was."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.sqlite_store import SqliteStore
from graph.sqlite_store.schema import APPLICATION_ID, MIGRATIONS, prepare
from tests.support.builders import put

NOBODY = 65534


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def run_sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        rows = [row for statement in statements for row in connection.execute(statement)]
        connection.commit()
    finally:
        connection.close()
    return rows


def refused(path: Path, *, create: bool = True) -> str:
    """What opening says; the folder must be left as it was."""
    before = contents(path.parent)
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(path, create=create)
    assert contents(path.parent) == before
    return str(caught.value)


def test_a_new_store_is_marked_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    SqliteStore.open(path).close()
    assert run_sql(path, "PRAGMA application_id", "PRAGMA user_version", "PRAGMA journal_mode") == [
        (APPLICATION_ID,),
        (len(MIGRATIONS),),
        ("wal",),
    ]


def test_the_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "100% of #1? & é 🦉.db"
    put(SqliteStore.open(path), "crm:1")
    assert path.is_file()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    path.touch()
    put(SqliteStore.open(path), "crm:1")
    assert SqliteStore.open(path, create=False).check() == []


def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("id,email\n1,a@example.com\n" * 100)
    assert "is not a whograph store" in refused(path)


def test_an_sqlite_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    run_sql(path, "CREATE TABLE theirs (x)")
    assert "another program" in refused(path)


def test_an_sqlite_file_of_another_program_in_wal_mode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    run_sql(path, "PRAGMA journal_mode = WAL", "CREATE TABLE theirs (x)")
    assert "another program" in refused(path)


def test_a_store_of_a_newer_schema_is_refused_with_the_advice_to_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    SqliteStore.open(path).close()
    run_sql(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    assert "upgrade whograph" in refused(path)


def test_a_missing_store_is_not_made_unasked(tmp_path: Path) -> None:
    assert "there is no store" in refused(tmp_path / "whograph.db", create=False)


def test_an_empty_file_is_not_made_a_store_unasked(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    path.touch()
    assert "is empty" in refused(path, create=False)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere does not exist"):
        SqliteStore.open(tmp_path / "nowhere" / "whograph.db")


def test_a_truncated_store_is_refused_or_told_by_the_check(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    put(store, *(f"crm:{number}" for number in range(2_000)))
    store.close()
    path.write_bytes(path.read_bytes()[:-40_960])
    try:
        faults = SqliteStore.open(path).check()
    except StoreError as error:
        faults = [str(error)]
    assert faults != []


def test_a_store_whose_first_pages_were_just_copied_from_the_log_opens_whole(tmp_path: Path) -> None:
    path, copied = tmp_path / "whograph.db", tmp_path / "copied.db"
    with closing(sqlite3.connect(path)) as other:  # while it is there, closing the store copies nothing
        other.executescript("PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema")
        put(SqliteStore.open(path), "crm:1")
        log = path.with_name("whograph.db-wal").read_bytes()
        copied.write_bytes(path.read_bytes())
        copied.with_name("copied.db-wal").write_bytes(log)
    run_sql(copied, "PRAGMA wal_checkpoint(TRUNCATE)")
    killed = tmp_path / "killed.db"
    killed.write_bytes(copied.read_bytes()[:4096])
    killed.with_name("killed.db-wal").write_bytes(log)
    store = SqliteStore.open(killed)
    assert store.check() == []
    with store.read() as snapshot:
        assert snapshot.counts().records == 1


def test_an_older_schema_is_migrated_step_by_step_and_keeps_its_data(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    put(SqliteStore.open(path), "crm:1")
    newer = (*MIGRATIONS, "CREATE TABLE one (x); INSERT INTO one VALUES (1)", "ALTER TABLE one ADD COLUMN y")
    prepare(path, create=False, timeout=5, migrations=newer)
    assert run_sql(path, "PRAGMA user_version", "SELECT x, y FROM one", "SELECT key FROM records") == [
        (len(MIGRATIONS) + 2,),
        (1, None),
        ("crm:1",),
    ]


def test_a_migration_that_fails_leaves_the_store_at_the_step_before(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    put(SqliteStore.open(path), "crm:1")
    with pytest.raises(StoreError):
        prepare(
            path, create=False, timeout=5, migrations=(*MIGRATIONS, "CREATE TABLE one (x); INSERT INTO two VALUES (1)")
        )
    store = SqliteStore.open(path, create=False)
    assert store.check() == []
    assert run_sql(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'one'") == [(0,)]


def test_a_store_that_was_migrated_under_our_feet_says_so(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    put(store, "crm:1")
    prepare(path, create=False, timeout=5, migrations=(*MIGRATIONS, "CREATE TABLE one (x)"))
    with pytest.raises(StoreError, match="restart"), store.read():
        pass
    with pytest.raises(StoreError, match="restart"):
        put(store, "crm:2")


def test_many_who_make_one_store_at_once_make_one(tmp_path: Path) -> None:
    def name(_: int) -> str:
        with SqliteStore.open(tmp_path / "whograph.db").read() as snapshot:
            return snapshot.store_id()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(name, range(16)))) == 1


@contextmanager
def without_rights() -> Iterator[Path]:
    """A folder of an ordinary user, as whom the block runs (root may write everywhere)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        user = os.geteuid()
        os.seteuid(user or NOBODY)
        try:
            yield folder
            folder.chmod(0o777) if user else None
        finally:
            os.seteuid(user)


def test_a_read_only_folder_is_told() -> None:
    with without_rights() as folder:
        inner = folder / "inner"
        inner.mkdir()
        inner.chmod(0o555)
        with pytest.raises(StoreError, match="writable"):
            SqliteStore.open(inner / "whograph.db")
        assert list(inner.iterdir()) == []


def test_a_read_only_file_is_told_and_stays_as_it_was() -> None:
    with without_rights() as folder:
        path = folder / "whograph.db"
        store = SqliteStore.open(path)
        put(store, "crm:1")
        store.close()
        path.chmod(0o444)
        before = path.read_bytes()
        with pytest.raises(StoreError, match="writable"):
            put(SqliteStore.open(path), "crm:2")
        assert path.read_bytes() == before
