// The change feed, resolution versions and small named texts.

// == changes ==
// The feed after a sequence number.
MATCH (c:Change)
WHERE c.sequence > $after
WITH c ORDER BY c.sequence LIMIT $limit
WITH collect([c.sequence, c.kind, c.customer_id, c.at, c.details]) AS rows;

// == history ==
// The feed of one customer id.
MATCH (c:Change {customer_id: $customer_id})
USING INDEX SEEK c:Change(customer_id)
WITH c ORDER BY c.sequence
WITH collect([c.sequence, c.kind, c.customer_id, c.at, c.details]) AS rows;

// == append_changes ==
// Append to the feed.
UNWIND $rows AS row
CREATE (c:Change)
SET c = row;

// == put_changes ==
// Insert or replace events of the feed under the numbers that they have.
UNWIND $rows AS row
MERGE (c:Change {sequence: row.sequence})
SET c = row;

// == versions ==
// Every resolution version.
MATCH (v:Version)
WITH v ORDER BY v.number
WITH collect([v.number, v.config, v.model, v.normaliser, v.created_at]) AS rows;

// == adopt_version ==
// Insert a resolution version if it is new, and make it the adopted one.
MERGE (v:Version {number: $number})
ON CREATE SET v.config = $config, v.model = $model, v.normaliser = $normaliser, v.created_at = $created_at
WITH v
MATCH (s:WhographStore {name: 'store'})
SET s.version = v.number;

// == adopted_version ==
// The adopted resolution version.
MATCH (s:WhographStore {name: 'store'})
MATCH (v:Version {number: s.version})
USING INDEX SEEK v:Version(number)
WITH collect([v.number, v.config, v.model, v.normaliser, v.created_at]) AS rows;

// == adopted_number ==
// The number of the adopted resolution version.
MATCH (s:WhographStore {name: 'store'})
WITH collect(CASE WHEN s.version IS NOT NULL THEN [s.version] END) AS rows;

// == meta ==
// A small named text.
MATCH (m:Meta {name: $name})
WITH collect([m.value]) AS rows;

// == named_texts ==
// All small named texts.
MATCH (m:Meta)
WITH collect([m.name, m.value]) AS rows;

// == put_meta ==
// Set a small named text.
MERGE (m:Meta {name: $name})
SET m.value = $value;

// == drop_meta ==
// Delete a small named text.
MATCH (m:Meta {name: $name})
DELETE m;
