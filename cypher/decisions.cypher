// Stewards' decisions: a node each, and an edge for the eye while both ends exist.

// == decisions ==
// All decisions. Stewards make few.
MATCH (d:Decision)
WITH collect([d.decision]) AS rows;

// == decision ==
// One decision.
MATCH (d:Decision {id: $id})
USING INDEX SEEK d:Decision(id)
WITH collect([d.decision]) AS rows;

// == decisions_on ==
// Decisions with an endpoint among these.
UNWIND $keys AS key
CALL (key) {
  MATCH (d:Decision {left_key: key})
  USING INDEX SEEK d:Decision(left_key)
  RETURN d
  UNION
  MATCH (d:Decision {right_key: key})
  USING INDEX SEEK d:Decision(right_key)
  RETURN d
}
WITH DISTINCT d
WITH collect([d.decision]) AS rows;

// == put_decision ==
// Insert or replace one decision; its edge is drawn anew by link_decisions.
MERGE (d:Decision {id: $id})
WITH d
CALL (d) {
  MATCH (i:Identifier {key: d.left_key})
  USING INDEX SEEK i:Identifier(key)
  MATCH (i)-[old:SAME|DIFFERENT]-()
  WHERE old.decision = d.id
  DELETE old
}
SET d = $properties;

// == link_decisions ==
// Draw the edges of standing decisions with an endpoint among these keys, where both ends exist.
UNWIND $keys AS key
CALL (key) {
  MATCH (d:Decision {left_key: key})
  USING INDEX SEEK d:Decision(left_key)
  RETURN d
  UNION
  MATCH (d:Decision {right_key: key})
  USING INDEX SEEK d:Decision(right_key)
  RETURN d
}
WITH DISTINCT d
WHERE d.standing
MATCH (a:Identifier {key: d.left_key})
USING INDEX SEEK a:Identifier(key)
WITH d, head(collect(a)) AS a
MATCH (b:Identifier {key: d.right_key})
USING INDEX SEEK b:Identifier(key)
WITH d, a, head(collect(b)) AS b
CALL (d, a, b) {
  WITH d, a, b WHERE d.kind = 'same'
  MERGE (a)-[edge:SAME {decision: d.id}]->(b)
  SET edge.by = d.by, edge.at = d.at, edge.reason = d.reason
}
CALL (d, a, b) {
  WITH d, a, b WHERE d.kind = 'different'
  MERGE (a)-[edge:DIFFERENT {decision: d.id}]->(b)
  SET edge.by = d.by, edge.at = d.at, edge.reason = d.reason
};
