"""A decision that is taken again: it stands once, on every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import ContradictionError
from graph.model import DecisionKind
from resolver.service import Resolver
from tests.support.companies import CONFIG, TIME
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.places import Place

SAME, DIFFERENT = DecisionKind.SAME, DecisionKind.DIFFERENT


@pytest.fixture
def resolver(place: Place, tmp_path: Path) -> Iterator[Resolver]:
    """Two records of one customer, and two that have nothing in common."""
    ticks = iter(range(TIME, TIME + 1_000_000_000, 1_000_000))
    its = Resolver(place.open(), CONFIG, lambda: next(ticks))
    mails = ["ana@example.com", "ana@example.com", "zoe@example.com", "eve@example.com"]
    its.ingest("crm", [{"id": str(number), "email": mail} for number, mail in enumerate(mails)])
    yield its
    assert differences(verdict_of(its.store), batch_over(its.store, tmp_path / "batch.db")) == []


def everything(resolver: Resolver) -> object:
    with resolver.store.read() as snapshot:
        return snapshot.decisions(withdrawn=True), snapshot.sequence()


@pytest.mark.parametrize("kind", [SAME, DIFFERENT])
def test_a_decision_that_stands_is_answered_whoever_takes_it_again_and_changes_nothing(
    resolver: Resolver, kind: DecisionKind
) -> None:
    first = resolver.decide(kind, "crm:0", "crm:2", by="jo", reason="I know them")
    before = everything(resolver)
    for by, ends in (("jo", ("crm:0", "crm:2")), ("al", ("crm:2", "crm:0"))):
        again = resolver.decide(kind, *ends, by=by, reason="so do I")
        assert (again.decision, again.changes, again.repeated) == (first.decision, (), True)
    assert not first.repeated
    assert everything(resolver) == before


def test_an_identifier_is_the_same_however_it_is_written(resolver: Resolver) -> None:
    first = resolver.decide(SAME, "email:ana@example.com", "crm:2", by="jo", reason="I know them")
    again = resolver.decide(SAME, "crm:2", "email: Ana@Example.COM", by="jo", reason="I know them")
    assert (again.decision, again.repeated) == (first.decision, True)
    other = resolver.decide(SAME, "crm:0", "crm:2", by="jo", reason="I know them")  # a record is another thing
    assert not other.repeated


def test_a_decision_that_was_withdrawn_is_taken_anew_and_its_tombstone_stays(resolver: Resolver) -> None:
    taken = []
    for _ in range(3):
        taken.append(resolver.decide(DIFFERENT, "crm:0", "crm:1", by="jo", reason="mother and daughter"))
        resolver.withdraw(taken[-1].decision.id, by="al")
    assert [(its.repeated, bool(its.changes)) for its in taken] == [(False, True)] * 3
    assert len({its.id for its in resolver.decisions(withdrawn=True)}) == 3
    assert resolver.decisions() == []


def test_a_dry_run_names_the_decision_as_it_will_be(resolver: Resolver) -> None:
    def decide(*, dry_run: bool) -> str:
        return resolver.decide(SAME, "crm:0", "crm:2", by="jo", reason="seen", dry_run=dry_run).decision.id

    for _ in range(2):
        tried, taken = decide(dry_run=True), decide(dry_run=False)
        assert tried == taken == decide(dry_run=True)
        resolver.withdraw(taken, by="jo")


def test_what_contradicts_is_refused_with_the_one_decision_that_stands(resolver: Resolver) -> None:
    first = resolver.decide(SAME, "crm:0", "crm:2", by="jo", reason="seen").decision
    resolver.decide(SAME, "crm:0", "crm:2", by="al", reason="seen")
    with pytest.raises(ContradictionError) as caught:
        resolver.decide(DIFFERENT, "crm:0", "crm:2", by="al", reason="not seen")
    assert tuple(caught.value.chain) == (first.id,)
    resolver.withdraw(first.id, by="al")
    assert resolver.decide(DIFFERENT, "crm:0", "crm:2", by="al", reason="not seen").decision.withdrawn_at is None


def test_a_steward_who_says_what_a_record_has_brought_is_not_overruled_when_it_brings_another_id(
    resolver: Resolver,
) -> None:
    def customer(key: str) -> str:
        with resolver.store.read() as snapshot:
            return snapshot.assignments([key])[key].customer_id

    def send(id: str, at: str) -> None:
        resolver.ingest("crm", [{"id": "2", "email": "zoe@example.com", "at": at, "whograph_customer_id": id}])

    send(customer("crm:0"), "2024-01-01")
    said = resolver.decide(SAME, "crm:0", "crm:2", by="jo", reason="I know them")
    assert not said.repeated
    assert resolver.decide(SAME, "crm:0", "crm:2", by="al", reason="So do I").decision == said.decision
    send(customer("crm:3"), "2024-01-02")
    assert customer("crm:0") == customer("crm:2") == customer("crm:3")


def test_a_record_that_is_taken_out_again_is_alone_already(resolver: Resolver) -> None:
    first = resolver.decide(DIFFERENT, "crm:0", "crm:2", by="jo", reason="seen").decision
    (taken,) = resolver.take_out("crm:0", by="al", reason="another Ana")
    assert {taken.decision.left, taken.decision.right} == {"crm:0", "crm:1"}
    before = everything(resolver)
    assert resolver.take_out("crm:0", by="al", reason="another Ana") == []
    assert everything(resolver) == before
    assert resolver.decide(DIFFERENT, "crm:1", "crm:0", by="jo", reason="seen").decision == taken.decision
    assert resolver.decisions() == [first, taken.decision]
