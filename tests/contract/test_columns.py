"""What is read and written in columns is what is read and written row by row."""

from __future__ import annotations

import numpy as np

from graph.columns import BlockingColumns
from graph.model import Assignment, Customer, Link
from graph.store import Store
from tests.support.builders import TIME, indexed, put, record, tombstone


def blocking_keys(**hashes: list[int]) -> BlockingColumns:
    """Of records of the source crm."""
    ends = np.cumsum([len(its) for its in hashes.values()]).astype(np.int64)
    flat = np.array([one for its in hashes.values() for one in its], dtype=np.int64)
    return BlockingColumns([f"crm:{id}" for id in hashes], ends, flat)


def carried(store: Store, *hashes: int) -> dict[int, list[str]]:
    with store.read() as snapshot:
        return {hash: [its.record_key for its in found] for hash, found in snapshot.carriers(hashes, 99).items()}


def test_records_in_columns_are_the_live_ones_in_key_order(store: Store) -> None:
    fields = {"email": ("a@b.c",), "phone": ("1", "2"), "city": ('["x", {',)}
    put(store, record("web:1", fields={}), record("crm:2", fields=fields), tombstone("crm:1"), record("crm:10"))
    with store.read() as snapshot:
        parts = list(snapshot.scan_record_columns())
    assert [key for part in parts for key in part.keys] == ["crm:10", "crm:2", "web:1"]
    given = [
        {name: (its,) if isinstance(its, str) else tuple(its) for name, its in row.items()}
        for part in parts
        for row in part.fields
    ]
    assert given == [{"email": ("10@example.com",)}, fields, {}]


def test_assignments_in_columns_are_the_assignments(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3")
    with store.write() as tx:
        tx.put_customers([Customer("c1", 2, 0.9, TIME, TIME), Customer("c2", 1, None, TIME, TIME)])
        tx.put_assignments(
            [Assignment("crm:3", "crm:3", "c2", None)]
            + [Assignment(key, "crm:1", "c1", 0.9) for key in ("crm:1", "crm:2")]
        )
    with store.read() as snapshot:
        (part,) = snapshot.scan_assignment_columns()
    columns = [list(its) for its in (part.record_keys, part.components, part.customer_ids, part.confidences)]
    assert columns == [
        ["crm:1", "crm:2", "crm:3"],
        ["crm:1", "crm:1", "crm:3"],
        ["c1", "c1", "c2"],
        [0.9, 0.9, None],
    ]


def test_links_in_columns_are_the_links(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3")
    with store.write() as tx:
        tx.put_links([Link("crm:2", "crm:3", -5), Link("crm:1", "crm:3", 7)])
    with store.read() as snapshot:
        (part,) = snapshot.scan_link_columns()
    assert [list(its) for its in (part.left, part.right, part.weights)] == [
        ["crm:1", "crm:2"],
        ["crm:3", "crm:3"],
        [7, -5],
    ]


def test_a_store_without_anything_has_no_columns(store: Store) -> None:
    with store.read() as snapshot:
        assert [
            *snapshot.scan_record_columns(),
            *snapshot.scan_assignment_columns(),
            *snapshot.scan_link_columns(),
        ] == []


def test_blocking_keys_in_columns_go_to_the_live_records_once_each(store: Store) -> None:
    put(store, indexed("crm:a", [1]), indexed("crm:b", [1]), indexed("crm:c"), tombstone("crm:d"))
    with store.write() as tx:
        tx.put_blocking_columns(blocking_keys(b=[-3, 7, -3], a=[7], d=[7], nobody=[7], c=[]))
    assert carried(store, 1, 7, -3) == {1: ["crm:a", "crm:b"], 7: ["crm:a", "crm:b"], -3: ["crm:b"]}
    assert store.check() == []


def test_blocking_keys_in_columns_replace_those_that_there_are(store: Store) -> None:
    put(store, indexed("crm:a", [1], [5, 6]), indexed("crm:b", [], [5]), indexed("crm:c", [], [5]))
    with store.write() as tx:
        tx.put_blocking_columns(blocking_keys(a=[6, 8], b=[]))
    assert carried(store, 1, 5, 6, 8) == {1: ["crm:a"], 5: ["crm:c"], 6: ["crm:a"], 8: ["crm:a"]}
    assert store.check() == []
