// Records, and the keys by which they find each other.
//
// In all files: where a statement begins is hinted, and the far end of a relationship has no label, so that no statistics,
// however stale, make the planner begin at an index of something else.

// == records ==
// Records by key, tombstones included. What is only referred to answers without a record.
MATCH (r:RecordKey)
USING INDEX SEEK r:RecordKey(key)
WHERE r.key IN $keys
WITH collect([r.key, r.record, r.extra]) AS rows;

// == live_fields ==
// Live records by key, without what people see only.
MATCH (r:RecordKey)
USING INDEX SEEK r:RecordKey(key)
WHERE r.key IN $keys AND r:Record
WITH collect([r.record]) AS rows;

// == scan_records ==
// The next live records in key order, without what people see only.
MATCH (r:Record)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
WITH collect([r.record]) AS rows;

// == scan_full_records ==
// The next live records in key order, complete.
MATCH (r:Record)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
WITH collect([r.record, r.extra]) AS rows;

// == carriers ==
// The records that carry each of these keys, at most $limit a key: the LIMIT within the subquery keeps hubs cheap. Of
// blocking keys the node beside the record answers (add_blocking_keys), with the same key and signature.
MATCH (s:WhographStore {name: 'store'})
WITH s.generation AS generation
UNWIND $hashes AS hash
CALL (generation, hash) {
  MATCH (i:Identifier {hash: hash})
  USING INDEX SEEK i:Identifier(hash)
  MATCH (i)<-[:MATCH]-(r)
  RETURN r LIMIT $limit
  UNION ALL
  MATCH (r)-[b:BLOCKS {generation: generation, hash: hash}]->()
  USING INDEX SEEK b:BLOCKS(generation, hash)
  RETURN r LIMIT $limit
}
WITH hash, collect(r.key) AS keys, collect(r.signature) AS signatures
WITH collect([hash, keys, signatures]) AS rows;

// == carriers_of_identifiers ==
// The same of keys that are known to be identifiers.
UNWIND $hashes AS hash
CALL (hash) {
  MATCH (i:Identifier {hash: hash})
  USING INDEX SEEK i:Identifier(hash)
  MATCH (i)<-[:MATCH]-(r)
  RETURN r LIMIT $limit
}
WITH hash, collect(r.key) AS keys, collect(r.signature) AS signatures
WITH collect([hash, keys, signatures]) AS rows;

// == carriers_of_blocking_keys ==
// The same of keys that are known to be blocking keys.
MATCH (s:WhographStore {name: 'store'})
WITH s.generation AS generation
UNWIND $hashes AS hash
CALL (generation, hash) {
  MATCH (r)-[b:BLOCKS {generation: generation, hash: hash}]->()
  USING INDEX SEEK b:BLOCKS(generation, hash)
  RETURN r LIMIT $limit
}
WITH hash, collect(r.key) AS keys, collect(r.signature) AS signatures
WITH collect([hash, keys, signatures]) AS rows;

// == identifiers_with_customers ==
// As carriers_of_identifiers, and complete customers of the first $near of them, with their records: a lookup needs no more.
// Of a key that reaches the limit, and proposes nobody then, only those of the first $few in key order; and to whom its
// other carriers belong.
UNWIND $hashes AS hash
CALL (hash) {
  MATCH (i:Identifier {hash: hash})
  USING INDEX SEEK i:Identifier(hash)
  MATCH (i)<-[:MATCH]-(r)
  RETURN r LIMIT $limit
}
WITH hash, r ORDER BY r.key
WITH hash, collect(r) AS carriers
WITH collect([hash, carriers]) AS found
CALL (found) {
  UNWIND found AS its
  UNWIND its[1][..CASE WHEN size(its[1]) < $limit THEN $near ELSE $few END] AS r
  WITH DISTINCT r LIMIT $near
  MATCH (r)-[:MEMBER_OF]->(c)
  WITH DISTINCT c
  WHERE c.size <= $near
  RETURN collect([[c.id, c.size, c.confidence, c.created_at, c.updated_at, c.merged_into, c.former_members],
                  COLLECT { MATCH (c)<-[m:MEMBER_OF]-(r) RETURN [r.key, r.component_id, m.confidence, r.record, r.extra] }])
         AS customers
}
CALL (found) {
  UNWIND found AS its
  WITH its WHERE size(its[1]) >= $limit
  UNWIND its[1] AS r
  MATCH (r)-[m:MEMBER_OF]->(c)
  RETURN collect([r.key, r.component_id, c.id, m.confidence]) AS others
}
WITH [[[its IN found | [its[0], [r IN its[1] | r.key], [r IN its[1] | r.signature]]], customers, others]] AS rows;

