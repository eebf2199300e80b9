"""Resolution: one pure function from records in columns (with what is known of their keys) to clusters.

Both ways in, batch and live, call ``resolve``: batch with all records, live with those of the affected components. It
reads no clock, and nothing in it depends on the order of input: rows are in key order, weights are integers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.candidates import Blocks, pair_codes, pairs_within
from resolver.blocking.keys import signature_within
from resolver.clustering.cluster import DECIDED, Constraints, components, grouped, multicut, recut, strongest_tree
from resolver.clustering.contradictions import Contradiction, contradictions
from resolver.clustering.evidence import ComparedPairs, Evidence
from resolver.clustering.proposing import Known, candidate_pairs, lost_to_crowds
from resolver.columns import Ints, Table
from resolver.scoring.model import MICRO
from resolver.scoring.scorer import PAIR_CLIP
from resolver.version import Version


@dataclass(frozen=True, slots=True)
class DecidedPairs:
    """Standing decisions as pairs of rows, in (time, id) order, with the positions of the decisions they come from.
    ``whole``: the rows whose customers as wholes ``same`` speaks of."""

    same: Sequence[tuple[int, int, int]] = ()
    different: Sequence[tuple[int, int, int]] = ()
    whole: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs of rows, left < right, ascending; weights in microbits. Shapes (p,)."""

    left: Ints
    right: Ints
    weight: Ints


@dataclass(frozen=True)
class Resolution:
    """The outcome for n rows.

    ``component`` and ``cluster``: the smallest row of each row's component and cluster, shape (n,). ``pairs``: the
    candidate pairs from the review floor on (but for touches that share what a crowd does). ``record_weight`` and
    ``cluster_weight``: microbits of a record's strongest edge and of its cluster's weakest link, by row (without
    meaning where a cluster has one record);
    ``weakest_links``: that link, as rows, by the cluster's smallest row. ``cut_links``: links (left, right, weight)
    between rows that ended up in different clusters. ``contradictions``: one for each cluster whose records contradict
    each other on who they are. ``skipped``: positions of the decisions that data made contradictory.
    """

    component: Ints
    cluster: Ints
    pairs: ScoredPairs
    record_weight: Ints
    cluster_weight: Ints
    weakest_links: Mapping[int, tuple[int, int]]
    cut_links: list[tuple[int, int, int]]
    contradictions: Sequence[Contradiction] = ()
    skipped: tuple[int, ...] = ()


def resolve(table: Table, known: Known, decided: DecidedPairs, version: Version) -> Resolution:
    """Decide which rows of the table are one customer."""
    n = len(table)
    evidence = Evidence(table, version, known.reach)
    left, right = candidate_pairs(table, known, version)
    if not len(left) and not decided.same and not decided.different:
        return _all_alone(n)
    compared = evidence.compare(left, right)
    weight = compared.weight
    decisions = np.array([(a, b) for a, b, _ in decided.same], dtype=np.int64).reshape(-1, 2)
    edges = (
        np.concatenate([left, decisions[:, 0]]),
        np.concatenate([right, decisions[:, 1]]),
        np.concatenate([weight, np.full(len(decisions), DECIDED)]),
    )
    linked = edges[2] >= version.link_threshold
    component = components(n, edges[0][linked], edges[1][linked])
    limit = version.config.resolution.max_component
    working = component
    if n > limit:
        working = recut(n, edges, version.link_threshold, MICRO, limit)
    within = _pairs_in_components(table, working, compared, (evidence, version))
    cluster, skipped = _clusters(table, working, within, (decided, version))
    record_weight, cluster_weight, weakest = _confidences(cluster, within, decisions)
    kept = _to_keep(table, known, version, compared)
    cut = (weight >= version.link_threshold) & (cluster[left] != cluster[right])
    return Resolution(
        component,
        cluster,
        ScoredPairs(left[kept], right[kept], weight[kept]),
        record_weight,
        cluster_weight,
        weakest,
        list(zip(left[cut].tolist(), right[cut].tolist(), weight[cut].tolist(), strict=True)),
        contradictions(table, cluster, within, decided.same, version),
        skipped,
    )


