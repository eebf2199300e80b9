"""What people see in the graph of a Neo4j store: nodes with readable labels, edges with the weights that count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.moving.copying import copy_store
from resolver.service import Resolver
from tests.support.bounded import Bounded
from tests.support.company import CONFIG, CRM, SHOP, loaded, table, ticking_clock
from tests.support.neo4j_fixtures import driver_of, wipe

pytestmark = pytest.mark.neo4j

OBSERVED = """
MATCH (r:Record)-[m:MATCH]->(i:Identifier)
WHERE i.hash IS NOT NULL
RETURN r.key, i.key, m.weight, m.probability
"""

IDENTIFIERS = """
MATCH (i:Identifier)
WHERE i.hash IS NOT NULL
RETURN i.key, i.degree, i.active, i.weight, i.probability
"""


@pytest.fixture
def resolver(neo4j_url: str) -> Iterator[Resolver]:
    store: Store = Neo4jStore.open(neo4j_url)
    clock = ticking_clock()
    resolver = Resolver(store, CONFIG, lambda: next(clock))
    for source, rows in (("crm", CRM), ("shop", SHOP)):
        resolver.load(source, [(table(rows), lambda row: f"row {row + 1}")])
    resolver.recluster()
    yield resolver
    store.close()


def _asked(url: str, query: str, **parameters: Any) -> list[list[Any]]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        return session.run(query, parameters).values()  # type: ignore[arg-type]  # the queries of this file


def _expected(resolver: Resolver) -> dict[tuple[str, str], int]:
    """Microbits of every observed edge, as the customers' graphs have them."""
    return {
        (edge.left, edge.right): edge.weight
        for customer in resolver.customers()
        for edge in resolver.graph(customer.id).edges
        if edge.method == "observed"
    }


def _assert_edges_weigh_what_they_say(resolver: Resolver, url: str) -> None:
    expected = _expected(resolver)
    seen = {(record, identifier): (weight, p) for record, identifier, weight, p in _asked(url, OBSERVED)}
    assert seen.keys() == expected.keys()
    # The call centre's number is over its cap: it says nothing, so its edges have no weight.
    active = {its: both for its, both in seen.items() if both[0] is not None}
    assert seen.keys() - active.keys() == {its for its in seen if its[1] == "phone:+442079460999"}
    for its, (weight, probability) in active.items():
        assert weight == pytest.approx(expected[its] / 1e6, abs=0.006)
        assert 0.5 < probability < 1


def test_observed_edges_weigh_what_sharing_the_identifier_alone_says(resolver: Resolver, neo4j_url: str) -> None:
    _assert_edges_weigh_what_they_say(resolver, neo4j_url)


def test_the_weights_follow_live_changes(resolver: Resolver, neo4j_url: str) -> None:
    row = {"email": "carla.o@example.net", "mobile": "020 7946 0101", "card": "L-7", "first_name": "Carlotta"}
    resolver.ingest("shop", [{"account": "W9", "last_name": "Reyes", "seen": "2024-05-01", **row}])
    resolver.delete("shop", "W2")
    _assert_edges_weigh_what_they_say(resolver, neo4j_url)


def test_an_identifier_shows_how_many_carry_it_and_whether_it_counts(resolver: Resolver, neo4j_url: str) -> None:
    rows = _asked(neo4j_url, "MATCH (p:Phone) RETURN p.value, p.degree, p.active ORDER BY p.value")
    assert rows == [["+442079460101", 2, True], ["+442079460999", 4, False]]
    resolver.delete("crm", "5")
    rows = _asked(neo4j_url, "MATCH (p:Phone) RETURN p.value, p.degree, p.active ORDER BY p.value")
    assert rows == [["+442079460101", 2, True], ["+442079460999", 3, True]]


def test_every_identifier_has_the_label_of_its_type_and_every_record_its_names(
    resolver: Resolver, neo4j_url: str
) -> None:
    labels = _asked(neo4j_url, "MATCH (i:Identifier) UNWIND labels(i) AS label RETURN DISTINCT label ORDER BY label")
    assert [label for (label,) in labels] == ["Email", "Identifier", "Loyalty", "Phone", "Record", "RecordKey"]
    names = _asked(neo4j_url, "MATCH (r:Record {key: 'crm:1'}) RETURN r.given_name, r.family_name, r.city")
    assert names == [["Ana", "Reyes", "London"]]
    assert resolver.counts().records == 8


# when identifiers were seen

