"""The store's integrity check: whether the indexes are there and the graph agrees with itself."""

from __future__ import annotations

from cypher import names
from graph.neo4j_store.connection import Connection
from graph.neo4j_store.schema import STATEMENTS
from graph.neo4j_store.statements import Statements

_FAULTS = {
    "check_record_properties": "a record has no content",
    "check_carriers": "a key is carried by a record that is not live",
    "check_blocking_keys": "blocking keys are not those of a live record",
    "check_identifiers": "an identifier is there more than once",
    "check_orphan_identifiers": "an identifier is carried by no record",
    "check_assigned_records": "an assignment is of a record that is not live, and waits for no re-cluster",
    "check_assigned_customers": "an assignment is to a customer that does not exist",
    "check_components": "a record has a component but no customer, or several customers",
    "check_sizes": "a customer's size is not the number of its records",
    "check_redirects": "a redirect leads to a customer that does not exist",
    "check_record_sequences": "a record's number is above the store's sequence",
    "check_feed_sequences": "a feed event's number is above the store's sequence",
    "check_feed_doubles": "two feed events have one number",
    "check_review_doubles": "a review item is there more than once",
    "check_review": "a review item does not lead to its records",
    "check_versions": "the adopted resolution version does not exist",
}


def faults(connection: Connection) -> list[str]:
    """The faults found, one line each; none means sound. Writers wait meanwhile, so that it is of one moment."""
    found = _index_faults(connection)
    with connection.turn(), connection.locked() as (transaction, _):
        statements = Statements(connection, transaction)
        for name, sentence in _FAULTS.items():
            first, number = statements.run(name, {})[0]
            if number:
                found.append(f"{sentence}: {first} ({number} in all)")
    return found


def _index_faults(connection: Connection) -> list[str]:
    states = dict(connection.run("indexes"))
    missing = len(STATEMENTS) - len(states)
    lines = [f"{missing} of our indexes are missing"] if missing > 0 else []
    return lines + [f"the index {name} is {state}" for name, state in sorted(states.items()) if state != "ONLINE"]


assert _FAULTS.keys() <= set(names())  # a check without its statement would be found too late
