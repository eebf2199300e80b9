"""Match weights: what every comparison level says, added up in field order, in integer microbits.

The weight of a pair is the prior's log odds plus one term per field (log2 m/u), where an exact attribute counts by how
common its value is (term frequency, as in Winkler, 1989) and places together speak against once (``whereabouts``), less
what being related explains: log2(1 + related/unrelated), the odds that all of this agreement is a household's. A shared
active identifier on its own gives exactly the probability of its type, less floor(log2(max(1, s - 1))) bits where s
distinct non-empty signatures carry it. Every term is rounded once to an integer, so that order never matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from math import log2

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Ints, Table
from resolver.config import IdentifierKind
from resolver.hashing import hash_texts
from resolver.scoring.compare import ComparedField, value_pairs
from resolver.scoring.levels import EXACT, Levels
from resolver.scoring.model import MICRO, FieldModel, Model, logit, microbits
from resolver.scoring.whereabouts import LEAST_MOVED, WHEREABOUTS, count_once

#: Term-frequency terms are clipped to this many bits around the level's own weight.
TF_CLIP = 8.0
#: How sure (log odds, bits) sharing an identifier makes us that two records are one customer's or related ones'.
CERTAIN = 11.0
#: The weight of a pair is clipped to this many bits, so that no single pair outvotes a whole cluster.
PAIR_CLIP = 20 * MICRO


class FieldWeights:
    """One field's terms in microbits: ``by_level`` (log2 m/u) and ``related_by_level`` (log2 r/u), shape (levels,);
    ``exact`` and ``related_exact`` by value code, shape (v,), computed when two records first agree exactly;
    ``typical``: what an exact agreement brings on the average."""

    def __init__(
        self, field: ComparedField, model: Model, column: Column, reach: NDArray[np.int64] | None = None
    ) -> None:
        """``reach`` (shape (v,)) is s, the number of distinct non-empty signatures that carry each value, 0 where the
        value is inactive; None for attributes."""
        its = model.fields[field.name]
        self._name, self._model, self._column, self._reach = field.name, model, column, reach
        self.by_level = np.array(its.weights(), dtype=np.int64)
        self.related_by_level = np.array(its.related_weights(), dtype=np.int64)
        self.typical = int(self.by_level[EXACT])
        if reach is not None:
            self.typical = _typical_term(model.prior, model.related, model.shared[field.name])

    @cached_property
    def _exact(self) -> tuple[Ints, Ints]:
        if self._reach is not None:
            return identifier_terms(self._model, self._name, self._reach)[:2]
        frequency = _frequency_terms(self._model.fields[self._name], self._column)
        return self.by_level[EXACT] + frequency, self.related_by_level[EXACT] + frequency

    @property
    def exact(self) -> Ints:
        return self._exact[0]

    @property
    def related_exact(self) -> Ints:
        return self._exact[1]


def _frequency_terms(its: FieldModel, column: Column) -> Ints:
    """What a value's frequency adds to an exact agreement, microbits, shape (v,)."""
    if its.rare <= 0 or len(column.values) == 0:
        return np.zeros(len(column.values), dtype=np.int64)
    shares = np.full(len(column.values), its.rare)
    if its.frequencies:
        shared = np.flatnonzero(column.frequencies > 1)  # nobody agrees exactly on the others
        keys = hash_texts(column.values[shared]).tolist()
        shares[shared] = [its.frequencies.get(key, its.rare) for key in keys]
    bits = np.clip(np.log2(its.u[EXACT] / np.maximum(shares, 1e-12)), -TF_CLIP, TF_CLIP)
    return np.asarray(np.rint(bits * MICRO), dtype=np.int64)


def identifier_terms(model: Model, name: str, reach: Ints) -> tuple[Ints, Ints, int]:
    """The terms of a shared identifier by value, for matches and for related people, and the typical one.

    They are such that a pair which shares nothing else gets exactly the type's probability less the penalty: the match
    term is what the value says against chance, the related term fills up what is missing to that probability.
    """
    return _identifier_terms(model.prior, model.related, model.shared[name], reach)


