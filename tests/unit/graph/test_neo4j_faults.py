"""What the integrity check of Neo4j finds."""

from __future__ import annotations

import pytest

from graph.neo4j_store import Neo4jStore
from tests.support.builders import tied_together
from tests.support.neo4j_fixtures import driver_of

pytestmark = pytest.mark.neo4j

SABOTAGE = {
    "a record has no content": "MATCH (r:Record {key: 'crm:1'}) REMOVE r.record",
    "a key is carried by a record that is not live": "MATCH (r {key: 'crm:3'}), (i:Identifier {hash: 1}) "
    "CREATE (r)-[:MATCH]->(i)",
    "blocking keys are not those of a live record": "MATCH (k:BlockingKeys {key: 'crm:1'}) SET k.key = 'crm:404'",
    "an identifier is there more than once": "MATCH (i:Identifier {hash: 1})<-[:MATCH]-(r) "
    "CREATE (:Identifier {key: i.key, hash: 1})<-[:MATCH]-(r)",
    "an identifier is carried by no record": "CREATE (:Identifier {key: 'phone:404', hash: 404})",
    "an assignment is of a record that is not live, and waits for no re-cluster": "MATCH (r {key: 'crm:3'}), "
    "(c:CustomerKey {id: 'c1'}) CREATE (r)-[:MEMBER_OF]->(c)",
    "an assignment is to a customer that does not exist": "MATCH (c:CustomerKey {id: 'c1'}) REMOVE c.created_at",
    "a record has a component but no customer, or several customers": "MATCH (:Record)-[m:MEMBER_OF]->() DELETE m",
    "a customer's size is not the number of its records": "MATCH (c:CustomerKey {id: 'c1'}) SET c.size = 7",
    "a redirect leads to a customer that does not exist": "MATCH (c:CustomerKey {id: 'c1'}) REMOVE c.created_at",
    "a record's number is above the store's sequence": "MATCH (r:Record) SET r.changed = 10000",
    "a feed event's number is above the store's sequence": "MATCH (c:Change) SET c.sequence = 10000",
    "two feed events have one number": "MATCH (c:Change) CREATE (:Change {sequence: c.sequence})",
    "a review item is there more than once": "MATCH (v:Review)-[:ABOUT]->(r) "
    "WITH v, collect(r) AS them CREATE (w:Review) SET w = properties(v) "
    "FOREACH (r IN them | CREATE (w)-[:ABOUT]->(r))",
    "a review item does not lead to its records": "MATCH (:Review)-[about:ABOUT]->() DELETE about",
    "the adopted resolution version does not exist": "MATCH (s:WhographStore {name: 'store'}) SET s.version = 7",
}


@pytest.mark.parametrize("fault", SABOTAGE)
def test_the_check_finds(neo4j_url: str, fault: str) -> None:
    store = Neo4jStore.open(neo4j_url)
    tied_together(store)
    driver, database = driver_of(neo4j_url)
    with driver:
        driver.execute_query(SABOTAGE[fault], database_=database)  # type: ignore[arg-type]
    found = [line for line in store.check() if line.startswith(fault)]
    store.close()
    assert len(found) == 1
    assert found[0].endswith("in all)")
