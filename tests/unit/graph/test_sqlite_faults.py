"""What the integrity check finds, a full disk, and that point reads never search a whole table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.sqlite_store import SqliteStore
from tests.support.builders import indexed, put, record, tied_together

SABOTAGE = {
    "identifiers are indexed for a record that is not live": "INSERT INTO identifiers VALUES (9, 404)",
    "blocking keys are indexed for a record that is not live": "INSERT INTO blocking SELECT 9, rid FROM records "
    "WHERE deleted = 1",
    "a record's identifiers are not those that are indexed": "DELETE FROM identifiers WHERE hash = 1",
    "a record's blocking keys are not those that are indexed": "DELETE FROM blocking WHERE hash = 2",
    "an assignment is of a record that is not live, and waits for no re-cluster": "UPDATE assignments "
    "SET record_key = 'crm:404' WHERE record_key = 'crm:1'",
    "an assignment is to a customer that does not exist": "UPDATE assignments SET customer = 'c404'",
    "a customer's size is not the number of its records": "UPDATE customers SET size = 7 WHERE id = 'c1'",
    "a redirect leads to a customer that does not exist": "UPDATE customers SET merged_into = 'c404' WHERE id = 'c0'",
    "a record waits for a re-cluster that does not exist": "INSERT INTO pending VALUES ('crm:404')",
    "a source's counts are not those of its records": "UPDATE sources SET live = live + 1",
    "a record's number is above the store's sequence": "UPDATE records SET sequence = 10000",
    "a feed event's number is above the store's sequence": "INSERT INTO changes VALUES (10000, 'grown', 'c1', 1, '{}')",
    "a review item is not found by its records": "DELETE FROM review_records",
    "the adopted resolution version does not exist": "UPDATE store SET version = 7",
}


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    store = SqliteStore.open(tmp_path / "whograph.db")
    tied_together(store)
    return store


@pytest.mark.parametrize("fault", SABOTAGE)
def test_the_check_finds(store: SqliteStore, fault: str) -> None:
    with sqlite3.connect(store.path) as connection:
        connection.execute(SABOTAGE[fault])
    connection.close()
    found = [line for line in store.check() if line.startswith(fault)]
    assert len(found) == 1
    assert found[0].endswith("in all)")


def test_the_check_tells_a_damaged_page(store: SqliteStore) -> None:
    put(store, *(record(f"crm:{number}", payload={"x": "y" * 500}) for number in range(500)))
    store.close()
    content = bytearray(store.path.read_bytes())
    content[40 * 4096 : 50 * 4096] = b"\xff" * 10 * 4096
    store.path.write_bytes(content)
    assert SqliteStore.open(store.path).check() != []


def test_a_full_disk_is_told_and_the_store_stays_as_it_was(store: SqliteStore) -> None:
    def fill() -> None:
        with store.write() as transaction:
            pages = int(transaction.session.value("PRAGMA page_count"))
            transaction.session.run(f"PRAGMA max_page_count = {pages + 10}")
            transaction.put_records(indexed(record(f"web:{number}", payload={"x": "y" * 900})) for number in range(500))

    with pytest.raises(StoreError, match="full"):
        fill()
    with store.read() as snapshot:
        assert snapshot.source_counts() == {"crm": 2}
    put(store, *(record(f"web:{number}", payload={"x": "y" * 900}) for number in range(500)))
    assert store.check() == []


def test_a_hub_costs_no_more_than_its_limit(store: SqliteStore) -> None:
    def steps_for(hash: int) -> int:
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        with store.read() as snapshot:
            snapshot.session.raw.set_progress_handler(step, 1)
            snapshot.carriers([hash], 101)
            snapshot.session.raw.set_progress_handler(None, 0)
        return steps

    put(store, *(indexed(f"web:{number}", [7, *([8] if number < 200 else [])]) for number in range(20_000)))
    assert abs(steps_for(7) - steps_for(8)) < 100


def test_no_point_read_searches_a_whole_table(store: SqliteStore) -> None:
    statements: list[str] = []
    with store.read() as snapshot:
        snapshot.session.raw.set_trace_callback(statements.append)
        snapshot.records(["crm:1", "crm:2"])
        snapshot.carriers([1, 2], 10)
        snapshot.live_fields(["crm:1", "crm:2"])  # one that was found by its keys, and another
        snapshot.degree(1)
        snapshot.changed_since(3)
        snapshot.assignments(["crm:1"])
        snapshot.members_of_components(["crm:1"])
        snapshot.members_of_customers(["c1"])
        snapshot.customers(["c1"])
        snapshot.retired_into(["c1"])
        snapshot.page_customers("c1", 3)
        snapshot.links(["crm:1"])
        snapshot.review_of(["crm:1"])
        snapshot.decision("d")
        snapshot.decisions_on(["crm:1"])
        snapshot.changes(3, 10)
        snapshot.history("c1")
        snapshot.quarantined(3, 10)
        snapshot.meta("a")
        snapshot.session.raw.set_trace_callback(None)
        plans = {sql: [row[3] for row in snapshot.session.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in statements}
    assert len(plans) > 15
    tables = {
        "records",
        "details",
        "identifiers",
        "blocking",
        "assignments",
        "customers",
        "links",
        "review",
        "c",
        "review_records",
        "decisions",
        "changes",
        "quarantine",
        "meta",
    }
    searched = {
        sql: plan
        for sql, plan in plans.items()
        for line in plan
        if line.split()[:2] in [["SCAN", table] for table in tables]
    }
    assert searched == {}


def test_what_commits_is_on_disk_before_the_block_is_left(store: SqliteStore) -> None:
    with store.write() as transaction:
        assert transaction.session.value("PRAGMA synchronous") == 2
        assert transaction.session.value("PRAGMA journal_mode") == "wal"
