"""Opening a database: whether it is ours, empty, somebody else's or newer, and making an empty one ours."""

from __future__ import annotations

import re
import uuid

from cypher import names, statement
from graph.errors import StoreError
from graph.neo4j_store.address import Address
from graph.neo4j_store.connection import SCHEMA, Connection, Rows, see_schema

OLDEST_SERVER = (5, 26)
SECONDS_FOR_INDEXES = 60
#: The same over what is there already.
SECONDS_FOR_IMPORTED = 3_600
#: Relationships or nodes of an older schema that one transaction changes.
UPGRADED_AT_ONCE = 10_000

#: What makes our constraints and indexes.
STATEMENTS = tuple(name for name in names() if name.startswith("schema_"))


def prepare(connection: Connection) -> None:
    """Make an empty database ours. Raises StoreError, and changes nothing, where the server is too old or the database
    is somebody else's or of a newer schema."""
    see_server(connection.agent(), connection.address)
    found = connection.run("find_store")
    if not found:
        if connection.run("count_nodes")[0][0]:
            raise StoreError(
                f"the database {connection.address} holds other data", "give whograph an empty database of its own"
            )
        found = _create(connection)
    see_schema(int(found[0][0]), connection.address)
    if found[0][0] < SCHEMA or found[0][3]:
        _upgrade(connection)
    if found[0][2]:  # an imported database, which nobody has opened yet: see import_files
        _index(connection, SECONDS_FOR_IMPORTED)
        connection.run("mark_indexed", write=True)


def see_server(agent: str, address: Address) -> None:
    """``agent``: the server's name and version, such as ``Neo4j/5.26.30``. Raises StoreError for one that is too old or
    of another kind."""
    numbers = re.search(r"(\d+)\.(\d+)", agent)
    if not agent.startswith("Neo4j/") or numbers is None:
        raise StoreError(f"{address} is {agent}, not Neo4j", "name a Neo4j server of version 5.26 or later")
    if (int(numbers[1]), int(numbers[2])) < OLDEST_SERVER:
        raise StoreError(f"{address} is {agent}, too old", "upgrade it to Neo4j 5.26 or later")


def _create(connection: Connection) -> Rows:
    _index(connection, SECONDS_FOR_INDEXES)
    return connection.run("create_store", {"schema": SCHEMA, "id": uuid.uuid4().hex}, write=True)


def _upgrade(connection: Connection) -> None:
    """From an older schema, in parts that are each complete in themselves, under the lock; nobody uses the store
    meanwhile but those who do the same."""
    with connection.locked() as (transaction, _):
        transaction.run(statement("upgrade_begin"), schema=SCHEMA).consume()
        transaction.commit()
    for name in ("upgrade_drop_identifier_hash", "upgrade_drop_change", "upgrade_drop_review"):
        connection.run(name, write=True)
    _index(connection, SECONDS_FOR_IMPORTED)
    for name in ("upgrade_blocking_keys", "upgrade_nodes"):
        done = 1
        while done:
            with connection.locked() as (transaction, _):
                done = transaction.run(statement(name), limit=UPGRADED_AT_ONCE).values()[0][0]
                transaction.commit()
    for name in ("upgrade_drop_blocking_key", "upgrade_drop_record_changed", "upgrade_end"):
        connection.run(name, write=True)


def _index(connection: Connection, seconds: int) -> None:
    for name in STATEMENTS:
        connection.run(name, write=True)
    connection.run("await_indexes", {"seconds": seconds}, write=True)
