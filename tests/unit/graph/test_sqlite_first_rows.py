"""The first rows of a table, very many at once: its indexes wait meanwhile, and are there afterwards."""

import sqlite3
from pathlib import Path

import pytest

from graph.model import Assignment, Change, ChangeKind, Link
from graph.sqlite_store import SqliteStore
from graph.sqlite_store.record_writer import CHUNK
from graph.store import Transaction

MANY = CHUNK + 3


def _indexes(path: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(path)
    try:
        return set(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"))
    finally:
        connection.close()


def _write_everything(tx: Transaction) -> None:
    tx.put_assignments(Assignment(f"crm:{n:05}", f"crm:{n - n % 2:05}", f"c{n // 2}", None) for n in range(MANY))
    tx.put_links(Link("crm:", f"crm:{n:05}", n) for n in range(MANY))
    tx.append_changes(Change(ChangeKind.CREATED, f"c{n}", 1) for n in range(MANY))


def test_the_indexes_are_there_after_a_large_first_write_and_find_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    before = _indexes(path)
    with store.write() as tx:
        _write_everything(tx)
    assert _indexes(path) == before
    with store.read() as snapshot:
        assert snapshot.members_of_customers(["c5"]) == {"c5": ["crm:00010", "crm:00011"]}
        assert snapshot.links(["crm:10002"]) == [Link("crm:", "crm:10002", 10_002)]
        assert [its.customer_id for its in snapshot.history("c7")] == ["c7"]
    with store.write() as tx:
        tx.put_assignments(Assignment(f"crm:{n:05}", "crm:00000", "c0", 0.5) for n in range(MANY))
        assert len(tx.members_of_customers(["c0"])["c0"]) == MANY
    assert _indexes(path) == before
    store.close()


def test_a_large_first_write_that_fails_leaves_the_indexes_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    before = _indexes(path)

    def failing() -> None:
        with store.write() as tx:
            _write_everything(tx)
            tx.put_links(Link("crm:", f"shop:{n}", 1 << 70 if n == CHUNK else 1) for n in range(MANY))

    with pytest.raises(Exception, match="64 bits"):
        failing()
    assert _indexes(path) == before
    with store.read() as snapshot:
        assert snapshot.members_of_customers(["c5"]) == {}
    store.close()


def test_a_first_write_that_fails_half_way_without_its_indexes_leaves_them_too(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    before = _indexes(path)

    def failing() -> None:
        with store.write() as tx:
            tx.put_links(Link("crm:", f"crm:{n}", 1 << 70 if n == CHUNK + 1 else 1) for n in range(MANY))

    with pytest.raises(Exception, match="64 bits"):
        failing()
    assert _indexes(path) == before
    store.close()
