// The path between two records or identifiers
// The shortest way from one to the other over what records carry and which
// match; no rows where there is none of at most 12 steps. Identifiers that are too shared to count are not on it.
// Name both ends first, for example:
//   :param {left: 'crm:42', right: 'email:ana@example.com'}
MATCH (left:Identifier {key: $left})
MATCH (right:Identifier {key: $right})
MATCH path = shortestPath((left)-[:MATCH*..12]-(right))
WHERE all(node IN nodes(path) WHERE node:Record OR node.active)
RETURN path, [edge IN relationships(path) | edge.weight] AS bits;
