// Which customer each record belongs to, the links between records, customers, and the review queue.

// == assignments ==
// The assignments of these records.
MATCH (r:RecordKey)
USING INDEX SEEK r:RecordKey(key)
WHERE r.key IN $keys
MATCH (r)-[m:MEMBER_OF]->(c)
WITH collect([r.key, r.component_id, c.id, m.confidence]) AS rows;

// == scan_assignments ==
// The assignments of the next record keys in key order; keys without one answer with nulls, to go on from.
MATCH (r:RecordKey)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
OPTIONAL MATCH (r)-[m:MEMBER_OF]->(c)
WITH collect([r.key, r.component_id, c.id, m.confidence]) AS rows;

// == members_of_components ==
// Record keys by component.
MATCH (r:RecordKey)
USING INDEX SEEK r:RecordKey(component_id)
WHERE r.component_id IN $components
WITH r.component_id AS component, collect(r.key) AS keys
WITH collect([component, keys]) AS rows;

// == whole_components ==
// The same, and all that resolving them asks for next of their records: contents, customer, links and review items.
MATCH (r:RecordKey)
USING INDEX SEEK r:RecordKey(component_id)
WHERE r.component_id IN $components
WITH r.component_id AS component,
     collect([r.key, r.record, r.extra,
              COLLECT { MATCH (r)-[m:MEMBER_OF]->(c) RETURN [c.id, m.confidence] },
              COLLECT { MATCH (r)-[m:MATCH]-(other) WHERE m.microbits IS NOT NULL RETURN [other.key, m.microbits] },
              COLLECT { MATCH (r)<-[:ABOUT]-(v) RETURN [v.id, v.kind, v.severity, v.component, v.records, v.details] }])
         AS members
WITH collect([component, members]) AS rows;

// == members_of_customers ==
// Record keys by customer.
MATCH (c:CustomerKey)
USING INDEX SEEK c:CustomerKey(id)
WHERE c.id IN $ids
MATCH (c)<-[:MEMBER_OF]-(r)
WITH c.id AS id, collect(r.key) AS keys
WITH collect([id, keys]) AS rows;

// == put_assignments ==
// Records belong to these customers from now on, and to no others.
UNWIND $rows AS row
MERGE (r:RecordKey {key: row.key})
SET r.component_id = row.component
MERGE (c:CustomerKey {id: row.customer})
WITH r, c, row
CALL (r, c) {
  MATCH (r)-[old:MEMBER_OF]->(other)
  WHERE other <> c
  DELETE old
}
MERGE (r)-[m:MEMBER_OF]->(c)
SET m.confidence = row.confidence;

// == drop_assignments ==
// These records belong to nobody.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
REMOVE r.component_id
WITH r
MATCH (r)-[m:MEMBER_OF]->()
DELETE m;

// == customers ==
// Customers by id, retired ones included.
MATCH (c:CustomerKey)
USING INDEX SEEK c:CustomerKey(id)
WHERE c.id IN $ids AND c.created_at IS NOT NULL
WITH collect([c.id, c.size, c.confidence, c.created_at, c.updated_at, c.merged_into, c.former_members]) AS rows;

// == customers_with_records ==
// The same, and of live ones that have at most $near records those, complete: a view of a customer needs no more.
MATCH (c:CustomerKey)
USING INDEX SEEK c:CustomerKey(id)
WHERE c.id IN $ids AND c.created_at IS NOT NULL
WITH collect([[c.id, c.size, c.confidence, c.created_at, c.updated_at, c.merged_into, c.former_members],
              COLLECT { MATCH (c)<-[m:MEMBER_OF]-(r) WHERE c.size <= $near
                        RETURN [r.key, r.component_id, m.confidence, r.record, r.extra] }]) AS rows;

// == retired_into ==
// Retired customers that redirect to one of these, through chains too.
MATCH (c:CustomerKey)
USING INDEX SEEK c:CustomerKey(id)
WHERE c.id IN $ids AND EXISTS { (c)<-[:MERGED_INTO]-() }
MATCH (c)<-[:MERGED_INTO*1..]-(old)
WITH DISTINCT old
WHERE old:Retired
WITH collect([old.id, old.size, old.confidence, old.created_at, old.updated_at, old.merged_into,
              old.former_members]) AS rows;

