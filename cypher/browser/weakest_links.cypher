// The weakest links
// The 25 customers that are the least sure, each with the match that holds it together.
// One row per customer, the least sure first. Without that match, one customer would be two.
MATCH (c:Customer)
WHERE c.size > 1
WITH c ORDER BY c.confidence, c.id LIMIT 25
OPTIONAL MATCH link = (c)<-[:MEMBER_OF]-(left)-[match:MATCH {method: 'similar'}]->(right)-[:MEMBER_OF]->(c)
WITH c, link, match, left, right ORDER BY abs(match.probability - c.confidence), left.key, right.key
WITH c, head(collect({link: link, weight: match.weight, left: left.key, right: right.key})) AS weakest
RETURN c.id AS customer, c.size AS records, round(c.confidence, 4) AS confidence,
       weakest.left AS left, weakest.right AS right, weakest.weight AS bits, weakest.link AS link
ORDER BY c.confidence, c.id;
