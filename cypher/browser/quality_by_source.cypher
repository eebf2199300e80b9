// Data quality by source
// How many records each source has, the share of them that carry no identifier, that are
// alone in their customer, and how sure the others are; and how many rows and values of it were refused.
MATCH (record:Record)
WITH record.source AS source, count(*) AS records,
     sum(CASE WHEN EXISTS { (record)-[:MATCH]->(carried) WHERE NOT carried:Record } THEN 0 ELSE 1 END) AS bare
WITH collect({source: source, records: records, bare: bare}) AS sources
CALL () {
  MATCH (record)-[member:MEMBER_OF]->()
  USING SCAN member:MEMBER_OF
  WHERE record:Record
  WITH record.source AS source, count(*) AS members, count(member.confidence) AS together,
       avg(member.confidence) AS confidence
  RETURN collect({source: source, alone: members - together, confidence: confidence}) AS assigned
}
UNWIND sources AS its
WITH its.source AS source, its.records AS records, its.bare AS bare,
     head([other IN assigned WHERE other.source = its.source]) AS assigned
RETURN source, records, round(100.0 * bare / records, 1) AS percent_without_identifier,
       round(100.0 * coalesce(assigned.alone, 0) / records, 1) AS percent_alone,
       round(assigned.confidence, 4) AS mean_confidence,
       COUNT { (refused:Quarantined) WHERE refused.source = source } AS refused
ORDER BY records DESC, source;
