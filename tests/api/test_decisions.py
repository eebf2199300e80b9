"""Decisions, the review queue and the change feed over HTTP."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest

from tests.support.http_problems import problem


def customer_of(client: httpx.Client, record: str) -> str:
    its: str = client.get(f"/v1/records/{record.replace(':', '/')}").json()["customer"]
    return its


def decide(client: httpx.Client, kind: str, left: str, right: str, **more: Any) -> httpx.Response:
    asked = {"kind": kind, "left": left, "right": right, "by": "mo", "reason": "they said so", **more}
    return client.post("/v1/decisions", json=asked)


def test_a_dry_run_tells_what_would_happen_and_stores_nothing(fresh: httpx.Client) -> None:
    response = decide(fresh, "same", "crm:4", "crm:5", dry_run=True)
    assert response.status_code == 200
    assert response.json()["dry_run"] is True
    assert response.json()["changes"]
    assert fresh.get("/v1/decisions").json() == {"decisions": []}
    assert customer_of(fresh, "crm:4") != customer_of(fresh, "crm:5")
    assert response.json()["decision"]["id"] == decide(fresh, "same", "crm:4", "crm:5").json()["decision"]["id"]


def test_same_merges_and_the_retired_id_answers_with_the_new_one(fresh: httpx.Client) -> None:
    before = {customer_of(fresh, "crm:4"), customer_of(fresh, "crm:5")}
    response = decide(fresh, "same", "crm:4", "crm:5")
    assert response.status_code == 201
    now = customer_of(fresh, "crm:4")
    assert now == customer_of(fresh, "crm:5")
    (retired,) = before - {now}
    its = fresh.get(f"/v1/customers/{retired}").json()
    assert (its["id"], its["redirected_from"]) == (now, retired)
    assert fresh.get(f"/v1/customers/{retired}/records").json()["customer"] == now
    assert fresh.get(f"/v1/customers/{retired}/graph").json()["customer"] == now
    history = fresh.get(f"/v1/customers/{now}/history").json()["changes"]
    assert any(event["kind"] == "merged" and retired in str(event["details"]) for event in history)


def test_a_decision_is_listed_and_found_at_its_location(fresh: httpx.Client) -> None:
    response = decide(fresh, "different", "crm:1", "shop:W1")
    its = fresh.get(response.headers["location"]).json()
    assert (its["kind"], its["by"], its["reason"], its["withdrawn_at"]) == ("different", "mo", "they said so", None)
    assert fresh.get("/v1/decisions").json()["decisions"] == [its]


def test_a_decision_that_is_sent_twice_is_the_one_that_stands(fresh: httpx.Client) -> None:
    first = decide(fresh, "different", "crm:1", "shop:W1")
    again = decide(fresh, "different", "shop:W1", "crm:1", by="al", reason="so do I")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["location"] == first.headers["location"]
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert (again.json()["decision"], again.json()["changes"]) == (first.json()["decision"], [])
    assert fresh.get("/v1/decisions").json()["decisions"] == [first.json()["decision"]]


def test_a_decision_on_an_identifier_that_too_many_carry_is_said_to_sleep(fresh: httpx.Client) -> None:
    its = decide(fresh, "same", "phone:020 7946 0999", "crm:1").json()
    assert (its["sleeps"], its["skipped"], its["changes"]) == (True, False, [])
    assert not decide(fresh, "same", "phone:020 7946 0101", "crm:3").json()["sleeps"]
    fresh.delete("/v1/records/shop/W3")
    assert customer_of(fresh, "crm:1") == customer_of(fresh, "crm:3")
    assert not decide(fresh, "same", "phone:020 7946 0999", "crm:1").json()["sleeps"]


def test_different_splits_and_withdrawing_it_joins_again(fresh: httpx.Client) -> None:
    before = customer_of(fresh, "crm:1")
    location = decide(fresh, "different", "crm:1", "shop:W1").headers["location"]
    assert customer_of(fresh, "crm:1") != customer_of(fresh, "shop:W1")
    response = fresh.delete(location, params={"by": "mo"})
    assert response.json()["decision"]["withdrawn_at"] is not None
    assert customer_of(fresh, "crm:1") == customer_of(fresh, "shop:W1") == before
    problem(fresh.get(location), 404, "not-found")


def test_who_withdraws_must_be_named(fresh: httpx.Client) -> None:
    location = decide(fresh, "same", "crm:4", "crm:5").headers["location"]
    assert "query.by" in problem(fresh.delete(location), 422, "bad-input")["detail"]


def test_a_contradiction_is_refused_with_its_chain(fresh: httpx.Client) -> None:
    first = decide(fresh, "same", "crm:4", "crm:5").json()["decision"]["id"]
    its = problem(decide(fresh, "different", "crm:4", "crm:5"), 409, "contradiction")
    assert its["chain"] == [first]


def test_a_decision_on_things_that_do_not_exist_is_not_found(fresh: httpx.Client) -> None:
    problem(decide(fresh, "same", "crm:none", "crm:1"), 404, "not-found")
    problem(decide(fresh, "same", "crm:1", "email:none@example.com"), 404, "not-found")
    problem(fresh.delete("/v1/decisions/none?by=mo"), 404, "not-found")
    long = problem(decide(fresh, "same", "crm:" + "x" * 100_000, "crm:1"), 404, "not-found")["detail"]
    assert "'crm:xxx" in long
    assert len(long) < 300


def test_a_decision_on_a_thing_with_itself_is_refused(fresh: httpx.Client) -> None:
    problem(decide(fresh, "same", "crm:1", "crm:1"), 422, "bad-input")


@pytest.mark.parametrize("left", ["", "crm:1"])
def test_a_decision_needs_a_reason_and_two_ends(fresh: httpx.Client, left: str) -> None:
    problem(decide(fresh, "same", left, "crm:2", reason=""), 422, "bad-input")


def test_the_review_queue_is_worst_first_with_records_that_exist(fresh: httpx.Client) -> None:
    items = fresh.get("/v1/review").json()["items"]
    severities = [item["severity"] for item in items]
    assert severities == sorted(severities, reverse=True)
    for item in items:
        for record in item["records"]:
            assert fresh.get(f"/v1/records/{record.replace(':', '/')}").status_code == 200


def test_the_feed_is_read_page_by_page_without_loss(fresh: httpx.Client) -> None:
    whole = fresh.get("/v1/changes?limit=1000").json()["changes"]
    paged: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = fresh.get("/v1/changes", params={"limit": 2} | ({"after": cursor} if cursor else {})).json()
        if not page["changes"]:
            break
        paged += page["changes"]
        cursor = page["cursor"]
    assert paged == whole
    assert [one["kind"] for one in whole] == ["created"] * 6


def test_a_cursor_at_the_end_answers_an_empty_page_with_the_same_cursor(fresh: httpx.Client) -> None:
    cursor = fresh.get("/v1/changes?limit=1000").json()["cursor"]
    assert fresh.get("/v1/changes", params={"after": cursor}).json() == {"changes": [], "cursor": cursor}


def test_a_cursor_of_another_store_is_refused(fresh: httpx.Client, client: httpx.Client) -> None:
    cursor = client.get("/v1/changes").json()["cursor"]
    problem(fresh.get("/v1/changes", params={"after": cursor}), 422, "bad-input")
    problem(fresh.get("/v1/changes?after=nonsense"), 422, "bad-input")


def test_a_waiting_client_is_told_when_something_happens(fresh: httpx.Client) -> None:
    cursor = fresh.get("/v1/changes?limit=1000").json()["cursor"]
    answered: list[httpx.Response] = []

    def wait() -> None:
        answered.append(httpx.get(f"{fresh.base_url}/v1/changes", params={"after": cursor, "wait": 60}, timeout=90))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    decide(fresh, "same", "crm:4", "crm:5")
    waiting.join()
    assert {one["kind"] for one in answered[0].json()["changes"]} >= {"merged"}


def test_a_wait_that_ends_without_changes_is_an_empty_page(fresh: httpx.Client) -> None:
    cursor = fresh.get("/v1/changes?limit=1000").json()["cursor"]
    assert fresh.get("/v1/changes", params={"after": cursor, "wait": 0.3}).json()["changes"] == []
    problem(fresh.get("/v1/changes?wait=100000"), 422, "bad-input")


def test_a_record_can_be_taken_out_of_its_customer(fresh: httpx.Client) -> None:
    asked = {"record": "shop:W1", "by": "mo", "reason": "her sister's card"}
    tried = fresh.post("/v1/decisions/take-out", json=asked | {"dry_run": True})
    assert (tried.status_code, tried.json()["dry_run"]) == (200, True)
    assert customer_of(fresh, "crm:1") == customer_of(fresh, "shop:W1")
    its = fresh.post("/v1/decisions/take-out", json=asked)
    assert its.status_code == 201
    assert [one["kind"] for one in its.json()["decisions"]] == ["different"]
    assert its.json()["changes"]
    assert customer_of(fresh, "crm:1") != customer_of(fresh, "shop:W1")
    again = fresh.post("/v1/decisions/take-out", json=asked)
    assert (again.status_code, again.json()["decisions"], again.json()["changes"]) == (200, [], [])


def test_what_a_take_out_decided_is_withdrawn_at_once(fresh: httpx.Client) -> None:
    together = customer_of(fresh, "crm:1")
    fresh.post("/v1/records", json={"source": "crm", "row": {"no": "77", "mail": "ana.reyes@example.com"}})
    asked = {"record": "crm:1", "by": "mo", "reason": "her sister's card"}
    ids = [its["id"] for its in fresh.post("/v1/decisions/take-out", json=asked).json()["decisions"]]
    assert len(ids) > 1
    tried = fresh.post("/v1/decisions/withdraw", json={"ids": ids, "by": "mo", "dry_run": True})
    assert (tried.status_code, len(tried.json()["decisions"])) == (200, len(ids))
    assert len(fresh.get("/v1/decisions").json()["decisions"]) == len(ids)
    done = fresh.post("/v1/decisions/withdraw", json={"ids": [*ids, ids[0]], "by": "mo"}).json()
    assert [its["id"] for its in done["decisions"]] == ids
    assert [its["details"] for its in done["changes"]] == [its["details"] for its in tried.json()["changes"]]
    assert customer_of(fresh, "crm:1") == customer_of(fresh, "shop:W1") == together
    assert fresh.get("/v1/decisions").json()["decisions"] == []


def test_of_several_withdrawals_all_are_done_or_none(fresh: httpx.Client) -> None:
    id = decide(fresh, "same", "crm:4", "crm:5").json()["decision"]["id"]
    problem(fresh.post("/v1/decisions/withdraw", json={"ids": [id, "d-unknown"], "by": "mo"}), 404, "not-found")
    problem(fresh.post("/v1/decisions/withdraw", json={"ids": [], "by": "mo"}), 422, "bad-input")
    assert [its["id"] for its in fresh.get("/v1/decisions").json()["decisions"]] == [id]


def test_a_withdrawal_can_be_tried(fresh: httpx.Client) -> None:
    location = decide(fresh, "same", "crm:4", "crm:5").headers["location"]
    assert fresh.delete(location, params={"by": "mo", "dry_run": True}).json()["changes"]
    assert customer_of(fresh, "crm:4") == customer_of(fresh, "crm:5")
    assert fresh.get(location).status_code == 200


def test_the_history_of_a_retired_id_says_where_it_went(fresh: httpx.Client) -> None:
    before = {fresh.get(f"/v1/records/crm/{no}").json()["customer"] for no in (4, 5)}
    asked = {"kind": "same", "left": "crm:4", "right": "crm:5", "by": "mo", "reason": "both confirmed"}
    assert fresh.post("/v1/decisions", json=asked).status_code == 201
    survivor = fresh.get("/v1/records/crm/4").json()["customer"]
    (retired,) = before - {survivor}
    its = fresh.get(f"/v1/customers/{retired}/history").json()
    assert its["merged_into"] == survivor
    last = its["changes"][-1]
    assert (last["kind"], last["customer"], last["details"]["merged"]) == ("merged", survivor, [retired])
    assert fresh.get(f"/v1/customers/{survivor}/history").json()["merged_into"] is None
