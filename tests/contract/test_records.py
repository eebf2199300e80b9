"""Records: graph.store.RecordReader and RecordWriter, but for the keys that find them."""

from __future__ import annotations

import pytest

from graph.errors import BadInputError
from graph.model import Carrier, IndexedRecord, Record, ReviewItem, ReviewKind
from graph.store import Store
from tests.support.builders import TIME, indexed, put, record, tombstone

AWKWARD = [
    'it\'s "quoted"; DROP TABLE records --',
    "emoji 🦉 and ünïcödé",
    "tab\tnewline\nback\\slash",
    "nul\x00inside",
    "%_*?",
]


def stored(store: Store, key: str) -> Record | None:
    with store.read() as snapshot:
        return snapshot.records([key]).get(key)


def test_a_record_comes_back_as_it_was_written(store: Store) -> None:
    given = Record(
        "crm",
        "42",
        TIME,
        "digest",
        fields={"email": ("a@example.com",), "phone": ("1", "2"), "name": ("[x]",)},
        display={"email": ("A@Example.com",), "phone": ("0-1", "0-2")},
        payload={"Email": "A@Example.com", "nested": {"list": [1, 2.5, None, True]}, "empty": ""},
        observations=("e1", "e2"),
    )
    put(store, given)
    assert stored(store, "crm:42") == given


def test_the_fields_of_live_records_are_answered_alone(store: Store) -> None:
    several = record("web:7", fields={"email": ("a@example.com",), "phone": ("1", "2")})
    put(store, several, record("web:6", fields={}), tombstone("web:8"))
    with store.read() as snapshot:
        assert snapshot.live_fields(["web:6", "web:7", "web:8", "web:9"]) == {"web:7": several.fields, "web:6": {}}


def test_a_record_without_values_comes_back_empty(store: Store) -> None:
    given = record("crm:1", fields={})
    put(store, given)
    assert stored(store, "crm:1") == given


def test_an_id_may_hold_colons(store: Store) -> None:
    given = record("crm:urn:isbn:1")
    put(store, given)
    assert stored(store, "crm:urn:isbn:1") == given


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_survives_in_ids_and_values(store: Store, text: str) -> None:
    given = Record("crm", text, TIME, text, {text: (text, text + "2")}, {text: (text,)}, {text: [text]}, (text,))
    put(store, given, "crm:other")
    assert stored(store, f"crm:{text}") == given


@pytest.mark.parametrize(
    "bad",
    [
        record("crm:\ud800"),
        record("crm:1", fields={"name": ("\udfff",)}),
        record("crm:1", display={"name": ("\udfff",)}),
        record("crm:1", payload={"name": "\udfff"}),
        record("crm:1", payload={"number": 2**70}),
        record("crm:1", payload={"what": object()}),
        record("crm:1", at=2**70),
    ],
)
def test_what_cannot_be_stored_is_bad_input_and_nothing_is_kept(store: Store, bad: Record) -> None:
    with pytest.raises(BadInputError):
        put(store, "crm:0", bad)
    with store.read() as snapshot:
        assert snapshot.counts().records == 0


def test_a_missing_key_is_absent(store: Store) -> None:
    put(store, "crm:1")
    with store.read() as snapshot:
        assert snapshot.records(["crm:2", "web:1"]) == {}
        assert snapshot.records([]) == {}


def test_many_records_are_read_at_once(store: Store) -> None:
    put(store, *(f"crm:{number}" for number in range(1500)))
    with store.read() as snapshot:
        wanted = [f"crm:{number}" for number in range(1, 3000, 2)]
        assert sorted(snapshot.records(wanted)) == sorted(key for key in wanted if int(key[4:]) < 1500)


def test_a_record_is_replaced_whole(store: Store) -> None:
    put(store, record("crm:1", fields={"a": ("1",)}, display={"a": ("I",)}, payload={"x": 1}, observations=("e",)))
    after = record("crm:1", at=TIME + 1, digest="d2", fields={"b": ("2",)})
    put(store, after)
    assert stored(store, "crm:1") == after


