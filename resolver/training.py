"""Training without labels: u from random pairs, m by expectation–maximisation, one session per blocking rule.

One EM run over all candidate pairs learns "household" as the match class. So each rule has a session of its own on its
own pairs, with the rule's fields left out and u fixed (Fellegi and Sunter, 1969; EM as in Winkler, 1988, over counted
level patterns); for each field the sessions that agree most are averaged. Everything is chosen by fixed seeds over rows
in key order, so equal records train equal models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.anchors import AnchorSample, sample_pairs
from resolver.columns import Column, Table
from resolver.compare import EXACT, ComparedField, Comparer, Levels
from resolver.config import AttributeKind, Config, IdentifierConfig, IdentifierKind
from resolver.keys import KeyMaker, Rule
from resolver.mixture import Counted, Floats, Mixture, fit, log_ratios
from resolver.model import MIN_SHARED, FieldModel, Model
from resolver.version import compared_fields

RANDOM_PAIRS = 200_000
SESSION_PAIRS = 20_000
SESSION_MIN_PAIRS = 30
EM_ROUNDS = 60
#: Pseudo-counts of the Dirichlet prior on m, spread over the levels as ``expected_m``.
DIRICHLET = 5.0
#: The chosen rules find this share of the matches that all rules together are expected to find.
RULE_RECALL = 0.9995
_NAME_PARTS = frozenset({AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME})


@dataclass(frozen=True, slots=True)
class Session:
    """What one EM session learned: ``m`` by field position, for the fields that it can speak of; ``matches``, their expected number;
    ``share``, the share of matches among the rule's pairs."""

    rule: Rule
    m: dict[int, Floats]
    matches: float
    share: float


def train(table: Table, config: Config) -> Model:
    """Learn a model from these records, without labels."""
    fields = tuple(its for its in compared_fields(config) if len(table.columns[its.name].codes))
    maker = KeyMaker(table, {its.name: its.kind for its in fields})
    sample = sample_pairs(table, maker, config.resolution.blocking_cap)
    comparer = Comparer(table, fields)
    levels = comparer.levels(sample.left, sample.right)
    u = random_levels(table, fields, comparer)
    m = agreed_m(run_sessions(sample, levels, fields, u), fields)
    patterns, per_record = count_patterns(levels, sample.per_record())
    others = max(1, len(table) - 1)
    random = [its * others * _share_present(table.columns[field.name]) ** 2 for its, field in zip(u, fields, strict=True)]
    mixture = fit(Counted(patterns, per_record, others, random), m, [its.kind for its in fields])
    models = {
        its.name: _field_model((m[i], mixture.u[i], mixture.r[i]), table.columns[its.name], (its, config))
        for i, its in enumerate(fields)
    }
    posterior = _posterior(levels, m, mixture)
    enough = {
        its.name for i, its in enumerate(fields) if (levels[:, i] == EXACT).sum() >= SHARED_MIN_PAIRS
    }
    shared = {
        name: _shared_probability(models[name], mixture)
        if its.match_probability == "auto" and name in enough
        else default_probability(name, its)
        for name, its in config.identifiers.items()
    }
    return Model(
        mixture.prior, mixture.related, models, choose_rules(sample, posterior), shared, trained_on=len(table)
    )


def _share_present(column: Column) -> float:
    return float((column.counts > 0).mean())


def _field_model(
    learned: tuple[Floats, Floats, Floats], column: Column, field: tuple[ComparedField, Config]
) -> FieldModel:
    its, config = field
    if its.kind is IdentifierKind.CODE:
        learned = with_code_levels(learned, config.identifiers[its.name])
    m, u, r = ((1.0, *map(float, part)) for part in learned)
    return FieldModel(m, u, r, *_frequencies(column, its))


def with_code_levels(learned: tuple[Floats, Floats, Floats], its: IdentifierConfig) -> tuple[Floats, Floats, Floats]:
    """Another code says nothing (people have several devices and cookies), unless the type is exclusive: then it speaks
    against by the conflict weight."""
    m, u, r = (np.array(part) for part in learned)
    different = u[-1] * 2.0**-its.conflict_weight if its.exclusive else u[-1]
    for part in (m, r):
        part[:-1] *= (1 - different) / part[:-1].sum()
        part[-1] = different
    return m, u, r


