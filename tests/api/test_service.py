"""What every request meets: health, problems, limits, logs."""

from __future__ import annotations

from pathlib import Path

import httpx

from graph.sqlite_store import SqliteStore
from resolver.unfinished import COPY
from tests.support.http_problems import problem


def test_a_running_process_is_healthy(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "up"}


def test_a_store_with_an_adopted_version_is_ready(client: httpx.Client) -> None:
    assert client.get("/ready").json() == {
        "status": "ready",
        "version": 1,
        "records": 8,
        "customers": 6,
        "pending": 0,
        "unfinished_recluster": False,
    }


def test_a_store_that_was_never_resolved_is_not_ready_and_says_what_to_run(empty: httpx.Client) -> None:
    its = problem(empty.get("/ready"), 503, "not-ready")
    assert "whograph recluster" in str(its["detail"])
    assert empty.get("/health").status_code == 200


def test_an_unfinished_copy_is_not_ready_and_answers_nobody(empty: httpx.Client, tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db")
    with store.write() as tx:
        tx.put_meta(COPY, "another")
    store.close()
    for its in (
        problem(empty.get("/ready"), 503, "not-ready"),
        problem(empty.get("/v1/identify", params={"email": "ana.reyes@example.com"}), 409, "version"),
        problem(empty.post("/v1/records", json={"source": "shop", "row": {"account": "W9"}}), 409, "version"),
    ):
        assert "an unfinished copy of another; do the same whograph copy again" in str(its["detail"])


def test_an_unknown_path_is_a_problem(client: httpx.Client) -> None:
    assert "/docs" in str(problem(client.get("/v1/nothing"), 404, "not-found")["detail"])


def test_an_unknown_method_is_a_problem_that_names_the_others(client: httpx.Client) -> None:
    response = client.put("/v1/identify", json={})
    problem(response, 405, "method-not-allowed")
    assert "GET" in response.headers["allow"]


def test_a_body_that_is_not_json_is_a_problem(client: httpx.Client) -> None:
    response = client.post("/v1/decisions", content=b"{nope", headers={"content-type": "application/json"})
    problem(response, 400, "bad-input")


def test_a_validation_error_names_the_place_and_repeats_no_value(client: httpx.Client) -> None:
    response = client.post("/v1/decisions", json={"kind": "maybe", "left": "secret@example.com"})
    its = problem(response, 422, "bad-input")
    assert {"body.kind", "body.right", "body.by", "body.reason"} <= {one["where"] for one in its["errors"]}
    assert "secret" not in response.text


def test_a_body_over_the_limit_is_refused_by_its_declared_length(narrow: httpx.Client) -> None:
    response = narrow.post("/v1/identify", json={"email": "a" * 3_000})
    assert "2,000 bytes" in str(problem(response, 413, "too-large")["detail"])


def test_a_body_over_the_limit_is_refused_while_it_is_read(narrow: httpx.Client) -> None:
    parts = (b'{"email": "', *(b"a" * 1_000 for _ in range(5)), b'"}')
    response = narrow.post("/v1/identify", content=iter(parts), headers={"content-type": "application/json"})
    problem(response, 413, "too-large")


def test_a_body_of_eleven_megabytes_is_too_large(client: httpx.Client) -> None:
    problem(client.post("/v1/records", json={"source": "crm", "row": {"no": "a" * 11_000_000}}), 413, "too-large")
