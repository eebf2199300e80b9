"""The Neo4j that the tests start."""

from __future__ import annotations

import neo4j
import pytest

from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import GivenServer, Server

pytestmark = pytest.mark.neo4j


def _ask(url: str, statement: str) -> list[object]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        return session.run(neo4j.Query(statement)).value()


def test_each_test_finds_an_empty_database(neo4j_url: str) -> None:
    assert _ask(neo4j_url, "MATCH (n) RETURN count(n)") == [0]


def test_a_killed_server_comes_back_with_what_was_committed(neo4j_server: Server, neo4j_url: str) -> None:
    if isinstance(neo4j_server, GivenServer):
        pytest.skip("a given server cannot be killed")
    _ask(neo4j_url, "CREATE (n:Kept) RETURN 1")

    neo4j_server.kill()
    neo4j_server.restart()

    assert _ask(neo4j_url, "MATCH (n:Kept) RETURN count(n)") == [1]
