"""Match weights: what every comparison level says, added up in field order, in integer microbits.

The weight of a pair is the prior's log odds plus one term per field (log2 m/u), where an exact attribute counts by how
common its value is (term frequency, as in Winkler, 1989) and places together speak against once (``whereabouts``), less
what being related explains: log2(1 + related/unrelated), the odds that all of this agreement is a household's. A shared
active identifier on its own gives exactly the probability of its type, less floor(log2(max(1, s - 1))) bits where s
distinct non-empty signatures carry it. Every term is rounded once to an integer, so that order never matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Ints, Table
from resolver.config import IdentifierKind
from resolver.scoring.compare import FEW, ComparedField
from resolver.scoring.fading import Days, Fading
from resolver.scoring.levels import EXACT, Levels
from resolver.scoring.model import MICRO, Model, logit, microbits
from resolver.scoring.terms import FieldWeights, identifier_term, log2_of_one_plus, log2_of_one_plus_one
from resolver.scoring.whereabouts import LEAST_MOVED, WHEREABOUTS, count_once

#: The weight of a pair is clipped to this many bits, so that no single pair outvotes a whole cluster.
PAIR_CLIP = 20 * MICRO
#: People have several of these: that two records have different ones hardly tells them apart.
SEVERAL = (IdentifierKind.EMAIL, IdentifierKind.PHONE)


class Scorer:
    """Scores pairs of rows of one table under one model."""

    def __init__(
        self, table: Table, fields: Sequence[ComparedField], model: Model, reach: Mapping[str, NDArray[np.int64]]
    ) -> None:
        """``reach`` by identifier type: s of each distinct value (0: inactive)."""
        self._prior = microbits(logit(model.prior))
        self._related = microbits(np.log2(model.related)) if model.related > 0 else None
        self._against = microbits(log2(max(model.moved, LEAST_MOVED)))
        self._several = [its.kind in SEVERAL for its in fields]
        self._places = [its.kind in WHEREABOUTS for its in fields]
        days = Days(table) if any(its.half_life is not None for its in fields) else None
        self._weights = [
            FieldWeights(
                its,
                model,
                table.columns[its.name],
                reach.get(its.name),
                Fading(model, its.half_life, days) if days is not None and its.half_life is not None else None,
            )
            for its in fields
        ]

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
            terms[:, position], its_related = self._weights[position].terms(levels[:, position], left, right)
            if place:
                count_once(terms[:, position], against[0])
                count_once(its_related, against[1])
            related += its_related
        return terms, self._explained(related)

    def weights(self, levels: Levels, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """The match weight and the cut weight of each pair in microbits, clipped; shapes (pairs,)."""
        if len(left) <= FEW:
            return self._weights_of_few(levels, left, right)
        evidence, related, capacity = (np.zeros(len(left), dtype=np.int64) for _ in range(3))
        against = np.full((2, len(left)), self._against, dtype=np.int64)
        for position, weights in enumerate(self._weights):
            column = levels[:, position]
            term, its_related = weights.terms(column, left, right)
            tells = term > 0 if self._several[position] else term != 0
            capacity += np.where(tells, max(0, weights.typical), 0)
            if self._places[position]:
                count_once(term, against[0])
                count_once(its_related, against[1])
            evidence += term
            related += its_related
        silent = (evidence == 0) & (related == 0)
        evidence -= self._explained(related)
        cut = np.where(silent, 0, evidence + np.maximum(self._prior, -capacity))
        return np.clip(evidence + self._prior, -PAIR_CLIP, PAIR_CLIP), np.clip(cut, -PAIR_CLIP, PAIR_CLIP)

    def _weights_of_few(self, levels: Levels, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """``weights`` pair by pair: the same integers, without the fixed cost of arrays."""
        found = []
        for row, other, its_levels in zip(left.tolist(), right.tolist(), levels.tolist(), strict=True):
            evidence = related = capacity = 0
            against = related_against = self._against
            for weights, place, several, level in zip(
                self._weights, self._places, self._several, its_levels, strict=True
            ):
                if level == EXACT or weights.fading is not None:
                    term, its_related = weights.terms_of_one(level, row, other)
                else:
                    term, its_related = weights.at[level]
                if term > 0 or (term and not several):
                    capacity += max(0, weights.typical)
                if place:  # as ``count_once``
                    term, its_related = max(term, against), max(its_related, related_against)
                    against, related_against = against - min(term, 0), related_against - min(its_related, 0)
                evidence += term
                related += its_related
            explained = 0 if self._related is None else log2_of_one_plus_one(related + self._related)
            cut = evidence - explained + max(self._prior, -capacity) if evidence or related else 0
            found.append((evidence - explained + self._prior, cut))
        weight, cuts = np.clip(np.array(found, dtype=np.int64).reshape(-1, 2).T, -PAIR_CLIP, PAIR_CLIP)
        return weight, cuts

    def lost(self, position: int, level: int, rows: tuple[int, int]) -> tuple[int, int]:
        """Of a field, at this place and level: how many days two rows are apart, and how many microbits that takes of
        what it says alone (of both terms: the less it says, the less is left for being related to explain)."""
        weights = self._weights[position]
        if weights.fading is None:
            return 0, 0
        then, now = (
            term - (0 if self._related is None else log2_of_one_plus_one(related + self._related))
            for term, related in (weights.terms_on_one_day(level, *rows), weights.terms_of_one(level, *rows))
        )
        return weights.fading.days(*rows), then - now

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
        self._levels: dict[str, tuple[list[int], list[int]]] = {}

    def exact(self, name: str, reach: int) -> tuple[int, int]:
        """The terms of a shared value of this type that ``reach`` distinct signatures carry, for matches and for
        related people."""
        return identifier_term(self._model, name, reach)

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
        return 0 if self._related is None else log2_of_one_plus_one(related + self._related)