// == blocking_keys_with_customers ==
// The same of keys that are known to be blocking keys; nobody is asked for behind one that reaches the limit.
MATCH (s:WhographStore {name: 'store'})
WITH s.generation AS generation
CALL (generation) {
  UNWIND $hashes AS hash
  CALL (generation, hash) {
    MATCH (r)-[b:BLOCKS {generation: generation, hash: hash}]->()
    USING INDEX SEEK b:BLOCKS(generation, hash)
    RETURN r LIMIT $limit
  }
  WITH hash, collect(r) AS carriers
  RETURN collect([hash, carriers]) AS found
}
CALL (found) {
  UNWIND found AS its
  WITH its WHERE size(its[1]) < $limit
  UNWIND its[1][..$near] AS carrier
  WITH DISTINCT carrier.key AS key LIMIT $near
  MATCH (r:RecordKey {key: key})
  USING INDEX SEEK r:RecordKey(key)
  MATCH (r)-[:MEMBER_OF]->(c)
  WITH DISTINCT c
  WHERE c.size <= $near
  RETURN collect([[c.id, c.size, c.confidence, c.created_at, c.updated_at, c.merged_into, c.former_members],
                  COLLECT { MATCH (c)<-[m:MEMBER_OF]-(r) RETURN [r.key, r.component_id, m.confidence, r.record, r.extra] }])
         AS customers
}
WITH [[[its IN found | [its[0], [r IN its[1] | r.key], [r IN its[1] | r.signature]]], customers, []]] AS rows;

// == degree ==
// How many live records carry this key: the degree that its node keeps. A hash that is both an identifier's and a
// blocking key's is counted out.
MATCH (s:WhographStore {name: 'store'})
OPTIONAL MATCH (i:Identifier {hash: $hash})
USING INDEX SEEK i:Identifier(hash)
WITH s.generation AS generation, i
CALL (generation, i) {
  MATCH (k)-[b:BLOCKS {generation: generation, hash: $hash}]->()
  USING INDEX SEEK b:BLOCKS(generation, hash)
  WHERE i IS NULL OR NOT EXISTS { (i)<-[:MATCH]-({key: k.key}) }
  RETURN count(k) AS blocked
}
WITH blocked + CASE WHEN i IS NULL THEN 0 ELSE COUNT { (i)<-[:MATCH]-() } END AS degree
WITH collect([degree]) AS rows;

// == changed_since ==
// Keys of the next records that were written after a change sequence number, in the order of number and key: under this
// number those behind a key (the last that was told), then those under later numbers.
CALL () {
  MATCH (r:RecordKey)
  USING INDEX SEEK r:RecordKey(changed, key)
  WHERE r.changed = $sequence AND r.key > $after
  RETURN r.changed AS changed, r.key AS key ORDER BY changed, key LIMIT $limit
  UNION ALL
  MATCH (r:RecordKey)
  USING INDEX SEEK r:RecordKey(changed, key)
  WHERE r.changed > $sequence AND r.key IS NOT NULL
  RETURN r.changed AS changed, r.key AS key ORDER BY changed, key LIMIT $limit
}
WITH changed, key ORDER BY changed, key LIMIT $limit
WITH collect([changed, key]) AS rows;

// == pending ==
// Keys of the next records that wait for a re-cluster, in key order.
MATCH (r:Pending)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
WITH collect([r.key]) AS rows;

// == source_counts ==
// Live records by source. Reads every live record.
MATCH (r:Record)
WITH r.source AS source, count(*) AS number
WITH collect([source, number]) AS rows;

// == quarantined ==
// Refused rows and values after a row number, in their order.
MATCH (q:Quarantined)
WHERE q.number > $after
WITH q ORDER BY q.number LIMIT $limit
WITH collect([q.number, q.entry]) AS rows;

