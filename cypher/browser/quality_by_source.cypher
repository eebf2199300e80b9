// Data quality by source
// How many records each source has, the share of them that carry no identifier, that are
// alone in their customer, and how sure the others are; and how many rows and values of it were refused.
MATCH (record)-[member:MEMBER_OF]->()
USING SCAN member:MEMBER_OF
WHERE record:Record
WITH record.source AS source, count(*) AS records, count(member.confidence) AS together,
     avg(member.confidence) AS confidence
WITH collect({source: source, records: records, alone: records - together, confidence: confidence}) AS assigned
CALL () {
  MATCH (record:Record)
  WITH record, NOT EXISTS { (record)-[:MEMBER_OF]->() } AS waiting,
       NOT EXISTS { (record)-[:MATCH]->(carried) WHERE NOT carried:Record } AS bare
  WHERE waiting OR bare
  WITH record.source AS source, count(CASE WHEN waiting THEN 1 END) AS waiting, count(CASE WHEN bare THEN 1 END) AS bare
  RETURN collect({source: source, records: waiting, bare: bare}) AS others
}
CALL () {
  MATCH (entry:Quarantined)
  WITH entry.source AS source, count(*) AS refused
  RETURN collect({source: source, refused: refused}) AS refusals
}
UNWIND assigned + others + refusals AS its
WITH its.source AS source, sum(its.records) AS records, sum(its.bare) AS bare, sum(its.alone) AS alone,
     max(its.confidence) AS confidence, sum(its.refused) AS refused
WHERE records > 0
RETURN source, records, round(100.0 * bare / records, 1) AS percent_without_identifier,
       round(100.0 * alone / records, 1) AS percent_alone, round(confidence, 4) AS mean_confidence, refused
ORDER BY records DESC, source;
