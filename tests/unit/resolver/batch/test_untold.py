"""Events of changed profiles that are left to be told in parts."""

from __future__ import annotations

from graph.model import Change, DecisionKind
from graph.store import Store
from resolver.batch.untold import leave, tell_left
from resolver.customers.profile_changes import profile_event
from resolver.unfinished import is_unfinished
from tests.support.company import loaded
from tests.support.places import Place


def events_after(store: Store, sequence: int) -> list[tuple[str, list[str], int]]:
    with store.read() as snapshot:
        return [(its.customer_id, its.details["fields"], its.at) for its in snapshot.changes(sequence, 1_000)]


def left(store: Store, events: list[Change], most: int) -> int:
    """Leave these, and what the number of the newest change is then."""
    with store.write() as tx:
        leave(tx, events, most)
    with store.read() as snapshot:
        assert is_unfinished(snapshot)
        return snapshot.sequence()


def test_all_that_was_left_is_told_once_in_the_order_of_parts_and_ids(place: Place) -> None:
    store = place.open()
    ids = sorted(its.id for its in loaded(store).customers())
    first = [profile_event(id, ["city"] if number % 2 else ["city", "email"], 7) for number, id in enumerate(ids)]
    left(store, first, 4)
    sequence = left(store, [profile_event(ids[0], ["phone"], 9)], 4)
    tell_left(store)
    tell_left(store)
    expected = [(its.customer_id, its.details["fields"], its.at) for its in first]
    assert events_after(store, sequence) == [*expected, (ids[0], ["phone"], 9)]
    with store.read() as snapshot:
        assert not is_unfinished(snapshot)
        assert not snapshot.named_texts()


def test_a_customer_that_is_gone_by_then_is_not_told(place: Place) -> None:
    store = place.open()
    resolver = loaded(store)
    ids = sorted(its.id for its in resolver.customers())
    left(store, [profile_event(id, ["city"], 7) for id in ids], 2)
    resolver.decide(DecisionKind.SAME, "crm:4", "crm:5", by="mo", reason="seen")
    with store.read() as snapshot:
        sequence = snapshot.sequence()
    tell_left(store)
    living = {its.id for its in resolver.customers()}
    assert len(living) == len(ids) - 1
    assert [id for id, _, _ in events_after(store, sequence)] == sorted(living)
