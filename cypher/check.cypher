// The integrity check: each statement answers the first of what is wrong, in order, and how many there are.

// == check_record_properties ==
// Live records without content.
MATCH (r:Record)
WHERE r.record IS NULL OR r.signature IS NULL
RETURN min(r.key), count(*);

// == check_carriers ==
// Records that are not live and carry an identifier.
MATCH (r:RecordKey)
WHERE NOT r:Record AND EXISTS { (r)-[:MATCH]->(i:Identifier) WHERE i.hash IS NOT NULL }
RETURN min(r.key), count(*);

// == check_blocking_keys ==
// Blocking keys that are not those of a live record, or tell another signature than it has.
MATCH (k:BlockingKeys)
WHERE NOT EXISTS { (r:Record {key: k.key}) WHERE r.signature = k.signature }
RETURN min(k.key), count(*);

// == check_identifiers ==
// Identifiers that are there more than once, counted in the order of their index.
MATCH (i:Identifier)
USING INDEX i:Identifier(hash)
WHERE i.hash IS NOT NULL
WITH i.hash AS hash, min(i.key) AS key, count(*) AS number
WHERE number > 1
RETURN min(key), count(*);

// == check_orphan_identifiers ==
// Identifiers that nothing carries.
MATCH (i:Identifier)
WHERE i.hash IS NOT NULL AND NOT EXISTS { (i)<-[:MATCH]-() }
RETURN min(i.key), count(*);

// == check_assigned_records ==
// Assigned records that are not live, and do not wait for a re-cluster either.
MATCH (r:RecordKey)
WHERE NOT r:Record AND NOT r:Pending AND EXISTS { (r)-[:MEMBER_OF]->() }
RETURN min(r.key), count(*);

// == check_assigned_customers ==
// Customers with records that were never written.
MATCH (c:CustomerKey)
WHERE c.created_at IS NULL AND EXISTS { (c)<-[:MEMBER_OF]-() }
RETURN min(c.id), count(*);

// == check_components ==
// Records with a component whose customers are not exactly one.
MATCH (r:RecordKey)
WITH r, COUNT { (r)-[:MEMBER_OF]->() } AS customers
WHERE customers <> CASE WHEN r.component_id IS NULL THEN 0 ELSE 1 END
RETURN min(r.key), count(*);

// == check_sizes ==
// Customers whose size is not the number of their records.
MATCH (c:CustomerKey)
WHERE c.size <> COUNT { (c)<-[:MEMBER_OF]-() }
RETURN min(c.id), count(*);

// == check_redirects ==
// Redirects that lead nowhere.
MATCH (c:CustomerKey)-[:MERGED_INTO]->(target)
WHERE target.created_at IS NULL
RETURN min(c.id), count(*);

// == check_record_sequences ==
// Records numbered above the counter.
MATCH (s:WhographStore {name: 'store'})
MATCH (r:RecordKey)
WHERE r.changed > s.sequence
RETURN min(r.key), count(*);

// == check_feed_sequences ==
// Feed events numbered above the counter.
MATCH (s:WhographStore {name: 'store'})
MATCH (c:Change)
WHERE c.sequence > s.sequence
RETURN min(c.sequence), count(*);

// == check_feed_doubles ==
// Feed events with the number of another, counted in the order of their index.
MATCH (c:Change)
USING INDEX c:Change(sequence)
WHERE c.sequence IS NOT NULL
WITH c.sequence AS sequence, count(*) AS number
WHERE number > 1
RETURN min(sequence), count(*);

// == check_review_doubles ==
// Review items that are there more than once, counted in the order of their index.
MATCH (v:Review)
USING INDEX v:Review(id)
WHERE v.id IS NOT NULL
WITH v.id AS id, count(*) AS number
WHERE number > 1
RETURN min(id), count(*);

// == check_review ==
// Review items whose edges are not those of their records.
MATCH (v:Review)
UNWIND CASE WHEN size(v.records) = 0 THEN [null] ELSE v.records END AS key
WITH v, count(DISTINCT key) AS wanted
WHERE wanted <> COUNT { (v)-[:ABOUT]->() }
RETURN min(v.id), count(*);

// == check_versions ==
// The adopted version, if it does not exist.
MATCH (s:WhographStore {name: 'store'})
WHERE s.version IS NOT NULL AND NOT EXISTS { (v:Version) WHERE v.number = s.version }
RETURN min(s.version), count(*);
