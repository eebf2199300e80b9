"""Snapshots and transactions: what is seen, what is kept, and who waits for whom."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.errors import StoreError
from graph.model import Assignment, Change, ChangeKind, Customer
from graph.reading import read_again
from graph.store import Snapshot, Store
from tests.support.builders import indexed, put, resolve
from tests.support.places import Place


class TooBadError(Exception):
    """Anything that goes wrong within a transaction."""


#: Neo4j has no snapshots: its scans are of one moment chunk by chunk, its lookups of one moment or to be repeated.
snapshots_only = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def live_records(store: Store) -> int:
    with store.read() as snapshot:
        return snapshot.counts().records


def test_what_was_committed_is_there_when_the_store_is_opened_again(place: Place) -> None:
    store = place.open()
    put(store, indexed("crm:1", [5]))
    store.close()
    with place.open().read() as snapshot:
        assert list(snapshot.records(["crm:1"])) == ["crm:1"]
        assert snapshot.degree(5) == 1


def test_a_transaction_that_fails_keeps_nothing(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"]})
    with store.read() as snapshot:
        before = snapshot.counts()

    def fail() -> None:
        with store.write() as transaction:
            transaction.put_records([indexed("crm:2", [1])])
            transaction.put_customers([Customer("c2", 1, None, 1, 1)])
            transaction.put_assignments([Assignment("crm:2", "crm:2", "c2", None)])
            transaction.append_changes([Change(ChangeKind.CREATED, "c2", 1)])
            raise TooBadError

    with pytest.raises(TooBadError):
        fail()
    with store.read() as snapshot:
        assert snapshot.counts() == before
        assert snapshot.records(["crm:2"]) == {}
        assert snapshot.changes(0, 10) == []
    put(store, "crm:3")
    assert store.check() == []


def test_an_iterable_that_fails_half_way_leaves_nothing_even_if_the_error_is_swallowed(store: Store) -> None:
    def failing() -> None:
        with store.write() as transaction, pytest.raises(ZeroDivisionError):
            transaction.put_records(indexed(f"crm:{1 // (15_000 - number)}:{number}") for number in range(20_000))

    with pytest.raises(StoreError):
        failing()
    assert live_records(store) == 0


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    put(store, indexed("crm:1", [1]))
    with store.write() as transaction:
        transaction.put_records([indexed("crm:2", [1])], pending=True)
        transaction.put_customers([Customer("c1", 1, None, 1, 1)])
        transaction.put_assignments([Assignment("crm:2", "crm:2", "c1", None)])
        assert [one.record_key for one in transaction.carriers([1], 9)[1]] == ["crm:1", "crm:2"]
        assert transaction.pending(9) == ["crm:2"]
        assert transaction.members_of_customers(["c1"]) == {"c1": ["crm:2"]}
        assert transaction.counts().records == 2


def test_a_snapshot_does_not_see_what_is_not_committed(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_records([indexed("crm:1")])
        assert live_records(store) == 0
    assert live_records(store) == 1


@snapshots_only
def test_a_snapshot_stands_still_while_others_commit(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"]})
    with store.read() as snapshot:
        resolve(store, {"c1": ["crm:1", "crm:2"], "c2": ["crm:3"]})
        assert snapshot.counts().records == 1
        assert snapshot.members_of_customers(["c1", "c2"]) == {"c1": ["crm:1"]}
        assert [len(chunk) for chunk in snapshot.scan_records()] == [1]
    assert live_records(store) == 3


@snapshots_only
def test_a_long_scan_is_of_one_moment(store: Store) -> None:
    put(store, *(f"crm:{number:05}" for number in range(10_500)))
    with store.read() as snapshot:
        scan = snapshot.scan_records()
        seen = len(next(scan))
        put(store, *(f"zzz:{number}" for number in range(10)))
        assert seen + sum(map(len, scan)) == 10_500


def test_two_ways_into_one_store_see_each_others_commits(place: Place) -> None:
    one, other = place.open(), place.open()
    put(one, "crm:1")
    put(other, "crm:2")
    assert live_records(one) == live_records(other) == 2


def test_a_writer_waits_for_the_writer_before_it_and_then_sees_its_work(place: Place) -> None:
    first, second = place.open(), place.open()
    started, order = threading.Event(), []

    def later() -> list[str]:
        started.set()
        with second.write() as transaction:
            order.append("second")
            return sorted(transaction.records(["crm:1", "crm:2"]))

    with ThreadPoolExecutor(1) as pool:
        with first.write() as transaction:
            transaction.put_records([indexed("crm:1")])
            future = pool.submit(later)
            started.wait()
            transaction.put_records([indexed("crm:2")])
            order.append("first")
        assert future.result() == ["crm:1", "crm:2"]
    assert order == ["first", "second"]


def test_many_threads_lose_no_update(store: Store) -> None:
    def count_up(_: int) -> None:
        with store.write() as transaction:
            transaction.put_meta("count", str(int(transaction.meta("count") or 0) + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(80)))
    with store.read() as snapshot:
        assert snapshot.meta("count") == "80"


def test_lookups_are_of_one_moment_while_others_commit(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"], "c2": ["crm:2"]})

    def look_up(snapshot: Snapshot) -> tuple[dict[str, list[str]], dict[str, Customer]]:
        members = snapshot.members_of_customers(["c1", "c2"])
        if resolved:
            resolve(store, resolved.pop())
        return members, snapshot.customers(["c1", "c2"])

    resolved = [{"c1": ["crm:1", "crm:2"]}]
    members, customers = read_again(store, look_up)

    assert {id: len(keys) for id, keys in members.items()} == {id: customers[id].size for id in members}


def test_lookups_in_many_threads_never_see_half_of_a_write(store: Store) -> None:
    def write() -> None:
        for size in range(2, 30):
            resolve(store, {"c1": [f"a:{member}" for member in range(size)]})

    def look_up(snapshot: Snapshot) -> bool:
        members, customers = snapshot.members_of_customers(["c1"]), snapshot.customers(["c1"])
        records = snapshot.records(members["c1"])
        return len(members["c1"]) == customers["c1"].size == len(records)

    resolve(store, {"c1": ["a:0"]})
    with ThreadPoolExecutor(6) as pool:
        writing = pool.submit(write)
        assert all(pool.map(lambda _: read_again(store, look_up), range(60)))
        writing.result()


@snapshots_only
def test_readers_in_many_threads_never_see_half_of_a_write(store: Store) -> None:
    put(store, "a:0", "b:0")

    def write(number: int) -> None:
        put(store, f"a:{number}", f"b:{number}")

    def read(_: int) -> bool:
        with store.read() as snapshot:
            counts = snapshot.source_counts()
            scanned = [one.source for chunk in snapshot.scan_records() for one, _ in chunk]
            return counts["a"] == counts["b"] == scanned.count("a") == scanned.count("b")

    with ThreadPoolExecutor(6) as pool:
        writes = pool.map(write, range(1, 30))
        assert all(pool.map(read, range(60)))
        list(writes)


def test_a_snapshot_is_of_no_use_after_its_block(store: Store) -> None:
    with store.read() as snapshot:
        pass
    with pytest.raises(StoreError):
        snapshot.counts()


def test_a_closed_store_says_so_and_closing_twice_does_no_harm(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError), store.read():
        pass
    with pytest.raises(StoreError), store.write():
        pass
