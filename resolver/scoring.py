"""Match weights: what every comparison level says, added up in field order, in integer microbits.

The weight of a pair is the prior's log odds plus one term per field (log2 m/u), where an exact attribute counts by how
common its value is (term frequency, as in Winkler, 1989) and a shared active identifier by how sure its type makes us, less
floor(log2(max(1, s - 1))) bits where s distinct non-empty signatures carry it. Rounding happens once per term, so
order never matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Ints, Table
from resolver.compare import EXACT, MISSING, ComparedField, Levels, value_pairs
from resolver.config import IdentifierKind
from resolver.model import MICRO, FieldModel, Model, logit, microbits

#: Term-frequency terms are clipped to this many bits around the level's own weight.
TF_CLIP = 8.0
#: The weight of a pair is clipped to this many bits, so that no single pair outvotes a whole cluster.
PAIR_CLIP = 20 * MICRO


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """One field's terms in microbits: ``by_level``, shape (levels,); ``exact`` by value code, shape (v,); ``typical``,
    what an exact agreement brings on the average."""

    by_level: Ints
    exact: Ints
    typical: int


def field_weights(field: ComparedField, model: Model, column: Column, reach: NDArray[np.int64] | None) -> FieldWeights:
    """The terms of one field over this column's values. ``reach`` (shape (v,)) is s, the number of distinct non-empty
    signatures that carry each value, 0 where the value is inactive; None for attributes."""
    its = model.fields[field.name]
    by_level = np.array(its.weights(), dtype=np.int64)
    if reach is None:
        return FieldWeights(by_level, _frequency_weights(its, column), int(by_level[EXACT]))
    sure = microbits(logit(model.shared[field.name]) - logit(model.prior))
    penalty = np.floor(np.log2(np.maximum(1, reach - 1))).astype(np.int64) * MICRO
    return FieldWeights(by_level, np.where(reach > 0, sure - penalty, 0), sure)


def _frequency_weights(its: FieldModel, column: Column) -> Ints:
    shares = np.array([its.frequencies.get(key, its.rare) for key in column.hashes.tolist()])
    if its.rare <= 0 or len(shares) == 0:
        return np.full(len(column.values), its.weights()[EXACT], dtype=np.int64)
    base = np.log2(its.m[EXACT] / its.u[EXACT])
    adjusted = base + np.clip(np.log2(its.u[EXACT] / np.maximum(shares, 1e-12)), -TF_CLIP, TF_CLIP)
    return np.rint(adjusted * MICRO).astype(np.int64)


class Scorer:
    """Scores pairs of rows of one table under one model."""

    def __init__(
        self, table: Table, fields: Sequence[ComparedField], model: Model, reach: Mapping[str, NDArray[np.int64]]
    ) -> None:
        """``reach`` by identifier type: s of each distinct value (0: inactive)."""
        self._table, self._fields, self._prior = table, fields, microbits(logit(model.prior))
        self._weights = [field_weights(its, model, table.columns[its.name], reach.get(its.name)) for its in fields]

    def terms(self, levels: Levels, left: Ints, right: Ints) -> Ints:
        """Each field's term for each pair, microbits, shape (pairs, fields)."""
        terms = np.zeros(levels.shape, dtype=np.int64)
        for position in range(len(self._fields)):
            terms[:, position] = self._term(position, levels[:, position], left, right)
        return terms

    def weights(self, levels: Levels, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """The match weight and the cut weight of each pair in microbits, clipped; shapes (pairs,)."""
        evidence, capacity = np.zeros(len(left), dtype=np.int64), np.zeros(len(left), dtype=np.int64)
        for position, weights in enumerate(self._weights):
            column = levels[:, position]
            evidence += self._term(position, column, left, right)
            capacity += np.where(column == MISSING, 0, max(0, weights.typical))
        cut = evidence + np.maximum(self._prior, -capacity)
        return np.clip(evidence + self._prior, -PAIR_CLIP, PAIR_CLIP), np.clip(cut, -PAIR_CLIP, PAIR_CLIP)

    def _term(self, position: int, levels: NDArray[np.int8], left: Ints, right: Ints) -> Ints:
        its, weights = self._fields[position], self._weights[position]
        term = weights.by_level[levels]
        exact = np.flatnonzero(levels == EXACT)
        if exact.size:
            column = self._table.columns[its.name]
            term[exact] = _shared_weight(column, weights.exact, its, left[exact], right[exact])
        return term


def _shared_weight(column: Column, exact: Ints, field: ComparedField, left: Ints, right: Ints) -> Ints:
    """The weight of the values that both rows carry: identifiers add up, of attributes the rarest counts."""
    if column.is_single:
        return exact[column.dense[left]]
    pair, mine, other = value_pairs(column, left, right)
    equal = mine == other
    if isinstance(field.kind, IdentifierKind):
        total = np.zeros(len(left), dtype=np.int64)
        np.add.at(total, pair[equal], exact[mine[equal]])
        return total
    best = np.full(len(left), np.iinfo(np.int64).min)
    np.maximum.at(best, pair[equal], exact[mine[equal]])
    return best
