"""Explanations say exactly what resolution used, and say it in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from graph.errors import NotFoundError
from graph.model import Decision, DecisionKind
from graph.store import Store
from resolver.answering.customer_graph import customer_graph
from resolver.answering.explain import explain
from resolver.clustering.evidence import Evidence
from resolver.clustering.known import know
from resolver.clustering.proposing import candidate_pairs
from resolver.clustering.resolution import DecidedPairs, resolve
from resolver.config import Config
from resolver.neighbourhood.evidence import clipped, known_from_postings, pair_evidence, shared_by
from resolver.preparing.indexing import table_of_records
from resolver.scoring.model import MICRO, probability_of
from tests.support.companies import CONFIG, TIME, Row, adopted, owners, resolved_store

PHONE = "020 7946 0018"
ROWS: dict[str, list[Row]] = {
    "crm": [
        {"id": "ana", "given_name": "Ana", "family_name": "Silva", "birth_date": "1990-05-17", "postcode": "SW1A 1AA",
         "email": "ana@silva.example", "phone": PHONE},
        {"id": "bruno", "given_name": "Bruno", "family_name": "Silva", "birth_date": "1985-11-02",
         "email": "bruno@silva.example", "phone": PHONE, "postcode": "SW1A 1AA"},
        {"id": "carla", "given_name": "Carla", "family_name": "Silva", "birth_date": "2012-01-30", "phone": PHONE},
        {"id": "swap", "given_name": "Silva", "family_name": "Ana", "birth_date": "1990-05-17"},
        {"id": "amb", "given_name": "Dora", "family_name": "Kern", "birth_date": "03/04/1990", "loyalty": "L1"},
        *({"id": f"hub{n}", "device": "tablet", "given_name": f"Name{n}"} for n in range(9)),
    ],
    "shop": [
        {"id": "7", "given_name": "Anna", "family_name": "Silva", "birth_date": "1990-05-17",
         "email": "ana@silva.example"},
        {"id": "8", "given_name": "Dora", "family_name": "Kern", "birth_date": "1990-04-03", "loyalty": "L2"},
    ],
    "web": [{"device": "d1", "email": "ana@silva.example"}, {"device": "d1"}, {"device": "d2"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    its = resolved_store(tmp_path_factory.mktemp("explain"), ROWS)
    yield its
    its.close()


def touch(store: Store, *identifiers: str) -> str:
    """The key of the touch with exactly these identifiers."""
    with store.read() as snapshot:
        for chunk in snapshot.scan_records():
            for record, _ in chunk:
                its = {f"{type}:{value}" for type, values in record.fields.items() for value in values}
                if record.source == "web" and its == set(identifiers):
                    return record.key
    raise AssertionError(identifiers)


def test_every_pair_is_weighed_as_resolution_weighs_it(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        records = {its.key: its for chunk in snapshot.scan_records() for its, _ in chunk}
        table = table_of_records(records.values(), version.config)
        left, right = np.triu_indices(len(table), k=1)
        weights = Evidence(table, version, know(table, version).reach).compare(left, right).weight
        for a, b, weight in zip(left.tolist(), right.tolist(), weights.tolist(), strict=True):
            its = pair_evidence(snapshot, records[table.keys[a]], records[table.keys[b]], version)
            assert its.weight == its.prior + sum(field.weight for field in its.fields) + its.related
            assert clipped(its.weight) == weight
            assert its.probability == probability_of(weight)


def test_the_links_in_the_store_have_the_explained_weights_and_are_candidates(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        links = [its for chunk in snapshot.scan_links() for its in chunk]
        assert links
        for link in links:
            direct = explain(snapshot, link.left, link.right, version).direct
            assert clipped(direct.weight) == link.weight
            assert direct.candidate


def test_a_pair_is_a_candidate_exactly_where_resolution_proposes_it(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        records = {its.key: its for chunk in snapshot.scan_records() for its, _ in chunk}
        table = table_of_records(records.values(), version.config)
        proposed = set(
            zip(*(its.tolist() for its in candidate_pairs(table, know(table, version), version)), strict=True)
        )
        for a, b in combinations(range(len(table)), 2):
            its = pair_evidence(snapshot, records[table.keys[a]], records[table.keys[b]], version)
            assert its.candidate == ((a, b) in proposed)
            assert its.candidate == bool(its.rules)


def test_what_is_known_from_postings_is_what_the_whole_table_knows(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        records = [its for chunk in snapshot.scan_records() for its, _ in chunk]
        table = table_of_records(records, version.config)
        ours, theirs = known_from_postings(snapshot, table, version), know(table, version)
    for one, other in zip(candidate_pairs(table, ours, version), candidate_pairs(table, theirs, version), strict=True):
        assert one.tolist() == other.tolist()
    one_resolution = resolve(table, ours, DecidedPairs(), version)
    assert one_resolution.cluster.tolist() == resolve(table, theirs, DecidedPairs(), version).cluster.tolist()


def test_the_weakest_link_of_a_path_is_the_confidence_of_a_chain(store: Store) -> None:
    version, last = adopted(store), touch(store, "device:d1")
    with store.read() as snapshot:
        its = explain(snapshot, "shop:7", last, version)
        customer = snapshot.customers([its.left_customer])[its.left_customer]
    middle = touch(store, "device:d1", "email:ana@silva.example")
    assert [(hop.left, hop.right) for hop in its.path] == [("shop:7", middle), (middle, last)]
    assert its.weakest == its.path[1]
    assert its.weakest is not None
    assert its.weakest.probability == customer.confidence
    assert its.verdict.startswith("one customer through 1 other record: the weakest link")


def test_a_family_phone_alone_does_not_make_one_customer_and_the_verdict_says_how_much_is_missing(store: Store) -> None:
    with store.read() as snapshot:
        its = explain(snapshot, "crm:ana", "crm:bruno", adopted(store))
    assert not its.same_customer
    assert "phone:+442079460018" in its.direct.rules
    assert its.path == ()
    assert its.verdict.startswith(
        f"not one customer: the pair reaches −{abs(its.direct.weight) / 1e6:.1f} bits, 2.0 are"
    )


def test_a_hub_shared_by_too_many_counts_for_nothing_and_says_so(store: Store) -> None:
    with store.read() as snapshot:
        its = explain(snapshot, "crm:hub1", "crm:hub2", adopted(store))
    device = next(field for field in its.direct.fields if field.field == "device")
    assert (device.level, device.weight) == ("exact, but shared by too many to count", 0)
    assert not its.direct.candidate


def test_what_unlike_records_share_says_how_many_they_are() -> None:
    assert shared_by("exact", [2]) == "exact"
    assert shared_by("exact", [20]) == shared_by("exact", [0, 20, 30]) == "exact, on 20 unlike records"
    assert shared_by("exact", [20, 1]) == "exact"


def test_names_in_each_others_place_are_counted_once(store: Store) -> None:
    with store.read() as snapshot:
        fields = {its.field: its for its in explain(snapshot, "crm:ana", "crm:swap", adopted(store)).direct.fields}
    assert fields["given_name"].level == "swapped with the family name"
    assert (fields["family_name"].level, fields["family_name"].weight) == ("counted with the other name", 0)


def test_the_order_of_the_question_changes_nothing_but_the_sides(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        for a, b in combinations(sorted(owners(store)), 2):
            one, other = explain(snapshot, a, b, version), explain(snapshot, b, a, version)
            assert one.direct.weight == other.direct.weight
            assert one.same_customer == other.same_customer
            assert {hop.weight for hop in one.path} == {hop.weight for hop in other.path}


def test_an_identifier_stands_for_the_carrier_that_fits_best(store: Store) -> None:
    with store.read() as snapshot:
        its = explain(snapshot, "shop:7", "email:ANA@silva.example", adopted(store))
        same = explain(snapshot, "email:ana@silva.example", "email:ana@silva.example", adopted(store))
    assert its.right == "crm:ana"  # rather than the touch, and rather than itself
    assert same.left != same.right
    assert same.same_customer


def test_a_record_and_itself_are_one_customer_without_a_path(store: Store) -> None:
    with store.read() as snapshot:
        its = explain(snapshot, "crm:ana", "crm:ana", adopted(store))
    assert its.same_customer
    assert its.path == ()
    assert its.verdict == "one customer: both names mean the record crm:ana"


@pytest.mark.parametrize("key", ["crm:nobody", "email:nobody@example.com", "nothing"])
def test_what_does_not_exist_is_not_found(store: Store, key: str) -> None:
    with store.read() as snapshot, pytest.raises(NotFoundError, match=key):
        explain(snapshot, key, "crm:ana", adopted(store))


def test_a_stewards_word_is_the_reason(tmp_path: Path) -> None:
    store = resolved_store(tmp_path, ROWS)
    with store.write() as tx:
        tx.put_decision(Decision("d1", DecisionKind.DIFFERENT, "crm:ana", "crm:bruno", "eve", "siblings", TIME))
    with store.read() as snapshot:
        its = explain(snapshot, "crm:ana", "crm:bruno", adopted(store))
    assert [decision.id for decision in its.decisions] == ["d1"]
    assert its.verdict == "kept apart: a steward decided so (eve: siblings)"


def test_contradicting_records_on_one_email_are_kept_apart_and_the_verdict_names_what_contradicts(
    tmp_path: Path,
) -> None:
    shared = {"email": "office@silva.example"}
    people = [
        {"id": "1", "given_name": "Ana", "family_name": "Silva", "birth_date": "1990-05-17", **shared},
        {"id": "2", "given_name": "Gustav", "family_name": "Weiss", "birth_date": "1951-12-01", **shared},
    ]
    store = resolved_store(tmp_path, {"crm": people, "web": [shared]})
    with store.read() as snapshot:
        its = explain(snapshot, "crm:1", "crm:2", adopted(store))
    assert not its.same_customer
    assert [(pair.left, pair.right) for pair in its.conflicts] == [("crm:1", "crm:2")]
    assert its.verdict.startswith("kept apart although linked: given_name contradicts (−")


def test_two_values_of_an_exclusive_identifier_keep_customers_apart(tmp_path: Path) -> None:
    shared = {"email": "office@silva.example"}
    cards = [{"loyalty": f"card-{n}", **shared} for n in (1, 2)]
    store = resolved_store(tmp_path, {"web": [*cards, shared]})
    with store.read() as snapshot:
        left, right = (touch(store, f"loyalty:card{n}", "email:office@silva.example") for n in (1, 2))
        its = explain(snapshot, left, right, adopted(store))
    assert its.verdict == (
        "kept apart although linked: they hold different values of loyalty, of which a customer has one"
    )


def test_records_that_wait_for_a_recluster_are_weighed_but_not_judged(tmp_path: Path) -> None:
    store = resolved_store(tmp_path, ROWS)
    with store.write() as tx:
        tx.drop_assignments(["shop:7"])
    with store.read() as snapshot:
        its = explain(snapshot, "crm:ana", "shop:7", adopted(store))
    assert not its.same_customer
    assert its.direct.weight > its.link_threshold
    assert its.verdict.startswith("not resolved yet")


def test_a_customers_graph_shows_records_identifiers_and_what_joins_them(store: Store) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        its = customer_graph(snapshot, owners(store)["crm:ana"], version)
        link = explain(snapshot, "crm:ana", "shop:7", version).direct
    kinds = {node.key: node.kind for node in its.nodes}
    assert kinds["crm:ana"] == "record"
    assert kinds["email:ana@silva.example"] == "email"
    observed = {(edge.left, edge.right): edge for edge in its.edges if edge.method == "observed"}
    similar = {(edge.left, edge.right): edge for edge in its.edges if edge.method == "similar"}
    assert observed["crm:ana", "email:ana@silva.example"].probability == pytest.approx(0.98, abs=1e-3)
    assert similar["crm:ana", "shop:7"].weight == clipped(link.weight)
    assert all(set(pair) <= kinds.keys() for pair in (*observed, *similar))
    assert not any(touch(store, "device:d1") in pair for pair in similar)  # nothing but a device tells of it


def test_a_customer_without_records_has_no_graph(store: Store) -> None:
    with store.read() as snapshot, pytest.raises(NotFoundError, match="nobody"):
        customer_graph(snapshot, "nobody", adopted(store))


def test_pairs_that_merely_share_nothing_are_no_conflicts(tmp_path: Path) -> None:
    office = {"email": "office@silva.example", "phone": "020 7946 0018"}
    people = [
        {"id": "1", "given_name": "Ana", "family_name": "Silva", "birth_date": "1990-05-17", **office},
        {"id": "2", "given_name": "Gustav", "family_name": "Weiss", "birth_date": "1951-12-01", **office},
        {"id": "3", "phone": "020 7946 0018"},
        {"id": "4", "postcode": "BN1 1NG", "email": "office@silva.example"},
    ]
    store = resolved_store(tmp_path, {"crm": people})
    with store.read() as snapshot:
        its = explain(snapshot, "crm:1", "crm:2", adopted(store))
    assert its.conflicts
    assert all(any(field.weight < 0 for field in pair.fields) for pair in its.conflicts)


def test_what_records_seen_far_apart_share_says_how_much_less(tmp_path: Path) -> None:
    document = CONFIG.model_dump()
    document["identifiers"]["phone"]["half_life_days"] = 180
    rows = [{"id": str(n), "phone": PHONE, "at": at} for n, at in enumerate(("2021-01-01", "2023-06-20", None))]
    store = resolved_store(tmp_path, {"crm": rows}, Config.model_validate(document))
    with store.read() as snapshot:
        version = adopted(store)
        far, untold = (explain(snapshot, "crm:0", key, version).direct for key in ("crm:1", "crm:2"))
    ((fading,), (exact,)) = far.fields, untold.fields
    assert exact.level == "exact"
    assert fading.level == f"exact, seen 900 days apart: {(untold.weight - far.weight) / MICRO:.1f} bits less"
    assert far.probability == pytest.approx(2.0**-5 * untold.probability, abs=2e-3)
    assert far.weight == far.prior + fading.weight + far.related


def test_a_customers_graph_shows_what_a_pair_seen_far_apart_is_worth(tmp_path: Path) -> None:
    document = CONFIG.model_dump()
    document["identifiers"]["email"]["half_life_days"] = 40_000
    rows = [{"id": str(n), "email": "ana@silva.example", "at": at} for n, at in enumerate(("2020-01-01", "2023-06-20"))]
    store = resolved_store(tmp_path, {"crm": rows}, Config.model_validate(document))
    with store.read() as snapshot:
        its = customer_graph(snapshot, owners(store)["crm:0"], adopted(store))
    (similar,) = (edge for edge in its.edges if edge.method == "similar")
    assert all(edge.weight > similar.weight for edge in its.edges if edge.method == "observed")
