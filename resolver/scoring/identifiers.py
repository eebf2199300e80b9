"""How sure sharing one value of an identifier makes us: as configured, learned from the attributes of those who share,
or by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.candidates import blocks_of, pairs_within
from resolver.blocking.keys import Entries
from resolver.columns import Floats, Table
from resolver.config import Config, IdentifierConfig, IdentifierKind
from resolver.hashing import hash_texts
from resolver.scoring.levels import Levels

#: Before anything is learned, by type name, then by kind.
DEFAULT_PROBABILITIES = {"loyalty": 0.999, "account": 0.999, "device": 0.9, "cookie": 0.95}
DEFAULT_KIND_PROBABILITIES = {
    IdentifierKind.EMAIL: 0.98,
    IdentifierKind.PHONE: 0.9,
    IdentifierKind.CODE: 0.95,
    IdentifierKind.NATIONAL_ID: 0.99,
}
#: Codes of which so sure a type is told are given to one person, such as the number of a loyalty card.
NAMES_A_PERSON = 0.99
#: What is learned counts for as many pairs as there are, the default for this many.
DEFAULT_WEIGHT = 20.0
LEAST, MOST = 0.05, 0.999
#: Pairs that are looked at for each type.
_PAIRS = 20_000
_ROUNDS = 60


def default_probability(name: str, its: IdentifierConfig) -> float:
    """What the config says, or the default of this type."""
    if its.match_probability != "auto":
        return its.match_probability
    return DEFAULT_PROBABILITIES.get(name, DEFAULT_KIND_PROBABILITIES[its.kind])


def names_a_person(name: str, its: IdentifierConfig) -> float:
    """How sure sharing a value makes us before anything is learned, of types whose values are given to one person; 0 of
    others: a device or a cookie is used by whoever sits before it, and people have many."""
    told = default_probability(name, its)
    return told if its.kind is not IdentifierKind.CODE or told >= NAMES_A_PERSON else 0.0


def with_code_levels(learned: tuple[Floats, Floats, Floats], its: IdentifierConfig) -> tuple[Floats, Floats, Floats]:
    """Another code says nothing (people have several devices and cookies), unless the type is exclusive: then it speaks
    against by the conflict weight."""
    m, u, _ = (np.array(part) for part in learned)
    different = u[-1] * 2.0**-its.conflict_weight if its.exclusive else u[-1]
    m[:-1] *= (1 - different) / m[:-1].sum()
    m[-1] = different
    return m, u, u


@dataclass(frozen=True, slots=True)
class SharingPairs:
    """Pairs of rows that share a value of one identifier type; shapes (p,)."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]


def sharing_pairs(table: Table, name: str, cap: int) -> SharingPairs:
    """Up to ``_PAIRS`` pairs that share an active value, evenly chosen over the values."""
    column = table.columns[name]
    shared = (column.frequencies >= 2) & (column.frequencies <= cap)
    hashes = np.zeros(len(column.values), dtype=np.uint64)
    hashes[shared] = hash_texts(column.values[shared])
    kept = shared[column.codes]
    blocks = blocks_of(Entries(column.rows[kept], hashes[column.codes[kept]]))
    degrees = blocks.degrees
    enough = int(np.searchsorted(np.cumsum(degrees * (degrees - 1) // 2), _PAIRS)) + 1
    return SharingPairs(*pairs_within(blocks.take(np.arange(min(enough, len(degrees))))))


def learned_probability(default: float, odds: tuple[Floats, Floats]) -> float:
    """The share of matches among pairs that share a value, judged by everything else: EM over the shares of matches,
    related and unrelated pairs, whose likelihood ratios against unrelated ones are ``odds``; shapes (p,)."""
    same, related = odds
    shares = np.array([default, (1 - default) * 0.9, (1 - default) * 0.1])
    likelihoods = np.stack([same, related, np.ones_like(same)])
    lean = DEFAULT_WEIGHT * shares
    for _ in range(_ROUNDS):
        posterior = shares[:, None] * likelihoods
        posterior /= posterior.sum(axis=0)
        shares = (posterior.sum(axis=1) + lean) / (len(same) + DEFAULT_WEIGHT)
    return float(np.clip(shares[0], LEAST, MOST))


def shared_probabilities(config: Config, judged: Mapping[str, tuple[Floats, Floats]]) -> dict[str, float]:
    """By type, how sure sharing makes us. ``judged``: the odds of the pairs that share and can be judged."""
    answer = {}
    for name, its in config.identifiers.items():
        default = default_probability(name, its)
        learn = its.match_probability == "auto" and name in judged and len(judged[name][0])
        answer[name] = learned_probability(default, judged[name]) if learn else default
    return answer


def can_be_judged(levels: Levels, attributes: list[int]) -> NDArray[np.bool_]:
    """Pairs that have at least two attributes to compare."""
    return np.asarray((levels[:, attributes] > 0).sum(axis=1) >= 2)
