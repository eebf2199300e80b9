"""What a field says of a pair, in integer microbits: by comparison level, and by value where both records carry it.

The exact terms are ready by value for many pairs, and one by one for a few; the integers are the same. Every term is
rounded once.
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from math import log2

import numpy as np
from numpy.typing import NDArray

from resolver.columns import Column, Ints
from resolver.config import IdentifierKind
from resolver.hashing import hash_text, hash_texts
from resolver.scoring.compare import ComparedField, value_pairs
from resolver.scoring.fading import Fading
from resolver.scoring.levels import EXACT
from resolver.scoring.model import MICRO, Model, logit, microbits

#: How sure (log odds, bits) sharing an identifier makes us that two records are one customer's or related ones'.
CERTAIN = 11.0


class FieldWeights:
    """One field's terms in microbits: ``by_level`` (log2 m/u) and ``related_by_level`` (log2 r/u), shape (levels,), and
    both as pairs ``at`` each level; ``typical``: what an exact agreement brings on the average."""

    def __init__(
        self,
        field: ComparedField,
        model: Model,
        column: Column,
        reach: NDArray[np.int64] | None = None,
        fading: Fading | None = None,
    ) -> None:
        """``reach`` (shape (v,)) is s, the number of distinct non-empty signatures that carry each value, 0 where the
        value is inactive; None for attributes. ``fading``: of identifiers that say less of records seen far apart."""
        self.fading = fading
        self._its, self._model, self._column, self._reach = model.fields[field.name], model, column, reach
        self._name, self._adds_up = field.name, isinstance(field.kind, IdentifierKind)
        self.at = list(zip(self._its.weights(), self._its.related_weights(), strict=True))
        self.typical = self.at[EXACT][0]
        if reach is not None:
            self.typical = identifier_term(model, field.name, 1)[0]
        self._of_code: dict[int, tuple[int, int]] = {}

    @cached_property
    def by_level(self) -> Ints:
        return np.array(self._its.weights(), dtype=np.int64)

    @cached_property
    def related_by_level(self) -> Ints:
        return np.array(self._its.related_weights(), dtype=np.int64)

    @cached_property
    def _exact(self) -> tuple[Ints, Ints]:
        """The terms of an exact agreement by value code, shapes (v,)."""
        if self._reach is not None:
            return identifier_terms(self._model, self._name, self._reach)
        known, rare = self._its.frequency_terms
        frequency = np.full(len(self._column.values), rare, dtype=np.int64)
        if known:
            shared = np.flatnonzero(self._column.frequencies > 1)  # nobody agrees exactly on the others
            keys = hash_texts(self._column.values[shared]).tolist()
            frequency[shared] = [known.get(key, rare) for key in keys]
        return self.by_level[EXACT] + frequency, self.related_by_level[EXACT] + frequency

    def terms(self, levels: NDArray[np.int8], left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """The terms of each pair of rows, which are at these levels, for matches and for related people; shapes
        (pairs,)."""
        term, related = self.by_level[levels], self.related_by_level[levels]
        exact = np.flatnonzero(levels == EXACT)
        if exact.size:
            term[exact], related[exact] = self._shared(left[exact], right[exact])
        if self.fading is not None:
            near = np.flatnonzero((levels != EXACT) & (term > 0))  # a slip in a value that is of another today
            faded = self.fading.many((term[near], related[near]), left[near], right[near])
            term[near], related[near] = faded
        return term, related

    def terms_of_one(self, level: int, left: int, right: int) -> tuple[int, int]:
        """As ``terms``, of one pair of rows."""
        return self._of_one(level, (left, right), self.fading)

    def terms_on_one_day(self, level: int, left: int, right: int) -> tuple[int, int]:
        """As ``terms_of_one``, had both rows been seen on one day."""
        return self._of_one(level, (left, right), None)

    def _of_one(self, level: int, rows: tuple[int, int], fading: Fading | None) -> tuple[int, int]:
        if level != EXACT:
            its = self.at[level]
            return its if fading is None or its[0] <= 0 else fading.one(its, *rows)
        terms = self._shared_by(*rows)
        if fading is not None:
            terms = [fading.one(its, *rows) for its in terms]
        if len(terms) == 1:
            return terms[0]
        return (sum(term for term, _ in terms), sum(term for _, term in terms)) if self._adds_up else max(terms)

    def _shared(self, left: Ints, right: Ints) -> tuple[Ints, Ints]:
        """The terms of the values that both rows of each pair carry: identifiers add up, of attributes the rarest
        counts. Shapes (pairs,)."""
        column, (exact, related) = self._column, self._exact
        if column.is_single:
            codes = column.dense[left]
            its = exact[codes], related[codes]
            return its if self.fading is None else self.fading.many(its, left, right)
        pair, mine, other = value_pairs(column, left, right)
        pair, codes = pair[mine == other], mine[mine == other]
        if self._adds_up:
            its = exact[codes], related[codes]
            if self.fading is not None:
                its = self.fading.many(its, left[pair], right[pair])
            totals = np.zeros((2, len(left)), dtype=np.int64)
            np.add.at(totals[0], pair, its[0])
            np.add.at(totals[1], pair, its[1])
            return totals[0], totals[1]
        order = np.lexsort((exact[codes], pair))
        last = order[np.flatnonzero(np.diff(pair[order], append=len(left)))]  # each pair's heaviest
        return exact[codes[last]], related[codes[last]]

    def _shared_by(self, left: int, right: int) -> list[tuple[int, int]]:
        """The terms of each value that both rows carry, of a pair that agrees exactly."""
        mine, others = self._column.by_row[left], self._column.by_row[right]
        if len(mine) == 1:
            return [self._exact_of(mine[0])]
        return [self._exact_of(code) for code in mine if code in others]

    def _exact_of(self, code: int) -> tuple[int, int]:
        if code not in self._of_code:
            if self._reach is not None:
                its = identifier_term(self._model, self._name, int(self._reach[code]))
            else:
                known, rare = self._its.frequency_terms
                term, related = self.at[EXACT]
                frequency = known.get(hash_text(self._column.values[code]), rare) if known else rare
                its = term + frequency, related + frequency
            self._of_code[code] = its
        return self._of_code[code]


def identifier_terms(model: Model, name: str, reach: Ints) -> tuple[Ints, Ints]:
    """The terms of a shared identifier by value, for matches and for related people; ``reach`` and they have shape
    (v,).

    They are such that a pair which shares nothing else gets exactly the type's probability less the penalty: the match
    term is what the value says against chance, the related term fills up what is missing to that probability.
    """
    return _identifier_terms(model.prior, model.related, model.shared[name], reach)


def identifier_term(model: Model, name: str, reach: int) -> tuple[int, int]:
    """As ``identifier_terms``, of one value."""
    return _identifier_term(model.prior, model.related, model.shared[name], reach)


@lru_cache(maxsize=4096)
def _identifier_term(prior: float, related: float, shared: float, reach: int) -> tuple[int, int]:
    """Remembered, since every record that comes in asks for the same."""
    match, others = _identifier_terms(prior, related, shared, np.array([reach], dtype=np.int64))
    return int(match[0]), int(others[0])


def _identifier_terms(prior: float, related: float, shared: float, reach: Ints) -> tuple[Ints, Ints]:
    prior, shared = logit(prior), logit(shared)
    sure = shared - np.floor(np.log2(np.maximum(1, reach - 1)))
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
    exact, related_exact = (np.where(reach > 0, np.rint(its * MICRO), 0).astype(np.int64) for its in (match, others))
    return exact, related_exact


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
def log2_of_one_plus_one(exponent: int) -> int:
    """The same for one number; lookups meet few different ones."""
    if exponent >= _REACH * MICRO:
        return exponent
    return _table_entry(max(exponent * _STEP // MICRO, -_REACH * _STEP))
