"""The mixture of three kinds of pairs: one customer, related customers, unrelated ones.

People of one household agree in surname, address and telephone; without a class of their own they look like matches with
errors. The mixture is fitted by expectation–maximisation over the counted level patterns of the sample, in which every
anchor sees all its candidates, with priors over all pairs (a pair that no rule proposes is unrelated); u and m are
given, r and both priors are learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.compare import Levels
from resolver.config import AttributeKind, IdentifierKind
from resolver.keys import Kind

Floats = NDArray[np.float64]

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
#: Kinds of which related people may share some, such as a family's e-mail address.
MIXED_KINDS = frozenset({IdentifierKind.EMAIL, IdentifierKind.CODE})
ROUNDS = 40
#: Fewer related pairs per record than this are not worth a class.
LEAST_RELATED = 0.02
#: Pseudo-counts of the Dirichlet prior on r, which leans to where r starts.
DIRICHLET = 20.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Level patterns, shape (k, fields), and how many pairs per record show each, shape (k,)."""

    patterns: Levels
    per_record: Floats
    others: int


@dataclass(frozen=True, slots=True)
class Mixture:
    """``prior`` and ``related``: the probabilities that a random pair is one customer's, or two related ones'; ``r`` by
    field, shape (levels,)."""

    prior: float
    related: float
    r: list[Floats]


def starting_r(kind: Kind, m: Floats, u: Floats) -> Floats:
    """Where r starts: as m for what households share, as u for what they do not."""
    share = 0.9 if kind in SHARED_KINDS else 0.2 if kind in MIXED_KINDS else 0.02
    return share * m + (1 - share) * u


def log_ratios(part: Sequence[Floats], u: Sequence[Floats], patterns: Levels) -> Floats:
    """The sum over fields of ln(part/u) of each pattern, missing counting nothing; shape (k,)."""
    total = np.zeros(len(patterns))
    for position, (mine, its_u) in enumerate(zip(part, u, strict=True)):
        total += np.concatenate([[0.0], np.log(mine / its_u)])[patterns[:, position]]
    return total


def fit(counted: Counted, m: Sequence[Floats], u: Sequence[Floats], kinds: Sequence[Kind]) -> Mixture:
    """Learn r and the priors. Where there is hardly anybody related, ``related`` is 0 and r is u."""
    start = [starting_r(kind, its_m, its_u) for kind, its_m, its_u in zip(kinds, m, u, strict=True)]
    r = list(start)
    same = log_ratios(m, u, counted.patterns)
    prior = related = 1.0 / counted.others
    for _ in range(ROUNDS):
        relation = log_ratios(r, u, counted.patterns)
        odds_same, odds_related = prior * np.exp(same), related * np.exp(relation)
        total = 1 + odds_same + odds_related
        is_same, is_related = counted.per_record * odds_same / total, counted.per_record * odds_related / total
        prior = min(max(is_same.sum() / counted.others, 1e-12), 0.5)
        related = min(max(is_related.sum() / counted.others, 1e-12), 0.5)
        scale = DIRICHLET / max(1.0, counted.others)
        for position, lean in enumerate(start):
            expected = np.bincount(counted.patterns[:, position], weights=is_related, minlength=len(lean) + 1)[1:]
            r[position] = (expected + lean * scale) / (expected.sum() + scale)
            r[position] = np.maximum(r[position], 1e-9)
    if related * counted.others < LEAST_RELATED:
        return Mixture(prior, 0.0, list(u))
    return Mixture(prior, related, r)
