"""Opening a Neo4j database as a store, and what is said when it cannot be."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from graph.errors import BadInputError, StoreError, StoreUnavailableError
from graph.model import Carrier
from graph.neo4j_store import Neo4jStore
from graph.neo4j_store.address import parse
from tests.support.builders import indexed, put
from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import GivenServer, Server

SECRET = "s3cret/pass"


def _run(url: str, statement: str) -> None:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        session.run(statement).consume()  # type: ignore[arg-type]  # a test's own literal


def _count(url: str, statement: str) -> int:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        return int(session.run(statement).single(strict=True)[0])  # type: ignore[arg-type]  # a test's own literal


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
        "neo4j://u:s3cret@host/system",
        "neo4j://u:s3cret/#?@host/neo4j",
        "neo4j://u:1/s3cret@host/neo4j",
        "neo4j://u:1#s3cret@host/neo4j",
        "neo4j://u:1?s3cret@host/neo4j",
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
def test_a_store_of_schema_1_is_brought_up_when_it_is_opened(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    put(store, indexed("crm:1", [3], [-1, -2], signature=11), indexed("crm:2", [], [-1], signature=12))
    store.close()
    _make_schema_1(neo4j_url)
    store = Neo4jStore.open(neo4j_url)
    with store.read() as snapshot:
        carriers = snapshot.carriers([-1, -2, 3, -4], 10)
    assert carriers == {
        -1: [Carrier("crm:1", 11), Carrier("crm:2", 12)],
        -2: [Carrier("crm:1", 11)],
        3: [Carrier("crm:1", 11)],
    }
    assert store.check() == []
    store.close()
    assert _count(neo4j_url, "MATCH (k:BlockingKey) RETURN count(k)") == 0


@pytest.mark.neo4j
def test_an_upgrade_that_was_interrupted_goes_on_when_the_store_is_opened_again(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    put(store, indexed("crm:1", [], [-1, -2], signature=11))
    store.close()
    _make_schema_1(neo4j_url)
    _run(neo4j_url, "MATCH (s:WhographStore {name: 'store'}) SET s.schema = 3, s.upgrading = true")
    with Neo4jStore.open(neo4j_url).read() as snapshot:
        assert snapshot.carriers([-1, -2], 10) == {-1: [Carrier("crm:1", 11)], -2: [Carrier("crm:1", 11)]}
    assert _count(neo4j_url, "MATCH (s:WhographStore) WHERE s.upgrading RETURN count(s)") == 0


@pytest.mark.neo4j
def test_a_store_of_schema_2_is_brought_up_when_it_is_opened(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    put(store, "crm:1", "crm:2")
    store.close()
    _make_schema_2(neo4j_url)
    store = Neo4jStore.open(neo4j_url)
    with store.read() as snapshot:
        assert snapshot.changed_since(0) == ["crm:1", "crm:2"]
    assert store.check() == []
    store.close()
    assert _count(neo4j_url, "SHOW INDEXES YIELD name WHERE name = 'whograph_record_changed' RETURN count(*)") == 0


def _make_schema_2(url: str) -> None:
    """Records that were written are found by number alone."""
    for statement in (
        "DROP INDEX whograph_record_written",
        "CREATE INDEX whograph_record_changed FOR (r:RecordKey) ON (r.changed)",
        "MATCH (s:WhographStore {name: 'store'}) SET s.schema = 2",
    ):
        _run(url, statement)


def _make_schema_1(url: str) -> None:
    """As schema 2, and blocking keys as nodes that records lead to, with one of a generation that is over."""
    _make_schema_2(url)
    for statement in (
        "DROP INDEX whograph_blocking_keys",
        "DROP INDEX whograph_blocks",
        "DROP INDEX whograph_identifier_hash",
        "CREATE CONSTRAINT whograph_identifier_hash FOR (i:Identifier) REQUIRE i.hash IS UNIQUE",
        "CREATE CONSTRAINT whograph_blocking_key FOR (k:BlockingKey) REQUIRE (k.generation, k.hash) IS UNIQUE",
        "MATCH (k:BlockingKeys)-[b:BLOCKS]->() MATCH (r:RecordKey {key: k.key})"
        " MERGE (old:BlockingKey {generation: b.generation, hash: b.hash}) CREATE (r)-[:BLOCKS]->(old)",
        "MATCH (k:BlockingKeys) DETACH DELETE k",
        "MATCH (r:RecordKey {key: 'crm:1'}) CREATE (r)-[:BLOCKS]->(:BlockingKey {generation: -1, hash: -4})",
        "MATCH (s:WhographStore {name: 'store'}) SET s.schema = 1",
    ):
        _run(url, statement)


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