// == carried_keys ==
// What existing records carry now: hashes of identifiers, and of blocking keys in force.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
RETURN r.key,
       COLLECT { MATCH (r)-[:MATCH]->(i) WHERE i.hash IS NOT NULL RETURN i.hash },
       COLLECT {
         MATCH (k:BlockingKeys {key: key})
         USING INDEX SEEK k:BlockingKeys(key)
         MATCH (k)-[b:BLOCKS]->()
         WHERE b.generation = $generation
         RETURN b.hash
       };

// == create_records ==
// Insert live records whose keys are new, with all that they carry. Further labels (Pending) are a parameter, and so are
// the labels of identifiers' types.
UNWIND $rows AS row
CREATE (r:RecordKey:Record:Identifier)
SET r = row.properties
SET r.observed_at = datetime({epochSeconds: row.seconds}), r:$($labels)
WITH r, row
CALL (r, row) {
  WITH r, row.identifiers AS identifiers, row.seen.times AS times,
       datetime({epochSeconds: row.seen.first}) AS first, datetime({epochSeconds: row.seen.last}) AS last
  UNWIND identifiers AS identifier
  MERGE (i:Identifier {hash: identifier.hash})
  ON CREATE SET i.key = identifier.key, i.type = identifier.type, i.value = identifier.value, i:$(identifier.label)
  CREATE (r)-[:MATCH {method: 'observed', weight: i.weight, probability: i.probability,
                      first_seen: first, last_seen: last, times_seen: times}]->(i)
}
CALL (r, row) {
  WITH r, row.blocking AS hashes
  WHERE size(hashes) > 0
  CREATE (k:BlockingKeys {key: r.key, signature: r.signature})
  WITH k, hashes
  UNWIND hashes AS hash
  CREATE (k)-[:BLOCKS {generation: $generation, hash: hash}]->(k)
};

// == replace_records ==
// Replace records, or what stands for them, by live ones; their component stays. What they carried already was seen when
// they were.
UNWIND $rows AS row
MATCH (r:RecordKey {key: row.key})
USING INDEX SEEK r:RecordKey(key)
WITH r, row, r.component_id AS component
SET r = row.properties
SET r.component_id = component, r.observed_at = datetime({epochSeconds: row.seconds})
SET r:Record:Identifier
REMOVE r:Tombstone
WITH r, row
CALL (r) {
  MATCH (k:BlockingKeys {key: r.key})
  USING INDEX SEEK k:BlockingKeys(key)
  SET k.signature = r.signature
}
WITH r, row.seen AS seen
MATCH (r)-[m:MATCH {method: 'observed'}]->()
WITH m, seen, datetime({epochSeconds: seen.first}) AS first, datetime({epochSeconds: seen.last}) AS last
WHERE coalesce(m.times_seen, 0) <> seen.times OR m.first_seen <> first OR m.last_seen <> last
SET m.first_seen = first, m.last_seen = last, m.times_seen = seen.times;

// == put_tombstones ==
// Insert or replace deleted records; their component and what hangs on them stays, stewards' edges and blocking keys go.
UNWIND $rows AS row
MERGE (r:RecordKey {key: row.key})
WITH r, row, r.component_id AS component
SET r = row.properties
SET r.component_id = component, r.observed_at = datetime({epochSeconds: row.seconds})
SET r:Tombstone
REMOVE r:Record:Identifier
WITH r
CALL (r) {
  MATCH (k:BlockingKeys {key: r.key})
  USING INDEX SEEK k:BlockingKeys(key)
  DETACH DELETE k
}
WITH r
MATCH (r)-[decided:SAME|DIFFERENT]-()
DELETE decided;

// == mark_pending ==
// These records wait for a re-cluster.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
SET r:Pending;

// == unmark_pending ==
// These records do not wait.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
REMOVE r:Pending;

// == clear_pending ==
// No record waits any more.
MATCH (r:Pending)
REMOVE r:Pending;

// == add_identifiers ==
// Records that are there carry these identifiers from now on; labels as above.
UNWIND $rows AS row
MATCH (r:RecordKey {key: row.key})
USING INDEX SEEK r:RecordKey(key)
WITH r, row.identifiers AS identifiers, row.seen.times AS times,
     datetime({epochSeconds: row.seen.first}) AS first, datetime({epochSeconds: row.seen.last}) AS last
