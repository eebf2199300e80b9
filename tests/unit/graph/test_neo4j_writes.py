"""Writes are not waited for: what the server says of them comes with the next read, or at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from graph.errors import StoreError
from graph.model import Customer, KeyKind
from graph.neo4j_store import Neo4jStore
from tests.support.builders import indexed, put

pytestmark = pytest.mark.neo4j

#: Longer than what an index of Neo4j takes.
REFUSED = Customer("c" * 20_000, 1, None, 1, 1)


@pytest.fixture
def store(neo4j_url: str) -> Iterator[Neo4jStore]:
    its = Neo4jStore.open(neo4j_url)
    yield its
    its.close()


def test_a_write_that_the_server_refuses_fails_the_transaction(store: Neo4jStore) -> None:
    def write() -> None:
        with store.write() as tx:
            tx.put_customers([REFUSED])
            tx.put_customers([Customer("c1", 1, None, 1, 1)])

    with pytest.raises(StoreError):
        write()
    with store.read() as snapshot:
        assert snapshot.page_customers(None, 9) == []


def test_a_refused_write_fails_the_transaction_also_where_its_error_was_passed_over(store: Neo4jStore) -> None:
    def write() -> None:
        with store.write() as tx:
            tx.put_customers([REFUSED])
            with suppress(StoreError):
                tx.customers(["c1"])
            with suppress(StoreError):
                tx.put_customers([Customer("c1", 1, None, 1, 1)])

    with pytest.raises(StoreError):
        write()
    with store.read() as snapshot:
        assert snapshot.page_customers(None, 9) == []


def test_what_is_read_in_pairs_is_all_there_before_and_after_a_write(store: Neo4jStore) -> None:
    put(store, *(indexed(f"crm:{number}", [number], [-number]) for number in range(1, 500)))
    hashes = range(-600, 600)
    with store.write() as tx:
        before = [tx.carriers(hashes, 9, kind) for kind in (None, *KeyKind)]
        tx.put_records([indexed("crm:500", [500], [-500])])
        after = [tx.carriers(hashes, 9, kind) for kind in (None, *KeyKind)]
    assert [len(found) for found in before] == [998, 499, 499]
    assert [len(found) for found in after] == [1_000, 500, 500]