def test_of_two_versions_in_one_call_the_last_stays(store: Store) -> None:
    put(store, indexed(record("crm:1", digest="first"), [1]), indexed(record("crm:1", digest="second"), [2]))
    with store.read() as snapshot:
        assert snapshot.records(["crm:1"])["crm:1"].digest == "second"
        assert list(snapshot.carriers([1, 2], 10)) == [2]
        assert snapshot.counts().records == 1


def test_writing_the_same_records_twice_leaves_them_as_writing_them_once(store: Store) -> None:
    for _ in range(2):
        put(store, indexed("crm:1", [1, 2], [3]), indexed(tombstone("crm:2")))
    with store.read() as snapshot:
        assert (snapshot.counts().records, snapshot.counts().tombstones) == (1, 1)
        assert [snapshot.degree(hash) for hash in (1, 2, 3)] == [1, 1, 1]
    assert store.check() == []


def test_an_iterable_of_records_may_be_a_generator_longer_than_any_chunk(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_records(indexed(f"crm:{number:05}", [number, -1]) for number in range(25_000))
    with store.read() as snapshot:
        assert snapshot.counts().records == 25_000
        assert snapshot.degree(-1) == 25_000


def test_a_tombstone_is_read_by_its_key_and_not_scanned(store: Store) -> None:
    put(store, tombstone("crm:1"), "crm:2")
    assert stored(store, "crm:1") == tombstone("crm:1")
    with store.read() as snapshot:
        assert [one.key for chunk in snapshot.scan_full_records() for one in chunk] == ["crm:2"]
        assert [one.key for chunk in snapshot.scan_records() for one, _ in chunk] == ["crm:2"]


def test_a_record_may_live_again_after_its_tombstone(store: Store) -> None:
    put(store, indexed("crm:1", [5]))
    put(store, tombstone("crm:1", at=TIME + 1))
    put(store, indexed(record("crm:1", at=TIME + 2), [5]))
    with store.read() as snapshot:
        assert not snapshot.records(["crm:1"])["crm:1"].deleted
        assert snapshot.degree(5) == 1
        assert (snapshot.counts().records, snapshot.counts().tombstones) == (1, 0)


def test_scans_go_in_the_order_of_utf8_bytes(store: Store) -> None:
    ids = ["10", "9", "Z", "a", "é", "€", "\uffff", "🦉", "a\x00b", "a:b", "ab"]
    put(store, *(f"crm:{id}" for id in ids), "Web:1", "web:0")
    expected = sorted([*(f"crm:{id}" for id in ids), "Web:1", "web:0"], key=lambda key: key.encode())
    with store.read() as snapshot:
        assert [one.key for chunk in snapshot.scan_records() for one, _ in chunk] == expected
        assert [one.key for chunk in snapshot.scan_full_records() for one in chunk] == expected
        assert snapshot.changed_since(0) == expected


def test_the_fast_scan_gives_signatures_and_leaves_display_and_payload_empty(store: Store) -> None:
    full = record("crm:1", display={"email": ("X",)}, payload={"x": 1}, observations=("e",))
    put(store, IndexedRecord(full, -(2**63), ()), IndexedRecord(record("crm:2"), 2**63 - 1, ()))
    with store.read() as snapshot:
        scanned = [row for chunk in snapshot.scan_records() for row in chunk]
        assert scanned == [(record("crm:1", observations=("e",)), -(2**63)), (record("crm:2"), 2**63 - 1)]


def test_the_full_scan_gives_complete_records(store: Store) -> None:
    full = record("crm:1", display={"email": ("X",)}, payload={"x": 1}, observations=("e",))
    put(store, full, "crm:2")
    with store.read() as snapshot:
        assert [one for chunk in snapshot.scan_full_records() for one in chunk] == [full, record("crm:2")]


def test_scans_of_an_empty_store_give_nothing(store: Store) -> None:
    with store.read() as snapshot:
        assert [chunk for chunk in snapshot.scan_records() if chunk] == []
        assert [chunk for chunk in snapshot.scan_full_records() if chunk] == []


def test_a_scan_in_chunks_misses_and_repeats_nothing(store: Store) -> None:
    keys = [f"crm:{number:05}" for number in range(21_000)]
    put(store, *keys)
    with store.read() as snapshot:
        chunks = list(snapshot.scan_records())
        assert len(chunks) > 1
        assert [one.key for chunk in chunks for one, _ in chunk] == keys
        assert [one.key for chunk in snapshot.scan_full_records() for one in chunk] == keys


def test_sources_are_counted_by_live_records(store: Store) -> None:
    put(store, "crm:1", "crm:2", "web:1", tombstone("web:2"), tombstone("old:1"))
    put(store, tombstone("crm:2", at=TIME + 1))
    with store.read() as snapshot:
        assert snapshot.source_counts() == {"crm": 1, "web": 1}


def test_changed_since_tells_what_was_written_after_a_number_tombstones_included(store: Store) -> None:
    put(store, "crm:1", "crm:2")
    with store.read() as snapshot:
        first = snapshot.sequence()
    put(store, tombstone("crm:2", at=TIME + 1), "crm:3")
    put(store, "crm:0")
    with store.read() as snapshot:
        assert snapshot.changed_since(0) == ["crm:0", "crm:1", "crm:2", "crm:3"]
        assert snapshot.changed_since(first) == ["crm:0", "crm:2", "crm:3"]
        assert snapshot.changed_since(snapshot.sequence()) == []


def test_records_that_were_asked_for_before_are_written_like_any_other(store: Store) -> None:
    with store.write() as transaction:  # the first is referred to already
        transaction.put_review([ReviewItem("r", ReviewKind.SKIPPED_DECISION, 0.5, "", ("crm:1",), {})])
    put(store, "crm:3")
    keys = ["crm:1", "crm:2", "crm:3"]
    with store.write() as transaction:
        assert transaction.records(keys).keys() == {"crm:3"}
        transaction.put_records(map(indexed, keys[:2]))
        assert transaction.records(keys).keys() == set(keys)
        transaction.put_records([indexed("crm:2", [7], signature=2)])
    with store.read() as snapshot:
        assert snapshot.records(keys).keys() == set(keys)
        assert snapshot.carriers([7], 10) == {7: [Carrier("crm:2", 2)]}
    assert store.check() == []


def test_changed_since_tells_any_number_of_records_that_were_written_at_once(store: Store) -> None:
    keys = [f"crm:{number:05}" for number in range(11_000)]
    put(store, *keys)
    with store.read() as snapshot:
        first = snapshot.sequence()
    put(store, "crm:03000", "web:1")
    with store.read() as snapshot:
        assert snapshot.changed_since(0) == [*keys, "web:1"]
        assert snapshot.changed_since(first) == ["crm:03000", "web:1"]


def test_changed_since_tells_two_writes_of_one_transaction_apart(store: Store) -> None:
    with store.write() as transaction:
        transaction.put_records([indexed("crm:1")])
        between = transaction.sequence()
        transaction.put_records([indexed("crm:2")])
        assert transaction.changed_since(between) == ["crm:2"]


def test_pending_records_are_told_in_key_order_up_to_the_limit(store: Store) -> None:
    put(store, "crm:3", "crm:1", tombstone("crm:2"), pending=True)
    put(store, "crm:0")
    with store.read() as snapshot:
        assert snapshot.pending(10) == ["crm:1", "crm:2", "crm:3"]
        assert snapshot.pending(2) == ["crm:1", "crm:2"]
        assert snapshot.counts().pending == 3


def test_writing_without_pending_takes_the_mark_away(store: Store) -> None:
    put(store, "crm:1", "crm:2", pending=True)
    put(store, "crm:1")
    with store.read() as snapshot:
        assert snapshot.pending(10) == ["crm:2"]


def test_writing_as_pending_marks_a_record_that_was_not(store: Store) -> None:
    put(store, "crm:1")
    put(store, "crm:1", pending=True)
    put(store, "crm:1", pending=True)
    with store.read() as snapshot:
        assert snapshot.pending(10) == ["crm:1"]


def test_clear_pending_leaves_no_record_waiting_and_loses_none(store: Store) -> None:
    put(store, "crm:1", "crm:2", pending=True)
    with store.write() as transaction:
        transaction.clear_pending()
    with store.read() as snapshot:
        assert snapshot.pending(10) == []
        assert snapshot.counts().pending == 0
        assert snapshot.counts().records == 2
