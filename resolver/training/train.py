"""Training without labels: u from random pairs, m from one session per blocking rule, r and the priors from a mixture.

It learns from the records that have attributes to compare. Everything is chosen by fixed seeds over rows in key order,
so equal records train equal models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.keys import KeyMaker
from resolver.blocking.signatures import Kind
from resolver.columns import Column, Floats, Table
from resolver.config import AttributeKind, Config, IdentifierKind
from resolver.hashing import hash_texts
from resolver.scoring.compare import ComparedField, Comparer
from resolver.scoring.identifiers import can_be_judged, shared_probabilities, sharing_pairs
from resolver.scoring.levels import Levels
from resolver.scoring.model import MIN_SHARED, FieldModel, Model, probability_of
from resolver.scoring.whereabouts import MOVED, WHEREABOUTS, moving_ratios
from resolver.training.anchors import sample_pairs
from resolver.training.default_model import default_field, default_rules
from resolver.training.mixture import Counted, Mixture, fit
from resolver.training.rules import choose_rules
from resolver.training.sessions import agreed_m, count_patterns, run_sessions
from resolver.version import Version, compared_fields

RANDOM_PAIRS = 300_000
#: From so many records with attributes to compare on, there is something to learn.
ENOUGH_RECORDS = 300
#: Where fewer matches are expected among all records (one source that holds nobody twice), they teach nothing of what
#: matches look like: m and the rules are those of the shipped model, so that the sources to come find theirs.
LEAST_MATCHES = 10
#: Then so many matches are expected per record.
EXPECTED_MATCHES = 0.1


def telling_rows(table: Table, config: Config) -> NDArray[np.int64]:
    """The rows with at least two compared attributes (or national ids): the others teach nothing about attributes."""
    filled = np.zeros(len(table), dtype=np.int64)
    for its in compared_fields(config):
        if its.name in config.attributes or its.kind is IdentifierKind.NATIONAL_ID:
            filled += table.columns[its.name].counts > 0
    return np.flatnonzero(filled >= 2)


def train(whole: Table, config: Config) -> Model:
    """Learn a model from these records, without labels; ``telling_rows`` must be at least ``ENOUGH_RECORDS``."""
    rows = telling_rows(whole, config)
    table = whole if len(rows) == len(whole) else whole.take(rows)
    fields = tuple(
        its
        for its in compared_fields(config)
        if its.kind is not IdentifierKind.CODE and len(table.columns[its.name].codes)
    )
    kinds = [its.kind for its in fields]
    comparer = Comparer(table, fields)
    sample = sample_pairs(
        table, KeyMaker(table, {its.name: its.kind for its in fields}), config.resolution.blocking_cap
    )
    levels = comparer.levels(sample.left, sample.right)
    u = random_levels(table, fields, comparer)
    m = _however_written(agreed_m(run_sessions(sample, levels, fields, u), fields), u, kinds)
    others = max(1, len(table) - 1)
    random = [
        its * others * float((table.columns[field.name].counts > 0).mean()) ** 2
        for its, field in zip(u, fields, strict=True)
    ]
    mixture = fit(Counted(*count_patterns(levels, sample.per_record()), others, random), m, kinds)
    if mixture.prior * len(table) * others / 2 < LEAST_MATCHES:
        m = _however_written([np.array(default_field(its.kind, config, its.name).m[1:]) for its in fields], u, kinds)
        mixture = replace(mixture, prior=EXPECTED_MATCHES / others, moved=MOVED)
        rules = default_rules({its.name: its.kind for its in fields})
    else:
        odds = _odds(levels, kinds, (m, mixture))
        same, related = mixture.prior * odds[0], mixture.related * odds[1]
        kept_from = Version(config, Model(mixture.prior, mixture.related, {}, ())).review_floor
        posterior = same / (1 + same + related)
        rules = choose_rules(sample, posterior, probability_of(kept_from), config.identifiers.keys())
    models = {its.name: default_field(its.kind, config, its.name) for its in compared_fields(config)}
    models |= {
        its.name: _field_model((m[i], mixture.u[i], mixture.r[i]), whole.columns[its.name], its)
        for i, its in enumerate(fields)
    }
    shared = shared_probabilities(config, _judged(table, config, (comparer, fields), (m, mixture)))
    scale = others / max(1, len(whole) - 1)
    return Model(
        mixture.prior * scale,
        mixture.related * scale,
        models,
        rules,
        shared,
        trained_on=len(table),
        moved=mixture.moved,
    )


def _however_written(m: Sequence[Floats], u: Sequence[Floats], kinds: Sequence[Kind]) -> list[Floats]:
    """m where a category that is nearly equal says as much as an equal one: how it is written (f, female) is the custom
    of a source, and the sessions that agree most are those of pairs within one."""
    return [
        _pooled(one, other) if kind is AttributeKind.CATEGORY else one
        for one, other, kind in zip(m, u, kinds, strict=True)
    ]


def _pooled(m: Floats, u: Floats) -> Floats:
    return np.concatenate([m[:2].sum() * u[:2] / u[:2].sum(), m[2:]])


def _odds(levels: Levels, kinds: Sequence[Kind], learned: tuple[Sequence[Floats], Mixture]) -> tuple[Floats, Floats]:
    """The likelihood ratios of one customer, and of related ones, against unrelated ones; shapes (pairs,)."""
    m, mixture = learned
    moving = [kind in WHEREABOUTS for kind in kinds], mixture.moved
    same, related = (np.exp(moving_ratios(part, mixture.u, levels, moving)[0]) for part in (m, mixture.r))
    return same, related


def _judged(
    table: Table,
    config: Config,
    comparing: tuple[Comparer, Sequence[ComparedField]],
    learned: tuple[Sequence[Floats], Mixture],
) -> dict[str, tuple[Floats, Floats]]:
    """By identifier type, the odds of the pairs that share a value, by all the other fields."""
    comparer, fields = comparing
    attributes = [position for position, its in enumerate(fields) if its.name in config.attributes]
    judged = {}
    for name, its in config.identifiers.items():
        pairs = sharing_pairs(table, name, its.max_records)
        levels = comparer.levels(pairs.left, pairs.right)
        levels = levels[can_be_judged(levels, attributes)]
        for position, field in enumerate(fields):
            if field.name == name:
                levels[:, position] = 0
        judged[name] = _odds(levels, [its.kind for its in fields], learned)
    return judged


def random_levels(table: Table, fields: Sequence[ComparedField], comparer: Comparer) -> list[Floats]:
    """u: how often each level (1 … other) occurs among random pairs, by field, smoothed; exact from value
    frequencies."""
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


def _field_model(learned: tuple[Floats, Floats, Floats], column: Column, its: ComparedField) -> FieldModel:
    m, u, r = ((1.0, *map(float, part)) for part in learned)
    return FieldModel(m, u, r, *_frequencies(column, its))


def _frequencies(column: Column, its: ComparedField) -> tuple[dict[int, float], float]:
    """The share of records by hash of common value, and the share that a rare value is taken to have."""
    if isinstance(its.kind, IdentifierKind):
        return {}, 0.0
    counts = column.frequencies.astype(np.float64)
    carried = max(1, int((column.counts > 0).sum()))
    common = counts >= MIN_SHARED
    rare = counts[~common]
    table = dict(zip(hash_texts(column.values[common]).tolist(), (counts[common] / carried).tolist(), strict=True))
    return table, float((rare**2).sum() / rare.sum() / carried) if rare.sum() else MIN_SHARED / carried
