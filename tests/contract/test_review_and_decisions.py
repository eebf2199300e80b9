"""The review queue and stewards' decisions."""

from __future__ import annotations

from typing import Any

from graph.model import Decision, DecisionKind, ReviewItem, ReviewKind
from graph.store import Store
from tests.support.builders import TIME, put, resolve


def item(id: str, severity: float, *records: str, **details: Any) -> ReviewItem:
    return ReviewItem(id, ReviewKind.UNCERTAIN_LINK, severity, min(records), records, details)


def decision(id: str, left: str, right: str, *, at: int = TIME, withdrawn_at: int | None = None) -> Decision:
    return Decision(id, DecisionKind.DIFFERENT, left, right, "ana", 'called "both" 🦉\x00', at, withdrawn_at)


def test_a_review_item_comes_back_as_it_was_written(store: Store) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    given = ReviewItem(
        "r1", ReviewKind.CONFLICT_CUT, 0.3, "crm:1", ("crm:1", "crm:2"), {"weight": -5, "why": ["🦉", None, {"a": 1.5}]}
    )
    with store.write() as transaction:
        transaction.put_review([given])
    with store.read() as snapshot:
        assert snapshot.review(10) == [given]


def test_review_is_worst_first_then_by_id_up_to_the_limit(store: Store) -> None:
    put(store, "crm:1", "crm:2")
    with store.write() as transaction:
        transaction.put_review(
            item(id, severity, "crm:1", "crm:2")
            for id, severity in [("b", 0.5), ("d", 0.9), ("a", 0.5), ("c", 0.1), ("e", 1.0)]
        )
    with store.read() as snapshot:
        assert [one.id for one in snapshot.review(10)] == ["e", "d", "a", "b", "c"]
        assert [one.id for one in snapshot.review(3)] == ["e", "d", "a"]


def test_review_of_records_is_each_item_about_any_of_them_once_in_id_order(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3", "crm:4")
    given = [item("c", 0.9, "crm:1", "crm:2"), item("a", 0.1, "crm:2", "crm:3"), item("b", 0.5, "crm:3", "crm:4")]
    with store.write() as transaction:
        transaction.put_review(given)
        assert [one.id for one in transaction.review_of(["crm:4"])] == ["b"]
    with store.read() as snapshot:
        assert snapshot.review_of(["crm:1", "crm:2"]) == [given[1], given[0]]
        assert [one.id for one in snapshot.review_of(["crm:4", "crm:404"])] == ["b"]
        assert snapshot.review_of(["crm:404"]) == []
        assert snapshot.review_of([]) == []


def test_review_of_records_follows_what_an_item_is_about(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3")
    with store.write() as transaction:
        transaction.put_review([item("a", 0.1, "crm:1", "crm:2"), item("b", 0.1, "crm:1", "crm:2")])
        transaction.put_review([item("a", 0.1, "crm:2", "crm:3")])
        transaction.drop_review(["b"])
    with store.read() as snapshot:
        assert snapshot.review_of(["crm:1"]) == []
        assert [one.id for one in snapshot.review_of(["crm:3"])] == ["a"]


def test_a_review_item_is_replaced_with_what_it_touches(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"], "c2": ["crm:2"], "c3": ["crm:3"]})
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_review([item("a", 0.1, "crm:1", "crm:2")])
            transaction.put_review([item("a", 0.2, "crm:2", "crm:3", new=True)])
    with store.read() as snapshot:
        assert snapshot.review_of(["crm:1"]) == []
        assert snapshot.review_of(["crm:3"]) == [item("a", 0.2, "crm:2", "crm:3", new=True)]
        assert len(snapshot.review(10)) == 1
    assert store.check() == []


def test_dropped_review_items_are_gone(store: Store) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    with store.write() as transaction:
        transaction.put_review([item("a", 0.1, "crm:1", "crm:2"), item("b", 0.2, "crm:1", "crm:2")])
    for _ in range(2):
        with store.write() as transaction:
            transaction.drop_review(["a", "c"])
    with store.read() as snapshot:
        assert [one.id for one in snapshot.review(10)] == ["b"]
        assert [one.id for one in snapshot.review_of(["crm:1"])] == ["b"]
    assert store.check() == []


def test_all_review_items_are_scanned_in_id_order_in_chunks(store: Store) -> None:
    put(store, "crm:1", "crm:2")
    ids = [f"{number:05}" for number in range(10_100)]
    with store.write() as transaction:
        transaction.put_review(item(id, int(id) % 7 / 7, "crm:1", "crm:2") for id in reversed(ids))
    with store.read() as snapshot:
        chunks = list(snapshot.scan_review())
    assert [one.id for chunk in chunks for one in chunk] == ids
    assert len(chunks) > 1


def test_a_decision_comes_back_as_it_was_written(store: Store) -> None:
    given = decision("d1", "crm:1", "email:a@example.com")
    with store.write() as transaction:
        transaction.put_decision(given)
    with store.read() as snapshot:
        assert snapshot.decision("d1") == given
        assert snapshot.decision("d2") is None


def test_decisions_are_ordered_by_time_then_id(store: Store) -> None:
    given = [decision("b", "x:1", "x:2", at=2), decision("a", "x:1", "x:3", at=2), decision("c", "x:4", "x:5", at=1)]
    with store.write() as transaction:
        for one in given:
            transaction.put_decision(one)
    with store.read() as snapshot:
        assert [one.id for one in snapshot.decisions()] == ["c", "a", "b"]
        assert [one.id for one in snapshot.decisions_on(["x:1", "x:5"])] == ["c", "a", "b"]


def test_a_withdrawn_decision_stays_as_a_tombstone(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_decision(decision("a", "x:1", "x:2"))
        transaction.put_decision(decision("b", "x:1", "x:2"))
    gone = decision("a", "x:1", "x:2", withdrawn_at=TIME + 1)
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_decision(gone)
    with store.read() as snapshot:
        assert [one.id for one in snapshot.decisions()] == ["b"]
        assert [one.id for one in snapshot.decisions_on(["x:1"])] == ["b"]
        assert snapshot.decisions(withdrawn=True) == [gone, decision("b", "x:1", "x:2")]
        assert snapshot.decision("a") == gone


def test_decisions_are_found_by_either_endpoint_and_once(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_decision(decision("a", "crm:1", "email:a@example.com"))
        transaction.put_decision(decision("b", "crm:2", "crm:3"))
    with store.read() as snapshot:
        assert [one.id for one in snapshot.decisions_on(["email:a@example.com"])] == ["a"]
        assert [one.id for one in snapshot.decisions_on(["crm:2", "crm:3"])] == ["b"]
        assert snapshot.decisions_on(["crm:4"]) == []
        assert snapshot.decisions_on([]) == []


def test_a_decision_may_be_on_records_that_are_not_there(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_decision(decision("a", "crm:404", "crm:405"))
    with store.read() as snapshot:
        assert [one.id for one in snapshot.decisions_on(["crm:405"])] == ["a"]
