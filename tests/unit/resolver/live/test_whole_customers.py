"""``same`` between two customers whose records contradict each other strongly, on every kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.model import ChangeKind, DecisionKind
from resolver.service import Resolver
from tests.support.companies import CONFIG, TIME
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.places import Place

SAME, DIFFERENT = DecisionKind.SAME, DecisionKind.DIFFERENT
ANA = {"email": "ana@example.com", "given_name": "Ana", "family_name": "Silva", "birth_date": "1970-01-02"}
ZOE = {"email": "zoe@example.com", "given_name": "Zoe", "family_name": "Novak", "birth_date": "1991-11-23"}
ANAS, ZOES = ["crm:a1", "crm:a2", "crm:a3"], ["crm:z1", "crm:z2", "crm:z3"]


@pytest.fixture
def resolver(place: Place, tmp_path: Path) -> Iterator[Resolver]:
    """Ana with three records, and Zoe with three."""
    ticks = iter(range(TIME, TIME + 1_000_000_000, 1_000_000))
    columns = CONFIG.sources["shop"].model_copy(update={"customer_id": "whograph_id"})
    config = CONFIG.model_copy(update={"sources": {**CONFIG.sources, "shop": columns}})
    its = Resolver(place.open(), config, lambda: next(ticks))
    its.ingest(
        "crm", [{"id": key.removeprefix("crm:"), **row} for keys, row in ((ANAS, ANA), (ZOES, ZOE)) for key in keys]
    )
    yield its
    assert differences(verdict_of(its.store), batch_over(its.store, tmp_path / "batch.db")) == []


def customers(resolver: Resolver) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    with resolver.store.read() as snapshot:
        for chunk in snapshot.scan_assignments():
            for its in chunk:
                found.setdefault(its.customer_id, []).append(its.record_key)
    return sorted(map(sorted, found.values()))


def decide(resolver: Resolver, kind: DecisionKind, left: str, right: str) -> str:
    return resolver.decide(kind, left, right, by="jo", reason="met them").decision.id


def test_same_joins_both_customers_as_wholes(resolver: Resolver) -> None:
    tried = resolver.decide(SAME, "crm:a2", "crm:z2", by="jo", reason="she married and moved", dry_run=True)
    assert tried.changes[0].kind is ChangeKind.MERGED
    decide(resolver, SAME, "crm:a2", "crm:z2")
    assert customers(resolver) == [ANAS + ZOES]


def test_a_customer_that_a_steward_has_joined_is_sure_and_needs_no_second_look(resolver: Resolver) -> None:
    decide(resolver, SAME, "crm:a2", "crm:z2")
    why = resolver.explain("crm:a1", "crm:z1")
    steps = [("crm:a1", "crm:a2"), ("crm:a2", "crm:z2"), ("crm:z2", "crm:z1")]
    assert [(its.left, its.right) for its in why.path] == steps
    assert why.verdict == "one customer: a steward decided so (jo: met them)"
    assert why.weakest in (why.path[0], why.path[2])
    (known,) = resolver.customers()
    assert known.confidence is not None
    assert known.confidence > 0.99
    assert resolver.review().items == ()


def test_taken_back_it_leaves_both_as_they_were(resolver: Resolver) -> None:
    id = decide(resolver, SAME, "crm:a2", "crm:z2")
    resolver.withdraw(id, by="jo")
    assert customers(resolver) == [ANAS, ZOES]


def test_a_record_that_was_taken_out_of_its_customer_brings_nothing_of_it_along(resolver: Resolver) -> None:
    resolver.take_out("crm:a2", by="jo", reason="typed into the wrong form")
    decide(resolver, SAME, "crm:a2", "crm:z2")
    assert customers(resolver) == [["crm:a1", "crm:a3"], ["crm:a2", *ZOES]]


def test_a_different_on_others_of_their_records_lets_the_evidence_decide_about_these(resolver: Resolver) -> None:
    decide(resolver, DIFFERENT, "crm:a1", "crm:z1")
    decide(resolver, SAME, "crm:a2", "crm:z2")
    (one,) = [its for its in customers(resolver) if "crm:a2" in its]
    assert "crm:z2" in one
    assert not {"crm:a1", "crm:z1"} <= set(one)


def test_the_customer_that_a_record_names_is_held_whole_and_the_records_own_is_not(resolver: Resolver) -> None:
    resolver.ingest("shop", [{"id": str(number), **ANA} for number in (1, 2)])
    with resolver.store.read() as snapshot:
        zoe = snapshot.assignments(ZOES)[ZOES[0]].customer_id
    resolver.ingest("shop", [{"id": "1", **ANA, "whograph_id": zoe}])
    assert customers(resolver) == [[*ANAS, "shop:2"], [*ZOES, "shop:1"]]
