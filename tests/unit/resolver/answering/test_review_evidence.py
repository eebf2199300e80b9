"""Review items with the evidence of the two records that each turns on."""

from __future__ import annotations

from graph.model import Decision, DecisionKind, ReviewKind
from resolver.neighbourhood.evidence import clipped
from tests.support.company import CONFIG, company
from tests.support.places import Place


def test_each_item_comes_with_the_evidence_that_explain_gives(place: Place) -> None:
    with company(place.url) as resolver:
        wide = CONFIG.resolution.model_copy(update={"review_margin": 20})
        resolver.recluster(config=CONFIG.model_copy(update={"resolution": wide}))
        page = resolver.review()
        assert len(page.items) > 2
        for item in page.items:
            direct = resolver.explain(*item.records).direct
            assert page.evidence[item.id] == direct
            assert clipped(direct.weight) == item.details["weight"]


def test_a_large_customer_comes_with_its_weakest_link(place: Place) -> None:
    with company(place.url) as resolver:
        rows = [{"account": f"C{n}", "card": "L-999", "first_name": "Gus", "last_name": "Lee"} for n in range(60)]
        resolver.ingest("shop", rows)
        page = resolver.review()
        (large,) = [its for its in page.items if its.kind is ReviewKind.LARGE_CUSTOMER]
        its = page.evidence[large.id]
        assert [its.left, its.right] == large.details["weakest_link"]


def test_two_skipped_decisions_on_one_pair_are_two_items(place: Place) -> None:
    with company(place.url) as resolver:
        with resolver.store.write() as tx:
            for id, kind, by in (("d1", "different", "ann"), ("d2", "same", "mo"), ("d3", "same", "kim")):
                tx.put_decision(Decision(id, DecisionKind(kind), "crm:4", "crm:5", by, "", 1))
        resolver.recluster()
        skipped = [its for its in resolver.review().items if its.kind is ReviewKind.SKIPPED_DECISION]
        assert {its.details["by"] for its in skipped} == {"mo", "kim"}
        assert {its.records for its in skipped} == {("crm:4", "crm:5")}
        assert len({its.id for its in skipped}) == 2
        assert {its.left for its in resolver.review().evidence.values()} == {"crm:4"}


def test_a_skipped_decision_on_identifiers_comes_with_the_evidence_of_the_records_that_it_would_bind(
    place: Place,
) -> None:
    with company(place.url) as resolver:
        ana, carla = "email:ana.reyes@example.com", "email:carla@example.org"
        resolver.decide(DecisionKind.DIFFERENT, "crm:1", "crm:3", by="ann", reason="not one")
        with resolver.store.write() as tx:
            tx.put_decision(Decision("d9", DecisionKind.SAME, ana, carla, "mo", "", 2_000_000_000_000_000))
        resolver.recluster()
        page = resolver.review()
        (skipped,) = [its for its in page.items if its.kind is ReviewKind.SKIPPED_DECISION]
        assert skipped.records == (ana, carla)
        assert page.evidence[skipped.id] == resolver.explain("crm:1", "crm:3").direct


def test_a_customer_of_twins_comes_with_the_evidence_that_their_names_contradict(place: Place) -> None:
    with company(place.url) as resolver:
        home = {"email": "lees@example.com", "mobile": "020 7946 0555", "last_name": "Lee", "dob": "04/03/2001"}
        resolver.ingest(
            "shop", [{**home, "account": no, "first_name": its} for no, its in (("W8", "Gus"), ("W9", "Ida"))]
        )
        page = resolver.review()
        (twins,) = [its for its in page.items if its.kind is ReviewKind.CONTRADICTORY_CUSTOMER]
        assert twins.records == ("shop:W8", "shop:W9")
        (name,) = [its for its in page.evidence[twins.id].fields if its.field == "given_name"]
        assert name.level == "different"
        assert name.weight < 0


def test_a_store_without_anything_to_review_answers_so(place: Place) -> None:
    with company(place.url, resolved=False) as resolver:
        assert resolver.review().items == ()
