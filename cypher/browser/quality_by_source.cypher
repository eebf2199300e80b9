// Data quality by source
// How many records each source has, the share of them that carry no identifier, that are
// alone in their customer, and how sure the others are; and how many rows and values of it were refused.
MATCH (record:Record)
OPTIONAL MATCH (record)-[member:MEMBER_OF]->(customer)
WITH record.source AS source, count(*) AS records,
     sum(CASE WHEN EXISTS { (record)-[:MATCH {method: 'observed'}]->() } THEN 0 ELSE 1 END) AS bare,
     sum(CASE WHEN customer.size = 1 THEN 1 ELSE 0 END) AS alone, avg(member.confidence) AS confidence
RETURN source, records, round(100.0 * bare / records, 1) AS percent_without_identifier,
       round(100.0 * alone / records, 1) AS percent_alone, round(confidence, 4) AS mean_confidence,
       COUNT { (refused:Quarantined) WHERE refused.source = source } AS refused
ORDER BY records DESC, source;
