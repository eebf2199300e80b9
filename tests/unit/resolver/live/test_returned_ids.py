"""Customer ids of ours that come back on records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model import Decision, DecisionKind, ReviewKind
from resolver.answers import Outcome
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.preparing.rows import table_of_payloads
from resolver.service import Resolver
from tests.support.company import CONFIG, CRM, SHOP, table, ticking_clock
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.places import Place


def config() -> Config:
    shop = CONFIG.sources["shop"].model_copy(update={"customer_id": "whograph_id"})
    return CONFIG.model_copy(update={"sources": {**CONFIG.sources, "shop": shop}})


@pytest.fixture
def resolver(place: Place, tmp_path: Path) -> Iterator[Resolver]:
    store, clock = place.open(), ticking_clock()
    its = Resolver(store, config(), lambda: next(clock))
    for source, rows in (("crm", CRM), ("shop", SHOP)):
        its.load(source, [(table(rows), str)])
    its.recluster()
    yield its
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []


def customer_of(resolver: Resolver, key: str) -> str:
    with resolver.store.read() as snapshot:
        return snapshot.assignments([key])[key].customer_id


def send(resolver: Resolver, account: str, customer: Any, seen: str = "2024-05-01", **row: Any) -> Outcome:
    """A shop's record that has nothing in common with anybody but the customer id."""
    return resolver.ingest("shop", [{"account": account, "seen": seen, "whograph_id": customer, **row}])[0]


def decisions(resolver: Resolver, *, withdrawn: bool = False) -> list[tuple[str, str, str]]:
    return [(its.left, its.right, its.by) for its in resolver.decisions(withdrawn=withdrawn)]


def test_a_record_with_a_customer_id_belongs_to_that_customer(resolver: Resolver) -> None:
    bruno = customer_of(resolver, "crm:2")
    its = send(resolver, "W9", bruno)
    assert (its.kind, its.customer_id, its.refused) == ("joined", bruno, ())
    (decision,) = resolver.decisions()
    assert (decision.kind, decision.left, decision.right) == (DecisionKind.SAME, "crm:2", "shop:W9")
    assert (decision.by, decision.reason) == ("source:shop", f"shop:W9 carries customer id {bruno}")


def test_the_anchor_is_the_smallest_of_the_customers_other_records(resolver: Resolver) -> None:
    ana = customer_of(resolver, "crm:1")
    send(resolver, "W1", ana, email="ana.reyes@example.com", last_name="Reyes", seen="2024-05-02")
    assert decisions(resolver) == [("crm:1", "shop:W1", "source:shop")]
    resolver.ingest("crm", [{"no": "1", "mail": "ana.reyes@example.com", "whograph_customer_id": ana}])
    assert ("crm:1", "shop:W1", "source:crm") in decisions(resolver)


def test_a_customer_of_only_this_record_needs_no_decision(resolver: Resolver) -> None:
    send(resolver, "W9", None, email="zoe@example.net")
    its = send(resolver, "W9", customer_of(resolver, "shop:W9"), email="zoe@example.net", seen="2024-05-02")
    assert (its.refused, decisions(resolver)) == ((), [])


def test_repeats_and_newer_versions_decide_nothing_new(resolver: Resolver) -> None:
    bruno = customer_of(resolver, "crm:2")
    send(resolver, "W9", bruno)
    first = resolver.decisions()
    send(resolver, "W9", bruno)
    send(resolver, "W9", bruno, seen="2024-05-02", first_name="Bruno")
    resolver.recluster()
    send(resolver, "W9", bruno, seen="2024-05-03")
    assert resolver.decisions() == first


def test_what_a_steward_has_withdrawn_stays_withdrawn(resolver: Resolver) -> None:
    bruno = customer_of(resolver, "crm:2")
    send(resolver, "W9", bruno)
    resolver.withdraw(resolver.decisions()[0].id, by="mo")
    its = send(resolver, "W9", bruno, seen="2024-05-02")
    assert its.customer_id != bruno
    assert (its.refused, decisions(resolver)) == ((), [])


def test_a_retired_id_stands_for_the_customer_that_it_went_into(resolver: Resolver) -> None:
    dmitri, ewa = customer_of(resolver, "crm:4"), customer_of(resolver, "crm:5")
    resolver.decide(DecisionKind.SAME, "crm:4", "crm:5", by="mo", reason="both confirmed")
    survivor = customer_of(resolver, "crm:4")
    retired = ({dmitri, ewa} - {survivor}).pop()
    its = send(resolver, "W9", retired)
    assert (its.customer_id, its.refused) == (survivor, ())


def test_an_unknown_id_is_refused_and_the_record_lands(resolver: Resolver) -> None:
    its = send(resolver, "W9", "aaaaaaaaaaaaaaaa", email="zoe@example.net")
    assert its.kind == "new"
    (refused,) = its.refused
    assert (refused.field, refused.value, refused.reason) == (
        "whograph_id",
        "aaaaaaaaaaaaaaaa",
        "there is no such customer id",
    )
    with resolver.store.read() as snapshot:
        assert [entry for _, entry in snapshot.quarantined(0, 10)][-1] == refused
    assert decisions(resolver) == []


