"""The review queue: a function of the state, worst first, with evidence."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import given, settings

from graph.model import Decision, DecisionKind, ReviewItem, ReviewKind
from resolver.batch.in_memory import cluster_table
from resolver.clustering.decided import decided_pairs
from resolver.clustering.known import know
from resolver.clustering.resolution import resolve
from resolver.config import Config
from resolver.customers.review import LARGE, review_id, review_items
from resolver.scoring.model import probability_of
from resolver.version import Version
from tests.support.core import CONFIG, TIME, Values, small_worlds, table, version

ANA: Values = {"given_name": ("ana",), "family_name": ("silva",), "birth_date": ("1990-05-17",)}
BEN: Values = {"given_name": ("ben",), "family_name": ("kern",), "birth_date": ("1971-03-09",)}
VERSION = version()


def reviewed(records: dict[str, Values], *decisions: Decision, its: Version = VERSION) -> list[ReviewItem]:
    rows = table(records, its.config)
    row_of = {key: row for row, key in enumerate(rows.keys)}
    pairs, decided = decided_pairs(decisions, row_of, lambda key: [key] if key in row_of else [])
    resolution = resolve(rows, know(rows, its), pairs, its)
    return review_items(rows, resolution, its, (list(decisions), decided))


def kinds(items: Collection[ReviewItem]) -> list[ReviewKind]:
    return sorted(item.kind for item in items)


def decision(kind: DecisionKind, left: str, right: str, at: int = TIME) -> Decision:
    return Decision(f"d{at}", kind, left, right, "jo", "met her", at)


COOKIE: dict[str, Values] = {"web:1": {"cookie": ("c1",)}, "web:2": {"cookie": ("c1",)}}


def test_a_pair_just_below_the_threshold_is_uncertain() -> None:
    (item,) = reviewed(COOKIE)
    assert item.kind is ReviewKind.UNCERTAIN_LINK
    assert item.records == ("web:1", "web:2")
    assert item.details["probability"] == probability_of(item.details["weight"])
    assert 0 < item.severity < 1


def test_the_nearer_to_the_threshold_the_worse() -> None:
    def severity(probability: float) -> float:
        cookie = {**CONFIG.identifiers["cookie"].model_dump(), "match_probability": probability}
        identifiers = {**CONFIG.model_dump()["identifiers"], "cookie": cookie}
        its = version(Config.model_validate({**CONFIG.model_dump(), "identifiers": identifiers}))
        (item,) = reviewed(COOKIE, its=its)
        return item.severity

    assert severity(0.3) < severity(0.5) < severity(0.6)


def test_what_a_steward_has_decided_needs_no_second_look() -> None:
    for kind in DecisionKind:
        assert reviewed(COOKIE, decision(kind, "web:1", "web:2")) == []


def test_a_customer_held_together_by_one_weak_link_is_told_with_that_link() -> None:
    records: dict[str, Values] = {
        "crm:1": {"email": ("ana@example.com",), "device": ("d1",)},
        "crm:2": {"email": ("ana@example.com",), "device": ("d1",)},
        "crm:3": {"device": ("d1",)},
    }
    items = reviewed(records)
    assert kinds(items) == [ReviewKind.WEAK_CUSTOMER]
    assert items[0].records == ("crm:1", "crm:3")
    assert items[0].details["size"] == 3


def test_a_customer_whose_records_contradict_each_other_is_told_with_what_does() -> None:
    home: Values = {"family_name": ("silva",), "phone": ("+442079460018",), "email": ("silvas@example.com",)}
    twins: dict[str, Values] = {
        f"crm:{number}": {**ANA, **home, "given_name": (name,)} for number, name in enumerate(("ana", "bruno", "ana"))
    }
    (item,) = (its for its in reviewed(twins) if its.kind is ReviewKind.CONTRADICTORY_CUSTOMER)
    assert item.records == ("crm:0", "crm:1")
    assert item.details["fields"] == ["given_name"]
    assert item.details["probability"] == probability_of(item.details["weight"]) > 0.9
    assert reviewed(twins, decision(DecisionKind.SAME, "crm:1", "crm:2")) == []


def test_the_more_records_contradict_the_worse() -> None:
    def severity(*names: str) -> float:
        home: Values = {**ANA, "phone": ("+442079460018",), "email": ("silvas@example.com",)}
        records: dict[str, Values] = {
            f"crm:{number}": {**home, "given_name": (name,)} for number, name in enumerate(names)
        }
        (its,) = (its for its in reviewed(records) if its.kind is ReviewKind.CONTRADICTORY_CUSTOMER)
        return its.severity

    assert 0.5 < severity("ana", "bruno") < severity("ana", "ana", "bruno", "bruno") < 1


def test_a_touch_that_two_customers_pull_is_told_as_cut() -> None:
    records: dict[str, Values] = {
        "crm:1": {**ANA, "device": ("d1",), "email": ("ana@example.com",)},
        "crm:2": {**BEN, "device": ("d2",), "email": ("ben@example.org",)},
        "web:1": {"device": ("d1", "d2")},
    }
    cut = [item for item in reviewed(records) if item.kind is ReviewKind.CONFLICT_CUT]
    assert sorted(item.records for item in cut) == [("crm:1", "web:1"), ("crm:2", "web:1")]
    assert all(item.severity >= 0.5 for item in cut)


def test_a_decision_that_data_made_contradictory_is_the_worst() -> None:
    standing = [
        decision(DecisionKind.DIFFERENT, "crm:1", "crm:2", 1),
        decision(DecisionKind.SAME, "crm:1", "crm:3", 2),
        decision(DecisionKind.SAME, "crm:2", "crm:3", 3),
    ]
    items = reviewed({"crm:1": ANA, "crm:2": BEN, "crm:3": {}}, *standing)
    (item,) = (item for item in items if item.kind is ReviewKind.SKIPPED_DECISION)
    assert item.records == ("crm:2", "crm:3")
    assert item.details == {"decision": "d3", "by": "jo", "reason": "met her", "kind": "same"}
    assert item.severity == 1.0


def test_a_customer_of_too_many_records_is_told_once_and_the_worse_the_larger() -> None:
    def large(n: int) -> list[ReviewItem]:
        cookies: dict[str, Values] = {f"web:{k:03d}": {"device": (f"d{k // 15}", f"d{k // 15 + 1}")} for k in range(n)}
        config = Config.model_validate({"identifiers": {"device": {"max_records": 40, "match_probability": 0.999}}})
        return [its for its in reviewed(cookies, its=version(config)) if its.kind is ReviewKind.LARGE_CUSTOMER]

    assert large(LARGE) == []
    (one,), (other,) = large(LARGE + 1), large(2 * LARGE)
    assert one.records == ("web:000",)
    assert one.details["size"] == LARGE + 1
    assert one.severity < other.severity == 0.5


def test_the_id_of_an_item_is_made_of_what_it_is_about() -> None:
    (item,) = reviewed(COOKIE)
    assert item.id == review_id(ReviewKind.UNCERTAIN_LINK, ("web:1", "web:2"))
    assert item.id != review_id(ReviewKind.CONFLICT_CUT, ("web:1", "web:2"))


@given(small_worlds())
@settings(max_examples=80, deadline=None)
def test_items_are_in_id_order_with_severities_between_zero_and_one(records: dict[str, Values]) -> None:
    items = reviewed(records)
    assert [item.id for item in items] == sorted({item.id for item in items})
    assert all(0 <= item.severity <= 1 for item in items)
    assert all(item.component in records and set(item.records) <= records.keys() for item in items)


@given(small_worlds())
@settings(max_examples=80, deadline=None)
def test_items_of_pairs_are_between_two_customers_and_those_of_weakness_within_one(
    records: dict[str, Values],
) -> None:
    rows = table(records)
    resolution = cluster_table(rows, VERSION)
    cluster = dict(zip(rows.keys, resolution.cluster.tolist(), strict=True))
    for item in reviewed(records):
        inside = len({cluster[key] for key in item.records}) == 1
        assert inside == item.kind.value.endswith("_customer")
