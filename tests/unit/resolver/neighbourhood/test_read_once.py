"""What is read once answers as the store does, whatever was asked before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.model import Assignment, Decision, DecisionKind, Link
from graph.sqlite_store import SqliteStore
from resolver.neighbourhood.read_once import ReadOnce
from tests.support.builders import indexed, put, resolve


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Two customers, a link within and between them, and decisions on both."""
    its = SqliteStore.open(tmp_path / "store.db")
    resolve(its, {"a": ["crm:1", "crm:2"], "b": ["crm:3"]})
    with its.write() as tx:
        tx.put_links([Link("crm:1", "crm:2", 5), Link("crm:2", "crm:3", 1)])
        for id, at, left, right in [("d2", 1, "crm:1", "crm:2"), ("d1", 2, "crm:2", "crm:3")]:
            tx.put_decision(Decision(id, DecisionKind.SAME, left, right, "eva", "", at))
    yield its
    its.close()


def test_what_touches_several_keys_is_answered_once_in_whichever_order_they_are_asked_for(store: SqliteStore) -> None:
    with store.read() as snapshot:
        once = ReadOnce(snapshot)
        assert once.links(["crm:1"]) == snapshot.links(["crm:1"])
        assert sorted(once.links(["crm:1", "crm:3"]), key=lambda its: its.left) == snapshot.links(["crm:1", "crm:3"])
        assert [its.id for its in once.decisions_on({"crm:3"})] == ["d1"]
        assert [its.id for its in once.decisions_on({"crm:2", "crm:3"})] == ["d2", "d1"]
        assert once.decisions_on({"crm:1"}) == snapshot.decisions_on({"crm:1"})


def test_a_record_without_a_customer_is_absent_also_when_asked_for_again(store: SqliteStore) -> None:
    with store.read() as snapshot:
        once = ReadOnce(snapshot)
        expected = {"crm:1": Assignment("crm:1", "crm:1", "a", 0.9)}
        assert once.assignments({"crm:1", "crm:9"}) == once.assignments({"crm:9", "crm:1"}) == expected


def test_keys_are_asked_for_up_to_limits_of_their_own(store: SqliteStore) -> None:
    put(store, *(indexed(f"web:{number}", [1], [2, 3]) for number in range(30)))
    with store.read() as snapshot:
        found = ReadOnce(snapshot).carriers_up_to({1: 2, 2: 5, 3: 40, 4: 3})
    assert {its: len(carriers) for its, carriers in found.items() if its != 1} == {2: 5, 3: 30}
    assert 2 <= len(found[1]) <= 8
