"""How the server finds what a statement asks for: by index seeks, on an empty store as on a filled one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cypher import names, statement
from graph.model import Assignment, Customer, IndexedRecord, Key, Link, Record, ReviewItem, ReviewKind
from graph.neo4j_store import Neo4jStore
from tests.support.neo4j_fixtures import driver_of

pytestmark = pytest.mark.neo4j

#: Statements of whole-store work, which read everything that there is of something.
WHOLE_STORE = {
    *(name for name in names() if name.startswith(("schema_", "upgrade_", "check_"))),
    *("await_indexes", "indexes", "count_nodes", "find_store", "create_store"),  # opening
    *("source_counts", "clear_pending"),
    *("decisions", "versions", "adopt_version", "named_texts"),  # there are few
}


def _operators(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["operatorType"].split("@")[0]
    for child in plan.get("children", []):
        yield from _operators(child)


def _plans(url: str) -> dict[str, set[str]]:
    driver, database = driver_of(url)
    found = {}
    with driver, driver.session(database=database) as session:
        # Plans that the server keeps from other tests were made for what the store held then.
        session.run("CALL db.clearQueryCaches()").consume()
        for name in sorted(set(names()) - WHOLE_STORE):
            text = statement(name)
            parameters = dict.fromkeys(re.findall(r"\$(\w+)", text))
            plan = session.run(f"EXPLAIN {text}", parameters).consume().plan  # type: ignore[arg-type]  # named files
            found[name] = set(_operators(plan or {}))
    return found


def _fill(store: Neo4jStore) -> None:
    numbers = range(2_000)
    with store.write() as transaction:
        transaction.put_records(
            IndexedRecord(
                Record("crm", f"{number}", number, f"{number}", {"email": (f"u{number % 700}@example.com",)}),
                number,
                (Key(number % 700, "email", f"u{number % 700}@example.com"), Key(-(number % 90) - 1, "block")),
            )
            for number in numbers
        )
        transaction.put_customers(Customer(f"c{number}", 1, None, 1, 1) for number in numbers)
        transaction.put_assignments(Assignment(f"crm:{n}", f"crm:{n}", f"c{n}", None) for n in numbers)
        kind = ReviewKind.WEAK_CUSTOMER
        transaction.put_review(ReviewItem(f"r{n}", kind, 0.5, f"crm:{n}", (f"crm:{n}",)) for n in numbers)
        transaction.put_links(Link(f"crm:{number}", f"crm:{number + 700}", 1) for number in range(1_300))


def _is_bad(operator: str) -> bool:
    if operator.startswith("NodeCountFrom"):  # one number that the server keeps
        return False
    return operator == "CartesianProduct" or operator.endswith("Scan")


def _bad(plans: dict[str, set[str]]) -> dict[str, set[str]]:
    found = {name: {operator for operator in operators if _is_bad(operator)} for name, operators in plans.items()}
    return {name: operators for name, operators in found.items() if operators}


def test_every_statement_of_lookup_and_ingest_seeks_in_an_empty_store(neo4j_url: str) -> None:
    Neo4jStore.open(neo4j_url).close()
    plans = _plans(neo4j_url)
    assert "NodeUniqueIndexSeek" in plans["records"]
    assert _bad(plans) == {}


def test_every_statement_of_lookup_and_ingest_seeks_in_a_filled_store(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    _fill(store)
    store.close()
    plans = _plans(neo4j_url)
    assert "NodeUniqueIndexSeek" in plans["records"]
    assert _bad(plans) == {}


def test_scans_walk_an_index_in_its_order_and_sort_nothing(neo4j_url: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    _fill(store)
    store.close()
    plans = _plans(neo4j_url)
    walks = ["scan_records", "scan_full_records", "scan_assignments", "scan_links", "scan_review", "page_customers"]
    for name in [*walks, "pending", "changes", "review", "quarantined"]:
        assert not plans[name] & {"Sort", "Top", "PartialSort", "PartialTop"}, name
