"""Stewards' decisions: whom they bind, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInputError, ContradictionError, NotFoundError
from graph.model import Decision, DecisionKind
from graph.store import Store
from resolver.clustering.decided import decided_pairs, pair
from resolver.live.deciding import Standing, check_consistent, endpoint, new_decision
from tests.support.companies import adopted, resolved_store

SAME, DIFFERENT = DecisionKind.SAME, DecisionKind.DIFFERENT
CARRIERS = {"email:ana@example.com": ["crm:1", "shop:1"], "phone:+442079460018": ["crm:2", "crm:3"]}
ROWS = {"crm:1": 0, "crm:2": 1, "crm:3": 2, "shop:1": 3}


def decision(kind: DecisionKind, left: str, right: str, at: int = 1, id: str = "d1") -> Decision:
    return Decision(id, kind, left, right, "jo", "", at)


def carriers(endpoint: str) -> list[str]:
    return CARRIERS.get(endpoint, [endpoint] if endpoint in ROWS else [])


def bind(*decisions: Decision) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]], set[tuple[str, str]]]:
    pairs, keys = decided_pairs(decisions, ROWS, carriers)
    return list(pairs.same), list(pairs.different), keys


def test_a_decision_on_records_binds_their_rows() -> None:
    assert bind(decision(SAME, "shop:1", "crm:1")) == ([(0, 3, 0)], [], {("crm:1", "shop:1")})


def test_same_on_an_identifier_joins_its_smallest_record() -> None:
    same, _, keys = bind(decision(SAME, "email:ana@example.com", "phone:+442079460018"))
    assert same == [(0, 1, 0)]
    assert keys == {("crm:1", "crm:2")}


def test_different_on_identifiers_keeps_every_pair_of_their_records_apart() -> None:
    _, different, keys = bind(decision(DIFFERENT, "email:ana@example.com", "phone:+442079460018"))
    assert sorted(different) == [(0, 1, 0), (0, 2, 0), (1, 3, 0), (2, 3, 0)]
    assert len(keys) == 4


def test_a_steward_speaks_of_both_customers_as_wholes_and_a_record_of_its_own_not() -> None:
    stewards, records = decision(SAME, "crm:1", "crm:2"), decision(SAME, "crm:1", "crm:2")
    records = replace(records, reason="crm:1 carries customer id aaaaaaaaaaaaaaaa")
    wholes = [decided_pairs([its], ROWS, carriers)[0].whole for its in (stewards, records)]
    assert wholes == [{0, 1}, {1}]


def test_a_decision_sleeps_while_an_endpoint_is_absent() -> None:
    assert bind(decision(SAME, "crm:1", "crm:99"), decision(DIFFERENT, "email:nobody@example.com", "crm:1")) == (
        [], [], set()
    )  # fmt: skip


def test_an_identifier_and_a_record_that_carries_it_are_not_decided_against_the_record_itself() -> None:
    same, different, _ = bind(
        decision(SAME, "crm:1", "email:ana@example.com"), decision(DIFFERENT, "crm:1", "email:ana@example.com")
    )
    assert same == []
    assert different == [(0, 3, 1)]


def test_decisions_apply_in_the_order_of_time_and_id() -> None:
    late = decision(SAME, "crm:1", "crm:2", at=9, id="a")
    second = decision(SAME, "crm:2", "crm:3", at=5, id="b")
    first = decision(SAME, "crm:1", "crm:3", at=5, id="a")
    assert bind(late, second, first)[0] == [(0, 2, 2), (1, 2, 1), (0, 1, 0)]


def test_a_pair_has_the_smaller_key_first() -> None:
    assert pair("b", "a") == pair("a", "b") == ("a", "b")


# Taking decisions


def test_a_decisions_id_is_made_of_what_it_says_and_how_often_that_was_said() -> None:
    one = new_decision(SAME, ("crm:2", "crm:1"), ("jo", "met them"), 5)
    assert (one.left, one.right) == ("crm:1", "crm:2")
    assert one.id == new_decision(SAME, ("crm:1", "crm:2"), ("al", "met her"), 6).id
    others = [
        new_decision(DIFFERENT, ("crm:1", "crm:2"), ("jo", "met them"), 5),
        new_decision(SAME, ("crm:1", "crm:3"), ("jo", "met them"), 5),
        new_decision(SAME, ("crm:1", "crm:2"), ("jo", "met them"), 5, 1),
    ]
    assert len({its.id for its in [one, *others]}) == 4


def test_a_thing_cannot_be_decided_against_itself() -> None:
    with pytest.raises(BadInputError, match="itself"):
        new_decision(SAME, ("crm:1", "crm:1"), ("jo", ""), 1)


def test_a_decision_needs_to_say_who_decides() -> None:
    with pytest.raises(BadInputError, match="name"):
        new_decision(SAME, ("crm:1", "crm:2"), ("  ", ""), 1)


STANDING = Standing(
    [
        decision(SAME, "a", "b", 1, "ab"),
        decision(SAME, "b", "c", 2, "bc"),
        decision(DIFFERENT, "c", "d", 3, "cd"),
        decision(SAME, "d", "e", 4, "de"),
    ],
    {},
)


def test_different_contradicts_a_chain_of_same_and_names_it() -> None:
    with pytest.raises(ContradictionError) as caught:
        check_consistent(decision(DIFFERENT, "a", "c"), STANDING)
    assert tuple(caught.value.chain) == ("ab", "bc")


def test_same_contradicts_what_a_different_keeps_apart_and_names_the_chain() -> None:
    with pytest.raises(ContradictionError) as caught:
        check_consistent(decision(SAME, "a", "e"), STANDING)
    assert tuple(caught.value.chain) == ("ab", "bc", "cd", "de")


CARRIED = {"email:a": ["crm:1", "crm:3"], "email:b": ["crm:2"], **{key: [key] for key in ("crm:1", "crm:2", "crm:3")}}


def test_different_on_records_contradicts_a_same_on_identifiers_of_which_they_are_the_smallest() -> None:
    standing = Standing([decision(SAME, "email:a", "email:b", 1, "ab")], CARRIED)
    with pytest.raises(ContradictionError) as caught:
        check_consistent(decision(DIFFERENT, "crm:1", "crm:2"), standing)
    assert tuple(caught.value.chain) == ("ab",)
    check_consistent(decision(DIFFERENT, "crm:2", "crm:3"), standing)


@pytest.mark.parametrize("record", ["crm:1", "crm:3"])
def test_same_on_records_contradicts_a_different_on_identifiers_that_they_carry(record: str) -> None:
    standing = Standing([decision(DIFFERENT, "email:a", "email:b", 1, "ab")], CARRIED)
    with pytest.raises(ContradictionError) as caught:
        check_consistent(decision(SAME, record, "crm:2"), standing)
    assert tuple(caught.value.chain) == ("ab",)
    check_consistent(decision(SAME, "crm:1", "crm:3"), standing)


def test_what_contradicts_nothing_is_taken() -> None:
    check_consistent(decision(DIFFERENT, "a", "e"), STANDING)
    check_consistent(decision(SAME, "a", "c"), STANDING)
    check_consistent(decision(SAME, "x", "y"), STANDING)
    check_consistent(decision(DIFFERENT, "x", "y"), Standing([], {}))


THINGS = st.sampled_from("abcdef")


@given(st.lists(st.tuples(st.sampled_from(list(DecisionKind)), THINGS, THINGS), max_size=15))
def test_the_decisions_that_stand_never_contradict_each_other(words: list[tuple[DecisionKind, str, str]]) -> None:
    standing: list[Decision] = []
    for number, (kind, left, right) in enumerate(words):
        if left == right:
            continue
        new = decision(kind, left, right, number, f"d{number}")
        joined: nx.Graph[str] = nx.Graph()
        joined.add_nodes_from("abcdef")
        joined.add_edges_from((its.left, its.right) for its in [*standing, new] if its.kind is SAME)
        fits = not any(nx.has_path(joined, its.left, its.right) for its in [*standing, new] if its.kind is DIFFERENT)
        if fits:
            check_consistent(new, Standing(standing, {}))
            standing.append(new)
        else:
            with pytest.raises(ContradictionError):
                check_consistent(new, Standing(standing, {}))


# What a steward names


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    rows = {"crm": [{"id": "1", "email": "ana@example.com", "phone": "020 7946 0018"}]}
    its = resolved_store(Path(tmp_path_factory.mktemp("decisions")), rows)
    yield its
    its.close()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("crm:1", "crm:1"),
        ("email: ANA@Example.com ", "email:ana@example.com"),
        ("phone:020 7946 0018", "phone:+442079460018"),
    ],
)
def test_an_endpoint_is_a_record_or_an_identifier_as_people_write_it(store: Store, text: str, named: str) -> None:
    with store.read() as snapshot:
        assert endpoint(text, adopted(store), snapshot) == named


@pytest.mark.parametrize(("text", "error"), [
    ("ana", BadInputError), ("crm:", BadInputError), ("crm:2", NotFoundError), ("email:x@example.com", NotFoundError),
])  # fmt: skip
def test_an_endpoint_that_is_not_there_is_told(store: Store, text: str, error: type[Exception]) -> None:
    with store.read() as snapshot, pytest.raises(error):
        endpoint(text, adopted(store), snapshot)