@lru_cache(maxsize=256)
def _typical_term(prior: float, related: float, shared: float) -> int:
    """Remembered, since every record that comes in asks for the same."""
    return _identifier_terms(prior, related, shared, np.zeros(0, dtype=np.int64))[2]


def _identifier_terms(prior: float, related: float, shared: float, reach: Ints) -> tuple[Ints, Ints, int]:
    prior, shared = logit(prior), logit(shared)
    reaches = np.append(reach, 1)  # the last is the typical one
    sure = shared - np.floor(np.log2(np.maximum(1, reaches - 1)))
    if related <= 0:
        match, others = sure - prior, np.zeros_like(sure)
    else:
        match = np.full_like(sure, max(CERTAIN, shared + 1) - prior)
        # prior + match - log2(1 + related * 2**term) = sure, solved for the term
        others = np.log2(np.exp2(prior + match - sure) - 1) - np.log2(related)
        # Where relatives are so few that they would have to share more often than a person with herself, sharing says
        # the same of both (solved for both terms) and the rest is chance: sharing more never makes a match less likely.
        few = others > match
        match[few] = others[few] = -np.log2(np.exp2(prior - sure[few]) - related)
    exact, related_exact = (np.where(reaches > 0, np.rint(its * MICRO), 0).astype(np.int64) for its in (match, others))
    return exact[:-1], related_exact[:-1], int(exact[-1])


