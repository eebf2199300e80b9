"""The change feed and its counter, resolution versions, the quarantine, named texts, and the store's identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graph.model import (
    Assignment,
    Change,
    ChangeKind,
    Counts,
    Customer,
    Decision,
    DecisionKind,
    Link,
    Quarantined,
    ResolutionVersion,
    ReviewItem,
    ReviewKind,
)
from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction
from tests.support.builders import TIME, indexed, put, resolve, tombstone
from tests.support.places import Place


def change(customer: str, **details: object) -> Change:
    return Change(ChangeKind.GROWN, customer, TIME, details, sequence=999)


def version(number: int, config: str = "{}") -> ResolutionVersion:
    return ResolutionVersion(number, config, '{"m": "🦉"}', "1", TIME)


def refused(record_id: str | None = "1", *, field: str | None = "email", at: int = TIME) -> Quarantined:
    return Quarantined("crm", record_id, "crm.csv:3", field, "nul \x00 and 🦉", "not an e-mail", at)


def sequence(store: Store) -> int:
    with store.read() as snapshot:
        return snapshot.sequence()


def test_the_store_numbers_events_in_their_order(store: Store) -> None:
    given = [change("c2", records=["crm:1"], nested={"a": [1, None]}), change("c1"), change("c2")]
    with store.write() as transaction:
        last = transaction.append_changes(given)
    with store.read() as snapshot:
        feed = snapshot.changes(0, 10)
        assert [replace(one, sequence=999) for one in feed] == given
        numbers = [one.sequence for one in feed]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == last == snapshot.sequence()


def test_the_feed_is_read_from_a_number_on_up_to_a_limit(store: Store) -> None:
    for customer in ("c1", "c2", "c3"):
        with store.write() as transaction:
            transaction.append_changes([change(customer)])
        put(store, "crm:1")
    with store.read() as snapshot:
        first, second, third = snapshot.changes(0, 10)
        assert snapshot.changes(first.sequence, 10) == [second, third]
        assert snapshot.changes(first.sequence, 1) == [second]
        assert snapshot.changes(third.sequence, 10) == []
        assert [first.customer_id, second.customer_id, third.customer_id] == ["c1", "c2", "c3"]


def test_the_history_of_a_customer_is_its_events_ascending(store: Store) -> None:
    with store.write() as transaction:
        transaction.append_changes([change("c1", n=1), change("c2"), change("c1", n=2)])
    with store.read() as snapshot:
        assert [one.details for one in snapshot.history("c1")] == [{"n": 1}, {"n": 2}]
        assert snapshot.history("c404") == []


def test_a_long_feed_keeps_its_order(store: Store) -> None:
    with store.write() as transaction:
        last = transaction.append_changes(change("c1", n=number) for number in range(12_000))
    with store.read() as snapshot:
        feed = snapshot.changes(0, 20_000)
        assert [one.details["n"] for one in feed] == list(range(12_000))
        assert feed[-1].sequence == last


def test_events_of_another_store_keep_their_numbers_and_new_ones_come_after(store: Store) -> None:
    given = [replace(change(f"c{number}", n=number), sequence=number * 7) for number in range(1, 5)]
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_changes(given)
    with store.read() as snapshot:
        assert snapshot.changes(0, 10) == given
        assert snapshot.changes(7, 1) == given[1:2]
        assert snapshot.sequence() >= 28
    with store.write() as transaction:
        assert transaction.append_changes([change("c9")]) > 28
    assert store.check() == []


def test_records_and_events_take_their_numbers_from_one_counter(store: Store) -> None:
    with store.write() as transaction:
        first = transaction.append_changes([change("c1")])
        transaction.put_records([indexed("crm:1")])
        last = transaction.append_changes([change("c1")])
        assert first < transaction.sequence() <= last
        assert transaction.changed_since(first) == ["crm:1"]
        assert transaction.changed_since(last) == []


_WRITES: dict[str, Callable[[Transaction], object]] = {
    "put_records": lambda transaction: transaction.put_records([indexed("crm:9")]),
    "put_blocking_keys": lambda transaction: transaction.put_blocking_keys([("crm:1", (5,))]),
    "clear_pending": lambda transaction: transaction.clear_pending(),
    "put_quarantined": lambda transaction: transaction.put_quarantined([refused()]),
    "put_assignments": lambda transaction: transaction.put_assignments([Assignment("crm:1", "crm:1", "c1", 0.5)]),
    "drop_assignments": lambda transaction: transaction.drop_assignments(["crm:1"]),
    "put_customers": lambda transaction: transaction.put_customers([Customer("c9", 0, None, 1, 1, "c1")]),
    "put_links": lambda transaction: transaction.put_links([Link("crm:1", "crm:2", 5)]),
    "put_review": lambda transaction: transaction.put_review(
        [ReviewItem("r", ReviewKind.WEAK_CUSTOMER, 0.5, "crm:1", ("crm:1",))]
    ),
    "put_decision": lambda transaction: transaction.put_decision(
        Decision("d", DecisionKind.SAME, "crm:1", "crm:2", "ana", "", 1)
    ),
    "append_changes": lambda transaction: transaction.append_changes([change("c1")]),
    "put_changes": lambda transaction: transaction.put_changes([replace(change("c1"), sequence=1)]),
    "adopt_version": lambda transaction: transaction.adopt_version(version(1)),
}


@pytest.mark.parametrize("write", _WRITES.values(), ids=_WRITES.keys())
def test_every_transaction_that_changes_something_raises_the_sequence(
    store: Store, write: Callable[[Transaction], object]
) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    put(store, "crm:3", pending=True)
    before = sequence(store)
    with store.write() as transaction:
        write(transaction)
        assert transaction.sequence() > before
        assert transaction.counts().sequence > before
    assert sequence(store) > before


def test_a_transaction_that_writes_nothing_leaves_the_sequence(store: Store) -> None:
    put(store, "crm:1")
    before = sequence(store)
    with store.write() as transaction:
        transaction.records(["crm:1"])
        transaction.put_records([])
        transaction.put_links([])
        assert transaction.append_changes([]) == before
    assert sequence(store) == before


def test_named_texts_leave_the_sequence_so_that_signs_of_life_disturb_no_re_cluster(store: Store) -> None:
    put(store, "crm:1")
    before = sequence(store)
    for value in ("1", "2", None):
        with store.write() as transaction:
            transaction.put_meta("job", value)
            assert transaction.sequence() == before
        with store.read() as snapshot:
            assert snapshot.meta("job") == value
            assert snapshot.sequence() == before


def test_no_version_is_adopted_at_first(store: Store) -> None:
    with store.read() as snapshot:
        assert snapshot.version() is None
        assert snapshot.version_number() is None
        assert snapshot.versions() == []


def test_an_adopted_version_is_the_one_and_an_older_one_may_be_adopted_again(store: Store) -> None:
    for number in (2, 1, 10):
        with store.write() as transaction:
            transaction.adopt_version(version(number))
    with store.read() as snapshot:
        assert snapshot.version() == version(10)
        assert snapshot.version_number() == 10
        assert snapshot.versions() == [version(1), version(2), version(10)]
    for _ in range(2):
        with store.write() as transaction:
            transaction.adopt_version(version(2))
        with store.read() as snapshot:
            assert snapshot.version_number() == 2
    with store.read() as snapshot:
        assert snapshot.version() == version(2)
        assert len(snapshot.versions()) == 3


def test_a_version_that_another_process_adopted_is_the_one_from_then_on(place: Place) -> None:
    one, other = place.open(), place.open()
    for number in (1, 2):
        with other.write() as transaction:
            transaction.adopt_version(version(number))
        assert read_again(one, lambda snapshot: snapshot.version_number()) == number


def test_work_under_a_version_that_another_process_replaces_meanwhile_is_begun_again(place: Place) -> None:
    one, other = place.open(), place.open()
    new = [2, 1]

    def adopt_next() -> None:
        number = new.pop()
        with other.write() as transaction:
            transaction.adopt_version(version(number))
            transaction.put_meta("under", str(number))

    def work(snapshot: Snapshot) -> tuple[int | None, str | None]:
        number = snapshot.version_number()
        if new:
            adopt_next()
        return number, snapshot.meta("under")

    adopt_next()
    number, under = read_again(one, work)
    assert str(number) == under


def test_quarantined_entries_come_back_with_ascending_numbers(store: Store) -> None:
    given = [refused("1"), refused(None), refused("1", field=None), refused("2")]
    with store.write() as transaction:
        transaction.put_quarantined(given)
    with store.read() as snapshot:
        rows = snapshot.quarantined(0, 10)
        numbers = [number for number, _ in rows]
        assert [entry for _, entry in rows] == given
        assert numbers == sorted(set(numbers))
        assert numbers[0] > 0
        assert snapshot.quarantined(numbers[0], 2) == rows[1:3]
        assert snapshot.quarantined(numbers[-1], 2) == []
        assert snapshot.counts().quarantined == 4


def test_a_quarantine_entry_that_is_equal_in_all_but_its_time_is_kept_once(store: Store) -> None:
    for at in (TIME, TIME + 5):
        with store.write() as transaction:
            transaction.put_quarantined([refused(None, at=at), refused(None, at=at + 1), refused("1", at=at)])
    with store.read() as snapshot:
        assert [entry for _, entry in snapshot.quarantined(0, 10)] == [refused(None), refused("1")]


def test_named_texts_are_set_replaced_and_deleted(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_meta("a", '{"x": "🦉"}')
        transaction.put_meta("b", "1")
        transaction.put_meta("b", "2")
        transaction.put_meta("c", "")
    with store.read() as snapshot:
        assert [snapshot.meta(name) for name in "abcd"] == ['{"x": "🦉"}', "2", "", None]
        assert snapshot.named_texts() == {"a": '{"x": "🦉"}', "b": "2", "c": ""}
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_meta("a", None)
    with store.read() as snapshot:
        assert snapshot.meta("a") is None


def test_an_empty_store_counts_nothing(store: Store) -> None:
    with store.read() as snapshot:
        assert snapshot.counts() == Counts(0, 0, 0, 0, 0, snapshot.sequence())
        assert snapshot.source_counts() == {}
        assert snapshot.changes(0, 10) == []
    assert store.check() == []


def test_counts_say_how_much_a_store_holds(store: Store) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"], "c2": ["web:1"]})
    put(store, tombstone("web:2"), "web:3", pending=True)
    with store.write() as transaction:
        transaction.put_customers([Customer("c0", 0, None, 1, 1, "c1")])
        transaction.put_quarantined([refused()])
        assert transaction.counts().quarantined == 1
    with store.read() as snapshot:
        assert snapshot.counts() == Counts(4, 1, 2, 2, 1, snapshot.sequence())
    assert store.check() == []


def test_the_name_of_a_store_stays_and_differs_from_another_stores(place: Place) -> None:
    with place.open().read() as snapshot:
        name = snapshot.store_id()
    with place.open().read() as again:
        assert again.store_id() == name != ""
    place.clear()
    with place.open().read() as other:
        assert other.store_id() != name
