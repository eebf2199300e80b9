"""Resolution: which records are one customer, how sure, and that neither order nor shortcuts matter."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver.batch.in_memory import cluster_table, confidences
from resolver.clustering import proposing
from resolver.clustering.evidence import Evidence
from resolver.clustering.known import know
from resolver.clustering.proposing import candidate_pairs
from resolver.clustering.resolution import DecidedPairs, Resolution, resolve
from resolver.columns import Table
from resolver.config import SEEN_DAY, Config
from resolver.scoring.model import probability_of
from resolver.scoring.scorer import PAIR_CLIP
from resolver.version import Version
from tests.support.core import (
    CONFIG,
    FADING,
    Values,
    all_pairs,
    batch_table,
    customers,
    groups,
    shared_keys,
    small_worlds,
    table,
    version,
)
from tests.support.people import MODELS, WORLDS, model_for, rows_of

ANA: Values = {"given_name": ("ana",), "family_name": ("silva",), "birth_date": ("1990-05-17",)}
BEN: Values = {"given_name": ("ben",), "family_name": ("kern",), "birth_date": ("1971-03-09",)}


def with_resolution(config: Config, **changes: object) -> Config:
    return Config.model_validate({**config.model_dump(), "resolution": {**CONFIG.resolution.model_dump(), **changes}})


def versions() -> st.SearchStrategy[Version]:
    """Versions of which some link by one weak identifier, some only by several; some know related people, some that
    identifiers change hands."""
    return st.builds(
        lambda config, related, link, conflict: version(
            with_resolution(config, link_threshold=link, conflict_threshold=conflict), prior=2.0**-9, related=related
        ),
        st.sampled_from([CONFIG, FADING]),
        st.sampled_from([0.0, 2.0**-7]),
        st.sampled_from([-1.0, 1.0, 4.0, 9.0]),
        st.sampled_from([-3.0, 0.0]),
    )


@given(small_worlds(), versions())
@settings(deadline=None)
def test_a_few_keys_propose_the_very_pairs_that_many_do(records: dict[str, Values], its: Version) -> None:
    rows = table(records, its.config)
    few = candidate_pairs(rows, know(rows, its), its)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposing, "_FEW", -1)
        many = candidate_pairs(rows, know(rows, its), its)
    assert [one.tolist() for one in few] == [other.tolist() for other in many]
    assert [one.dtype for one in few] == [other.dtype for other in many]


CROSSED: dict[str, Values] = {
    "crm:0": {**ANA, "device": ("d2",)},
    "crm:1": {**ANA, "device": ("d1",)},
    "crm:2": {**ANA, "device": ("d1", "d2")},
    "crm:3": {"given_name": ("ben",), "device": ("d1",)},
    "crm:4": {"given_name": ("ben",), "device": ("d1", "d2")},
}
TWICE_WEAK: dict[str, Values] = {
    "crm:0": {"cookie": ("c1",)},
    "crm:1": {"cookie": ("c2",)},
    "crm:2": {"cookie": ("c1", "c2")},
    "crm:3": {"cookie": ("c1", "c2")},
}


#: The first was seen long before the others, which are alike and link.
LONG_BEFORE: dict[str, Values] = {
    f"crm:{n}": {"phone": ("+442079460018",), SEEN_DAY: (day,)}
    for n, day in enumerate(("2020-02-29", "2024-01-01", "2024-01-11"))
}


@given(small_worlds(), versions())
@example(LONG_BEFORE, version(FADING))
@example(TWICE_WEAK, version())
@example(CROSSED, version(related=0.0))
@settings(max_examples=300, deadline=None)
def test_components_are_what_all_pairs_that_share_an_active_key_connect(
    records: dict[str, Values], its: Version
) -> None:
    rows = table(records, its.config)
    evidence = Evidence(rows, its, know(rows, its).reach)
    left, right = all_pairs(len(rows))
    weight = evidence.compare(left, right).weight
    candidates = shared_keys(records, its)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(rows.keys)
    for a, b, w in zip(left.tolist(), right.tolist(), weight.tolist(), strict=True):
        if (rows.keys[a], rows.keys[b]) in candidates and w >= its.link_threshold:
            graph.add_edge(rows.keys[a], rows.keys[b])
    resolution = cluster_table(rows, its)
    assert groups(rows, resolution.component) == {frozenset(part) for part in nx.connected_components(graph)}


@given(st.data(), st.sampled_from(list(WORLDS)), st.sampled_from(list(MODELS)), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_order_of_input_rows_never_matters(data: st.DataObject, world: str, model: str, flat: bool) -> None:
    config = WORLDS[world]
    link, conflict = MODELS[model]
    its = Version(config, model_for(config, link, conflict))
    if flat:  # every term weighs the same, so that ties are everywhere
        fields = {
            name: replace(field, m=(1.0, *(0.5 for _ in field.m[1:])), u=(1.0, *(0.25 for _ in field.u[1:])))
            for name, field in its.model.fields.items()
        }
        its = Version(config, replace(its.model, fields=fields, related=0.0))
    sources = {name: data.draw(st.lists(rows_of(name), max_size=6)) for name in ("crm", "shop", "web")}
    sources = {name: rows for name, rows in sources.items() if rows}
    shuffled = {name: data.draw(st.permutations(rows)) for name, rows in reversed(sources.items())}
    one, other = batch_table(sources, config), batch_table(shuffled, config)
    ours, theirs = cluster_table(one, its), cluster_table(other, its)
    assert one.keys == other.keys
    assert ours.cluster.tolist() == theirs.cluster.tolist()
    assert ours.component.tolist() == theirs.component.tolist()
    assert confidences(ours) == confidences(theirs)
    assert ours.weakest_links == theirs.weakest_links
    assert ours.cut_links == theirs.cut_links
    for attribute in ("left", "right", "weight"):
        assert getattr(ours.pairs, attribute).tolist() == getattr(theirs.pairs, attribute).tolist()


@given(small_worlds(), versions())
@settings(max_examples=150, deadline=None)
def test_confidences_are_the_weakest_link_of_the_spanning_tree_and_each_records_strongest_edge(
    records: dict[str, Values], its: Version
) -> None:
    rows = table(records, its.config)
    resolution = cluster_table(rows, its)
    left, right = all_pairs(len(rows))
    weight = Evidence(rows, its, know(rows, its).reach).compare(left, right).weight
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    graph.add_weighted_edges_from(
        (a, b, w)
        for a, b, w in zip(left.tolist(), right.tolist(), weight.tolist(), strict=True)
        if resolution.cluster[a] == resolution.cluster[b]
    )
    of_records, of_customers = confidences(resolution)
    for part in nx.connected_components(graph):
        tree = nx.maximum_spanning_tree(graph.subgraph(part))
        weakest = min((w for _, _, w in tree.edges.data("weight")), default=None)
        for row in part:
            strongest = max((w for _, _, w in graph.edges(row, data="weight")), default=None)
            assert of_customers[row] == (None if weakest is None else probability_of(weakest))
            assert of_records[row] == (None if strongest is None else probability_of(strongest))


def test_a_record_alone_has_no_confidence() -> None:
    assert confidences(cluster_table(table({"crm:1": ANA}), version())) == ([None], [None])


def test_no_records_are_no_customers() -> None:
    assert cluster_table(table({}), version()).cluster.tolist() == []


def test_a_household_with_one_phone_is_not_one_customer() -> None:
    phone: Values = {"phone": ("+442079460018",), "family_name": ("silva",), "postcode": ("SW1A 1AA",)}
    rows = table(
        {
            "crm:ana": {**phone, "given_name": ("ana",), "birth_date": ("1990-05-17",)},
            "crm:bruno": {**phone, "given_name": ("bruno",), "birth_date": ("1985-11-02",)},
            "shop:ana": {**phone, "given_name": ("anna",), "birth_date": ("1990-05-17",)},
        }
    )
    assert customers(rows, cluster_table(rows, version())) == {
        frozenset({"crm:ana", "shop:ana"}),
        frozenset({"crm:bruno"}),
    }


def test_touches_on_one_cookie_are_one_customer() -> None:
    records = {f"web:{n}": {"device": ("d1",), "cookie": (f"c{n}",)} for n in range(15)}
    rows = table(records)
    assert len(customers(rows, cluster_table(rows, version()))) == 1


@pytest.mark.parametrize("touches", [1, 8])
def test_a_customer_with_two_email_addresses_keeps_the_touches_with_either(touches: int) -> None:
    ana: Values = {"given_name": ("ana",), "family_name": ("silva",), "birth_date": ("1990-05-17",)}
    records: dict[str, Values] = {}
    for source, email in (("crm", "ana@example.com"), ("shop", "work@example.org")):
        records[f"{source}:1"] = {**ana, "email": (email,)}
        records |= {f"web:{source}{n}": {"email": (email,), "cookie": (f"{source}{n}",)} for n in range(touches)}
    rows = table(records)
    assert customers(rows, cluster_table(rows, version())) == {frozenset(records)}


def test_records_of_a_key_over_its_cap_are_not_paired_by_it() -> None:
    rows = table({f"web:{n}": {"device": ("d1",)} for n in range(21)})
    assert len(customers(rows, cluster_table(rows, version()))) == 21


def decided(
    records: dict[str, Values], its: Version, *same: tuple[int, int], different: tuple[tuple[int, int], ...] = ()
) -> tuple[Table, Resolution]:
    pairs = DecidedPairs(
        [(a, b, position) for position, (a, b) in enumerate(same)],
        [(a, b, len(same) + position) for position, (a, b) in enumerate(different)],
        {end for ends in same for end in ends},
    )
    rows = table(records)
    return rows, resolve(rows, know(rows, its), pairs, its)


def test_a_decision_joins_records_that_share_nothing() -> None:
    rows, resolution = decided({"crm:1": ANA, "crm:2": BEN}, version(), (0, 1))
    assert customers(rows, resolution) == {frozenset({"crm:1", "crm:2"})}


def test_what_is_decided_is_as_sure_as_a_pair_can_be() -> None:
    _, resolution = decided({"crm:1": ANA, "crm:2": BEN}, version(), (0, 1))
    sure = probability_of(PAIR_CLIP)
    assert confidences(resolution) == ([sure, sure], [sure, sure])


def test_a_customer_that_was_joined_by_a_decision_is_as_sure_as_its_weakest_other_link() -> None:
    records = {"crm:1": ANA, "crm:2": BEN, "crm:3": {**BEN, "email": ("ben@example.org",)}}
    _, apart = decided(records, version())
    _, joined = decided(records, version(), (0, 1))
    assert apart.cluster.tolist() == [0, 1, 1]
    assert confidences(joined)[1] == [confidences(apart)[1][1]] * 3
    assert joined.weakest_links == {0: apart.weakest_links[1]}


def test_decisions_may_join_more_records_than_a_component_holds() -> None:
    its = version(with_resolution(CONFIG, max_component=2))
    rows, resolution = decided({"crm:1": ANA, "crm:2": BEN, "crm:3": {}}, its, (0, 1), (1, 2))
    assert customers(rows, resolution) == {frozenset({"crm:1", "crm:2", "crm:3"})}


def test_a_decision_keeps_equal_records_apart() -> None:
    same: Values = {**ANA, "email": ("ana@example.com",)}
    rows, resolution = decided({"crm:1": same, "crm:2": same}, version(), different=((0, 1),))
    assert len(customers(rows, resolution)) == 2
    assert [(a, b) for a, b, _ in resolution.cut_links] == [(0, 1)]


def test_a_decision_that_data_made_contradictory_is_skipped_and_told() -> None:
    rows, resolution = decided(
        {"crm:1": ANA, "crm:2": BEN, "crm:3": {}}, version(), (0, 2), (1, 2), different=((0, 1),)
    )
    assert resolution.skipped == (1,)
    assert customers(rows, resolution) == {frozenset({"crm:1", "crm:3"}), frozenset({"crm:2"})}


def test_an_identifier_too_weak_to_link_alone_links_together_with_another() -> None:
    rows = table(TWICE_WEAK)
    assert frozenset({"crm:2", "crm:3"}) in customers(rows, cluster_table(rows, version()))


def test_pairs_below_the_threshold_are_kept_as_far_as_the_review_margin_reaches() -> None:
    rows = table({"web:1": {"cookie": ("c1",)}, "web:2": {"cookie": ("c1",)}})
    for margin, kept in ((3.0, 1), (0.0, 0)):
        its = version(with_resolution(CONFIG, review_margin=margin))
        assert len(cluster_table(rows, its).pairs.left) == kept
