// Shared devices, phones and other identifiers
// The 25 that are spread over the most customers, the most spread first.
// An inactive one is carried by more records than its type's max_records, and links nothing. Only the 2,000 identifiers
// that the most records carry are looked at.
MATCH (identifier:Identifier)
WHERE NOT identifier:Record AND identifier.degree > 1
WITH identifier ORDER BY identifier.degree DESC, identifier.key LIMIT 2000
MATCH (identifier)<-[:MATCH]-()-[:MEMBER_OF]->(customer)
WITH identifier, count(DISTINCT customer) AS customers
WHERE customers > 1
RETURN identifier.type AS type, identifier.value AS value, identifier.degree AS records, customers,
       identifier.active AS active, identifier.weight AS bits, identifier
ORDER BY customers DESC, records DESC, value
LIMIT 25;
