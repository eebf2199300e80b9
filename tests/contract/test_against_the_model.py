"""Any history of transactions, committed or not, leaves a store as it leaves the plain model in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from graph.model import (
    Assignment,
    Customer,
    Decision,
    DecisionKind,
    IndexedRecord,
    Link,
    Record,
    ReviewItem,
    ReviewKind,
)
from graph.store import Snapshot, Store, Transaction
from tests.support.builders import blocking, identifier
from tests.support.model_store import ModelStore
from tests.support.places import KINDS, PLACES, Place

KEYS = [f"{source}:{id}" for source in ("crm", "web") for id in ("1", "10", "2", "é", "🦉")]
CUSTOMERS = ["c1", "c2", "c3", "c4"]
HASHES = [-(2**63), -5, 0, 5, 2**63 - 1]

keys = st.sampled_from(KEYS)
hashes = st.lists(st.sampled_from(HASHES), max_size=4)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
fields = st.dictionaries(texts, st.lists(texts, min_size=1, max_size=2).map(tuple), max_size=2)
Step = Callable[[Transaction, ModelStore], None]

#: Histories, and steps of each, by kind of store.
HISTORIES = {"sqlite": (25, 12), "neo4j": (4, 6)}


@st.composite
def indexed_records(draw: st.DrawFn) -> IndexedRecord:
    source, id = draw(keys).split(":")
    if draw(st.integers(0, 4)) == 0:
        return IndexedRecord(Record(source, id, draw(st.integers(0, 9)), "", deleted=True), 0, ())
    payload = draw(st.dictionaries(texts, texts | st.none() | st.booleans(), max_size=2))
    record = Record(source, id, draw(st.integers(0, 9)), draw(texts), draw(fields), draw(fields), payload)
    carried = (*map(identifier, draw(hashes)), *map(blocking, draw(hashes)))
    return IndexedRecord(record, draw(st.sampled_from(HASHES)), carried)


@st.composite
def put_records(draw: st.DrawFn) -> Step:
    given, pending = draw(st.lists(indexed_records(), max_size=5)), draw(st.booleans())

    def step(transaction: Transaction, model: ModelStore) -> None:
        transaction.put_records(iter(given), pending=pending)
        for one in given:
            model.put_record(one, pending=pending)

    return step


@st.composite
def put_blocking_keys(draw: st.DrawFn) -> Step:
    given = draw(st.dictionaries(keys, hashes.map(tuple), max_size=4))

    def step(transaction: Transaction, model: ModelStore) -> None:
        transaction.put_blocking_keys(iter(given.items()))
        for key, values in given.items():
            model.put_blocking_keys(key, values)

    return step


def clear_blocking_keys(transaction: Transaction, model: ModelStore) -> None:
    transaction.clear_blocking_keys()
    model.blocking = {key: set() for key in model.blocking}


def clear_pending(transaction: Transaction, model: ModelStore) -> None:
    transaction.clear_pending()
    model.pending.clear()


@st.composite
def assign(draw: st.DrawFn) -> Step:
    """Assignments of live records to live customers, and customers that have just the size they say."""
    wanted = draw(st.dictionaries(keys, st.tuples(keys, st.sampled_from(CUSTOMERS)), max_size=6))
    merged = draw(st.dictionaries(st.sampled_from(CUSTOMERS), st.sampled_from(CUSTOMERS), max_size=4))

    def step(transaction: Transaction, model: ModelStore) -> None:
        live = {one.record.key for one in model.live()}
        given = [Assignment(key, to[0], to[1], 0.1) for key, to in wanted.items() if key in live]
        gone = [key for key in model.assignments if key not in live or key not in wanted]
        transaction.drop_assignments(gone)
        for key in gone:
            del model.assignments[key]
        model.put_assignments(given)
        sizes = {id: len(model.members(customer=id)) for id in CUSTOMERS}
        customers = [
            Customer(id, size, 0.5, 1, 2, None if size else merged.get(id), () if size else ("crm:1",))
            for id, size in sizes.items()
        ]
        transaction.put_customers(customers)
        transaction.put_assignments(iter(given))
        model.customers.update((one.id, one) for one in customers)

    return step


@st.composite
def put_links(draw: st.DrawFn) -> Step:
    pairs = st.tuples(keys, keys).filter(lambda pair: pair[0] < pair[1])
    given = draw(st.dictionaries(pairs, st.integers(-(2**40), 2**40), max_size=4))
    dropped = draw(st.lists(pairs, max_size=3))

    def step(transaction: Transaction, model: ModelStore) -> None:
        known = {pair: weight for pair, weight in given.items() if set(pair) <= model.records.keys()}
        transaction.put_links(Link(*pair, weight) for pair, weight in known.items())
        transaction.drop_links(iter(dropped))
        model.links.update((pair, Link(*pair, weight)) for pair, weight in known.items())
        for pair in dropped:
            model.links.pop(pair, None)

    return step


@st.composite
def put_review(draw: st.DrawFn) -> Step:
    ids = st.sampled_from("abcd")
    items = st.builds(
        ReviewItem,
        ids,
        st.sampled_from(ReviewKind),
        st.sampled_from([0.1, 0.5, 1.0]),
        keys,
        st.lists(keys, min_size=1, max_size=3, unique=True).map(tuple),
        st.dictionaries(texts, texts, max_size=1),
    )
    given, dropped = draw(st.lists(items, max_size=4)), draw(st.lists(ids, max_size=2))

    def step(transaction: Transaction, model: ModelStore) -> None:
        known = [one for one in given if set(one.records) <= model.records.keys()]
        transaction.put_review(iter(known))
        transaction.drop_review(iter(dropped))
        model.review.update((one.id, one) for one in known)
        for id in dropped:
            model.review.pop(id, None)

    return step


@st.composite
def put_decision(draw: st.DrawFn) -> Step:
    withdrawn_at = draw(st.none() | st.just(9))
    given = Decision(
        draw(st.sampled_from("abc")),
        DecisionKind.SAME,
        draw(keys),
        draw(keys),
        "ana",
        "",
        draw(st.integers(0, 2)),
        withdrawn_at,
    )

    def step(transaction: Transaction, model: ModelStore) -> None:
        transaction.put_decision(given)
        model.decisions[given.id] = given

    return step


STEPS = st.one_of(
    put_records(),
    put_blocking_keys(),
    st.sampled_from([clear_blocking_keys, clear_pending]),
    assign(),
    put_links(),
    put_review(),
    put_decision(),
)


class AbandonedError(Exception):
    """A transaction that its writer gives up."""


def compare(snapshot: Snapshot, model: ModelStore) -> None:
    assert snapshot.records(KEYS) == {key: one.record for key, one in model.records.items()}
    assert [row for chunk in snapshot.scan_records() for row in chunk] == model.scanned()
    assert [one for chunk in snapshot.scan_full_records() for one in chunk] == [one.record for one in model.live()]
    carriers = {hash: model.carriers(hash) for hash in HASHES}
    assert snapshot.carriers(HASHES, 99) == {hash: found for hash, found in carriers.items() if found}
    assert [snapshot.degree(hash) for hash in HASHES] == [len(carriers[hash]) for hash in HASHES]
    assert {hash: len(found) for hash, found in snapshot.carriers(HASHES, 2).items()} == {
        hash: min(2, len(found)) for hash, found in carriers.items() if found
    }
    assert snapshot.pending(99) == sorted(model.pending)
    compare_customers(snapshot, model)
    compare_counts(snapshot, model)


def compare_customers(snapshot: Snapshot, model: ModelStore) -> None:
    assert snapshot.assignments(KEYS) == model.assignments
    assert snapshot.customers(CUSTOMERS) == model.customers
    members = {id: model.members(customer=id) for id in CUSTOMERS}
    assert snapshot.members_of_customers(CUSTOMERS) == {id: found for id, found in members.items() if found}
    components = {key: model.members(component=key) for key in KEYS}
    assert snapshot.members_of_components(KEYS) == {key: found for key, found in components.items() if found}
    for id in CUSTOMERS:
        assert snapshot.retired_into([id]) == model.retired_into([id])
    for key in KEYS:
        assert snapshot.review_of([key]) == model.review_of(key)
    assert snapshot.review(99) == sorted(model.review.values(), key=lambda one: (-one.severity, one.id))
    assert [one.id for chunk in snapshot.scan_review() for one in chunk] == sorted(model.review)
    links = [model.links[pair] for pair in sorted(model.links)]
    assert [one for chunk in snapshot.scan_links() for one in chunk] == snapshot.links(KEYS) == links
    assert snapshot.links(KEYS[:1]) == [one for one in links if KEYS[0] in (one.left, one.right)]
    decisions = sorted(model.decisions.values(), key=lambda one: (one.at, one.id))
    assert snapshot.decisions(withdrawn=True) == decisions
    standing = [one for one in decisions if one.withdrawn_at is None]
    assert snapshot.decisions() == snapshot.decisions_on(KEYS) == standing
    assert snapshot.decisions_on(KEYS[:2]) == [one for one in standing if {one.left, one.right} & set(KEYS[:2])]


def compare_counts(snapshot: Snapshot, model: ModelStore) -> None:
    counts, live = snapshot.counts(), model.live()
    assert (counts.records, counts.tombstones) == (len(live), len(model.records) - len(live))
    assert counts.customers == sum(not one.retired for one in model.customers.values())
    assert counts.pending == len(model.pending)
    by_source = {source: sum(one.record.source == source for one in live) for source in ("crm", "web")}
    assert snapshot.source_counts() == {source: number for source, number in by_source.items() if number}


class StoreMachine(RuleBasedStateMachine):
    """Commits and abandons transactions of random steps, on the store and on the model."""

    place: Place

    @initialize()
    def start(self) -> None:
        self.place.clear()
        self.store: Store = self.place.open()
        self.model = ModelStore()

    @rule(steps=st.lists(STEPS, min_size=1, max_size=4))
    def commit(self, steps: list[Step]) -> None:
        with self.store.read() as snapshot:
            before = snapshot.sequence()
        self.model.changed.clear()
        with self.store.write() as transaction:
            for step in steps:
                step(transaction, self.model)
            compare(transaction, self.model)
        with self.store.read() as snapshot:
            assert snapshot.changed_since(before) == sorted(self.model.changed)
            assert snapshot.sequence() >= before

    @rule(steps=st.lists(STEPS, min_size=1, max_size=3))
    def abandon(self, steps: list[Step]) -> None:
        model = self.model.copy()
        with suppress(AbandonedError), self.store.write() as transaction:
            for step in steps:
                step(transaction, model)
            raise AbandonedError

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = self.place.open()

    @invariant()
    def the_store_is_as_the_model(self) -> None:
        if hasattr(self, "store"):
            with self.store.read() as snapshot:
                compare(snapshot, self.model)


@pytest.mark.parametrize("kind", KINDS)
def test_any_history_of_transactions_leaves_a_store_as_the_model(kind: str) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        machine = type("Machine", (StoreMachine,), {"place": stack.enter_context(PLACES[kind](Path(folder)))})
        histories, steps = HISTORIES[kind]
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=histories,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
