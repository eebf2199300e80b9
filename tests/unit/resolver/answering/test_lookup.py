"""Who is this: what a question finds, how sure it is, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from graph.errors import NotFoundError
from graph.model import Customer, Record
from graph.store import Store
from resolver.answering.lookup import Lookup, identify
from resolver.answering.question_scores import QUESTION
from resolver.answering.views import customer_view
from resolver.answers import Answer
from resolver.columns import table_of
from resolver.neighbourhood.evidence import Scales, pair_evidence, reach_of_table
from tests.support.companies import CONFIG, TIME, Row, adopted, owners, resolved_store

PHONE = "020 7946 0018"
ROWS: dict[str, list[Row]] = {
    "crm": [
        {"id": "ana", "given_name": "Ana", "family_name": "Silva", "birth_date": "1990-05-17",
         "email": "ana@silva.example", "phone": PHONE, "loyalty": "L-1"},
        {"id": "bruno", "given_name": "Bruno", "family_name": "Silva", "birth_date": "1985-11-02",
         "email": "bruno@silva.example", "phone": PHONE},
        {"id": "carla", "given_name": "Carla", "family_name": "Silva", "birth_date": "2012-01-30", "phone": PHONE},
        {"id": "dora", "given_name": "Dora", "family_name": "Kern", "birth_date": "1971-03-09", "loyalty": "L-2",
         "email": "dora@kern.example", "phone": "020 7946 0099"},
        *({"id": f"hub{n}", "device": "tablet", "given_name": f"Name{n}"} for n in range(9)),
    ],
    "shop": [
        {"id": "7", "given_name": "Anna", "family_name": "Silva", "birth_date": "1990-05-17",
         "email": "ana@silva.example"},
    ],
    "web": [{"device": "d1", "email": "ana@silva.example"}, {"device": "d1"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    its = resolved_store(tmp_path_factory.mktemp("lookup"), ROWS)
    yield its
    its.close()


def ask(store: Store, limit: int = 10, **question: str | list[str]) -> Answer:
    asked = {name: [its] if isinstance(its, str) else its for name, its in question.items()}
    with store.read() as snapshot:
        return identify(snapshot, asked, adopted(store), limit)


def found(answer: Answer) -> list[str]:
    """The record that speaks most for each candidate, in their order."""
    return [its.evidence.right for its in answer.candidates]


def test_an_email_finds_its_customer_with_profile_and_records(store: Store) -> None:
    answer = ask(store, email=" ANA@Silva.example ")
    (candidate,) = answer.candidates
    assert candidate.view.customer.id == owners(store)["crm:ana"]
    assert {"crm:ana", "shop:7"} <= {its.record_key for its in candidate.view.records}
    assert candidate.view.profile.status == "known"
    assert candidate.probability == pytest.approx(0.98, abs=1e-3)
    assert candidate.evidence.rules == ("email:ana@silva.example",)
    assert not answer.shared
    assert not answer.refused


def test_a_family_phone_ranks_its_people_and_says_that_it_is_shared(store: Store) -> None:
    answer = ask(store, phone=PHONE)
    assert sorted(found(answer)) == ["crm:ana", "crm:bruno", "crm:carla"]
    (shared,) = answer.shared
    assert (shared.key, shared.records, shared.customers, shared.active) == ("phone:+442079460018", 3, 3, True)
    assert all(its.probability < 0.9 for its in answer.candidates)


def test_a_name_beside_the_family_phone_tells_who_of_them_it_is(store: Store) -> None:
    answer = ask(store, phone=PHONE, given_name="Bruno")
    assert found(answer)[0] == "crm:bruno"
    assert answer.candidates[0].probability > 0.95
    assert all(its.probability < 0.1 for its in answer.candidates[1:])


def test_several_shared_identifiers_make_surer_than_one(store: Store) -> None:
    both = ask(store, phone=PHONE, email="bruno@silva.example").candidates[0]
    assert both.evidence.right == "crm:bruno"
    assert both.probability > ask(store, email="bruno@silva.example").candidates[0].probability


def test_a_question_with_a_typo_in_the_name_is_understood(store: Store) -> None:
    answer = ask(store, given_name="Dorra", family_name="Kern", birth_date="9 March 1971")
    assert found(answer)[0] == "crm:dora"
    assert answer.candidates[0].probability > 0.9
    assert "birth_date.value + family_name.sound" in answer.candidates[0].evidence.rules


def test_a_hub_says_that_it_is_shared_by_too_many_and_shows_some(store: Store) -> None:
    answer = ask(store, limit=3, device="tablet")
    (shared,) = answer.shared
    assert (shared.key, shared.active) == ("device:tablet", False)
    assert shared.records == CONFIG.identifiers["device"].max_records + 1  # more than the cap: no more are looked at
    assert len(answer.candidates) == 3
    assert all(its.probability < 0.01 for its in answer.candidates)
    assert not answer.candidates[0].evidence.candidate


def test_a_hub_beside_a_known_email_does_not_disturb(store: Store) -> None:
    answer = ask(store, device="tablet", email="bruno@silva.example")
    assert found(answer) == ["crm:bruno"]
    assert [its.key for its in answer.shared] == ["device:tablet"]


def test_unusable_parts_of_a_question_are_reported_and_the_rest_still_counts(store: Store) -> None:
    answer = ask(store, phone="0000", nickname="Ani", email=["not an address", "ana@silva.example"], loyalty="  ")
    assert found(answer)
    reasons = dict(answer.refused)
    assert set(reasons) == {"phone=0000", "nickname", "email=not an address", "loyalty=  "}
    assert all(reasons.values())


@pytest.mark.parametrize("question", [{}, {"email": "who@nowhere.example"}, {"family_name": "Unheard"}, {"phone": "0"}])
def test_what_nobody_carries_is_unknown(store: Store, question: dict[str, str]) -> None:
    assert ask(store, 10, **question).candidates == ()


def test_deleted_records_and_those_that_wait_answer_nothing(tmp_path: Path) -> None:
    store = resolved_store(tmp_path, {"crm": [{"id": "1", "email": "a@example.com"}]})
    with store.write() as tx:
        tx.drop_assignments(["crm:1"])
    assert ask(store, email="a@example.com").candidates == ()


QUESTIONS: list[dict[str, Sequence[str]]] = [
    {"email": ["ana@silva.example"]},
    {"email": ["ana@silva.example", "bruno@silva.example"]},
    {"email": ["anna@silva.example"], "phone": [PHONE]},
    {"phone": [PHONE], "loyalty": ["L-2"]},
    {"device": ["d1", "tablet"], "email": ["ana@silva.example"]},
    {"device": ["tablet"]},
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_short_way_of_identifiers_gives_the_integers_of_columns(
    store: Store, question: dict[str, Sequence[str]]
) -> None:
    version = adopted(store)
    with store.read() as snapshot:
        answer = identify(snapshot, question, version)
        assert answer.candidates
        for candidate in answer.candidates:
            its = candidate.evidence
            fields = {field.field: field.left for field in its.fields}
            record = snapshot.records([its.right])[its.right]
            names = (*version.config.identifiers, *version.config.attributes)
            table = table_of([(QUESTION, fields), (its.right, record.fields)], names)
            reach = reach_of_table(snapshot, table, version, least=1)
            scales = Scales(table, version, reach)
            columns = scales.evidence(scales.weigh(np.array([0]), np.array([1])), 0, its.rules)
            assert its.weight == columns.weight
            assert its.related == columns.related
            assert its.fields == tuple(field for field in columns.fields if field.left)


def test_a_question_scores_as_the_record_that_it_describes_would(store: Store) -> None:
    """Crm's Dora asked for by the values of a second record of hers, against what ingesting that record would weigh."""
    version = adopted(store)
    values = {"given_name": ("dora",), "family_name": ("kern",), "birth_date": ("1971-03-09",)}
    with store.read() as snapshot:
        dora = snapshot.records(["crm:dora"])["crm:dora"]
        pair = pair_evidence(snapshot, dora, Record("shop", "dora", TIME, "digest", values), version)
    assert ask(store, given_name="Dora", family_name="Kern", birth_date="1971-03-09").candidates[0].evidence.weight == (
        pair.weight
    )