def _all_alone(n: int) -> Resolution:
    """The resolution of rows without candidates, such as one stranger."""
    rows, none = np.arange(n, dtype=np.int64), np.zeros(0, dtype=np.int64)
    least, most = np.full(n, -PAIR_CLIP, dtype=np.int64), np.full(n, PAIR_CLIP, dtype=np.int64)
    return Resolution(rows, rows, ScoredPairs(none, none, none), least, most, {}, [])


def _to_keep(table: Table, known: Known, version: Version, compared: ComparedPairs) -> NDArray[np.bool_]:
    """The links, and what is so near to one that a person should look at it. Pairs of touches that would be links if no
    crowd shared what they share are not: nobody can look at all of them."""
    kept = compared.weight >= version.review_floor
    uncertain = np.flatnonzero(kept & (compared.weight < version.link_threshold))
    if len(uncertain):
        left, right = compared.left[uncertain], compared.right[uncertain]
        touches = signature_within(table, version.signature_fields) == 0
        uncertain = uncertain[touches[left] & touches[right]]
        pairs = compared.left[uncertain], compared.right[uncertain]
        lost = lost_to_crowds(table, known, version, pairs)
        kept[uncertain[compared.weight[uncertain] + lost >= version.link_threshold]] = False
    return kept


def _pairs_in_components(
    table: Table, component: Ints, compared: ComparedPairs, tools: tuple[Evidence, Version]
) -> ComparedPairs:
    """The pairs within components: all of them up to ``max_pairwise`` records, the candidates in larger ones. Pairs
    that are compared already are not compared again."""
    evidence, version = tools
    n = len(table)
    inside = compared.take(component[compared.left] == component[compared.right])
    sizes = np.bincount(component, minlength=n)
    complete = np.bincount(component[inside.left], minlength=n) == sizes * (sizes - 1) // 2
    wanted = np.flatnonzero(~complete & (sizes <= version.config.resolution.max_pairwise))
    if not len(wanted):
        return inside
    order = np.argsort(component, kind="stable")
    starts = np.cumsum(sizes) - sizes
    blocks = Blocks(
        np.arange(n, dtype=np.uint64), np.concatenate([starts, [n]]).astype(np.int64), order.astype(np.int64)
    ).take(wanted)
    more_left, more_right = pairs_within(blocks)
    known = inside.left * n + inside.right
    more = pair_codes(more_left, more_right, n)
    position = np.searchsorted(known, more)
    position[position == len(known)] = 0
    new = more[known[position] != more] if len(known) else more
    return inside + evidence.compare(new // n, new % n)


def _clusters(
    table: Table, component: Ints, within: ComparedPairs, tools: tuple[DecidedPairs, Version]
) -> tuple[Ints, tuple[int, ...]]:
    """Cut the components that hold a conflict; all others are clusters as they are. Answers each row's cluster, and the
    decisions that were skipped."""
    decided, version = tools
    threshold = version.conflict_threshold
    conflicted = set(component[within.left[within.cut_weight < threshold]].tolist())
    same, different = _by_component(decided.same, component), _by_component(decided.different, component)
    conflicted |= different.keys()
    conflicted |= _broken_exclusivity(table, component, version)
    if not conflicted:
        return component, ()
    names = np.array(sorted(conflicted), dtype=np.int64)
    is_conflicted = np.zeros(len(table), dtype=bool)
    is_conflicted[names] = True
    rows_of = grouped(component, is_conflicted)
    edges_of = grouped(component[within.left], is_conflicted)
    touches = signature_within(table, version.signature_fields) == 0
    cluster = component.copy()
    skipped: list[int] = []
    for name in names.tolist():
        rows, pairs = rows_of[name], edges_of.get(name, np.zeros(0, dtype=np.int64))
        place = {row: position for position, row in enumerate(rows.tolist())}
        edges = [
            (place[a], place[b], weight - threshold if weight else 0)
            for a, b, weight in zip(
                within.left[pairs].tolist(),
                within.right[pairs].tolist(),
                within.cut_weight[pairs].tolist(),
                strict=True,
            )
        ]
        constraints = Constraints(
            [(place[a], place[b]) for a, b, _ in same.get(name, ())],
            [(place[a], place[b]) for a, b, _ in different.get(name, ())],
            {at for row, at in place.items() if row in decided.whole},
            _exclusive(table, rows, version),
            touches[rows].tolist(),
            version.conflict_weights(),
        )
        result = multicut(len(rows), edges, constraints)
        cluster[rows] = rows[np.array(result.labels)]
        skipped += [same[name][position][2] for position in result.skipped]
    return cluster, tuple(sorted(skipped))


def _broken_exclusivity(table: Table, component: Ints, version: Version) -> set[int]:
    """Components in which an exclusive identifier has several values."""
    broken: set[int] = set()
    for name in version.conflict_weights():
        column = table.columns.get(name)
        if column is None or not len(column.codes):
            continue
        pairs = np.unique(component[column.rows] * len(column.values) + column.codes)
        owners, counts = np.unique(pairs // len(column.values), return_counts=True)
        broken |= set(owners[counts > 1].tolist())
    return broken


def _by_component(pairs: Sequence[tuple[int, int, int]], component: Ints) -> dict[int, list[tuple[int, int, int]]]:
    """Decided pairs within one component, by component."""
    grouped: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for a, b, position in pairs:
        if component[a] == component[b]:
            grouped[int(component[a])].append((a, b, position))
    return grouped


def _exclusive(table: Table, rows: Ints, version: Version) -> list[dict[str, frozenset[int]]]:
    """The values (as codes) of exclusive identifiers by type, of each of these rows; empty if no identifier is."""
    exclusive: list[dict[str, frozenset[int]]] = []
    columns = {name: table.columns[name] for name in version.conflict_weights()}
    for row in rows.tolist() if columns else ():
        values = {}
        for name, column in columns.items():
            codes = column.codes[column.indptr[row] : column.indptr[row + 1]]
            if len(codes):
                values[name] = frozenset(codes.tolist())
        exclusive.append(values)
    return exclusive


def _confidences(cluster: Ints, within: ComparedPairs, same: Ints) -> tuple[Ints, Ints, dict[int, tuple[int, int]]]:
    """By row: the weight of its strongest edge within its cluster, and of the weakest edge of its cluster's maximum
    spanning tree (microbits); and that edge by cluster (of equal ones the first). The pairs that are decided to be the
    ``same``, shape (d, 2), are as sure as a pair can be."""
    n = len(cluster)
    left, right, weight = within.left, within.right, within.weight
    if len(same):
        said = np.unique(pair_codes(same[:, 0], same[:, 1], n))
        unsaid = ~np.isin(pair_codes(left, right, n), said)
        left, right = np.concatenate([left[unsaid], said // n]), np.concatenate([right[unsaid], said % n])
        weight = np.concatenate([weight[unsaid], np.full(len(said), PAIR_CLIP)])
    inside = cluster[left] == cluster[right]
    if not inside.any():
        return np.full(n, -PAIR_CLIP, dtype=np.int64), np.full(n, PAIR_CLIP, dtype=np.int64), {}
    left, right, weight = left[inside], right[inside], weight[inside]
    strongest = np.full(n, -PAIR_CLIP, dtype=np.int64)
    np.maximum.at(strongest, left, weight)
    np.maximum.at(strongest, right, weight)
    ends, weights = strongest_tree(n, (left, right, weight), PAIR_CLIP)
    weakest = np.full(n, PAIR_CLIP, dtype=np.int64)
    np.minimum.at(weakest, cluster[ends], weights)
    # Which of equal edges the tree took is no matter of ours: of all pairs at that weight the smallest is named.
    at_weakest = np.flatnonzero(weight == weakest[cluster[left]])
    order = at_weakest[np.lexsort((right[at_weakest], left[at_weakest]))]
    heads, first = np.unique(cluster[left[order]], return_index=True)
    links = zip(heads.tolist(), left[order][first].tolist(), right[order][first].tolist(), strict=True)
    return strongest, weakest[cluster], {head: (a, b) for head, a, b in links}
