"""Who is this, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.http_problems import problem


def candidates(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    its: list[dict[str, Any]] = response.json()["candidates"]
    return its


def test_an_email_finds_its_customer_with_profile_and_records(reader: httpx.Client) -> None:
    (one,) = candidates(reader.get("/v1/identify", params={"email": "ana.reyes@example.com"}))
    assert one["probability"] > 0.9
    customer = one["customer"]
    assert customer["records"] == ["crm:1", "shop:W1"]
    assert customer["redirected_from"] is None
    assert customer["profile"]["status"] == "known"
    given = customer["profile"]["fields"]["given_name"]
    assert given["rule"] == "most_frequent"
    assert given["values"][0] == {
        "value": "Ana",
        "normalised": "ana",
        "record": "crm:1",
        "observed_at": "2024-01-05T10:00:00Z",
        "records": 1,
    }


def test_the_evidence_adds_up_to_its_bits(reader: httpx.Client) -> None:
    (one,) = candidates(reader.get("/v1/identify", params={"email": "ana.reyes@example.com"}))
    its = one["evidence"]
    total = its["prior_bits"] + its["related_bits"] + sum(field["bits"] for field in its["fields"])
    assert total == pytest.approx(its["bits"], abs=1e-6)


def test_an_identifier_of_several_customers_ranks_them_and_is_told_to_be_shared(reader: httpx.Client) -> None:
    response = reader.get("/v1/identify", params={"phone": "+44 20 7946 0101"})
    assert {tuple(one["customer"]["records"]) for one in candidates(response)} == {("crm:1", "shop:W1"), ("crm:2",)}
    assert response.json()["shared"] == [{"key": "phone:+442079460101", "records": 2, "customers": 2, "active": True}]


def test_an_identifier_over_its_cap_is_told_to_be_inactive(reader: httpx.Client) -> None:
    response = reader.get("/v1/identify", params={"phone": "+44 20 7946 0999"})
    assert response.status_code == 200
    (shared,) = response.json()["shared"]
    assert (shared["key"], shared["active"]) == ("phone:+442079460999", False)


def test_an_unknown_identifier_is_not_found_and_its_value_is_not_repeated(reader: httpx.Client) -> None:
    response = reader.get("/v1/identify", params={"email": "nobody.at.all@example.com"})
    its = problem(response, 404, "nobody")
    assert its["looked_for"] == ["email"]
    assert "name, birth date" in its["detail"]
    assert "nobody.at.all" not in response.text


def test_an_unknown_field_is_refused_with_the_known_ones(reader: httpx.Client) -> None:
    for response in (reader.get("/v1/identify?fax=1"), reader.post("/v1/identify", json={"fax": "1"})):
        its = problem(response, 422, "bad-input")
        assert "fax" in its["detail"]
        for name in ("email", "phone", "loyalty", "given_name", "family_name", "birth_date", "city"):
            assert name in its["detail"]


def test_a_value_that_is_junk_is_refused_with_its_reason(reader: httpx.Client) -> None:
    its = problem(reader.get("/v1/identify", params={"email": "not an address"}), 422, "bad-input")
    assert [one["field"] for one in its["refused"]] == ["email"]
    assert its["refused"][0]["reason"]


def test_a_bad_value_beside_a_good_one_is_told_and_the_good_one_counts(reader: httpx.Client) -> None:
    response = reader.get("/v1/identify", params={"email": ["not an address", "ana.reyes@example.com"]})
    assert len(candidates(response)) == 1
    assert [one["part"] for one in response.json()["refused"]] == ["email=not an address"]


def test_an_empty_question_is_refused_with_an_example(reader: httpx.Client) -> None:
    assert "?email=" in problem(reader.get("/v1/identify"), 422, "bad-input")["detail"]
    problem(reader.post("/v1/identify", json={}), 422, "bad-input")
    problem(reader.post("/v1/identify", json={"email": None}), 422, "bad-input")


def test_name_and_birth_date_find_a_customer_without_any_identifier(reader: httpx.Client) -> None:
    question = {"given_name": "Ana", "family_name": "Reyes", "birth_date": "1984-03-12"}
    best = candidates(reader.post("/v1/identify", json=question))[0]
    assert best["customer"]["records"] == ["crm:1", "shop:W1"]


def test_the_body_may_hold_several_values_of_one_field(reader: httpx.Client) -> None:
    question = {"email": ["b.reyes@example.com", "ana.reyes@example.com"], "loyalty": None}
    assert len(candidates(reader.post("/v1/identify", json=question))) == 2


def test_numbers_in_the_body_are_read_as_their_digits(reader: httpx.Client) -> None:
    response = reader.post("/v1/identify", json={"phone": 442079460101})
    assert response.status_code in (200, 404)
    problem(reader.post("/v1/identify", json={"phone": True}), 422, "bad-input")


def test_many_questions_are_answered_one_by_one(reader: httpx.Client) -> None:
    asked = [{"email": "ana.reyes@example.com"}, {"email": "nobody@example.com"}, {"fax": "1"}, {"loyalty": "L-200"}]
    response = reader.post("/v1/identify", json=asked)
    assert response.status_code == 200
    answers = response.json()["answers"]
    assert [len(one["candidates"]) for one in answers] == [1, 0, 0, 1]
    assert answers[2]["refused"][0]["part"] == "fax"


def test_too_many_questions_are_refused_with_the_number_that_is_allowed(narrow: httpx.Client) -> None:
    its = problem(narrow.post("/v1/identify", json=[{"email": "a@example.com"}] * 4), 422, "bad-input")
    assert "at most 3" in its["detail"]


def test_the_number_of_candidates_can_be_limited(reader: httpx.Client) -> None:
    response = reader.get("/v1/identify", params={"phone": "+44 20 7946 0101", "limit": 1})
    assert len(candidates(response)) == 1
    problem(reader.get("/v1/identify", params={"phone": "1", "limit": 0}), 422, "bad-input")


def test_before_the_first_recluster_a_lookup_says_what_to_run(empty: httpx.Client) -> None:
    its = problem(empty.get("/v1/identify", params={"email": "ana.reyes@example.com"}), 409, "version")
    assert "whograph recluster" in its["detail"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (17, "body:"),
        ("ana.reyes@example.com", "body:"),
        ([], "body:"),
        ([{"email": "a@example.com"}, 17], "body.1:"),
        ({"email": {"value": "ana.reyes@example.com"}}, "body.email:"),
        ([{"email": [["ana.reyes@example.com"]]}], "body.0.email:"),
        ({"email": []}, "body:"),
    ],
)
def test_a_malformed_question_is_refused_with_its_place(reader: httpx.Client, body: Any, place: str) -> None:
    response = reader.post("/v1/identify", json=body)
    assert problem(response, 422, "bad-input")["detail"].startswith(place)
    assert "ana.reyes" not in response.text


def test_a_body_that_is_not_said_to_be_json_is_told_the_header(reader: httpx.Client) -> None:
    response = reader.post("/v1/identify", content=b"email=ana", headers={"content-type": "text/plain"})
    assert "application/json" in problem(response, 422, "bad-input")["detail"]
