// What needs a person's eye
// The 25 worst findings, the worst first, each with the records that it is about.
MATCH (review:Review)
WHERE review.rank >= -1e9 AND review.id > ''
WITH review ORDER BY review.rank, review.id LIMIT 25
OPTIONAL MATCH about = (review)-[:ABOUT]->(record)
WITH review, about, record ORDER BY record.key
WITH review, collect(record.key) AS records, collect(about) AS graph
RETURN review.kind AS what, review.severity AS severity, records, graph
ORDER BY review.rank, review.id;
