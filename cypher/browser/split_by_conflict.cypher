// Customers split by a conflict
// Matches that would have joined two customers, were they not contradicted by stronger
// evidence or by a steward. The 25 heaviest first, each as the path from customer to customer.
MATCH (review:Review {kind: 'conflict_cut'})
WITH review ORDER BY review.rank, review.id LIMIT 500
MATCH (review)-[:ABOUT]->(left)-[match:MATCH {method: 'similar'}]->(right)<-[:ABOUT]-(review)
MATCH cut = (one)<-[:MEMBER_OF]-(left)-[match]->(right)-[:MEMBER_OF]->(other)
WHERE one <> other
WITH DISTINCT cut, match, left, right, one, other
RETURN left.key AS left, right.key AS right, match.weight AS bits, one.id AS customer, other.id AS other, cut
ORDER BY bits DESC, left, right
LIMIT 25;