def test_the_order_of_a_question_changes_nothing(store: Store) -> None:
    parts = {"phone": [PHONE, "020 7946 0099"], "email": ["bruno@silva.example"], "given_name": ["Bruno", "Dora"]}
    orders: list[dict[str, list[str]]] = [dict(order) for order in permutations(parts.items())]
    orders.append({name: values[::-1] for name, values in parts.items()})
    with store.read() as snapshot:
        lookup = Lookup(adopted(store))
        answers = [
            [(its.view.customer.id, its.probability) for its in lookup.identify(snapshot, order).candidates]
            for order in orders
        ]
    assert answers[0]
    assert all(its == answers[0] for its in answers)


def test_the_limit_counts_customers(store: Store) -> None:
    assert len(ask(store, limit=2, phone=PHONE).candidates) == 2


def test_retired_ids_redirect_through_chains(tmp_path: Path) -> None:
    store = resolved_store(tmp_path, {"crm": [{"id": "1", "email": "a@example.com"}]})
    today = owners(store)["crm:1"]
    with store.write() as tx:
        tx.put_customers(Customer(id, 0, None, TIME, TIME, into) for id, into in (("old", "older"), ("older", today)))
    with store.read() as snapshot:
        view = customer_view(snapshot, "old", CONFIG)
        assert (view.customer.id, view.asked_for) == (today, "old")
        assert customer_view(snapshot, today, CONFIG).asked_for is None


def test_an_unknown_customer_is_not_found_and_neither_is_one_that_left_nothing_behind(tmp_path: Path) -> None:
    store = resolved_store(tmp_path, {"crm": [{"id": "1", "email": "a@example.com"}]})
    with store.write() as tx:
        tx.put_customers([Customer("gone", 0, None, TIME, TIME), Customer("ring", 0, None, TIME, TIME, "ring")])
    with store.read() as snapshot:
        for id in ("nobody", "gone", "ring"):
            with pytest.raises(NotFoundError, match=id):
                customer_view(snapshot, id, CONFIG)
