"""Identifiers and blocking keys: what finds the records."""

from __future__ import annotations

from graph.model import Carrier, KeyKind
from graph.store import Store
from tests.support.builders import TIME, indexed, put, record, tombstone


def carried(store: Store, *hashes: int, limit: int = 100) -> dict[int, list[str]]:
    with store.read() as snapshot:
        return {hash: [one.record_key for one in found] for hash, found in snapshot.carriers(hashes, limit).items()}


def test_carriers_come_in_key_order_with_their_signatures(store: Store) -> None:
    put(store, indexed("web:1", [7], signature=5), indexed("crm:10", [7], signature=-6), indexed("crm:9", [7]))
    with store.read() as snapshot:
        assert snapshot.carriers([7], 10) == {7: [Carrier("crm:10", -6), Carrier("crm:9", 0), Carrier("web:1", 5)]}


def test_keys_are_found_by_what_they_are_known_to_be(store: Store) -> None:
    put(store, indexed("crm:1", [1], [2]), indexed("crm:2", [1], [2, 3]))
    both = [Carrier("crm:1", 0), Carrier("crm:2", 0)]
    with store.read() as snapshot:
        assert snapshot.carriers([1, 9], 10, KeyKind.IDENTIFIER) == {1: both}
        assert snapshot.carriers([2, 3, 9], 10, KeyKind.BLOCKING) == {2: both, 3: both[1:]}
    with store.write() as transaction:
        assert transaction.carriers([1, 9], 10, KeyKind.IDENTIFIER) == {1: both}
        assert len(transaction.carriers([2], 1, KeyKind.BLOCKING)[2]) == 1


def test_a_hash_that_nobody_carries_is_absent(store: Store) -> None:
    put(store, indexed("crm:1", [7]))
    assert carried(store, 8, 7) == {7: ["crm:1"]}
    assert carried(store) == {}


def test_hashes_span_all_signed_64_bit_integers(store: Store) -> None:
    hashes = [-(2**63), -1, 0, 1, 2**63 - 1]
    put(store, indexed("crm:1", hashes))
    assert carried(store, *hashes) == {hash: ["crm:1"] for hash in hashes}


def test_what_is_compared_of_carriers_is_what_was_written_last(store: Store) -> None:
    put(store, indexed("crm:1", [7]), indexed("crm:2", [7]), indexed("crm:3", [7]))
    newer = record("crm:1", fields={"email": ("newer@example.com",)})
    with store.write() as transaction:
        assert len(transaction.carriers([7], 9)[7]) == 3
        transaction.put_records([indexed(newer, [7]), indexed(tombstone("crm:2"))])
        compared = transaction.live_fields(["crm:1", "crm:2", "crm:3", "crm:4"])
    assert compared == {"crm:1": newer.fields, "crm:3": {"email": ("3@example.com",)}}


def test_carriers_stop_at_the_limit(store: Store) -> None:
    put(store, *(indexed(f"crm:{number}", [7]) for number in range(20)))
    assert len(carried(store, 7, limit=5)[7]) == 5
    assert len(set(carried(store, 7, limit=5)[7])) == 5
    assert len(carried(store, 7, limit=20)[7]) == 20
    assert len(carried(store, 7, limit=21)[7]) == 20


def test_the_limit_counts_for_each_hash(store: Store) -> None:
    put(store, *(indexed(f"crm:{number}", [7, 8]) for number in range(5)))
    assert {hash: len(found) for hash, found in carried(store, 7, 8, limit=3).items()} == {7: 3, 8: 3}


def test_identifiers_and_blocking_keys_are_found_alike(store: Store) -> None:
    put(store, indexed("crm:1", [1], [2]), indexed("crm:2", [], [2]))
    assert carried(store, 1, 2) == {1: ["crm:1"], 2: ["crm:1", "crm:2"]}


