"""Clusters: links propose components, contradiction splits them.

A component without a conflict is a cluster. In the others all pair weights, less the conflict threshold, are edges of a
signed graph, and greedy additive edge contraction (GAEC; Keuper et al., "Efficient decomposition of image and mesh
graphs by lifted multicuts", ICCV 2015) contracts the heaviest positive edge until none is left. Ties break on the
smallest rows, so the order of input never matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Ints

Edge = tuple[int, int]

#: The weight of an edge that was decided: no threshold cuts it.
DECIDED = int(np.iinfo(np.int64).max)


#: Up to this many edges, SciPy's fixed cost is more than that of joining them one by one.
_FEW = 100


def components(n: int, left: Ints, right: Ints) -> Ints:
    """The connected component of each of n rows, named by its smallest row; shape (n,)."""
    if len(left) <= _FEW:
        return np.array(joined(n, zip(left.tolist(), right.tolist(), strict=True)), dtype=np.int64)
    # Here, because loading SciPy takes longer than a lookup on the command line, which needs no components.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    smallest = np.full(int(labels.max(initial=-1)) + 1, n, dtype=np.int64)
    np.minimum.at(smallest, labels, np.arange(n))
    return np.asarray(smallest[labels])


def joined(n: int, edges: Iterable[Edge]) -> list[int]:
    """The smallest row of each row's component, by joining the ends of one edge after the other."""
    smallest = list(range(n))
    for left, right in edges:
        low, high = sorted((_root(smallest, left), _root(smallest, right)))
        smallest[high] = low
    for row in range(n):  # a row's parent is smaller and final already
        smallest[row] = smallest[smallest[row]]
    return smallest


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = row = parents[parents[row]]
    return row


def grouped(names: Ints, wanted: NDArray[np.bool_]) -> dict[int, Ints]:
    """The positions of each wanted name, ascending."""
    positions = np.flatnonzero(wanted[names])
    order = positions[np.argsort(names[positions], kind="stable")]
    distinct, starts = np.unique(names[order], return_index=True)
    return dict(zip(distinct.tolist(), np.split(order, starts[1:]), strict=True)) if len(order) else {}


def strongest_tree(n: int, edges: tuple[Ints, Ints, Ints], most: int) -> tuple[Ints, Ints]:
    """A maximum spanning forest over n rows of distinct edges (left, right, weight ≤ ``most``), as one end and the
    weight of each of its edges. Of equal edges any may be in it."""
    left, right, weight = edges
    if len(left) > _FEW:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import minimum_spanning_tree

        # A minimum spanning tree of positive costs is a maximum one of weights; float64 holds them exactly.
        costs = coo_matrix(((most + 1 - weight).astype(np.float64), (left, right)), shape=(n, n))
        tree = minimum_spanning_tree(costs).tocoo()
        return tree.row.astype(np.int64), most + 1 - tree.data.astype(np.int64)
    parents = list(range(n))
    chosen = []
    for cost, a, b in sorted(zip((-weight).tolist(), left.tolist(), right.tolist(), strict=True)):
        one, other = _root(parents, a), _root(parents, b)
        if one != other:
            parents[max(one, other)] = min(one, other)
            chosen.append((a, -cost))
    tree_edges = np.array(chosen, dtype=np.int64).reshape(-1, 2)
    return tree_edges[:, 0], tree_edges[:, 1]


def recut(n: int, edges: tuple[Ints, Ints, Ints], threshold: int, step: int, limit: int) -> Ints:
    """Components of the edges (left, right, weight) with weight ≥ ``threshold``; those larger than ``limit`` rows are
    cut again at ``step`` microbits more, recursively. ``DECIDED`` edges stay, however many rows they join. Shape
    (n,)."""
    left, right, weight = edges
    strong = weight >= threshold
    left, right, weight = left[strong], right[strong], weight[strong]
    labels = components(n, left, right)
    while len(left):
        sizes = np.bincount(labels, minlength=n)
        cuttable = (sizes[labels[left]] > limit) & (weight < DECIDED)
        if not cuttable.any():
            break
        threshold += step
        keep = ~cuttable | (weight >= threshold)
        left, right, weight = left[keep], right[keep], weight[keep]
        labels = components(n, left, right)
    return labels


