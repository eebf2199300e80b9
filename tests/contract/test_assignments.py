"""Assignments, customers and links: graph.store.AssignmentReader and AssignmentWriter, but for the review queue."""

from __future__ import annotations

from typing import Any

from graph.model import Assignment, Customer, Link, ReviewItem, ReviewKind
from graph.store import Store, Transaction
from tests.support.builders import TIME, indexed, put, record, resolve, retired, tombstone


def test_assignments_are_read_by_record_key(store: Store) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"]}, confidence=0.1 + 0.2)
    put(store, "crm:3")
    with store.read() as snapshot:
        assert snapshot.assignments(["crm:2", "crm:3", "crm:4"]) == {
            "crm:2": Assignment("crm:2", "crm:1", "c1", 0.1 + 0.2)
        }
        assert snapshot.assignments([]) == {}


def test_a_single_record_has_no_confidence(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"]}, confidence=None)
    with store.read() as snapshot:
        assert snapshot.assignments(["crm:1"])["crm:1"].confidence is None
        assert snapshot.customers(["c1"])["c1"].confidence is None


def test_members_of_components_come_in_key_order(store: Store) -> None:
    resolve(store, {"c1": ["crm:9", "crm:10", "Web:é"], "c2": ["crm:5"]})
    with store.read() as snapshot:
        assert snapshot.members_of_components(["Web:é", "crm:5", "crm:9"]) == {
            "Web:é": ["Web:é", "crm:10", "crm:9"],
            "crm:5": ["crm:5"],
        }


def _read_of_records(transaction: Transaction, keys: list[str]) -> list[Any]:
    reads = (transaction.records, transaction.live_fields, transaction.assignments)
    return [*(read(keys) for read in reads), transaction.links(keys), transaction.review_of(keys)]


def test_what_a_transaction_reads_of_records_is_the_same_once_it_has_read_their_components(store: Store) -> None:
    full = record("crm:1", display={"email": ("1@Example.com",)}, payload={"mail": "1@Example.com"})
    resolve(store, {"c1": ["crm:1", "crm:2"], "c2": ["crm:3"]})
    put(store, indexed(full), indexed(tombstone("crm:4")))
    kind = ReviewKind.WEAK_CUSTOMER
    with store.write() as transaction:
        transaction.put_assignments([Assignment("crm:only-named", "crm:3", "c2", None)])
        transaction.put_links([Link("crm:1", "crm:2", 7), Link("crm:2", "crm:3", -1)])
        transaction.put_review([ReviewItem(f"r{n}", kind, 0.5, "crm:1", ("crm:1", f"crm:{n}")) for n in (2, 3)])
    keys = ["crm:3", "crm:nobody", "crm:1", "crm:4", "crm:2", "crm:only-named"]
    with store.write() as transaction:
        alone = _read_of_records(transaction, keys)
    with store.write() as transaction:
        transaction.records(["crm:nobody"])
        transaction.members_of_components(["crm:1", "crm:3"])
        assert _read_of_records(transaction, keys) == alone
        transaction.drop_links([("crm:1", "crm:2")])
        transaction.drop_review(["r2"])
        transaction.put_records([indexed("crm:nobody")])
        changed = _read_of_records(transaction, keys)
    with store.write() as transaction:
        assert _read_of_records(transaction, keys) == changed
    assert changed != alone


def test_two_customers_may_share_a_component(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"], "c2": ["crm:2"]})
    with store.write() as transaction:
        transaction.put_assignments([Assignment("crm:2", "crm:1", "c2", None)])
    with store.read() as snapshot:
        assert snapshot.members_of_components(["crm:1", "crm:2"]) == {"crm:1": ["crm:1", "crm:2"]}
        assert snapshot.members_of_customers(["c1", "c2"]) == {"c1": ["crm:1"], "c2": ["crm:2"]}


def test_members_of_customers_come_in_key_order_and_a_retired_one_is_absent(store: Store) -> None:
    resolve(store, {"c1": ["crm:9", "crm:10"]})
    with store.write() as transaction:
        transaction.put_customers([retired("c0", "c1", "crm:9")])
    with store.read() as snapshot:
        assert snapshot.members_of_customers(["c0", "c1", "c2"]) == {"c1": ["crm:10", "crm:9"]}


def test_an_assignment_is_replaced(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"], "c2": ["crm:2", "crm:3"]})
    with store.write() as transaction:
        transaction.put_customers([Customer("c1", 2, 0.8, TIME, TIME), Customer("c2", 1, None, TIME, TIME)])
        transaction.put_assignments([Assignment("crm:2", "crm:1", "c1", 0.8)])
    with store.read() as snapshot:
        assert snapshot.assignments(["crm:2"])["crm:2"] == Assignment("crm:2", "crm:1", "c1", 0.8)
        assert snapshot.members_of_customers(["c1", "c2"]) == {"c1": ["crm:1", "crm:2"], "c2": ["crm:3"]}
        assert snapshot.members_of_components(["crm:1", "crm:2"]) == {"crm:1": ["crm:1", "crm:2"], "crm:2": ["crm:3"]}
    assert store.check() == []


def test_dropped_assignments_are_gone_and_dropping_what_is_not_there_does_no_harm(store: Store) -> None:
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    for _ in range(2):
        with store.write() as transaction:
            transaction.drop_assignments(["crm:1", "crm:404"])
    with store.read() as snapshot:
        assert snapshot.members_of_customers(["c1"]) == {"c1": ["crm:2"]}
        assert snapshot.assignments(["crm:1"]) == {}


def test_writing_a_record_again_leaves_its_assignment(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"]})
    put(store, "crm:1")
    with store.read() as snapshot:
        assert snapshot.assignments(["crm:1"])["crm:1"].customer_id == "c1"


def test_all_assignments_are_scanned_in_key_order_in_chunks(store: Store) -> None:
    keys = [f"crm:{number:05}" for number in range(10_500)]
    resolve(store, {"c1": keys[::-1]})
    with store.read() as snapshot:
        chunks = list(snapshot.scan_assignments())
    assert [one.record_key for chunk in chunks for one in chunk] == keys
    assert len(chunks) > 1


def test_a_customer_comes_back_as_it_was_written(store: Store) -> None:
    given = Customer("c1", 2, 0.123456789, TIME, TIME + 5)
    gone = retired("c0", "c1", "crm:1", "crm:\x00é")
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    with store.write() as transaction:
        transaction.put_customers([given, gone])
    with store.read() as snapshot:
        assert snapshot.customers(["c0", "c1", "c2"]) == {"c0": gone, "c1": given}
        assert gone.retired
        assert not given.retired


def test_a_customer_is_replaced_and_a_retired_one_may_live_again(store: Store) -> None:
    resolve(store, {"c1": ["crm:1"], "c2": ["crm:2"]})
    with store.write() as transaction:
        transaction.put_customers([retired("c3", "c1", "crm:3")])
    alive = Customer("c3", 1, None, TIME, TIME + 9)
    with store.write() as transaction:
        transaction.put_customers([alive])
    with store.read() as snapshot:
        assert snapshot.customers(["c3"]) == {"c3": alive}
        assert snapshot.retired_into(["c1"]) == []


def test_retired_customers_are_found_through_chains_in_id_order(store: Store) -> None:
    resolve(store, {"c9": ["crm:1"], "c8": ["crm:2"]})
    with store.write() as transaction:
        transaction.put_customers(
            [retired("c3", "c9"), retired("c1", "c3"), retired("c2", "c1"), retired("c0", "c8"), retired("c5", "c9")]
        )
    with store.read() as snapshot:
        assert [one.id for one in snapshot.retired_into(["c9"])] == ["c1", "c2", "c3", "c5"]
        assert [one.id for one in snapshot.retired_into(["c1"])] == ["c2"]
        assert [one.id for one in snapshot.retired_into(["c9", "c8", "c3"])] == ["c0", "c1", "c2", "c3", "c5"]
        assert snapshot.retired_into(["c2", "c404"]) == []
        assert snapshot.retired_into([]) == []


def test_customers_are_paged_in_id_order_and_only_the_live_ones(store: Store) -> None:
    resolve(store, {id: [f"crm:{id}"] for id in ("c10", "c1", "c2", "ü", "C")})
    with store.write() as transaction:
        transaction.put_customers([retired("c11", "c1")])
    with store.read() as snapshot:
        assert [one.id for one in snapshot.page_customers(None, 10)] == ["C", "c1", "c10", "c2", "ü"]
        assert [one.id for one in snapshot.page_customers(None, 2)] == ["C", "c1"]
        assert [one.id for one in snapshot.page_customers("c1", 2)] == ["c10", "c2"]
        assert [one.id for one in snapshot.page_customers("c11", 2)] == ["c2", "ü"]
        assert snapshot.page_customers("ü", 2) == []
        assert snapshot.counts().customers == 5


def test_links_are_read_by_either_end_in_order_and_once(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3", "crm:4")
    links = [Link("crm:2", "crm:3", -5), Link("crm:1", "crm:3", 2**40), Link("crm:1", "crm:2", 7)]
    with store.write() as transaction:
        transaction.put_links(links)
    with store.read() as snapshot:
        assert snapshot.links(["crm:3"]) == [links[1], links[0]]
        assert snapshot.links(["crm:1", "crm:2", "crm:404"]) == [links[2], links[1], links[0]]
        assert snapshot.links(["crm:4"]) == []
        assert snapshot.links([]) == []


def test_a_link_is_replaced_and_dropped(store: Store) -> None:
    put(store, "crm:1", "crm:2", "crm:3")
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_links([Link("crm:1", "crm:2", 7), Link("crm:2", "crm:3", 7)])
            transaction.put_links([Link("crm:1", "crm:2", 8)])
            transaction.drop_links([("crm:2", "crm:3"), ("crm:1", "crm:404")])
    with store.read() as snapshot:
        assert snapshot.links(["crm:1", "crm:2"]) == [Link("crm:1", "crm:2", 8)]


def test_all_links_are_scanned_in_order_in_chunks(store: Store) -> None:
    keys = [f"crm:{number:05}" for number in range(150)]
    links = [Link(left, right, 1) for left in keys for right in keys if left < right]
    put(store, *keys)
    with store.write() as transaction:
        transaction.put_links(reversed(links))
    with store.read() as snapshot:
        chunks = list(snapshot.scan_links())
    assert [link for chunk in chunks for link in chunk] == links
    assert len(chunks) > 1
