"""Who belongs together, in columns: a whole store's records with their components and clusters, and what a store holds
of them so far.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph.columns import AssignmentColumns
from resolver.clustering.resolution import Resolution
from resolver.columns import Floats, Ints
from resolver.scoring.model import probability_of


@dataclass(frozen=True)
class Partition:
    """n records in key order. ``component`` and ``cluster``: the smallest row of each row's; ``confidence`` of the
    record and ``sureness`` of its cluster are match probabilities, NaN for a record alone. Shapes (n,)."""

    keys: Sequence[str]
    component: Ints
    cluster: Ints
    confidence: Floats
    sureness: Floats

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def sizes(self) -> Ints:
        """Records of each row's cluster, shape (n,)."""
        return np.bincount(self.cluster, minlength=len(self.keys))[self.cluster]

    def members(self, heads: Ints) -> list[tuple[str, ...]]:
        """The record keys, in key order, of the clusters of these smallest rows."""
        wanted = np.zeros(len(self.keys), dtype=bool)
        wanted[heads] = True
        rows = np.flatnonzero(wanted[self.cluster])
        rows = rows[np.argsort(self.cluster[rows], kind="stable")]
        keys = [self.keys[row] for row in rows.tolist()]
        ends = np.cumsum(np.bincount(self.cluster, minlength=len(self.keys))[np.sort(heads)]).tolist()
        found = [tuple(keys[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
        places = np.argsort(np.argsort(heads)).tolist()
        return [found[place] for place in places]

    def mates(self, keys: Collection[str]) -> list[str]:
        """All records of these records' components, themselves included."""
        wanted = np.zeros(len(self.keys), dtype=bool)
        wanted[self.component[[self.row_of[key] for key in keys if key in self.row_of]]] = True
        return [self.keys[row] for row in np.flatnonzero(wanted[self.component]).tolist()]

    def patched(self, gone: Collection[str], part: Partition) -> Partition:
        """Without the records that are gone, and with another word on those of ``part``, old or new: both must speak
        of whole components."""
        left_out = {*gone, *part.keys}
        kept = np.array([row for row, key in enumerate(self.keys) if key not in left_out], dtype=np.int64)
        keys = [self.keys[row] for row in kept.tolist()] + list(part.keys)
        order = np.argsort(np.array(keys, dtype=object), kind="stable")
        place = np.empty(len(keys), dtype=np.int64)
        place[order] = np.arange(len(keys))
        moved = np.zeros(len(self.keys), dtype=np.int64)
        moved[kept] = place[: len(kept)]

        def heads(mine: Ints, theirs: Ints) -> Ints:
            return np.concatenate([moved[mine[kept]], place[len(kept) :][theirs]])[order]

        return Partition(
            [keys[row] for row in order.tolist()],
            heads(self.component, part.component),
            heads(self.cluster, part.cluster),
            np.concatenate([self.confidence[kept], part.confidence])[order],
            np.concatenate([self.sureness[kept], part.sureness])[order],
        )


def partition_of(keys: Sequence[str], resolution: Resolution) -> Partition:
    """What a resolution says of its rows."""
    alone = np.bincount(resolution.cluster, minlength=len(keys))[resolution.cluster] == 1
    return Partition(
        keys,
        resolution.component,
        resolution.cluster,
        np.where(alone, np.nan, _probabilities(resolution.record_weight)),
        np.where(alone, np.nan, _probabilities(resolution.cluster_weight)),
    )


def _probabilities(weights: Ints) -> Floats:
    distinct, which = np.unique(weights, return_inverse=True)
    return np.array([probability_of(weight) for weight in distinct.tolist()], dtype=np.float64)[which]


@dataclass(frozen=True)
class Assigned:
    """Assignments as a store holds them (or will), distinct record keys in any order; ``confidence`` with NaN for a
    record alone, shape (n,)."""

    keys: list[str]
    components: list[str]
    customers: list[str]
    confidence: Floats

    @classmethod
    def of(cls, chunks: Iterable[AssignmentColumns]) -> Assigned:
        keys: list[str] = []
        components: list[str] = []
        customers: list[str] = []
        confidences: list[Floats] = [np.zeros(0)]
        for chunk in chunks:
            keys += chunk.record_keys
            components += chunk.components
            customers += chunk.customer_ids
            confidences.append(np.array(chunk.confidences, dtype=np.float64))
        return cls(keys, components, customers, np.concatenate(confidences))

    @property
    def owners(self) -> dict[str, str]:
        """Customer ids by record key."""
        return dict(zip(self.keys, self.customers, strict=True))

    def rows_in(self, partition: Partition) -> Ints:
        """The row of each record in a partition, -1 where it has none; shape (n,)."""
        row_of = partition.row_of
        return np.array([row_of.get(key, -1) for key in self.keys], dtype=np.int64)

    def without(self, left_out: Collection[str]) -> Assigned:
        rows = [row for row, key in enumerate(self.keys) if key not in left_out]
        keys, components, customers = (
            [its[row] for row in rows] for its in (self.keys, self.components, self.customers)
        )
        return Assigned(keys, components, customers, self.confidence[rows])

    def __add__(self, other: Assigned) -> Assigned:
        return Assigned(
            self.keys + other.keys,
            self.components + other.components,
            self.customers + other.customers,
            np.concatenate([self.confidence, other.confidence]),
        )
