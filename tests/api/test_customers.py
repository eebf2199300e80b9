"""Customers over HTTP: pages, one, its records, graph and history; and why two records belong together."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.http_problems import problem


def all_customers(reader: httpx.Client, limit: int = 100) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = f"/v1/customers?limit={limit}"
    while following:
        page = reader.get(following).json()
        found += page["customers"]
        following = page["next"]
    return found


def customer_of(reader: httpx.Client, record: str) -> str:
    source, _, id = record.partition(":")
    its: str = reader.get(f"/v1/records/{source}/{id}").json()["customer"]
    return its


def test_pages_follow_each_other_to_the_end(reader: httpx.Client) -> None:
    whole = all_customers(reader)
    assert all_customers(reader, limit=2) == whole
    assert [one["id"] for one in whole] == sorted(one["id"] for one in whole)
    assert sorted(one["size"] for one in whole) == [1, 1, 1, 1, 2, 2]


def test_a_page_of_no_size_is_refused(reader: httpx.Client) -> None:
    problem(reader.get("/v1/customers?limit=0"), 422, "bad-input")
    problem(reader.get("/v1/customers?limit=many"), 422, "bad-input")


def test_a_page_after_what_was_never_a_customer_is_refused(reader: httpx.Client) -> None:
    told = problem(reader.get("/v1/customers?after=zzz"), 422, "bad-input")
    assert "not of this store" in str(told["detail"])


def test_one_customer_has_its_profile_and_times(reader: httpx.Client) -> None:
    id = customer_of(reader, "crm:3")
    its = reader.get(f"/v1/customers/{id}").json()
    assert (its["id"], its["size"], its["records"]) == (id, 2, ["crm:3", "shop:W2"])
    assert its["created_at"].endswith("Z")
    emails = its["profile"]["fields"]["email"]
    assert (emails["rule"], {one["value"] for one in emails["values"]}) == (
        "all",
        {"carla@example.org", "carla.o@example.net"},
    )


def test_a_single_record_has_no_confidence(reader: httpx.Client) -> None:
    assert reader.get(f"/v1/customers/{customer_of(reader, 'crm:4')}").json()["confidence"] is None


def test_an_unknown_customer_is_not_found_anywhere(reader: httpx.Client) -> None:
    for path in ("", "/records", "/graph", "/history"):
        assert "none" in problem(reader.get(f"/v1/customers/none{path}"), 404, "not-found")["detail"]


def test_records_are_shown_as_their_sources_delivered_them(reader: httpx.Client) -> None:
    its = reader.get(f"/v1/customers/{customer_of(reader, 'crm:1')}/records").json()
    first = its["records"][0]
    assert (first["record"], first["source"], first["id"]) == ("crm:1", "crm", "1")
    assert first["row"]["mail"] == "ana.reyes@example.com"
    assert first["row"]["born"] == "1984-03-12"
    assert first["confidence"] > 0.9
    assert "email:ana.reyes@example.com" in first["identifiers"]


def test_the_graph_has_records_identifiers_and_weighted_edges(reader: httpx.Client) -> None:
    its = reader.get(f"/v1/customers/{customer_of(reader, 'crm:1')}/graph").json()
    keys = {node["key"] for node in its["nodes"]}
    assert {"crm:1", "shop:W1", "email:ana.reyes@example.com"} <= keys
    assert {edge["method"] for edge in its["edges"]} <= {"observed", "similar"}
    assert all(edge["left"] in keys and edge["right"] in keys for edge in its["edges"])


def test_the_history_begins_with_the_creation(reader: httpx.Client) -> None:
    id = customer_of(reader, "crm:1")
    its = reader.get(f"/v1/customers/{id}/history").json()
    assert its["changes"][0]["kind"] == "created"
    assert {one["customer"] for one in its["changes"]} == {id}


def test_two_records_of_one_customer_are_explained_level_by_level(reader: httpx.Client) -> None:
    its = reader.get("/v1/explain", params={"left": "crm:1", "right": "shop:W1"}).json()
    assert its["same_customer"] is True
    assert its["left_customer"] == its["right_customer"]
    email = next(field for field in its["direct"]["fields"] if field["field"] == "email")
    assert email["bits"] > 0
    assert its["weakest"] is not None


def test_two_customers_are_told_apart(reader: httpx.Client) -> None:
    its = reader.get("/v1/explain", params={"left": "crm:1", "right": "crm:2"}).json()
    assert its["same_customer"] is False
    assert its["left_customer"] != its["right_customer"]
    assert its["path"] == []
    assert its["direct"]["bits"] < its["link_threshold_bits"]


def test_an_identifier_can_stand_for_its_record(reader: httpx.Client) -> None:
    asked = {"left": "email:b.reyes@example.com", "right": "loyalty:L-100"}
    its = reader.get("/v1/explain", params=asked).json()
    assert (its["left"], its["right"]) == ("crm:2", "shop:W1")


@pytest.mark.parametrize("left", ["crm:none", "email:none@example.com", "nonsense"])
def test_an_unknown_side_of_an_explanation_is_not_found(reader: httpx.Client, left: str) -> None:
    response = reader.get("/v1/explain", params={"left": left, "right": "crm:1"})
    assert left in problem(response, 404, "not-found")["detail"]


def test_both_sides_of_an_explanation_must_be_named(reader: httpx.Client) -> None:
    assert "query.right" in problem(reader.get("/v1/explain?left=crm:1"), 422, "bad-input")["detail"]


def test_one_record_can_be_read(reader: httpx.Client) -> None:
    its = reader.get("/v1/records/shop/W1").json()
    assert (its["record"], its["source"], its["id"]) == ("shop:W1", "shop", "W1")
    assert its["fields"]["email"] == ["ana.reyes@example.com"]
    assert its["row"]["card"] == "L-100"
    assert its["observed_at"] == "2024-02-01T09:00:00Z"


def test_an_unknown_record_is_not_found(reader: httpx.Client) -> None:
    assert "crm:a/b" in problem(reader.get("/v1/records/crm/a/b"), 404, "not-found")["detail"]