@dataclass(frozen=True, slots=True)
class Constraints:
    """What else binds the rows of one component: decided ``same`` pairs in the order in which they apply, decided
    ``different`` pairs, those ends of ``same`` pairs that speak for the ``whole`` of their cluster, by row the values
    of exclusive identifiers by type (an empty signature carries none, so such rows take over those of their cluster),
    and each type's ``conflict_weights`` in microbits."""

    same: Sequence[Edge] = ()
    different: Sequence[Edge] = ()
    whole: Collection[int] = ()
    exclusive: Sequence[dict[str, frozenset[int]]] = ()
    touches: Sequence[bool] = ()
    conflict_weights: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """The clusters of one component: a label (its smallest row) by row, and the ``same`` decisions that were skipped,
    as positions in the constraints."""

    labels: list[int]
    skipped: list[int]


class _Bond(NamedTuple):
    """What the pairs of records between two clusters say, microbits. Touches repeat each other: a hundred visits with
    one cookie are one piece of news, and so are a hundred with another e-mail address. So of what speaks for, the pairs
    of two touches count once, as the ``strongest`` does (at least 0); of what speaks against, all pairs with a touch,
    as the ``weakest`` does (at most 0). The others add up, in ``own``. ``total``: of all pairs."""

    own: int
    strongest: int
    weakest: int
    total: int

    @property
    def weight(self) -> int:
        return self.own + self.strongest + self.weakest


_NO_BOND = _Bond(0, 0, 0, 0)


def _bond(weight: int, touches: int) -> _Bond:
    """Of one pair of records, so many of which are touches."""
    if touches and weight < 0:
        return _Bond(0, 0, weight, weight)
    return _Bond(0, weight, 0, weight) if touches == 2 else _Bond(weight, 0, 0, weight)


def _together(one: _Bond, other: _Bond) -> _Bond:
    return _Bond(
        one.own + other.own,
        max(one.strongest, other.strongest),
        min(one.weakest, other.weakest),
        one.total + other.total,
    )


class _Contraction:
    """The state of GAEC over rows 0 … n-1: clusters are named by their smallest row."""

    def __init__(self, n: int, edges: Iterable[tuple[int, int, int]], constraints: Constraints) -> None:
        self.name = list(range(n))
        self.members: dict[int, list[int]] = {row: [row] for row in range(n)}
        self.bonds: dict[int, dict[int, _Bond]] = {row: {} for row in range(n)}
        self.values = [dict(values) for values in constraints.exclusive] or [{} for _ in range(n)]
        self.touches = [int(touch) for touch in constraints.touches] or [0] * n
        self.conflict_weights = constraints.conflict_weights
        self.exclusive = any(self.values)
        self.apart: dict[int, set[int]] = {row: set() for row in range(n)}
        for a, b in constraints.different:
            self.apart[a].add(b)
            self.apart[b].add(a)
        for a, b, weight in edges:
            self.bonds[a][b] = self.bonds[b][a] = _bond(weight, self.touches[a] + self.touches[b])

    def effective(self, a: int, b: int) -> int:
        """The weight between two clusters. Records with exclusive values of their own have been compared by them; where
        the clusters' values conflict, their touches speak against by the conflict weight, too (once, see ``_Bond``)."""
        weight = self.bonds[a][b].weight
        if not self.exclusive:
            return weight
        if self.values[a] and self.values[b] and (self.touches[a] or self.touches[b]):
            for type, values in self.values[a].items():
                others = self.values[b].get(type)
                if others and values.isdisjoint(others):
                    weight -= self.conflict_weights[type]
        return weight

    def contract(self, a: int, b: int) -> int:
        """Merge two clusters into the one named by the smaller row; answers its name."""
        keep, gone = min(a, b), max(a, b)
        mine = self.bonds[keep]
        for other, bond in self.bonds.pop(gone).items():
            its = self.bonds[other]
            del its[gone]
            if other != keep:
                mine[other] = its[keep] = _together(mine.get(other, _NO_BOND), bond)
        for other in self.apart.pop(gone):
            self.apart[other].discard(gone)
            self.apart[other].add(keep)
            self.apart[keep].add(other)
        for row in self.members[gone]:
            self.name[row] = keep
        self.members[keep] += self.members.pop(gone)
        if self.exclusive:
            self.touches[keep] += self.touches[gone]
            for type, values in self.values[gone].items():
                self.values[keep][type] = self.values[keep].get(type, frozenset()) | values
        return keep

    def join(self, rows: Iterable[int]) -> bool:
        """Merge the clusters of these rows into one, unless some of them are kept apart; answers whether."""
        first, *others = names = sorted({self.name[row] for row in rows})
        if not all(self.apart[name].isdisjoint(names) for name in names):
            return False
        for other in others:
            self.contract(first, other)
        return True

    def settle(self) -> None:
        """Contract the heaviest edge that is positive and not kept apart, until there is none. Of equal edges that
        comes first of which records with attributes say more, then that which adds up to more."""
        heap = [entry for a in self.bonds for b in self.bonds[a] if a < b and (entry := self._entry(a, b))]
        heapify(heap)
        while heap:
            entry = heappop(heap)
            *_, a, b = entry
            if a not in self.bonds or b not in self.bonds[a] or self._entry(a, b) != entry:
                continue  # an older entry of an edge that has changed since
            kept = self.contract(a, b)
            for other in self.bonds[kept]:
                if fresh := self._entry(min(kept, other), max(kept, other)):
                    heappush(heap, fresh)

    def _entry(self, a: int, b: int) -> tuple[int, int, int, int, int] | None:
        """An edge in its place in the order of contraction; None where it must not be contracted."""
        weight = self.effective(a, b)
        if weight <= 0 or b in self.apart[a]:
            return None
        bond = self.bonds[a][b]
        return (-weight, -bond.own, -bond.total, a, b)


