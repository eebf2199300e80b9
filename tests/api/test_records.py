"""Records over HTTP: in as they come, out, and away."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.http_problems import problem

NDJSON = {"content-type": "application/x-ndjson"}


def shop(account: str | int, **row: Any) -> dict[str, Any]:
    return {"source": "shop", "row": {"account": account, "seen": "2024-03-01T12:00:00Z", **row}}


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def outcomes(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    if response.headers["content-type"].startswith("application/x-ndjson"):
        return [json.loads(line) for line in response.text.splitlines()]
    its: list[dict[str, Any]] = response.json()["records"]
    return its


def test_one_record_is_resolved_and_answered_with_its_customer(fresh: httpx.Client) -> None:
    before = fresh.get("/v1/records/crm/1").json()["customer"]
    its = fresh.post("/v1/records", json=shop("W9", email="ana.reyes@example.com", first_name="Ana")).json()
    assert (its["index"], its["record"], its["outcome"], its["customer"]) == (0, "shop:W9", "joined", before)
    assert its["confidence"] > 0.5
    assert before in its["changed_customers"]
    assert fresh.get("/v1/records/shop/W9").json()["customer"] == before


def test_a_stranger_is_a_new_customer(fresh: httpx.Client) -> None:
    its = fresh.post("/v1/records", json=shop("W9", email="zoe@example.net", first_name="Zoe")).json()
    assert (its["outcome"], its["confidence"]) == ("new", None)


def test_the_same_record_again_changes_nothing(fresh: httpx.Client) -> None:
    record = shop("W9", email="zoe@example.net")
    first = fresh.post("/v1/records", json=record).json()
    again = fresh.post("/v1/records", json=record).json()
    assert (again["outcome"], again["customer"]) == ("unchanged", first["customer"])


def test_of_a_list_the_good_ones_land_and_each_is_answered_by_its_index(fresh: httpx.Client) -> None:
    asked = [
        shop("W9", email="zoe@example.net"),
        {"source": "nowhere", "row": {"id": "1"}},
        "not a record",
        {"row": {"account": "W10"}},
        shop("W11", email="yan@example.net"),
        {"source": "crm", "row": {"no": "9", "mail": "zoe@example.net", "changed": "2024-03-01"}},
    ]
    response = fresh.post("/v1/records", json=asked)
    its = outcomes(response)
    assert [one["index"] for one in its] == list(range(6))
    assert [one["record"] for one in its] == ["shop:W9", None, None, None, "shop:W11", "crm:9"]
    assert [one["outcome"] for one in its][1:4] == ["refused"] * 3
    assert "nowhere" in its[1]["refused"][0]["reason"]
    assert (response.json()["landed"], response.json()["refused"]) == (3, 3)
    assert its[0]["customer"] == fresh.get("/v1/records/crm/9").json()["customer"]


def test_an_empty_list_is_answered_with_an_empty_one(fresh: httpx.Client) -> None:
    assert fresh.post("/v1/records", json=[]).json() == {"landed": 0, "refused": 0, "records": []}


@pytest.mark.parametrize(
    ("record", "word"),
    [
        ({"source": "nowhere", "row": {"id": "1"}}, "nowhere"),
        ({"source": "shop"}, "row"),
        ({"source": "shop", "row": {"email": "a@example.com"}}, "account"),
        ({"source": "shop", "row": {"account": "W9"}, "more": 1}, "more"),
        ({"source": "shop", "row": {"account": "W9"}, "observed_at": True}, "observed_at: Input"),
        (17, "object"),
    ],
)
def test_a_single_record_that_is_refused_is_a_problem(fresh: httpx.Client, record: Any, word: str) -> None:
    assert word in problem(fresh.post("/v1/records", json=record), 422, "refused")["detail"]


def test_what_is_not_json_is_a_problem(fresh: httpx.Client) -> None:
    response = fresh.post("/v1/records", content=b"{nope", headers={"content-type": "application/json"})
    problem(response, 400, "bad-input")


def test_another_kind_of_body_is_told_what_to_send(fresh: httpx.Client) -> None:
    response = fresh.post("/v1/records", content=b"a,b", headers={"content-type": "text/csv"})
    assert "application/x-ndjson" in problem(response, 415, "bad-input")["detail"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_a_compressed_body_is_told_to_come_as_it_is(fresh: httpx.Client, kind: str) -> None:
    body, headers = gzip.compress(lines(shop("W9"))), {"content-type": kind, "content-encoding": "gzip"}
    response = fresh.post("/v1/records", content=body, headers=headers)
    assert "compressed" in problem(response, 415, "bad-input")["detail"]
    assert response.headers["accept-encoding"] == "identity"
    assert fresh.post("/v1/records", json=shop("W9"), headers={"content-encoding": "identity"}).status_code == 200


def test_a_bad_value_is_refused_and_the_rest_of_the_record_counts(fresh: httpx.Client) -> None:
    its = fresh.post("/v1/records", json=shop("W9", email="zoe@example.net", mobile="0000000")).json()
    assert its["outcome"] == "new"
    assert [one["field"] for one in its["refused"]] == ["mobile"]


def test_a_stream_is_answered_line_by_line_with_bad_lines_among_good_ones(narrow: httpx.Client) -> None:
    body = lines(shop("W9", email="zoe@example.net")) + b"{broken\n\n" + lines(*(shop(f"W1{n}") for n in range(5)))
    its = outcomes(narrow.post("/v1/records", content=body, headers=NDJSON))
    assert [one["index"] for one in its] == list(range(7))
    assert its[1]["outcome"] == "refused"
    assert "JSON" in its[1]["refused"][0]["reason"]
    assert [one["record"] for one in its if one["record"]] == ["shop:W9", *(f"shop:W1{n}" for n in range(5))]


def test_a_stream_may_be_sent_in_any_pieces(fresh: httpx.Client) -> None:
    body = lines(shop("W9", email="zoe@example.net"), shop("W10", email="yan@example.net"))

    def bytewise() -> Iterator[bytes]:
        for byte in body.rstrip():
            yield bytes([byte])

    assert [one["record"] for one in outcomes(fresh.post("/v1/records", content=bytewise(), headers=NDJSON))] == [
        "shop:W9",
        "shop:W10",
    ]


def test_a_stream_may_begin_with_a_byte_order_mark(fresh: httpx.Client) -> None:
    body = codecs.BOM_UTF8 + lines(shop("W9", email="zoe@example.net"))
    assert [one["record"] for one in outcomes(fresh.post("/v1/records", content=body, headers=NDJSON))] == ["shop:W9"]


def test_a_record_over_its_limit_is_refused_by_its_index(narrow: httpx.Client) -> None:
    asked = [shop("W9"), shop("W10", first_name="a" * 600), shop("W11")]
    for response in (
        narrow.post("/v1/records", json=asked),
        narrow.post("/v1/records", content=lines(*asked), headers=NDJSON),
    ):
        its = outcomes(response)
        assert [one["record"] for one in its] == ["shop:W9", None, "shop:W11"]
        assert "500 bytes" in its[1]["refused"][0]["reason"]


@pytest.mark.parametrize("id", [2**64, 12345678901234567890123, 12345678901234567890124])
def test_a_number_as_id_is_kept_to_its_last_digit(fresh: httpx.Client, id: int) -> None:
    record = shop(id, email="zoe@example.net")
    assert fresh.post("/v1/records", json=record).json()["record"] == f"shop:{id}"
    (streamed,) = outcomes(fresh.post("/v1/records", content=lines(record), headers=NDJSON))
    assert (streamed["record"], streamed["outcome"]) == (f"shop:{id}", "unchanged")


@pytest.mark.parametrize("depth", [300, 1_000, 1_015, 5_000])
@pytest.mark.parametrize("number", ["1", "123456789012345678901234567890"])
def test_a_record_nested_without_end_leaves_the_others_to_land(fresh: httpx.Client, depth: int, number: str) -> None:
    deep = '{"source":"shop","row":{"account":"W9","a":' + '{"a":' * depth + number + "}" * depth + "}}"
    good = json.dumps(shop("W10", email="zoe@example.net"))
    its = outcomes(fresh.post("/v1/records", content=f"{deep}\n{good}".encode(), headers=NDJSON))
    assert its[0]["record"] is None
    assert "nested" in its[0]["refused"][0]["reason"] or "JSON" in its[0]["refused"][0]["reason"]
    assert its[1]["record"] == "shop:W10"
    alone = fresh.post("/v1/records", content=deep.encode(), headers={"content-type": "application/json"})
    assert alone.status_code in (400, 422)


def test_of_a_long_list_the_records_with_odd_numbers_and_depths_do_not_stop_the_others(fresh: httpx.Client) -> None:
    deep: Any = 2**70
    for _ in range(400):
        deep = {"a": deep}
    long = [shop(f"W{n}", note="a" * 600_000) for n in (11, 12)]
    its = outcomes(fresh.post("/v1/records", json=[shop("W9", a=deep), shop("W10", card=2**70), *long]))
    assert [one["record"] for one in its] == [None, "shop:W10", "shop:W11", "shop:W12"]


def test_a_stream_over_its_limit_is_too_large(narrow: httpx.Client) -> None:
    body = lines(*(shop(f"W{n}", email=f"{n}@example.net") for n in range(60)))
    problem(narrow.post("/v1/records", content=body, headers=NDJSON), 413, "too-large")


def test_a_new_source_is_registered_where_that_is_asked_for(fresh: httpx.Client) -> None:
    asked = [{"source": "club", "row": {"member_id": f"M{n}", "e_mail": f"m{n}@example.org"}} for n in range(3)]
    assert "allow_new_sources" in problem(fresh.post("/v1/records", json=asked[0]), 422, "refused")["detail"]
    its = outcomes(fresh.post("/v1/records?allow_new_sources=true", json=asked))
    assert its[0]["registered"]["columns"] == {"e_mail": "email"}
    assert [one["record"] for one in its] == ["club:M0", "club:M1", "club:M2"]
    assert [one["registered"] for one in its[1:]] == [None, None]
    streamed = fresh.post("/v1/records?allow_new_sources=true", content=lines(*asked), headers=NDJSON)
    assert {one["outcome"] for one in outcomes(streamed)} == {"unchanged"}
    assert fresh.post("/v1/records", json=asked[0]).json()["outcome"] == "unchanged"


def test_a_record_may_bring_one_of_our_customer_ids(fresh: httpx.Client) -> None:
    customer = fresh.get("/v1/records/crm/2").json()["customer"]
    its = fresh.post("/v1/records", json=shop("W9") | {"customer": customer}).json()
    assert (its["outcome"], its["customer"], its["refused"]) == ("joined", customer, [])
    (decision,) = fresh.get("/v1/decisions").json()["decisions"]
    assert (decision["left"], decision["right"], decision["by"]) == ("crm:2", "shop:W9", "source:shop")
    (refused,) = fresh.post("/v1/records", json=shop("W10") | {"customer": "nobody"}).json()["refused"]
    assert refused == {
        "field": "whograph_customer_id",
        "value": "nobody",
        "reason": "there is no such customer id",
    }


def test_when_a_row_was_observed_may_be_said_beside_it_and_stands_over_its_column(fresh: httpx.Client) -> None:
    def send(first: str, observed_at: Any) -> str:
        its = fresh.post("/v1/records", json=shop("W9", first_name=first) | {"observed_at": observed_at})
        assert its.json()["refused"] == []
        outcome: str = its.json()["outcome"]
        return outcome

    assert [send("Zoe", "2024-05-02T10:00:00+02:00"), send("Old", "2024-05-01"), send("Zed", 1714723200)] == [
        "new",
        "stale",
        "unchanged",
    ]
    record = fresh.get("/v1/records/shop/W9").json()
    assert (record["observed_at"], record["row"]["first_name"]) == ("2024-05-03T08:00:00Z", "Zed")


@pytest.mark.parametrize(("said", "reason"), [("soon", "not a time"), ("2999-01-01", "in the future")])
def test_a_time_beside_a_row_that_cannot_be_is_told_and_that_of_its_entry_is_taken(
    alone: httpx.Client, said: str, reason: str
) -> None:
    (its,) = outcomes(alone.post("/v1/records", json=[shop("W9") | {"observed_at": said}]))
    assert its["outcome"] == "new"
    (refused,) = its["refused"]
    assert (refused["field"], refused["value"]) == ("whograph_observed_at", said)
    assert refused["reason"].startswith(reason)


def test_a_deleted_record_is_gone_and_its_customer_smaller(fresh: httpx.Client) -> None:
    customer = fresh.get("/v1/records/crm/1").json()["customer"]
    its = fresh.delete("/v1/records/shop/W1").json()
    assert (its["record"], its["outcome"]) == ("shop:W1", "deleted")
    assert customer in its["changed_customers"]
    problem(fresh.get("/v1/records/shop/W1"), 404, "not-found")
    assert fresh.get(f"/v1/customers/{customer}").json()["records"] == ["crm:1"]


def test_a_deletion_has_a_time_and_a_later_version_stays(fresh: httpx.Client) -> None:
    assert fresh.delete("/v1/records/shop/W1?at=2020-01-01T00:00:00Z").json()["outcome"] == "stale"
    assert fresh.get("/v1/records/shop/W1").status_code == 200
    problem(fresh.delete("/v1/records/shop/W1?at=soon"), 422, "bad-input")


def test_ids_with_slashes_and_odd_signs_go_in_and_out(fresh: httpx.Client) -> None:
    id = "a/b c?d#é"
    assert fresh.post("/v1/records", json=shop(id, email="zoe@example.net")).json()["record"] == f"shop:{id}"
    url = "/v1/records/shop/a%2Fb%20c%3Fd%23%C3%A9"
    assert fresh.get(url).json()["id"] == id
    assert fresh.delete(url).json()["outcome"] == "deleted"


@pytest.mark.parametrize("source", ["web/eu", "🦉 & ?#%2F"])
def test_a_record_is_found_and_deleted_whatever_its_source_is_called(fresh: httpx.Client, source: str) -> None:
    sent = {"source": source, "row": {"id": "a/b", "email": "zoe@example.net"}}
    its = fresh.post("/v1/records?allow_new_sources=true", json=sent).json()
    assert its["record"] == f"{source}:a/b"
    path = f"/v1/records/{quote(source, safe='')}/a/b"
    assert fresh.get(path).json()["record"] == its["record"]
    assert fresh.delete(path).json()["record"] == its["record"]
    assert fresh.get(path).status_code == 404


@pytest.mark.parametrize("id", ["a/b", "one\ntwo\n", "a\r\u2028b", "? # %2F", "🦉"])
def test_a_record_is_found_and_deleted_by_whatever_its_id_is(fresh: httpx.Client, id: str) -> None:
    assert outcomes(fresh.post("/v1/records", json=[shop(id, first_name="Ana")]))[0]["record"] == f"shop:{id.strip()}"
    path = f"/v1/records/shop/{quote(id.strip(), safe='')}"
    assert fresh.get(path).json()["id"] == id.strip()
    assert fresh.delete(path).status_code == 200
    assert fresh.get(path).status_code == 404
