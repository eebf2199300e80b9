// One customer and why
// The customers of a record or identifier, with all their records, what these carry, and the
// matches between them. An edge's weight is in bits. Name the key first, for example:
//   :param key => 'email:ana@example.com'
// or a record's, such as 'crm:42'. Of a shared identifier the first 10 customers are shown; at most 300 rows.
MATCH (start:Identifier {key: $key})
CALL (start) {
  WITH start WHERE start:Record
  RETURN start AS record
  UNION
  MATCH (start)<-[:MATCH {method: 'observed'}]-(record)
  RETURN record
}
MATCH (record)-[:MEMBER_OF]->(customer)
WITH DISTINCT customer ORDER BY customer.id LIMIT 10
MATCH membership = (customer)<-[:MEMBER_OF]-(member)
OPTIONAL MATCH why = (member)-[:MATCH]->(other)
WHERE NOT other:Record OR (other)-[:MEMBER_OF]->(customer)
RETURN customer, membership, why
LIMIT 300;