def _posterior(levels: Levels, m: Sequence[Floats], mixture: Mixture) -> Floats:
    """The probability that each pair is one customer's, shape (pairs,)."""
    same = mixture.prior * np.exp(log_ratios(m, mixture.u, levels))
    related = mixture.related * np.exp(log_ratios(mixture.r, mixture.u, levels))
    return same / (1 + same + related)


def _shared_probability(its: FieldModel, mixture: Mixture) -> float:
    """How sure sharing one value makes us, where nothing else is known."""
    same = mixture.prior * its.m[EXACT]
    other = mixture.related * its.r[EXACT] + its.u[EXACT] * (1 - mixture.prior - mixture.related)
    return float(min(max(same / (same + other), SHARED_LEAST), SHARED_MOST))


def expected_m(levels: int) -> Floats:
    """Where m starts, and what its Dirichlet prior leans to: mostly exact, then less and less. Shape (levels,)."""
    weights = 0.5 ** np.arange(levels, dtype=np.float64)
    weights[0] = 8.0
    return weights / weights.sum()


def random_levels(table: Table, fields: Sequence[ComparedField], comparer: Comparer) -> list[Floats]:
    """u: how often each level (1 … other) occurs among random pairs, by field, smoothed; exact from value frequencies."""
    n = len(table)
    rng = np.random.default_rng(1)
    if n * (n - 1) // 2 <= RANDOM_PAIRS:
        left, right = np.triu_indices(n, k=1)
    else:
        left = rng.integers(0, n, RANDOM_PAIRS)
        right = (left + rng.integers(1, n, RANDOM_PAIRS)) % n
    levels = comparer.levels(left.astype(np.int64), right.astype(np.int64))
    return [
        _random_levels_of(table.columns[its.name], levels[:, position], its.comparison.other)
        for position, its in enumerate(fields)
    ]


def _random_levels_of(column: Column, levels: NDArray[np.int8], other: int) -> Floats:
    counts = np.bincount(levels, minlength=other + 1)[2:].astype(np.float64) + 0.5
    carried = max(2, int((column.counts > 0).sum()))
    frequencies = column.frequencies.astype(np.float64)
    exact = float((frequencies * (frequencies - 1)).sum()) / (carried * (carried - 1))
    exact = min(max(exact, 0.5 / carried**2), 0.99)
    return np.concatenate([[exact], (1 - exact) * counts / counts.sum()])


def run_sessions(
    sample: AnchorSample, levels: Levels, fields: Sequence[ComparedField], u: Sequence[Floats]
) -> list[Session]:
    """One session per rule that proposes enough pairs."""
    kinds = {its.name: its.kind for its in fields}
    sessions = []
    for rule, found in sample.found.items():
        if len(found) < SESSION_MIN_PAIRS:
            continue
        blocked = {signature.field for signature in rule}
        used = [position for position, its in enumerate(fields) if its.name not in blocked]
        # Names swap places: a rule on one name part never sees the swapped ones, so it cannot speak of the other part.
        by_name = any(kinds[name] in _NAME_PARTS for name in blocked)
        chosen = found[np.linspace(0, len(found) - 1, min(len(found), SESSION_PAIRS)).astype(np.int64)]
        m, share = _expectation_maximisation(levels[np.ix_(chosen, used)], [u[position] for position in used])
        spoken = {
            position: its
            for position, its in zip(used, m, strict=True)
            if not (by_name and fields[position].kind in _NAME_PARTS)
        }
        sessions.append(Session(rule, spoken, share * len(found), share))
    return sessions


def count_patterns(levels: Levels, weights: Floats | None = None) -> tuple[Levels, Floats]:
    """The distinct rows of a level matrix, and how often each occurs (or the sum of its weights)."""
    codes = np.zeros(len(levels), dtype=np.int64)
    for position in range(levels.shape[1]):
        codes = codes * 8 + levels[:, position]  # at most seven levels and missing
        if position % 15 == 14:  # before the codes outgrow 64 bits
            codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return levels[first], np.bincount(inverse, weights=weights, minlength=len(first)).astype(np.float64)


