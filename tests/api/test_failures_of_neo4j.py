"""When the Neo4j server cannot: what clients are told, and that the service recovers by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from api.app import create_app
from graph.errors import StoreError
from graph.neo4j_store import Neo4jStore
from tests.api.conftest import running
from tests.api.test_jobs import ended
from tests.api.test_webhooks import QUICK, feed, register
from tests.support.company import company
from tests.support.http_problems import problem
from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import GivenServer, OwnServer, Server
from tests.support.receiver import Receiver, receiving, until

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

READS = [
    "/ready",
    "/v1/identify?email=ana.reyes@example.com",
    "/v1/customers",
    "/v1/records/crm/1",
    "/v1/explain?left=crm:1&right=shop:W1",
    "/v1/review",
    "/v1/changes",
    "/v1/decisions",
    "/v1/jobs",
    "/v1/webhooks",
]


def record(number: int) -> dict[str, Any]:
    return {"source": "shop", "row": {"account": f"N{number}", "email": f"n{number}@example.net"}}


def writes(client: httpx.Client) -> Iterator[httpx.Response]:
    """One request of every kind that writes."""
    asked = {"left": "crm:4", "right": "crm:5", "by": "mo", "reason": "both confirmed"}
    yield client.post("/v1/records", json=record(1))
    yield client.delete("/v1/records/crm/5")
    yield client.post("/v1/decisions", json=asked | {"kind": "same"})
    yield client.post("/v1/jobs", json={"dry_run": True})
    yield client.post("/v1/webhooks", json={"url": "https://example.com/hook"})


def away(response: httpx.Response, kind: str, words: str) -> None:
    assert words in str(problem(response, 503, kind)["detail"])
    assert int(response.headers["retry-after"]) > 0
    assert "Traceback" not in response.text


def test_a_server_that_goes_away_is_unavailable_and_the_service_goes_on_when_it_is_back(
    neo4j_server: Server, neo4j_url: str
) -> None:
    if isinstance(neo4j_server, GivenServer):
        pytest.skip("a given server cannot be killed")
    receiver = Receiver()
    with receiving(receiver), running(create_app(partial(company, neo4j_url), pace=QUICK)) as client:
        hook = register(client, receiver)
        before = feed(client)
        neo4j_server.kill()
        for response in (*map(client.get, READS), *writes(client)):
            away(response, "unavailable", "does not answer")
        assert client.get("/health").status_code == 200
        assert client.get("/metrics").status_code in (200, 503)
        neo4j_server.restart()
        assert client.get("/ready").json()["customers"] == 6
        assert client.post("/v1/records", json=record(1)).json()["outcome"] == "new"
        job = client.post("/v1/jobs", json={}).json()
        assert ended(client, job["id"])["state"] == "done"
        until(lambda: receiver.sequences == feed(client)[len(before) :])
        assert client.get(f"/v1/webhooks/{hook['id']}").json()["state"] == "delivering"


def run(url: str, statement: str) -> None:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        session.run(statement).consume()  # type: ignore[arg-type]  # a test's own literal


def test_a_store_that_a_newer_program_took_over_is_neither_read_nor_written(neo4j_url: str) -> None:
    with running(create_app(partial(company, neo4j_url))) as client:
        run(neo4j_url, "MATCH (s:WhographStore {name: 'store'}) SET s.schema = s.schema + 1")
        for response in (*map(client.get, READS), *writes(client)):
            away(response, "store", "newer")
        run(neo4j_url, "MATCH (s:WhographStore {name: 'store'}) SET s.schema = s.schema - 1")
        assert client.get("/ready").json()["customers"] == 6
        assert client.post("/v1/records", json=record(1)).json()["outcome"] == "new"


READ_ONLY = "server.databases.read_only=neo4j\n"


def test_a_read_only_database_answers_questions_refuses_writes_and_is_written_to_once_it_may_be(
    neo4j_server: Server, neo4j_url: str
) -> None:
    if not isinstance(neo4j_server, OwnServer):
        pytest.skip("the settings of a given server cannot be changed")
    try:
        neo4j_server.restart_with(READ_ONLY)
        with pytest.raises(StoreError, match="read-only"):
            Neo4jStore.open(neo4j_url)
        neo4j_server.restart_with("")
        with running(create_app(partial(company, neo4j_url))) as client:
            neo4j_server.restart_with(READ_ONLY)
            for path in READS:
                assert client.get(path).status_code == 200, path
            for response in writes(client):
                away(response, "store", "read-only")
            neo4j_server.restart_with("")
            assert client.post("/v1/records", json=record(1)).json()["outcome"] == "new"
    finally:
        if neo4j_server.settings:
            neo4j_server.restart_with("")