def test_a_hash_that_is_identifier_and_blocking_key_finds_each_record_once(store: Store) -> None:
    put(store, indexed("crm:1", [1], [1]), indexed("crm:2", [], [1]), indexed("crm:3", [1]))
    assert carried(store, 1) == {1: ["crm:1", "crm:2", "crm:3"]}
    assert len(carried(store, 1, limit=3)[1]) == 3
    with store.read() as snapshot:
        assert snapshot.degree(1) == 3


def test_a_key_that_is_given_twice_is_carried_once(store: Store) -> None:
    put(store, indexed("crm:1", [1, 1], [2, 2]))
    assert carried(store, 1, 2) == {1: ["crm:1"], 2: ["crm:1"]}
    assert store.check() == []


def test_a_replaced_record_carries_exactly_its_new_keys(store: Store) -> None:
    put(store, indexed("crm:1", [1, 2], [3, 4]), indexed("crm:2", [1]))
    put(store, indexed("crm:1", [2, 5], [4, 6], signature=9))
    assert carried(store, 1, 2, 3, 4, 5, 6) == {1: ["crm:2"], 2: ["crm:1"], 4: ["crm:1"], 5: ["crm:1"], 6: ["crm:1"]}
    with store.read() as snapshot:
        assert snapshot.carriers([2], 1) == {2: [Carrier("crm:1", 9)]}
    assert store.check() == []


def test_a_tombstone_carries_nothing(store: Store) -> None:
    put(store, indexed("crm:1", [1], [2]), indexed("crm:2", [1]))
    put(store, indexed(tombstone("crm:1", at=TIME + 1), [1], [2]))
    assert carried(store, 1, 2) == {1: ["crm:2"]}
    assert store.check() == []


def test_the_degree_counts_live_carriers_exactly(store: Store) -> None:
    put(store, *(indexed(f"crm:{number}", [7]) for number in range(12)))
    put(store, tombstone("crm:3", at=TIME + 1))
    with store.read() as snapshot:
        assert snapshot.degree(7) == 11
        assert snapshot.degree(8) == 0


def test_put_blocking_keys_replaces_them_and_leaves_identifiers(store: Store) -> None:
    put(store, indexed("crm:1", [1], [2, 3]), indexed("crm:2", [1], [2]))
    with store.write() as transaction:
        transaction.put_blocking_keys([("crm:1", (3, 4)), ("crm:2", ())])
    assert carried(store, 1, 2, 3, 4) == {1: ["crm:1", "crm:2"], 3: ["crm:1"], 4: ["crm:1"]}
    assert store.check() == []


def test_put_blocking_keys_twice_leaves_them_as_once(store: Store) -> None:
    put(store, "crm:1")
    for _ in range(2):
        with store.write() as transaction:
            transaction.put_blocking_keys([("crm:1", (3, 3, 4))])
    assert carried(store, 3, 4) == {3: ["crm:1"], 4: ["crm:1"]}
    assert store.check() == []


def test_put_blocking_keys_passes_over_records_that_are_not_live(store: Store) -> None:
    put(store, tombstone("crm:1"))
    with store.write() as transaction:
        transaction.put_blocking_keys([("crm:1", (3,)), ("crm:2", (3,))])
    assert carried(store, 3) == {}
    assert store.check() == []


def test_put_blocking_keys_does_not_make_a_record_changed_or_resolved(store: Store) -> None:
    put(store, "crm:1", pending=True)
    with store.read() as snapshot:
        before = snapshot.sequence()
    with store.write() as transaction:
        transaction.put_blocking_keys([("crm:1", (3,))])
    with store.read() as snapshot:
        assert snapshot.changed_since(before) == []
        assert snapshot.pending(1) == ["crm:1"]


def test_clear_blocking_keys_forgets_them_and_leaves_identifiers(store: Store) -> None:
    put(store, indexed("crm:1", [1], [2]), indexed("crm:2", [1], [2, 3]))
    with store.write() as transaction:
        transaction.clear_blocking_keys()
    assert carried(store, 1, 2, 3) == {1: ["crm:1", "crm:2"]}
    put(store, indexed(record("crm:1", at=TIME + 1), [1], [2]))
    assert carried(store, 2) == {2: ["crm:1"]}
    assert store.check() == []
