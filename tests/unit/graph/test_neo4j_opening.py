"""Opening a Neo4j database as a store, and what is said when it cannot be."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from graph.errors import BadInputError, StoreError, StoreUnavailableError
from graph.neo4j_store import Neo4jStore
from graph.neo4j_store.address import parse
from tests.support.builders import put
from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import GivenServer, Server

SECRET = "s3cret/pass"


def _run(url: str, statement: str) -> None:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        session.run(statement).consume()  # type: ignore[arg-type]  # a test's own literal


def test_a_url_gives_its_parts_and_never_shows_its_password() -> None:
    address = parse("neo4j://ana:s3cret%2Fpass@db.example.com/customers?connect=2")
    assert (address.uri, address.user, address.password) == ("neo4j://db.example.com:7687", "ana", SECRET)
    assert (address.database, address.timeouts.connect) == ("customers", 2.0)
    assert SECRET not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url",
    [
        "neo4j://:s3cret@",
        "neo4j://u:s3cret@host:port/x",
        "http://u:s3cret@host/neo4j",
        "neo4j://u@host/neo4j",
        "neo4j://u:s3cret@host/neo4j?colour=red",
        "neo4j://u:s3cret@host/neo4j?connect=soon",
    ],
)
def test_an_unusable_url_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Neo4jStore.open(url)
    assert "s3cret" not in str(refused.value)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(StoreUnavailableError, match="does not answer"):
            Neo4jStore.open(f"neo4j://neo4j:s3cret@127.0.0.1:{port}/neo4j")


@pytest.mark.neo4j
def test_a_wrong_password_is_refused_without_repeating_it(neo4j_url: str) -> None:
    parts = urlsplit(neo4j_url)
    with pytest.raises(StoreError, match="refuses the user name or password") as refused:
        Neo4jStore.open(f"{parts.scheme}://neo4j:s3cret@{parts.hostname}:{parts.port}/neo4j")
    assert "s3cret" not in str(refused.value)


@pytest.mark.neo4j
def test_a_database_that_does_not_exist_is_named(neo4j_url: str) -> None:
    with pytest.raises(StoreError, match="no database 'nowhere'"):
        Neo4jStore.open(neo4j_url.rsplit("/", 1)[0] + "/nowhere")


@pytest.mark.neo4j
def test_a_database_with_other_data_is_left_alone(neo4j_url: str) -> None:
    _run(neo4j_url, "CREATE (:Person {name: 'Ana'})")
    with pytest.raises(StoreError, match="holds other data"):
        Neo4jStore.open(neo4j_url)


@pytest.mark.neo4j
def test_a_newer_schema_is_refused(neo4j_url: str) -> None:
    Neo4jStore.open(neo4j_url).close()
    _run(neo4j_url, "MATCH (s:WhographStore {name: 'store'}) SET s.schema = 999")
    with pytest.raises(StoreError, match="schema 999"):
        Neo4jStore.open(neo4j_url)


@pytest.mark.neo4j
def test_a_missing_index_is_a_fault(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    _run(neo4j_url, "DROP INDEX whograph_record_component")
    assert store.check() == ["1 of our indexes are missing"]
    store.close()
    _run(neo4j_url, "CREATE INDEX whograph_record_component IF NOT EXISTS FOR (r:RecordKey) ON (r.component_id)")


@pytest.mark.neo4j
def test_a_commit_that_was_never_ended_does_not_stop_readers_or_writers(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    _run(neo4j_url, "MATCH (c:WhographStore {name: 'commit'}) SET c.begun = c.done + 1")
    with store.read() as snapshot:
        assert snapshot.counts().records == 0
    _run(neo4j_url, "MATCH (c:WhographStore {name: 'commit'}) SET c.begun = c.done + 1")
    put(store, "crm:1")
    with store.read() as snapshot:
        assert snapshot.counts().records == 1
    store.close()


@pytest.mark.neo4j
def test_a_store_recovers_by_itself_when_its_server_is_back(neo4j_server: Server, neo4j_url: str) -> None:
    if isinstance(neo4j_server, GivenServer):
        pytest.skip("a given server cannot be killed")
    store = Neo4jStore.open(neo4j_url)
    put(store, "crm:1")

    neo4j_server.kill()
    with pytest.raises(StoreUnavailableError), store.read() as snapshot:
        snapshot.counts()
    with pytest.raises(StoreUnavailableError):
        put(store, "crm:2")
    neo4j_server.restart()

    put(store, "crm:3")
    with store.read() as snapshot:
        assert sorted(snapshot.records(["crm:1", "crm:2", "crm:3"])) == ["crm:1", "crm:3"]
    assert store.check() == []
    store.close()
