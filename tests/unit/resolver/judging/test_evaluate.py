"""Quality against the truth, compared with a count of every pair."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.judging.evaluate import Quality, evaluate
from resolver.judging.mistakes import worst_mistakes

LABELS = st.integers(0, 4)
BOTH = st.lists(st.tuples(LABELS, LABELS), max_size=12)


@given(BOTH)
def test_pairwise_quality_is_a_count_of_pairs(rows: list[tuple[int, int]]) -> None:
    found = {(a, b) for a, b in combinations(range(len(rows)), 2) if rows[a][0] == rows[b][0]}
    true = {(a, b) for a, b in combinations(range(len(rows)), 2) if rows[a][1] == rows[b][1]}
    its = evaluate([row[0] for row in rows], [row[1] for row in rows])
    assert (its.found_pairs, its.true_pairs, its.right_pairs) == (len(found), len(true), len(found & true))
    assert its.pairwise.precision == (len(found & true) / len(found) if found else 1.0)
    assert its.pairwise.recall == (len(found & true) / len(true) if true else 1.0)
    assert its.records == len(rows)


@given(BOTH)
def test_b_cubed_is_the_mean_over_records(rows: list[tuple[int, int]]) -> None:
    its = evaluate([row[0] for row in rows], [row[1] for row in rows])
    precision, recall = [], []
    for cluster, person in rows:
        ours = [row for row in rows if row[0] == cluster]
        hers = [row for row in rows if row[1] == person]
        both = [row for row in ours if row[1] == person]
        precision.append(len(both) / len(ours))
        recall.append(len(both) / len(hers))
    n = len(rows)
    assert its.b_cubed.precision == pytest.approx(sum(precision) / n if n else 1.0)
    assert its.b_cubed.recall == pytest.approx(sum(recall) / n if n else 1.0)


def test_labels_may_be_of_any_kind() -> None:
    its = evaluate(["x", "x", "y"], [7, 7, None])
    assert its.pairwise == Quality(1.0, 1.0)
    assert its.pairwise.f1 == 1.0


def test_nothing_right_is_an_f1_of_zero() -> None:
    assert evaluate(["a", "a", "b"], [1, 2, 2]).pairwise.f1 == 0.0


def test_the_worst_mistakes_are_those_that_cost_most_pairs() -> None:
    clusters = {"crm:1": "A", "crm:2": "A", "crm:3": "A", "crm:4": "B", "crm:5": "C", "crm:6": "C"}
    truth = {"crm:1": "ana", "crm:2": "ana", "crm:3": "ben", "crm:4": "ben", "crm:5": "eva", "crm:6": "eva"}
    worst = worst_mistakes(clusters, truth, 5)
    assert [(its.kind, its.name, its.pairs) for its in worst] == [("mixed", "A", 2), ("torn", "ben", 1)]
    assert worst[0].sides == (("crm:1", "crm:2"), ("crm:3",))
    assert worst_mistakes(clusters, truth, 1) == worst[:1]


@given(BOTH)
def test_mistakes_count_all_wrong_and_all_missed_pairs(rows: list[tuple[int, int]]) -> None:
    clusters = {f"crm:{n}": str(row[0]) for n, row in enumerate(rows)}
    truth = {f"crm:{n}": str(row[1]) for n, row in enumerate(rows)}
    mistakes = worst_mistakes(clusters, truth, 100)
    its = evaluate([row[0] for row in rows], [row[1] for row in rows])
    assert sum(one.pairs for one in mistakes if one.kind == "mixed") == its.found_pairs - its.right_pairs
    assert sum(one.pairs for one in mistakes if one.kind == "torn") == its.true_pairs - its.right_pairs


def test_records_without_a_truth_do_not_count() -> None:
    assert worst_mistakes({"crm:1": "A", "crm:2": "A"}, {"crm:1": "ana"}, 5) == []