class Scorer:
    """Scores pairs of rows of one table under one model."""

    def __init__(
        self, table: Table, fields: Sequence[ComparedField], model: Model, reach: Mapping[str, NDArray[np.int64]]
    ) -> None:
        """``reach`` by identifier type: s of each distinct value (0: inactive)."""
        self._table, self._fields, self._prior = table, fields, microbits(logit(model.prior))
        self._related = microbits(np.log2(model.related)) if model.related > 0 else None
        self._against = microbits(log2(max(model.moved, LEAST_MOVED)))
        self._places = [its.kind in WHEREABOUTS for its in fields]
        self._weights = [FieldWeights(its, model, table.columns[its.name], reach.get(its.name)) for its in fields]

    @property
    def prior(self) -> int:
        """The prior's log odds in microbits: what every pair's weight starts from."""
        return self._prior

    def terms(self, levels: Levels, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """Each field's term for each pair, shape (pairs, fields), and what being related explains of their sum (to be
        taken off), shape (pairs,); microbits."""
        terms, related = np.zeros(levels.shape, dtype=np.int64), np.zeros(len(left), dtype=np.int64)
        against = np.full((2, len(left)), self._against, dtype=np.int64)
        for position, place in enumerate(self._places):
            terms[:, position], its_related = self._term(position, levels[:, position], left, right)
            if place:
                count_once(terms[:, position], against[0])
                count_once(its_related, against[1])
            related += its_related
        return terms, self._explained(related)

    def weights(self, levels: Levels, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """The match weight and the cut weight of each pair in microbits, clipped; shapes (pairs,)."""
        evidence, related, capacity = (np.zeros(len(left), dtype=np.int64) for _ in range(3))
        against = np.full((2, len(left)), self._against, dtype=np.int64)
        for position, weights in enumerate(self._weights):
            column = levels[:, position]
            term, its_related = self._term(position, column, left, right)
            capacity += np.where(term == 0, 0, max(0, weights.typical))
            if self._places[position]:
                count_once(term, against[0])
                count_once(its_related, against[1])
            evidence += term
            related += its_related
        silent = (evidence == 0) & (related == 0)
        evidence -= self._explained(related)
        cut = np.where(silent, 0, evidence + np.maximum(self._prior, -capacity))
        return np.clip(evidence + self._prior, -PAIR_CLIP, PAIR_CLIP), np.clip(cut, -PAIR_CLIP, PAIR_CLIP)

    def _term(self, position: int, levels: NDArray[np.int8], left: Ints, right: Ints) -> tuple[Ints, Ints]:
        its, weights = self._fields[position], self._weights[position]
        term, related = weights.by_level[levels], weights.related_by_level[levels]
        exact = np.flatnonzero(levels == EXACT)
        if exact.size:
            column = self._table.columns[its.name]
            term[exact], related[exact] = _shared_weights(column, weights, its, left[exact], right[exact])
        return term, related

    def _explained(self, related: Ints) -> Ints:
        if self._related is None:
            return np.zeros_like(related)
        return log2_of_one_plus(related + self._related)


class IdentifierScorer:
    """What a ``Scorer`` says of pairs that have nothing in common but identifiers, term by term: for lookups, which ask
    about a few values and cannot wait for columns. The integers are the same."""

    def __init__(self, model: Model) -> None:
        self._model, self.prior = model, microbits(logit(model.prior))
        self._related = microbits(np.log2(model.related)) if model.related > 0 else None
        self._exact: dict[tuple[str, int], tuple[int, int]] = {}
        self._levels: dict[str, tuple[list[int], list[int]]] = {}

    def exact(self, name: str, reach: int) -> tuple[int, int]:
        """The terms of a shared value of this type that ``reach`` distinct signatures carry, for matches and for
        related people; remembered, since there are no more than its cap allows."""
        if (name, reach) not in self._exact:
            exact, related, _ = identifier_terms(self._model, name, np.array([reach], dtype=np.int64))
            self._exact[name, reach] = int(exact[0]), int(related[0])
        return self._exact[name, reach]

    def alone(self, name: str, reach: int) -> int:
        """The weight of a pair that shares this one value and has nothing else in common."""
        exact, related = self.exact(name, reach)
        return self.prior + exact - self.explained(related)

    def at_level(self, name: str, level: int) -> tuple[int, int]:
        """The terms of any other level."""
        if name not in self._levels:
            its = self._model.fields[name]
            self._levels[name] = its.weights(), its.related_weights()
        weights, related = self._levels[name]
        return weights[level], related[level]

    def explained(self, related: int) -> int:
        """What being related explains of terms that sum up to ``related`` (to be taken off)."""
        return 0 if self._related is None else _log2_of_one_plus(related + self._related)


#: log2(1 + 2**x) for x in -64 … 64 bits, in steps of 1/1024 bit: a table gives the same integer for one pair as for
#: a million, which vectorised logarithms do not promise.
_STEP = 1024
_REACH = 64


@cache
def _table() -> Ints:
    """Made when it is first needed: a single lookup does without."""
    steps = range(-_REACH * _STEP, _REACH * _STEP + 1)
    return np.array([_table_entry(step) for step in steps], dtype=np.int64)


def _table_entry(step: int) -> int:
    return microbits(log2(1 + 2 ** (step / _STEP)))


def log2_of_one_plus(exponent: Ints) -> Ints:
    """log2(1 + 2**exponent), all in microbits; exact to a thousandth of a bit."""
    step = np.clip(exponent * _STEP // MICRO, -_REACH * _STEP, _REACH * _STEP) + _REACH * _STEP
    return np.where(exponent >= _REACH * MICRO, exponent, _table()[step])


@lru_cache(maxsize=4096)
def _log2_of_one_plus(exponent: int) -> int:
    """The same for one number; lookups meet few different ones."""
    if exponent >= _REACH * MICRO:
        return exponent
    return _table_entry(max(exponent * _STEP // MICRO, -_REACH * _STEP))


def _shared_weights(
    column: Column, weights: FieldWeights, field: ComparedField, left: Ints, right: Ints
) -> tuple[Ints, Ints]:
    """The terms of the values that both rows carry: identifiers add up, of attributes the rarest counts."""
    if column.is_single:
        codes = column.dense[left]
        return weights.exact[codes], weights.related_exact[codes]
    pair, mine, other = value_pairs(column, left, right)
    pair, codes = pair[mine == other], mine[mine == other]
    if isinstance(field.kind, IdentifierKind):
        totals = np.zeros((2, len(left)), dtype=np.int64)
        np.add.at(totals[0], pair, weights.exact[codes])
        np.add.at(totals[1], pair, weights.related_exact[codes])
        return totals[0], totals[1]
    order = np.lexsort((weights.exact[codes], pair))
    last = order[np.flatnonzero(np.diff(pair[order], append=len(left)))]  # each pair's heaviest
    return weights.exact[codes[last]], weights.related_exact[codes[last]]
