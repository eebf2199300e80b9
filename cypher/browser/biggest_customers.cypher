// The biggest customers
// The 25 with the most records, the biggest first, with their sources and how sure they are.
// A customer far bigger than the rest is often several people.
MATCH (customer:Customer)
WITH customer ORDER BY customer.size DESC, customer.id LIMIT 25
MATCH (customer)<-[:MEMBER_OF]-(record)
WITH customer, record.source AS source, count(*) AS records ORDER BY source
WITH customer, collect(source + ' ' + records) AS sources
RETURN customer.id AS id, customer.size AS records, sources, round(customer.confidence, 4) AS confidence, customer
ORDER BY records DESC, id;
