// A customer's history
// What happened to it and to the customers that were merged into it, oldest first.
// Name the customer first, for example:
//   :param customer => 'gi3dcnbygy3tqojq'
MATCH (customer:CustomerKey {id: $customer})
MATCH (customer)<-[:MERGED_INTO*0..10]-(former)
WITH DISTINCT former.id AS id
MATCH (event:Change {customer_id: id})
RETURN datetime({epochMillis: event.at / 1000}) AS at, event.kind AS what, id AS customer, event.details AS details
ORDER BY event.sequence;