SEEN = """
MATCH (r:Record)-[m:MATCH {method: 'observed'}]->(i:Identifier)
RETURN r.key, i.key, toString(m.first_seen), toString(m.last_seen), m.times_seen
"""
WEB = Config.model_validate(
    {
        "identifiers": {"email": {"kind": "email"}, "cookie": {"kind": "code"}},
        "sources": {"web": {"role": "touch", "time": "at", "columns": {"mail": "email", "cookie": "cookie"}}},
    }
)
LOGIN = {"mail": "ana@example.com", "cookie": "c1"}


def _seen(url: str) -> dict[tuple[str, str], tuple[str, str, int]]:
    return {(record, identifier): tuple(its) for record, identifier, *its in _asked(url, SEEN)}


@pytest.fixture
def web(neo4j_url: str) -> Iterator[Resolver]:
    store: Store = Neo4jStore.open(neo4j_url)
    clock = ticking_clock()
    yield Resolver(store, WEB, lambda: next(clock))
    store.close()


def test_an_identifier_was_seen_on_a_record_when_the_record_was(resolver: Resolver, neo4j_url: str) -> None:
    seen = _seen(neo4j_url)
    at = "2024-01-05T10:00:00Z"
    assert seen["crm:1", "email:ana.reyes@example.com"] == (at, at, 1)
    assert seen.keys() == _expected(resolver).keys()


def test_a_newer_version_moves_what_it_keeps_and_begins_what_it_brings(resolver: Resolver, neo4j_url: str) -> None:
    row = {"no": "1", "mail": "ana.reyes@example.com", "phone": "020 7946 0555", "changed": "2024-06-01T08:00:00Z"}
    resolver.ingest("crm", [row])
    at = "2024-06-01T08:00:00Z"
    assert {its: when for its, when in _seen(neo4j_url).items() if its[0] == "crm:1"} == {
        ("crm:1", "email:ana.reyes@example.com"): (at, at, 1),
        ("crm:1", "phone:+442079460555"): (at, at, 1),
    }


def test_a_touch_is_seen_with_each_of_its_observations_and_once_with_a_repeat(web: Resolver, neo4j_url: str) -> None:
    times = ("2024-03-02T00:00:00Z", "2024-03-09T12:30:00Z", "2024-02-01T07:00:00Z", "2024-03-02T00:00:00Z")
    for at in times:
        web.ingest("web", [{**LOGIN, "at": at}])
    expected = ("2024-02-01T07:00:00Z", "2024-03-09T12:30:00Z", 3)
    assert list(_seen(neo4j_url).values()) == [expected, expected]


def test_what_a_deleted_record_carried_was_not_seen_on_it(web: Resolver, neo4j_url: str) -> None:
    outcome = web.ingest("web", [{**LOGIN, "at": "2024-03-02"}, {"cookie": "c1", "at": "2024-03-03"}])
    key = outcome[0].record_key
    assert key is not None
    web.delete(*key.split(":", 1))
    assert list(_seen(neo4j_url).values()) == [("2024-03-03T00:00:00Z", "2024-03-03T00:00:00Z", 1)]


def test_a_bulk_load_and_a_copy_see_what_live_ingestion_saw(neo4j_url: str, tmp_path: Path) -> None:
    embedded = SqliteStore.open(tmp_path / "web.db")
    clock = ticking_clock()
    resolver = Resolver(embedded, WEB, lambda: next(clock))
    rows = [("mail", "cookie", "at"), *(("ana@example.com", "c1", f"2024-03-0{day}") for day in (4, 2, 7, 2))]
    resolver.load("web", [(table(tuple(rows)), str)])
    resolver.recluster()
    target = Neo4jStore.open(neo4j_url)
    copy_store(embedded, target, lambda *_: None)
    expected = ("2024-03-02T00:00:00Z", "2024-03-07T00:00:00Z", 3)
    assert list(_seen(neo4j_url).values()) == [expected, expected]
    for store in (embedded, target):
        store.close()


def test_a_re_cluster_in_parts_shows_the_same_weights(neo4j_url: str) -> None:
    shown = []
    for most in (2, None):
        wipe(neo4j_url)
        store = Bounded(Neo4jStore.open(neo4j_url), most)
        loaded(store)
        shown.append([sorted(map(repr, _asked(neo4j_url, query))) for query in (OBSERVED, IDENTIFIERS)])
        store.close()
    assert shown[0] == shown[1]
    assert any("None" not in row for row in shown[0][1])