UNWIND identifiers AS identifier
MERGE (i:Identifier {hash: identifier.hash})
ON CREATE SET i.key = identifier.key, i.type = identifier.type, i.value = identifier.value, i:$(identifier.label)
CREATE (r)-[:MATCH {method: 'observed', weight: i.weight, probability: i.probability,
                    first_seen: first, last_seen: last, times_seen: times}]->(i);

// == put_identifier_weights ==
// What sharing an identifier alone says, on it and on the edges to it, for the eye. The edges are touched only where that
// changed: a hub has many.
UNWIND $rows AS row
MATCH (i:Identifier {hash: row.hash})
USING INDEX SEEK i:Identifier(hash)
WITH i, row, coalesce(i.weight, -1e9) <> coalesce(row.weight, -1e9) AS moved
SET i.degree = row.degree, i.active = row.active, i.weight = row.weight, i.probability = row.probability
WITH i, row
WHERE moved
MATCH (i)<-[m:MATCH]-()
SET m.weight = row.weight, m.probability = row.probability;

// == drop_identifiers ==
// Records carry these identifiers no more.
UNWIND $rows AS row
MATCH (r:RecordKey {key: row.key})
USING INDEX SEEK r:RecordKey(key)
MATCH (r)-[m:MATCH]->(i)
WHERE i.hash IN row.hashes
DELETE m;

// == sweep_identifiers ==
// Identifiers among these that no record carries any more.
UNWIND $hashes AS hash
MATCH (i:Identifier {hash: hash})
USING INDEX SEEK i:Identifier(hash)
WHERE NOT EXISTS { (i)<-[:MATCH]-() }
DETACH DELETE i;

// == add_blocking_keys ==
// Live records carry these blocking keys from now on: relationships of a node beside the record to itself, so that nobody
// who explores records and identifiers meets them. They are found by their index, like the rows of a table: a node for
// each key, merged, with a relationship from the record takes three times as long.
UNWIND $rows AS row
MATCH (r:RecordKey {key: row.key})
USING INDEX SEEK r:RecordKey(key)
WHERE r:Record
MERGE (k:BlockingKeys {key: r.key})
ON CREATE SET k.signature = r.signature
WITH k, row
UNWIND row.hashes AS hash
CREATE (k)-[:BLOCKS {generation: $generation, hash: hash}]->(k);

// == drop_blocking_keys ==
// Records carry these blocking keys no more.
UNWIND $rows AS row
MATCH (k:BlockingKeys {key: row.key})
USING INDEX SEEK k:BlockingKeys(key)
MATCH (k)-[b:BLOCKS]->()
WHERE b.generation = $generation AND b.hash IN row.hashes
DELETE b;

// == live_blocking_keys ==
// Which of these are live records, with the blocking keys in force that they carry.
UNWIND $keys AS key
MATCH (r:RecordKey {key: key})
USING INDEX SEEK r:RecordKey(key)
WHERE r:Record
RETURN r.key,
       COLLECT {
         MATCH (k:BlockingKeys {key: key})
         USING INDEX SEEK k:BlockingKeys(key)
         MATCH (k)-[b:BLOCKS]->()
         WHERE b.generation = $generation
         RETURN b.hash
       };

// == sweep_generations ==
// Some blocking keys of generations that are over (or were never adopted), until none is left.
MATCH ()-[b:BLOCKS]->()
USING INDEX SEEK b:BLOCKS(generation, hash)
WHERE b.generation < $generation AND b.hash IS NOT NULL
WITH b LIMIT $limit
DELETE b
RETURN count(b);

// == put_quarantined ==
// Keep refused rows and values, each once.
UNWIND $rows AS row
MERGE (q:Quarantined {digest: row.digest})
ON CREATE SET q.number = row.number, q.source = row.source, q.field = row.field, q.reason = row.reason,
              q.entry = row.entry;

// == counts ==
// How much the store holds, from the count store.
MATCH (s:WhographStore {name: 'store'})
WITH collect([COUNT { (:Record) }, COUNT { (:Tombstone) }, COUNT { (:Customer) }, COUNT { (:Pending) },
              COUNT { (:Quarantined) }, s.sequence]) AS rows;
