// What the program creates in an empty database: every section that is named schema_…; and how it opens one.
//
// Constraints say what people may rely on; the rest are indexes. Writers follow each other, so nothing is there twice
// without a constraint either (check.cypher looks), and with one a MERGE of what is new seeks three times, not once: of
// identifiers alone that was a quarter of the server's time in a load.

// == schema_store ==
// There is one node that says whose database this is, and one that marks commits.
CREATE CONSTRAINT whograph_store IF NOT EXISTS FOR (s:WhographStore) REQUIRE s.name IS UNIQUE;

// == schema_record_key ==
// Every record key has one node, whether the record is live, deleted or only referred to.
CREATE CONSTRAINT whograph_record_key IF NOT EXISTS FOR (r:RecordKey) REQUIRE r.key IS UNIQUE;

// == schema_record ==
// Live records in key order.
CREATE INDEX whograph_record IF NOT EXISTS FOR (r:Record) ON (r.key);

// == schema_record_component ==
// The records of a component.
CREATE INDEX whograph_record_component IF NOT EXISTS FOR (r:RecordKey) ON (r.component_id);

// == schema_record_written ==
// The records that were written after a change sequence number; one number may have many, which go by key.
CREATE INDEX whograph_record_written IF NOT EXISTS FOR (r:RecordKey) ON (r.changed, r.key);

// == schema_pending ==
// Records that wait for a re-cluster, in key order.
CREATE INDEX whograph_pending IF NOT EXISTS FOR (r:Pending) ON (r.key);

// == schema_identifier_hash ==
// An identifier is found by its hash.
CREATE INDEX whograph_identifier_hash IF NOT EXISTS FOR (i:Identifier) ON (i.hash);

// == schema_identifier_key ==
// An identifier (a record too) is found by its key as people write it.
CREATE INDEX whograph_identifier_key IF NOT EXISTS FOR (i:Identifier) ON (i.key);

// == schema_blocking_keys ==
// A record's blocking keys are relationships of one node to itself, by the record's key.
CREATE INDEX whograph_blocking_keys IF NOT EXISTS FOR (k:BlockingKeys) ON (k.key);

// == schema_blocks ==
// Blocking keys by hash, within a generation: old generations are swept away later.
CREATE INDEX whograph_blocks IF NOT EXISTS FOR ()-[b:BLOCKS]-() ON (b.generation, b.hash);

// == schema_customer_key ==
// Every customer id has one node, whether the customer is live, retired or only referred to.
CREATE CONSTRAINT whograph_customer_key IF NOT EXISTS FOR (c:CustomerKey) REQUIRE c.id IS UNIQUE;

// == schema_customer ==
// Live customers in id order.
CREATE INDEX whograph_customer IF NOT EXISTS FOR (c:Customer) ON (c.id);

// == schema_change ==
// The change feed in its order.
CREATE INDEX whograph_change IF NOT EXISTS FOR (c:Change) ON (c.sequence);

// == schema_change_customer ==
// The history of one customer id.
CREATE INDEX whograph_change_customer IF NOT EXISTS FOR (c:Change) ON (c.customer_id);

// == schema_decision ==
// A decision by its id.
CREATE CONSTRAINT whograph_decision IF NOT EXISTS FOR (d:Decision) REQUIRE d.id IS UNIQUE;

// == schema_decision_left ==
// Decisions by their left endpoint.
CREATE INDEX whograph_decision_left IF NOT EXISTS FOR (d:Decision) ON (d.left_key);

// == schema_decision_right ==
// Decisions by their right endpoint.
CREATE INDEX whograph_decision_right IF NOT EXISTS FOR (d:Decision) ON (d.right_key);

// == schema_review ==
// A review item by its id.
CREATE INDEX whograph_review IF NOT EXISTS FOR (v:Review) ON (v.id);

// == schema_review_order ==
// The review queue, worst first: rank is the severity with its sign turned.
CREATE INDEX whograph_review_order IF NOT EXISTS FOR (v:Review) ON (v.rank, v.id);

// == schema_quarantined ==
// A refused row or value is kept once.
CREATE CONSTRAINT whograph_quarantined IF NOT EXISTS FOR (q:Quarantined) REQUIRE q.digest IS UNIQUE;