def multicut(n: int, edges: Sequence[tuple[int, int, int]], constraints: Constraints) -> Cut:
    """Cut one component of rows 0 … n-1. ``edges`` are (a, b, weight - conflict threshold), each pair once."""
    state = _Contraction(n, edges, constraints)
    taken, skipped = [], []
    for position, pair in enumerate(constraints.same):
        if state.join(pair):
            taken.append(pair)
        else:
            skipped.append(position)
    if taken:
        # Else the two ends, which alone count for little, could be torn out of both their clusters into a third one.
        before = _before_same(n, edges, constraints)
        for pair in taken:
            state.join([row for end in pair for row in (before[end] if end in constraints.whole else [end])])
    state.settle()
    return Cut(_undecided_alone(state.name, edges, constraints), skipped)


def _before_same(n: int, edges: Sequence[tuple[int, int, int]], constraints: Constraints) -> list[list[int]]:
    """By row the rows of its cluster, as it would be if nothing were decided to be the same."""
    state = _Contraction(n, edges, constraints)
    state.settle()
    return [state.members[name] for name in state.name]


def _undecided_alone(names: list[int], edges: Sequence[tuple[int, int, int]], constraints: Constraints) -> list[int]:
    """The labels, where touches that two clusters pull equally stay alone: nobody can tell whose they are."""
    if not any(constraints.touches):
        return names
    touches = {row for row, touch in enumerate(constraints.touches) if touch}
    touches -= {row for pair in constraints.same for row in pair}
    pulls: dict[int, dict[int, Edge]] = {row: {} for row in touches}  # by all records, and by those with attributes
    for a, b, weight in edges:
        for touch, other in ((a, b), (b, a)):
            if touch in touches:
                total, own = pulls[touch].get(names[other], (0, 0))
                pulls[touch][names[other]] = total + weight, own if constraints.touches[other] else own + weight
    alone = {
        row
        for row, pull in pulls.items()
        if pull.get(names[row], (0, 0))[0] > 0 and sum(its == pull[names[row]] for its in pull.values()) > 1
    }
    if not alone:
        return names
    first: dict[int, int] = {}  # a cluster that loses its smallest row is named by the next
    for row, name in enumerate(names):
        if row not in alone:
            first.setdefault(name, row)
    return [row if row in alone else first[name] for row, name in enumerate(names)]