def _expectation_maximisation(levels: Levels, u: Sequence[Floats]) -> tuple[list[Floats], float]:
    """EM over counted level patterns, shape (pairs, fields), u fixed. Answers m by field and the share of matches."""
    patterns, counts = count_patterns(levels)
    lean = [expected_m(len(its)) * DIRICHLET for its in u]
    m = [expected_m(len(its)) for its in u]
    share = 0.5
    for _ in range(EM_ROUNDS):
        odds = np.full(len(patterns), np.log(share) - np.log1p(-share))
        for place, its in enumerate(u):
            odds += np.concatenate([[0.0], np.log(m[place] / its)])[patterns[:, place]]
        posterior = counts / (1 + np.exp(-odds))
        before, share = share, float(np.clip(posterior.sum() / counts.sum(), 1e-6, 1 - 1e-6))
        for place in range(len(u)):
            expected = np.bincount(patterns[:, place], weights=posterior, minlength=len(u[place]) + 1)[1:]
            m[place] = (expected + lean[place]) / (expected.sum() + DIRICHLET)
        if abs(before - share) < 1e-6:
            break
    return m, share


def agreed_m(sessions: Sequence[Session], fields: Sequence[ComparedField]) -> list[Floats]:
    """m of each field: the mean over the tenth of the sessions (at least three) that agree most by exact level, weighted by
    the square root of their expected matches. Contaminated sessions (households) agree less."""
    answer = []
    for position, its in enumerate(fields):
        speaking = [session for session in sessions if position in session.m]
        speaking.sort(key=lambda session: (-session.m[position][0], session.rule))
        best = speaking[: max(3, len(speaking) // 10)]
        if best:
            weights = np.sqrt([session.matches for session in best]) + 1e-9
            answer.append(np.average([session.m[position] for session in best], axis=0, weights=weights))
        else:
            answer.append(expected_m(its.comparison.other))
    return answer


#: How sure sharing one value makes us before anything is learned, by type name, then by kind.
DEFAULT_PROBABILITIES = {"loyalty": 0.999, "account": 0.999, "device": 0.9, "cookie": 0.95}
DEFAULT_KIND_PROBABILITIES = {
    IdentifierKind.EMAIL: 0.98,
    IdentifierKind.PHONE: 0.9,
    IdentifierKind.CODE: 0.95,
    IdentifierKind.NATIONAL_ID: 0.99,
}
#: Pairs that share a value and have attributes to judge it by, from which the default gives way to what is learned.
SHARED_MIN_PAIRS = 20
SHARED_LEAST, SHARED_MOST = 0.05, 0.999


def default_probability(name: str, its: IdentifierConfig) -> float:
    """What the config says, or the default of this type."""
    if its.match_probability != "auto":
        return its.match_probability
    return DEFAULT_PROBABILITIES.get(name, DEFAULT_KIND_PROBABILITIES[its.kind])


def _frequencies(column: Column, its: ComparedField) -> tuple[dict[int, float], float]:
    """The share of records by hash of common value, and the share that a rare value is taken to have."""
    if isinstance(its.kind, IdentifierKind):
        return {}, 0.0
    counts = column.frequencies.astype(np.float64)
    carried = max(1, int((column.counts > 0).sum()))
    common = counts >= MIN_SHARED
    rare = counts[~common]
    table = dict(zip(column.hashes[common].tolist(), (counts[common] / carried).tolist(), strict=True))
    return table, float((rare**2).sum() / rare.sum() / carried) if rare.sum() else MIN_SHARED / carried


def choose_rules(sample: AnchorSample, posterior: Floats) -> tuple[Rule, ...]:
    """The few rules that find ``RULE_RECALL`` of the expected matches at the least pairs: greedily the rule with the most
    new matches per new pair."""
    missing = np.ones(len(posterior), dtype=bool)
    goal = RULE_RECALL * posterior.sum()
    left, chosen, covered = dict(sample.found), [], 0.0
    while left and covered < goal:
        gains = {
            rule: (float(posterior[found][missing[found]].sum()), int(missing[found].sum()))
            for rule, found in left.items()
        }
        left = {rule: found for rule, found in left.items() if gains[rule][0] > 1e-9}
        if not left:
            break
        best = max(left, key=lambda rule: (gains[rule][0] ** 2 / (gains[rule][1] + 10), rule))
        covered += gains[best][0]
        missing[left.pop(best)] = False
        chosen.append(best)
    return tuple(chosen)
