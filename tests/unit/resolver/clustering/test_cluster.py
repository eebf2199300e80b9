"""Clusters: links propose, contradiction splits, decisions bind."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.clustering.cluster import DECIDED, Constraints, components, multicut, recut
from resolver.columns import Ints

Weighted = tuple[int, int, int]


@st.composite
def graphs(draw: st.DrawFn, least: int = -4) -> tuple[int, list[Weighted]]:
    """A complete graph of a few rows with small weights, so that ties are frequent."""
    n = draw(st.integers(1, 7))
    return n, [(a, b, draw(st.integers(least, 4))) for a, b in combinations(range(n), 2)]


def pairs(n: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    every = list(combinations(range(n), 2))
    return st.lists(st.sampled_from(every), max_size=4, unique=True) if every else st.just([])


def parts(labels: list[int]) -> set[frozenset[int]]:
    return {frozenset(row for row, label in enumerate(labels) if label == name) for name in labels}


def as_arrays(edges: list[Weighted]) -> tuple[Ints, Ints, Ints]:
    left, right, weight = np.array(edges, dtype=np.int64).reshape(-1, 3).T
    return left, right, weight


@given(graphs())
def test_components_are_named_by_their_smallest_row(graph: tuple[int, list[Weighted]]) -> None:
    n, edges = graph
    kept = [(a, b) for a, b, weight in edges if weight > 2]
    left, right = np.array(kept, dtype=np.int64).reshape(-1, 2).T
    its: nx.Graph[int] = nx.Graph(kept)
    its.add_nodes_from(range(n))
    names = {row: min(part) for part in nx.connected_components(its) for row in part}
    assert components(n, left, right).tolist() == [names[row] for row in range(n)]


def test_no_rows_have_no_components() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert components(0, none, none).tolist() == []


def test_a_component_over_the_limit_is_cut_at_its_weakest_links() -> None:
    edges = as_arrays([(0, 1, 9), (1, 2, 3), (2, 3, 9), (4, 5, 1)])
    assert recut(6, edges, 1, 1, 2).tolist() == [0, 0, 2, 2, 4, 4]


def test_a_component_within_the_limit_is_not_recut() -> None:
    edges = as_arrays([(0, 1, 1), (1, 2, 1)])
    assert recut(3, edges, 1, 1, 3).tolist() == [0, 0, 0]


def test_edges_below_the_threshold_link_nothing() -> None:
    assert recut(2, as_arrays([(0, 1, 4)]), 5, 1, 10).tolist() == [0, 1]


def test_decided_edges_survive_any_recut() -> None:
    edges = as_arrays([(0, 1, DECIDED), (1, 2, DECIDED), (2, 3, 5)])
    assert recut(4, edges, 1, 1, 2).tolist() == [0, 0, 0, 3]


@given(graphs(), st.integers(2, 4))
def test_after_a_recut_no_component_is_over_the_limit(graph: tuple[int, list[Weighted]], limit: int) -> None:
    n, edges = graph
    labels = recut(n, as_arrays(edges), 1, 1, limit)
    assert np.bincount(labels).max() <= limit


@given(graphs(least=0))
def test_what_is_connected_without_contradiction_is_one_cluster(graph: tuple[int, list[Weighted]]) -> None:
    n, edges = graph
    its: nx.Graph[int] = nx.Graph([(a, b) for a, b, weight in edges if weight > 0])
    its.add_nodes_from(range(n))
    assert parts(multicut(n, edges, Constraints()).labels) == {frozenset(part) for part in nx.connected_components(its)}


@given(graphs(), st.data())
@settings(deadline=None)
def test_the_order_of_edges_does_not_matter(graph: tuple[int, list[Weighted]], data: st.DataObject) -> None:
    n, edges = graph
    constraints = Constraints(
        same=data.draw(pairs(n)),
        different=data.draw(pairs(n)),
        whole=data.draw(st.sets(st.integers(0, n - 1))),
        touches=data.draw(st.lists(st.booleans(), min_size=n, max_size=n)),
    )
    turned = [(b, a, weight) if data.draw(st.booleans()) else (a, b, weight) for a, b, weight in edges]
    shuffled = data.draw(st.permutations(turned))
    assert multicut(n, shuffled, constraints) == multicut(n, edges, constraints)


@given(graphs(), st.data())
def test_what_is_decided_to_be_different_is_never_in_one_cluster(
    graph: tuple[int, list[Weighted]], data: st.DataObject
) -> None:
    n, edges = graph
    whole = data.draw(st.sets(st.integers(0, n - 1)))
    constraints = Constraints(same=data.draw(pairs(n)), different=data.draw(pairs(n)), whole=whole)
    labels = multicut(n, edges, constraints).labels
    assert all(labels[a] != labels[b] for a, b in constraints.different)


@given(graphs(), st.data())
def test_same_decisions_hold_in_their_order_unless_they_would_join_what_is_different(
    graph: tuple[int, list[Weighted]], data: st.DataObject
) -> None:
    n, edges = graph
    same, different, whole = data.draw(pairs(n)), data.draw(pairs(n)), data.draw(st.sets(st.integers(0, n - 1)))
    cut = multicut(n, edges, Constraints(same=same, different=different, whole=whole))
    joined: nx.Graph[int] = nx.Graph()
    joined.add_nodes_from(range(n))
    skipped = []
    for position, (a, b) in enumerate(same):
        joined.add_edge(a, b)
        if any(nx.has_path(joined, x, y) for x, y in different):
            joined.remove_edge(a, b)
            skipped.append(position)
        else:
            assert cut.labels[a] == cut.labels[b]
    assert cut.skipped == skipped


@given(graphs(), st.data())
def test_no_two_clusters_are_left_that_attract_each_other(
    graph: tuple[int, list[Weighted]], data: st.DataObject
) -> None:
    n, edges = graph
    different = data.draw(pairs(n))
    labels = multicut(n, edges, Constraints(different=different)).labels
    between: dict[tuple[int, int], int] = {}
    for a, b, weight in edges:
        names = tuple(sorted((labels[a], labels[b])))
        between[names[0], names[1]] = between.get((names[0], names[1]), 0) + weight
    apart = {tuple(sorted((labels[a], labels[b]))) for a, b in different}
    assert all(weight <= 0 or names in apart for names, weight in between.items() if names[0] != names[1])


def test_the_heaviest_edge_is_contracted_first_and_parallel_edges_add_up() -> None:
    # 0-1 is contracted; then 2 is pulled by 3 and pushed by 5
    assert multicut(3, [(0, 1, 9), (1, 2, 3), (0, 2, -5)], Constraints()).labels == [0, 0, 2]


def test_of_equal_edges_the_one_of_the_smallest_rows_is_contracted() -> None:
    assert multicut(3, [(0, 1, 5), (1, 2, 5), (0, 2, -9)], Constraints()).labels == [0, 0, 2]


#: Two customers of two rows each that contradict each other.
TWO_CUSTOMERS = [(0, 1, 20), (2, 3, 20), *((a, b, -30) for a in (0, 1) for b in (2, 3))]


def test_same_joins_the_customers_of_ends_that_speak_for_the_whole() -> None:
    assert multicut(4, TWO_CUSTOMERS, Constraints(same=[(0, 2)], whole={0, 2})).labels == [0, 0, 0, 0]


def test_an_end_that_speaks_for_itself_leaves_its_customer() -> None:
    assert multicut(4, TWO_CUSTOMERS, Constraints(same=[(0, 2)], whole={2})).labels == [0, 1, 0, 0]


def test_customers_that_a_decision_keeps_apart_are_not_joined_as_wholes() -> None:
    labels = multicut(4, TWO_CUSTOMERS, Constraints(same=[(0, 2)], different=[(1, 3)], whole={0, 2})).labels
    assert labels == multicut(4, TWO_CUSTOMERS, Constraints(same=[(0, 2)], different=[(1, 3)])).labels
    assert labels[0] == labels[2]


def test_the_first_of_two_decisions_that_cannot_both_join_wholes_does() -> None:
    edges = [*TWO_CUSTOMERS, (4, 5, 20), *((a, b, -30) for a in range(4) for b in (4, 5))]
    constraints = Constraints(same=[(0, 2), (2, 4)], different=[(1, 5)], whole={0, 2, 4})
    assert multicut(6, edges, constraints).labels == [0, 0, 0, 0, 0, 5]


def test_a_touch_that_two_sides_pull_equally_stays_alone() -> None:
    edges = [(0, 2, 5), (1, 2, 5), (0, 1, -20)]
    assert multicut(3, edges, Constraints(touches=[False, False, True])).labels == [0, 1, 2]


def test_a_touch_that_one_side_pulls_more_goes_there() -> None:
    edges = [(0, 2, 5), (1, 2, 6), (0, 1, -20)]
    assert multicut(3, edges, Constraints(touches=[False, False, True])).labels == [0, 1, 1]


def test_a_touch_that_was_decided_does_not_stay_alone() -> None:
    edges = [(0, 2, 5), (1, 2, 5), (0, 1, -20)]
    assert multicut(3, edges, Constraints(same=[(1, 2)], touches=[False, False, True])).labels == [0, 1, 1]


def test_a_cluster_that_loses_its_smallest_row_is_named_by_the_next() -> None:
    edges = [(0, 1, 5), (0, 2, 5), (1, 2, -20), (1, 3, 30), (2, 4, 30)]
    assert multicut(5, edges, Constraints(touches=[True, False, False, False, False])).labels == [0, 1, 2, 1, 2]


def exclusive(*values: str | None) -> list[dict[str, frozenset[int]]]:
    return [{"loyalty": frozenset(map(ord, its))} if its else {} for its in values]


def test_two_touches_of_one_cookie_do_not_join_customers_with_different_cards() -> None:
    # 0 and 1 have cards of their own, 2 and 3 are touches; each touch goes with one of them, both with each other
    edges = [(0, 2, 8), (1, 3, 8), (2, 3, 7)]
    constraints = Constraints(
        exclusive=exclusive("a", "b", None, None), touches=[False, False, True, True], conflict_weights={"loyalty": 10}
    )
    assert multicut(4, edges, constraints).labels == [0, 1, 0, 1]


def test_equal_cards_do_not_contradict() -> None:
    edges = [(0, 2, 8), (1, 3, 8), (2, 3, 7)]
    constraints = Constraints(
        exclusive=exclusive("a", "a", None, None), touches=[False, False, True, True], conflict_weights={"loyalty": 10}
    )
    assert multicut(4, edges, constraints).labels == [0, 0, 0, 0]
