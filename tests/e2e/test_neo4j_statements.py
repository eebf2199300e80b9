"""What work costs a Neo4j server: how many statements a lookup and a single record are, and what is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from graph.neo4j_store import connection, reader
from graph.neo4j_store.statements import Statements
from graph.store import Store
from resolver.service import Resolver
from tests.support.builders import put
from tests.support.company import CONFIG, CRM, SHOP, table
from tests.support.neo4j_fixtures import driver_of
from tests.support.places import open_at

pytestmark = pytest.mark.neo4j

START = 1_750_000_000_000_000


@pytest.fixture
def store(neo4j_url: str) -> Iterator[Store]:
    store = open_at(neo4j_url)
    yield store
    store.close()


@pytest.fixture
def resolver(store: Store) -> Resolver:
    ticks = count(START, 1_000_000)
    resolver = Resolver(store, CONFIG, lambda: next(ticks))
    for source, rows in (("crm", CRM), ("shop", SHOP)):
        resolver.load(source, [(table(rows), str)])
    resolver.recluster()
    return resolver


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each named statement is sent from here on."""
    sent: Counter[str] = Counter()
    run, run_within = connection.Connection._run, Statements._executed

    def counted(self: Any, name: str, *rest: Any) -> Any:
        sent[name] += 1
        return run(self, name, *rest)

    def counted_within(self: Any, name: str, *rest: Any) -> Any:
        sent[name] += 1
        return run_within(self, name, *rest)

    monkeypatch.setattr(connection.Connection, "_run", counted)
    monkeypatch.setattr(Statements, "_executed", counted_within)
    return sent


def _everything(url: str) -> list[Any]:
    """Every node and relationship with what it holds."""
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        nodes = session.run("MATCH (n) RETURN elementId(n) AS id, labels(n), properties(n) ORDER BY id").values()
        edges = session.run("MATCH ()-[e]->() RETURN elementId(e) AS id, type(e), properties(e) ORDER BY id").values()
    return [nodes, edges]


def test_a_lookup_by_identifiers_is_one_statement(resolver: Resolver, statements: Counter[str]) -> None:
    with resolver.store.read() as snapshot:
        emails = [its.fields["email"] for chunk in snapshot.scan_records() for its, _ in chunk if "email" in its.fields]
    question = {"email": [*emails[0]], "phone": ["+44 20 7946 0018"]}
    resolver.identify(question)
    statements.clear()
    assert resolver.identify(question).candidates
    assert statements == {"identifiers_with_customers": 1}


def test_a_lookup_by_an_identifier_that_too_many_carry_is_one_statement(
    resolver: Resolver, statements: Counter[str]
) -> None:
    names = [f"{first}{last}" for first in "BDFG" for last in ("ecker", "orn", "uchs")]
    rows = [{"no": f"h{n}", "phone": "+44 20 7946 0777", "last": name} for n, name in enumerate(names)]
    resolver.ingest("crm", rows[:3])
    resolver.ingest("crm", rows[3:])
    statements.clear()
    (shared,) = resolver.identify({"phone": ["+44 20 7946 0777"]}).shared
    assert statements == {"identifiers_with_customers": 1}
    assert not shared.active
    assert shared.customers > 1


def test_a_view_of_a_customer_is_one_statement(resolver: Resolver, statements: Counter[str]) -> None:
    customer = resolver.customers(limit=1)[0].id
    resolver.customer(customer)
    statements.clear()
    assert resolver.customer(customer).records
    assert statements == {"customers_with_records": 1}


def test_an_explanation_is_a_few_statements(resolver: Resolver, statements: Counter[str]) -> None:
    resolver.explain("crm:1", "shop:W1")
    statements.clear()
    assert resolver.explain("crm:1", "shop:W1").path
    assert statements.total() <= 7, statements


def test_a_single_record_is_a_few_dozen_statements(resolver: Resolver, statements: Counter[str]) -> None:
    resolver.ingest("shop", [{"account": "W1", "email": "new@example.org", "last_name": "Weiss", "seen": "2024-03-01"}])
    statements.clear()
    resolver.ingest("shop", [{"account": "W2", "email": "new@example.org", "last_name": "Weiss", "seen": "2024-03-01"}])
    assert statements.total() <= 40, statements


def test_a_component_comes_with_all_that_hangs_on_its_records(resolver: Resolver, statements: Counter[str]) -> None:
    resolver.ingest("shop", [{"account": "W1", "email": "new@example.org", "last_name": "Weiss", "seen": "2024-03-01"}])
    statements.clear()
    resolver.ingest("shop", [{"account": "W8", "email": "new@example.org", "last_name": "Weiss", "seen": "2024-03-01"}])
    assert statements["whole_components"] > 0
    assert (statements["links"], statements["review_of_records"]) == (0, 0)


def test_whether_a_record_is_new_is_asked_once(resolver: Resolver, statements: Counter[str]) -> None:
    statements.clear()
    resolver.ingest("shop", [{"account": "W9", "email": "w9@example.org", "seen": "2024-03-01"}])
    assert (statements["records"], statements["carried_keys"]) == (1, 0)
    statements.clear()
    resolver.ingest("shop", [{"account": "W9", "email": "other@example.org", "seen": "2024-03-02"}])
    assert statements["carried_keys"] == 1


def test_what_was_written_is_told_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    for number in range(6):  # so many records in one write, the next time behind and before those
        keys = [f"{source}:{number}{its}" for source in ("a", "z") for its in range(number)]
        put(store, *keys)
        written.append(keys)
    monkeypatch.setattr(reader, "SCAN_CHUNK", 3)
    with store.read() as snapshot:
        last = snapshot.sequence()
        told = [snapshot.changed_since(sequence) for sequence in range(last + 1)]
    assert last == 5
    assert told == [sorted(key for keys in written[number + 1 :] for key in keys) for number in range(6)]


def test_a_recluster_that_changes_nothing_writes_nothing(resolver: Resolver, neo4j_url: str) -> None:
    resolver.recluster()
    before = _everything(neo4j_url)
    resolver.recluster()
    assert _everything(neo4j_url) == before
