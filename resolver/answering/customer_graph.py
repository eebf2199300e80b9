"""A customer as a graph that people look at: its records, their identifiers, and what joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.errors import NotFoundError
from graph.store import Snapshot
from resolver.answers import CustomerGraph, GraphEdge, GraphNode
from resolver.clustering.proposing import candidate_pairs
from resolver.columns import Ints, Table
from resolver.config import IdentifierKind
from resolver.neighbourhood.evidence import Scales, Weighed, clipped, known_from_postings, reach_of_table
from resolver.preparing.indexing import table_of_records
from resolver.scoring.levels import EXACT
from resolver.scoring.model import probability_of
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version

if TYPE_CHECKING:
    import networkx as nx

#: Of customers with more records than this only a spanning tree of the links is drawn.
DRAWN = 30


def customer_graph(snapshot: Snapshot, customer_id: str, version: Version) -> CustomerGraph:
    """A live customer's records and identifiers; an observed edge has the weight that sharing the identifier alone
    would give a pair on one day. Records that match by more than equal identifiers, or by less since they were seen far
    apart, are joined by similar edges: the links, and in customers of more than ``DRAWN`` records only those of the
    maximum spanning tree. Raises NotFoundError."""
    members = snapshot.members_of_customers([customer_id]).get(customer_id)
    if members is None:
        raise NotFoundError("customer", customer_id, "it has no records; see its history")
    records = snapshot.records(members)
    table = table_of_records(records.values(), version.config)
    reach = reach_of_table(snapshot, table, version, least=1)
    nodes = [GraphNode(key, "record", key) for key in table.keys]
    edges: list[GraphEdge] = []
    scorer = IdentifierScorer(version.model)
    for type in version.config.identifiers:
        column = table.columns[type]
        weights = [scorer.alone(type, s) for s in reach[type].tolist()]
        nodes += [GraphNode(f"{type}:{value}", type, value) for value in sorted(column.values)]
        for row, code in zip(column.rows.tolist(), column.codes.tolist(), strict=True):
            weight = clipped(weights[code])
            edges.append(
                GraphEdge(table.keys[row], f"{type}:{column.values[code]}", "observed", weight, probability_of(weight))
            )
    edges += _similar(snapshot, Scales(table, version, reach))
    return CustomerGraph(customer_id, tuple(nodes), tuple(edges))


def pairs_within_customer(snapshot: Snapshot, table: Table, version: Version) -> tuple[Ints, Ints]:
    """The pairs that resolution looks at among the records of one customer (or two): all of them, or in large ones the
    candidates. Shapes (p,)."""
    if len(table) <= version.config.resolution.max_pairwise:
        left, right = np.triu_indices(len(table), k=1)
        return left.astype(np.int64), right.astype(np.int64)
    return candidate_pairs(table, known_from_postings(snapshot, table, version), version)


def pair_graph(rows: int, weighed: Weighed) -> nx.Graph[int]:
    """Rows 0 … rows - 1, and these pairs as edges with their clipped weights."""
    import networkx as nx  # here, because loading it takes longer than a lookup on the command line

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(rows))
    pairs = zip(weighed.left.tolist(), weighed.right.tolist(), weighed.weight.tolist(), strict=True)
    graph.add_weighted_edges_from(pairs)
    return graph


def _similar(snapshot: Snapshot, scales: Scales) -> list[GraphEdge]:
    from networkx import maximum_spanning_tree

    table, version = scales.table, scales.version
    weighed = scales.weigh(*pairs_within_customer(snapshot, table, version))
    tree = maximum_spanning_tree(pair_graph(len(table), weighed))
    edges = []
    for place in np.flatnonzero(_tells_more(weighed, version) | scales.says_less(weighed)).tolist():
        a, b, weight = int(weighed.left[place]), int(weighed.right[place]), int(weighed.weight[place])
        if (weight >= version.link_threshold and len(table) <= DRAWN) or tree.has_edge(a, b):
            edges.append(GraphEdge(table.keys[a], table.keys[b], "similar", weight, probability_of(weight)))
    return edges


def _tells_more(weighed: Weighed, version: Version) -> NDArray[np.bool_]:
    """Whether anything but equal identifiers speaks for the pair; shape (pairs,)."""
    is_identifier = np.array([isinstance(its.kind, IdentifierKind) for its in version.fields], dtype=bool)
    speaks = (weighed.terms > 0) & ~(is_identifier & (weighed.levels == EXACT))
    return np.asarray(speaks.any(axis=1))