// == schema_quarantined_number ==
// Refused rows and values in their order.
CREATE INDEX whograph_quarantined_number IF NOT EXISTS FOR (q:Quarantined) ON (q.number);

// == schema_version ==
// A resolution version by its number.
CREATE CONSTRAINT whograph_version IF NOT EXISTS FOR (v:Version) REQUIRE v.number IS UNIQUE;

// == schema_meta ==
// A small named text.
CREATE CONSTRAINT whograph_meta IF NOT EXISTS FOR (m:Meta) REQUIRE m.name IS UNIQUE;

// == await_indexes ==
// Wait until new indexes are ready, at most $seconds.
CALL db.awaitIndexes($seconds);

// == indexes ==
// Our indexes with their states.
SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'whograph_' RETURN name, state;

// == count_nodes ==
// Whether the database is empty (one number from the count store).
MATCH (n) RETURN count(n);

// == find_store ==
// Whose database this is: nothing, or the schema number and name of a store of ours, whether it was imported and has no
// constraints yet, and whether it is being brought up from an older schema. One label scan, at opening.
MATCH (s:WhographStore) WHERE s.name = 'store'
RETURN s.schema, s.id, coalesce(s.unindexed, false), coalesce(s.upgrading, false);

// == mark_indexed ==
// An imported database has its constraints and indexes now.
MATCH (s:WhographStore) WHERE s.name = 'store'
REMOVE s.unindexed;

// == create_store ==
// Make an empty database ours, last of all, so that an interrupted creation is simply done again.
MERGE (s:WhographStore {name: 'store'})
ON CREATE SET s.schema = $schema, s.id = $id, s.sequence = 0, s.quarantined = 0, s.generation = 0
MERGE (c:WhographStore {name: 'commit'})
ON CREATE SET c.begun = 0, c.done = 0
RETURN s.schema, s.id, false AS unindexed, false AS upgrading;

// == upgrade_begin ==
// From here on programs of the older schema refuse the store; whoever opens it next goes on where this one ends.
MATCH (s:WhographStore {name: 'store'})
SET s.schema = $schema, s.upgrading = true;

// == upgrade_blocking_keys ==
// Schema 1 had a node for each blocking key, with a relationship from each record that carries it. Some of these become
// relationships, as since schema 2, or go with generations that are over, until none is left.
MATCH (s:WhographStore {name: 'store'})
MATCH (old:BlockingKey)<-[edge:BLOCKS]-(r:RecordKey)
WITH s.generation AS generation, old, edge, r LIMIT $limit
DELETE edge
WITH generation, old.generation AS its, old.hash AS hash, r
CALL (generation, its, hash, r) {
  WITH hash, generation, its, r
  WHERE its = generation
  MERGE (k:BlockingKeys {key: r.key})
  ON CREATE SET k.signature = r.signature
  CREATE (k)-[:BLOCKS {generation: generation, hash: hash}]->(k)
}
RETURN count(*);

// == upgrade_nodes ==
// Some nodes of blocking keys of schema 1, now without relationships, until none is left.
MATCH (old:BlockingKey)
WITH old LIMIT $limit
DELETE old
RETURN count(*);

// == upgrade_drop_blocking_key ==
// A constraint of schema 1.
DROP CONSTRAINT whograph_blocking_key IF EXISTS;

// == upgrade_drop_identifier_hash ==
// A constraint of schema 1, in the way of an index of the same name.
DROP CONSTRAINT whograph_identifier_hash IF EXISTS;

// == upgrade_drop_change ==
// A constraint of schema 1, likewise.
DROP CONSTRAINT whograph_change IF EXISTS;

// == upgrade_drop_review ==
// A constraint of schema 1, likewise.
DROP CONSTRAINT whograph_review IF EXISTS;

// == upgrade_drop_record_changed ==
// An index of schemas 1 and 2.
DROP INDEX whograph_record_changed IF EXISTS;

// == upgrade_end ==
// The store is of the newest schema.
MATCH (s:WhographStore {name: 'store'})
REMOVE s.upgrading;
