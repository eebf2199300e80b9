// Who shares an identifier
// The records that carry it, and their customers. A family around its phone, or a shop's tablet
// with everybody who used it. At most 100 records. Name the identifier first, for example:
//   :param key => 'phone:+442079460101'
MATCH (identifier:Identifier {key: $key})
MATCH sharing = (identifier)<-[:MATCH {method: 'observed'}]-(record)-[:MEMBER_OF]->(customer)
RETURN sharing, record.key AS record, customer.id AS customer
ORDER BY customer, record
LIMIT 100;