def test_the_id_of_a_customer_that_is_gone_is_refused(resolver: Resolver) -> None:
    ewa = customer_of(resolver, "crm:5")
    resolver.delete("crm", "5")
    (refused,) = send(resolver, "W9", ewa).refused
    assert "no more" in refused.reason


def test_several_ids_on_one_record_are_refused(resolver: Resolver) -> None:
    both = [customer_of(resolver, "crm:1"), customer_of(resolver, "crm:2")]
    (refused,) = send(resolver, "W9", both).refused
    assert refused.reason == "more than one customer id"
    assert send(resolver, "W10", both[:1]).customer_id == both[0]


def test_an_id_that_contradicts_a_standing_decision_is_refused_with_the_chain(resolver: Resolver) -> None:
    send(resolver, "W9", None, email="zoe@example.net")
    zoe, bruno = customer_of(resolver, "shop:W9"), customer_of(resolver, "crm:2")
    report = resolver.decide(DecisionKind.DIFFERENT, "crm:2", "shop:W9", by="mo", reason="I know both")
    its = send(resolver, "W9", bruno, email="zoe@example.net", seen="2024-05-02")
    assert its.customer_id == zoe
    (refused,) = its.refused
    assert report.decision.id in refused.reason
    assert decisions(resolver) == [("crm:2", "shop:W9", "mo")]


def test_another_id_takes_the_place_of_the_one_before_and_may_go_back(resolver: Resolver) -> None:
    bruno, ewa = customer_of(resolver, "crm:2"), customer_of(resolver, "crm:5")
    send(resolver, "W9", bruno)
    assert send(resolver, "W9", ewa, seen="2024-05-02").customer_id == ewa
    assert decisions(resolver) == [("crm:5", "shop:W9", "source:shop")]
    assert send(resolver, "W9", bruno, seen="2024-05-03").customer_id == customer_of(resolver, "crm:2")
    assert decisions(resolver) == [("crm:2", "shop:W9", "source:shop")]
    assert send(resolver, "W9", None, seen="2024-05-04").customer_id == customer_of(resolver, "crm:2")


def test_an_id_that_is_refused_leaves_the_one_before(resolver: Resolver) -> None:
    bruno = customer_of(resolver, "crm:2")
    send(resolver, "W9", bruno)
    assert send(resolver, "W9", "aaaaaaaaaaaaaaaa", seen="2024-05-02").customer_id == bruno
    resolver.decide(DecisionKind.DIFFERENT, "crm:5", "shop:W9", by="mo", reason="I know both")
    its = send(resolver, "W9", customer_of(resolver, "crm:5"), seen="2024-05-03")
    assert (its.customer_id, len(its.refused)) == (bruno, 1)


def test_records_of_one_batch_are_decided_in_turn(resolver: Resolver) -> None:
    bruno, ewa = customer_of(resolver, "crm:2"), customer_of(resolver, "crm:5")
    rows = [{"account": f"W{n}", "whograph_id": id} for n, id in ((7, bruno), (8, "nobody"), (9, ewa))]
    its = resolver.ingest("shop", rows)
    assert [one.customer_id for one in its][::2] == [bruno, ewa]
    assert [len(one.refused) for one in its] == [0, 1, 0]


def test_a_bulk_load_decides_at_once_and_the_recluster_heeds_it(resolver: Resolver) -> None:
    bruno = customer_of(resolver, "crm:2")
    rows = [{"account": "W8", "whograph_id": bruno}, {"account": "W9", "whograph_id": "nobody"}]
    report = resolver.load("shop", [(table_of_payloads(rows), lambda row: f"shop.csv, line {row + 2}")])
    assert (report.new, report.refused_values) == (2, 1)
    assert (report.examples[0].place, report.examples[0].field) == ("shop.csv, line 3", "whograph_id")
    assert decisions(resolver) == [("crm:2", "shop:W8", "source:shop")]
    resolver.recluster()
    assert customer_of(resolver, "shop:W8") == bruno


def test_later_data_may_make_it_contradictory_and_then_people_look(resolver: Resolver) -> None:
    bruno, ewa = customer_of(resolver, "crm:2"), customer_of(resolver, "crm:5")
    send(resolver, "W9", bruno)
    send(resolver, "W10", ewa)
    different = Decision("dx", DecisionKind.DIFFERENT, "crm:2", "shop:W9", "mo", "", 1)
    with resolver.store.write() as tx:
        tx.put_decision(different)
    resolver.recluster()
    (skipped,) = [its for its in resolver.review().items if its.kind is ReviewKind.SKIPPED_DECISION]
    assert (skipped.records, skipped.details["by"]) == (("crm:2", "shop:W9"), "source:shop")


def test_init_knows_the_column_by_its_name() -> None:
    rows = [{"id": str(n), "email": f"a{n}@example.com", "Whograph ID": "vrprlonozyrjpuv7"} for n in range(5)]
    its = propose([guess_source("app", table_of_payloads(rows))]).sources["app"]
    assert (its.id, its.customer_id) == ("id", "Whograph ID")
    assert its.columns == {"email": "email"}
