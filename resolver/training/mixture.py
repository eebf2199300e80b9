"""The mixture of three kinds of pairs: one customer, related customers, unrelated ones.

People of one household agree in surname, address and telephone; without a class of their own they look like matches
with errors. The mixture is fitted by expectation–maximisation over the counted level patterns of the sample, in which
every anchor sees all its candidates, with priors over all pairs (a pair that no rule proposes is unrelated); m is
given, r and both priors are learned, and u is cleared of the matches and related pairs that random pairs hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resolver.blocking.signatures import Kind
from resolver.columns import Floats
from resolver.config import AttributeKind, IdentifierKind
from resolver.scoring.levels import Levels
from resolver.scoring.whereabouts import LEAST_MOVED, MOST_MOVED, MOVED, WHEREABOUTS, moving_ratios

#: What people of one household share; in everything else related people are as unlike as unrelated ones, at the start.
SHARED_KINDS = frozenset(
    {
        AttributeKind.FAMILY_NAME,
        AttributeKind.ADDRESS,
        AttributeKind.HOUSE_NUMBER,
        AttributeKind.POSTCODE,
        AttributeKind.PLACE,
        IdentifierKind.PHONE,
    }
)
#: What is a person's own: related people agree in it as little as unrelated ones (but for twins and namesakes), so that
#: the class of related people cannot drift towards "the same person, with errors".
PERSONAL_KINDS = frozenset({AttributeKind.GIVEN_NAME, AttributeKind.DATE, IdentifierKind.NATIONAL_ID})
#: r is not learned of these. Of the family name and the address it is what makes people related: where it was learned,
#: the class drifted towards all who live in one city.
GIVEN_KINDS = PERSONAL_KINDS | {AttributeKind.FAMILY_NAME, AttributeKind.ADDRESS, AttributeKind.HOUSE_NUMBER}
ROUNDS = 40
#: Fewer related pairs per record than this are not worth a class.
LEAST_RELATED = 0.02
#: However many of the random pairs at a level are matches or related, this share of them is chance.
LEAST_CHANCE = 0.3
#: Pseudo-counts of the Dirichlet prior on r, which leans to where r starts.
DIRICHLET = 20.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Level patterns, shape (k, fields), and how many pairs per record show each, shape (k,). ``others``: the pairs
    of one record in all; ``random`` by field: how many of them show each level, shape (levels,)."""

    patterns: Levels
    per_record: Floats
    others: int
    random: Sequence[Floats]


@dataclass(frozen=True, slots=True)
class Mixture:
    """``prior`` and ``related``: the probabilities that a random pair is one customer's, or two related ones';
    ``moved``: the share of matches that moved; ``r`` and ``u`` by field, shape (levels,)."""

    prior: float
    related: float
    moved: float
    r: list[Floats]
    u: list[Floats]


def starting_r(kind: Kind, m: Floats, u: Floats) -> Floats:
    """Where r starts: as m for what households share, as u for what they do not."""
    share = 0.9 if kind in SHARED_KINDS else 0.02 if kind in PERSONAL_KINDS else 0.2
    return share * m + (1 - share) * u


def fit(counted: Counted, m: Sequence[Floats], kinds: Sequence[Kind]) -> Mixture:
    """Learn r, u and the priors. Where there is hardly anybody related, ``related`` is 0 and r is u."""
    u = [its / its.sum() for its in counted.random]
    r = [starting_r(kind, its_m, its_u) for kind, its_m, its_u in zip(kinds, m, u, strict=True)]
    state = Mixture(1.0 / counted.others, 1.0 / counted.others, MOVED, r, u)
    for _ in range(ROUNDS):
        state = _round(state, counted, m, kinds)
    if state.related * counted.others >= LEAST_RELATED:
        return state
    state = Mixture(state.prior, 0.0, state.moved, state.u, state.u)
    for _ in range(ROUNDS // 4):
        state = _round(state, counted, m, kinds)
    return Mixture(state.prior, 0.0, state.moved, state.u, state.u)


def _round(state: Mixture, counted: Counted, m: Sequence[Floats], kinds: Sequence[Kind]) -> Mixture:
    """One round of expectation and maximisation."""
    patterns, others = counted.patterns, counted.others
    moving = [kind in WHEREABOUTS for kind in kinds], state.moved
    match, has_moved = moving_ratios(m, state.u, patterns, moving)
    odds_same = state.prior * np.exp(match)
    odds_related = state.related * np.exp(moving_ratios(state.r, state.u, patterns, moving)[0])
    total = 1 + odds_same + odds_related
    is_same, is_related = counted.per_record * odds_same / total, counted.per_record * odds_related / total
    prior = min(max(float(is_same.sum()) / others, 1e-12), 0.5)
    related = min(max(float(is_related.sum()) / others, 1e-12), 0.5) if state.related else 0.0
    moved = min(max(float((is_same * has_moved).sum() / is_same.sum()), LEAST_MOVED), MOST_MOVED)
    r, u = [], []
    for position, kind in enumerate(kinds):
        levels = len(m[position])
        own = np.bincount(patterns[:, position], weights=is_same, minlength=levels + 1)[1:]
        theirs = np.bincount(patterns[:, position], weights=is_related, minlength=levels + 1)[1:]
        chance = counted.random[position]
        its_u = np.maximum(chance - own - theirs, LEAST_CHANCE * chance)
        its_u /= its_u.sum()
        lean = starting_r(kind, m[position], its_u)
        scale = DIRICHLET / others
        its_r = lean if kind in GIVEN_KINDS else (theirs + lean * scale) / (theirs.sum() + scale)
        u.append(its_u)
        r.append(np.maximum(its_r, 1e-9))
    return Mixture(prior, related, moved, r, u)
