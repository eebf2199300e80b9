"""What is read once answers as the store does, whatever was asked before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.model import Assignment, Decision, DecisionKind, KeyKind, Link
from graph.sqlite_store import SqliteStore
from resolver.neighbourhood.changed import ChangedRecord
from resolver.neighbourhood.read_once import ReadOnce, carriers_up_to
from tests.support.builders import indexed, put, resolve, tombstone

IDENTIFIER, BLOCKING = KeyKind.IDENTIFIER, KeyKind.BLOCKING


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
        once = ReadOnce(snapshot)
        found = {**once.carriers_up_to({1: 2}, IDENTIFIER), **once.carriers_up_to({2: 5, 3: 40, 4: 3}, BLOCKING)}
        together = carriers_up_to(snapshot, {1: 2, 2: 5, 3: 40, 4: 3})
    assert {its: len(carriers) for its, carriers in found.items()} == {1: 2, 2: 5, 3: 30}
    assert together.keys() == {1, 2, 3}
    assert all(len(together[its]) >= number for its, number in {1: 2, 2: 5, 3: 30}.items())


@pytest.mark.parametrize("stored", [False, True], ids=["not_yet_stored", "stored_already"])
def test_changed_records_are_answered_as_they_are_afterwards(store: SqliteStore, stored: bool) -> None:
    others = [indexed(f"web:{number}", [1], [2], signature=number) for number in range(6)]
    put(store, *others)
    changed = [
        ChangedRecord(others[0], None),
        ChangedRecord(others[2], indexed("web:2", [1], [3], signature=20)),
        ChangedRecord(None, indexed("web:7", [1], [2], signature=7)),
    ]
    if stored:
        put(store, indexed(tombstone("web:0")), *(its.after for its in changed if its.after))
    with store.read() as snapshot:
        once = ReadOnce(snapshot, changed)
        identified = once.carriers([1], 9, IDENTIFIER)
        blocked = once.carriers([2, 3, 4], 9, BLOCKING)
        few = [once.carriers([1], limit, IDENTIFIER)[1] for limit in (1, 4, 6)], once.carriers([2], 5, BLOCKING)[2]
        fields = once.live_fields(["web:0", "web:7"])
    assert [(its.record_key, its.signature) for its in identified[1]] == [
        *[("web:1", 1), ("web:2", 20), ("web:3", 3), ("web:4", 4), ("web:5", 5), ("web:7", 7)]
    ]
    assert {hash: [its.record_key[4:] for its in found] for hash, found in blocked.items()} == {
        2: ["1", "3", "4", "5", "7"],
        3: ["2"],
    }
    assert [len(its) for its in few[0]] == [1, 4, 6]
    assert len(few[1]) == 5
    assert fields == {"web:7": changed[2].after.record.fields if changed[2].after else {}}
