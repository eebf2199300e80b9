"""Why two records are one customer, or why not: their own evidence, the strongest path between them, what speaks
against, what stewards said.

The path is one of maximum bottleneck (the weakest of its links is as strong as can be; of such paths the shortest),
over the same pairs and weights that the customer's confidence comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graph.errors import NotFoundError
from graph.model import Decision, DecisionKind, KeyKind, Record
from graph.store import Snapshot
from resolver.answering.customer_graph import pair_graph, pairs_within_customer
from resolver.answering.verdict import Findings, verdict
from resolver.answers import Explanation, PairEvidence
from resolver.columns import Table
from resolver.neighbourhood.affected import carriers_of
from resolver.neighbourhood.evidence import Scales, SharedKeys, Weighed, clipped, reach_of_table
from resolver.normalise import NormaliseSettings, normaliser
from resolver.preparing.indexing import identifier_key, table_of_records
from resolver.scoring.scorer import PAIR_CLIP
from resolver.version import Version

#: At most so many contradicting pairs are shown, the worst first.
CONFLICTS = 5
#: A steward's word is stronger than any pair.
DECIDED = PAIR_CLIP + 1


def explain(snapshot: Snapshot, left: str, right: str, version: Version) -> Explanation:
    """``left`` and ``right``: record keys (``crm:42``) or identifier keys (``email:ana@example.com``), which stand for
    their carriers that fit best. Raises NotFoundError."""
    ours, theirs = _meant(snapshot, left, version), _meant(snapshot, right, version)
    first, second = _best_fit(snapshot, ours, theirs, version)
    return _Case(snapshot, first, second, version).explanation()


def _meant(snapshot: Snapshot, key: str, version: Version) -> list[Record]:
    """The live records that a record key or an identifier key names, in key order."""
    found = snapshot.records([key])
    if key in found and not found[key].deleted:
        return [found[key]]
    type, _, value = key.partition(":")
    if type in version.config.identifiers:
        wanted = normalised_identifiers(type, value, version)
        hashes = [identifier_key(type, its).hash for its in wanted]
        carriers = snapshot.carriers(hashes, version.cap(type), KeyKind.IDENTIFIER)
        keys = sorted({carrier.record_key for its in carriers.values() for carrier in its})
        records = [record for record in snapshot.records(keys).values() if wanted & set(record.fields.get(type, ()))]
        if records:
            return sorted(records, key=lambda record: record.key)
        raise NotFoundError("identifier", key, "no live record carries it; check how it is written")
    if key in found:
        raise NotFoundError("record", key, "it was deleted")
    raise NotFoundError(
        "record", key, "give a record key such as crm:42, or an identifier such as email:ana@example.com"
    )


def normalised_identifiers(type: str, value: str, version: Version) -> set[str]:
    """The value as it stands, and as it would be stored."""
    resolution = version.config.resolution
    settings = NormaliseSettings(resolution.region, resolution.date_order)
    return {value, *normaliser(version.config.identifiers[type].kind, settings)(value).values}


def _best_fit(
    snapshot: Snapshot, ours: Sequence[Record], theirs: Sequence[Record], version: Version
) -> tuple[Record, Record]:
    """The two records of the heaviest pair, of equal ones the smallest keys; one record twice only where there is no
    other."""
    if len(ours) == 1 and len(theirs) == 1:
        return ours[0], theirs[0]
    records = {record.key: record for record in (*ours, *theirs)}
    table = table_of_records(records.values(), version.config)
    row = {key: place for place, key in enumerate(table.keys)}
    pairs = [(row[a.key], row[b.key]) for a in ours for b in theirs if a.key != b.key]
    if not pairs:
        return ours[0], theirs[0]
    left, right = np.array(pairs, dtype=np.int64).T
    weighed = Scales(table, version, reach_of_table(snapshot, table, version)).weigh(left, right)
    best = np.lexsort((right, left, -weighed.weight))[0]
    return records[table.keys[int(left[best])]], records[table.keys[int(right[best])]]


@dataclass(frozen=True, slots=True)
class _Customers:
    """The records of the two customers (or of the one) in columns, and which belong to each side."""

    table: Table
    left: frozenset[int]
    right: frozenset[int]


class _Case:
    """Two records, with all that their customers know of each other."""

    def __init__(self, snapshot: Snapshot, first: Record, second: Record, version: Version) -> None:
        self._snapshot, self._version = snapshot, version
        assignments = snapshot.assignments([first.key, second.key])
        self._owner = {key: its.customer_id for key, its in assignments.items()}
        self._component = {key: its.component for key, its in assignments.items()}
        members = snapshot.members_of_customers(set(self._owner.values()))
        sides = [{record.key, *members.get(self._owner.get(record.key, ""), ())} for record in (first, second)]
        records = snapshot.records(sides[0] | sides[1])
        table = table_of_records([its for its in records.values() if not its.deleted], version.config)
        self._row = {key: place for place, key in enumerate(table.keys)}
        ours, theirs = (frozenset(self._row[key] for key in side if key in self._row) for side in sides)
        self._its = _Customers(table, ours, theirs)
        self._first, self._second = first.key, second.key
        self._scales = Scales(table, version, reach_of_table(snapshot, table, version))
        self._shared = SharedKeys(snapshot, table, version)
        self._decided = _decided_rows(snapshot, table, version)
        #: The rows that a steward's ``same`` joins: an identifier stands for the smallest of its carriers.
        self._said = {
            frozenset((min(ours), min(theirs))) for its, ours, theirs in self._decided if its.kind is DecisionKind.SAME
        }

    def explanation(self) -> Explanation:
        left, right = self._row[self._first], self._row[self._second]
        owners = self._owner.get(self._first, ""), self._owner.get(self._second, "")
        one = left == right or (owners[0] == owners[1] != "")
        direct = self._evidence([(left, right)])[0]
        weighed = self._pairs(one)
        rows, path = self._path((left, right), weighed) if one and left != right else ([left, right], ())
        decisions = self._decisions(rows, one)
        linked = self._linked() or one
        conflicts = self._conflicts(weighed, contradicting=True) if linked else ()
        too_little = self._conflicts(weighed, contradicting=False) if linked and not conflicts else ()
        return Explanation(
            self._first,
            self._second,
            one,
            *owners,
            direct,
            path,
            min(path, key=self._strength, default=None),
            verdict(self._findings(weighed, (direct, path, conflicts or too_little, decisions), one)),
            self._version.link_threshold,
            conflicts,
            decisions,
        )

    def _strength(self, step: PairEvidence) -> int:
        said = frozenset((self._row[step.left], self._row[step.right])) in self._said
        return DECIDED if said else clipped(step.weight)

    def _linked(self) -> bool:
        """Whether a chain of links joins the two, be they one customer or not."""
        ours = self._component.get(self._first)
        return ours is not None and ours == self._component.get(self._second)

    def _pairs(self, one: bool) -> Weighed:
        """The pairs within the one customer, or between the two: all of them, or in large ones the candidates, as
        resolution looks at them."""
        left, right = pairs_within_customer(self._snapshot, self._its.table, self._version)
        if not one:
            ours = np.isin(np.arange(len(self._its.table)), list(self._its.left))
            between = ours[left] != ours[right]
            left, right = left[between], right[between]
        return self._scales.weigh(left, right)

    def _evidence(self, pairs: Iterable[tuple[int, int]]) -> tuple[PairEvidence, ...]:
        rows = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        weighed = self._scales.weigh(rows[:, 0], rows[:, 1])
        shared = self._shared.of([(a, b) for a, b in rows.tolist()])
        return tuple(self._scales.evidence(weighed, place, names) for place, names in enumerate(shared))

    def _path(self, ends: tuple[int, int], weighed: Weighed) -> tuple[list[int], tuple[PairEvidence, ...]]:
        """The strongest path between two rows of one customer."""
        import networkx as nx  # here, because loading it takes longer than a lookup on the command line

        graph = pair_graph(len(self._its.table), weighed)
        graph.add_edges_from((tuple(its) for its in self._said if len(its) == 2), weight=DECIDED)
        tree = nx.maximum_spanning_tree(graph)
        if not nx.has_path(tree, *ends):
            return [*ends], ()
        hops = pairwise(nx.shortest_path(tree, *ends))
        bottleneck = min(tree.edges[hop]["weight"] for hop in hops)
        strong = graph.edge_subgraph([(a, b) for a, b, its in graph.edges(data="weight") if its >= bottleneck])
        rows = nx.shortest_path(strong, *ends)
        return rows, self._evidence(pairwise(rows))

    def _conflicts(self, weighed: Weighed, *, contradicting: bool) -> tuple[PairEvidence, ...]:
        """The worst pairs below the conflict threshold; ``contradicting``: without those that merely share nothing, in
        which no field speaks against."""
        against = np.flatnonzero(weighed.cut_weight < self._version.conflict_threshold)
        if contradicting:
            against = against[(weighed.terms[against] < 0).any(axis=1)]
        order = against[np.lexsort((weighed.right[against], weighed.left[against], weighed.cut_weight[against]))]
        return self._evidence(
            zip(weighed.left[order[:CONFLICTS]].tolist(), weighed.right[order[:CONFLICTS]].tolist(), strict=True)
        )

    def _decisions(self, rows: list[int], one: bool) -> tuple[Decision, ...]:
        """Stewards' words on the two, on the steps of the path, or between the two customers."""
        steps = {frozenset(step) for step in (*pairwise(rows), (rows[0], rows[-1]))}
        between = not one
        return tuple(
            decision
            for decision, ours, theirs in self._decided
            if any(frozenset((a, b)) in steps for a in ours for b in theirs)
            or (between and (self._across(ours, theirs) or self._across(theirs, ours)))
        )

    def _across(self, ours: frozenset[int], theirs: frozenset[int]) -> bool:
        return not ours.isdisjoint(self._its.left) and not theirs.isdisjoint(self._its.right)

    def _findings(
        self,
        weighed: Weighed,
        shown: tuple[PairEvidence, Sequence[PairEvidence], Sequence[PairEvidence], Sequence[Decision]],
        one: bool,
    ) -> Findings:
        direct, path, conflicts, decisions = shown
        against = 0 if one else int((weighed.cut_weight - self._version.conflict_threshold).sum())
        return Findings(
            one,
            len(self._owner) == len({self._first, self._second}),
            self._linked(),
            direct,
            path,
            conflicts,
            decisions,
            against,
            () if one else self._exclusive(),
            self._version.link_threshold,
        )

    def _exclusive(self) -> tuple[str, ...]:
        """Types of which the two customers hold different values where a customer has only one."""
        names = []
        for name in self._version.conflict_weights():
            column = self._its.table.columns[name]
            ours, theirs = (
                {text for row in side for text in column.texts_of(row)} for side in (self._its.left, self._its.right)
            )
            if ours and theirs and ours.isdisjoint(theirs):
                names.append(name)
        return tuple(names)


def _decided_rows(
    snapshot: Snapshot, table: Table, version: Version
) -> list[tuple[Decision, frozenset[int], frozenset[int]]]:
    """Standing decisions with both ends among these rows; an identifier stands for the rows that carry it."""
    row = {key: place for place, key in enumerate(table.keys)}
    names = set(table.keys)
    for type in version.config.identifiers:
        names |= {f"{type}:{value}" for value in table.columns[type].values}
    found = []
    for decision in snapshot.decisions_on(names):
        ours, theirs = (
            frozenset(row[key] for key in carriers_of(snapshot, end, version.config) if key in row)
            for end in (decision.left, decision.right)
        )
        if ours and theirs:
            found.append((decision, ours, theirs))
    return found