// == page_customers ==
// Live customers in id order after an id.
MATCH (c:Customer)
WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $limit
WITH collect([c.id, c.size, c.confidence, c.created_at, c.updated_at, c.merged_into, c.former_members]) AS rows;

// == put_live_customers ==
// Insert or replace live customers.
UNWIND $rows AS row
MERGE (c:CustomerKey {id: row.id})
SET c = row
SET c:Customer
REMOVE c:Retired
WITH c
MATCH (c)-[m:MERGED_INTO]->()
DELETE m;

// == put_retired_customers ==
// Insert or replace retired customers.
UNWIND $rows AS row
MERGE (c:CustomerKey {id: row.id})
SET c = row
SET c:Retired
REMOVE c:Customer
WITH c
MATCH (c)-[m:MERGED_INTO]->()
DELETE m;

// == put_redirects ==
// Retired customers redirect to these.
UNWIND $rows AS row
MATCH (c:CustomerKey {id: row.id})
USING INDEX SEEK c:CustomerKey(id)
MERGE (target:CustomerKey {id: row.merged_into})
CREATE (c)-[:MERGED_INTO {at: row.updated_at}]->(target);

// == links ==
// Links with an end among these records.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
MATCH (r)-[m:MATCH]-()
WHERE m.microbits IS NOT NULL
WITH DISTINCT m
WITH collect([startNode(m).key, endNode(m).key, m.microbits]) AS rows;

// == scan_links ==
// The links that begin at the next record keys in key order; keys without one answer too, to go on from.
MATCH (r:RecordKey)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
WITH collect([r.key, COLLECT { MATCH (r)-[m:MATCH]->(other) WHERE m.microbits IS NOT NULL RETURN [other.key, m.microbits] }]) AS rows;

// == put_links ==
// Insert or replace scored pairs. Weight in bits and probability are for the eye, microbits are the weight.
UNWIND $rows AS row
MERGE (a:RecordKey {key: row.left})
MERGE (b:RecordKey {key: row.right})
MERGE (a)-[m:MATCH {method: 'similar'}]->(b)
SET m.microbits = row.microbits, m.weight = row.weight, m.probability = row.probability;

// == drop_links ==
// Forget scored pairs.
UNWIND $rows AS row
MATCH (a:RecordKey {key: row.left})
USING INDEX SEEK a:RecordKey(key)
WITH a, row
MATCH (a)-[m:MATCH {method: 'similar'}]->(b)
WHERE b.key = row.right
DELETE m;

// == review ==
// The worst review items.
MATCH (v:Review)
USING INDEX v:Review(rank, id)
WHERE v.rank >= -1e9 AND v.id > ''
WITH v ORDER BY v.rank, v.id LIMIT $limit
WITH collect([v.id, v.kind, v.severity, v.component, v.records, v.details]) AS rows;

// == review_of_records ==
// Review items about any of these records.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
MATCH (r)<-[:ABOUT]-(v)
WITH DISTINCT v
WITH collect([v.id, v.kind, v.severity, v.component, v.records, v.details]) AS rows;

// == scan_review ==
// The next review items in id order.
MATCH (v:Review)
WHERE v.id > $after
WITH v ORDER BY v.id LIMIT $limit
WITH collect([v.id, v.kind, v.severity, v.component, v.records, v.details]) AS rows;

// == put_review ==
// Insert or replace review items, and what they are about.
UNWIND $rows AS row
MERGE (v:Review {id: row.id})
SET v = row
WITH v, row
CALL (v) {
  MATCH (v)-[old:ABOUT]->()
  DELETE old
}
UNWIND row.records AS key
MERGE (r:RecordKey {key: key})
MERGE (v)-[:ABOUT]->(r);

// == drop_review ==
// Forget review items.
UNWIND $ids AS id
MATCH (v:Review {id: id})
USING INDEX SEEK v:Review(id)
DETACH DELETE v;
