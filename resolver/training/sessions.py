"""Sessions: m by expectation–maximisation, one run per blocking rule, on that rule's pairs only.

One EM run over all candidate pairs learns "household" as the match class. So each rule has a session of its own, with
the rule's fields left out and u fixed (Fellegi and Sunter, 1969; EM as in Winkler, 1988, over counted level patterns),
and for each field the sessions that agree most are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resolver.blocking.signatures import Rule
from resolver.columns import Floats
from resolver.config import AttributeKind, IdentifierKind
from resolver.scoring.compare import ComparedField
from resolver.scoring.levels import Levels
from resolver.scoring.whereabouts import MOVED, WHEREABOUTS, moving_ratios
from resolver.training.anchors import AnchorSample

SESSION_PAIRS = 20_000
SESSION_MIN_PAIRS = 30
EM_ROUNDS = 60
#: Pseudo-counts of the Dirichlet prior on m, spread over the levels as ``expected_m``.
DIRICHLET = 5.0
#: A session speaks of a field that so many of its matches have on both sides. Where they hardly have it, m is what it
#: started from, which agrees better than what the others learned of a field that changes from record to record.
LEAST_SEEN = 10.0
#: What a person has one of: where it is another in more of the "matches" than this, they were households.
MOST_OTHERS = 0.2
_OWN = frozenset({AttributeKind.GIVEN_NAME, AttributeKind.DATE})
_NAME_PARTS = frozenset({AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME})


@dataclass(frozen=True, slots=True)
class Session:
    """What one EM session learned: ``m`` by field position, for the fields that it can speak of; ``matches``, their
    expected number; ``share``, the share of matches among the rule's pairs."""

    rule: Rule
    m: dict[int, Floats]
    matches: float
    share: float


def expected_m(levels: int) -> Floats:
    """Where m starts, and what its Dirichlet prior leans to: mostly exact, then less and less. Shape (levels,)."""
    weights = 0.5 ** np.arange(levels, dtype=np.float64)
    weights[0] = 8.0
    return np.asarray(weights / weights.sum())


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
        # One on a place hardly sees those who moved, and have another telephone since.
        by_place = any(kinds[name] in WHEREABOUTS for name in blocked)
        chosen = found[np.linspace(0, len(found) - 1, min(len(found), SESSION_PAIRS)).astype(np.int64)]
        places = [fields[position].kind in WHEREABOUTS for position in used]
        m, seen, share = _expectation_maximisation(levels[chosen][:, used], [u[position] for position in used], places)
        spoken = {
            position: its
            for position, its, matches in zip(used, m, seen, strict=True)
            if matches >= LEAST_SEEN
            and not (by_name and fields[position].kind in _NAME_PARTS)
            and not (by_place and fields[position].kind is IdentifierKind.PHONE)
        }
        sessions.append(Session(rule, spoken, share * len(found), share))
    return sessions


def count_patterns(levels: Levels, weights: Floats | None = None) -> tuple[Levels, Floats]:
    """The distinct rows of a level matrix, and how often each occurs (or the sum of its weights)."""
    codes = np.zeros(len(levels), dtype=np.int64)
    for position in range(levels.shape[1]):
        codes = codes * 8 + levels[:, position]  # at most seven levels and missing
        if position % 12 == 11:  # before the codes (of up to 2**27 patterns so far) outgrow 64 bits
            codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return levels[first], np.bincount(inverse, weights=weights, minlength=len(first)).astype(np.float64)


def _expectation_maximisation(
    levels: Levels, u: Sequence[Floats], places: Sequence[bool]
) -> tuple[list[Floats], list[float], float]:
    """EM over counted level patterns, shape (pairs, fields), u fixed; ``places``: which fields are. Answers m by field,
    how many matches had both values of it, and the share of matches."""
    patterns, counts = count_patterns(levels)
    lean = [expected_m(len(its)) * DIRICHLET for its in u]
    m = [expected_m(len(its)) for its in u]
    seen = [0.0] * len(u)
    share = 0.5
    for _ in range(EM_ROUNDS):
        odds = np.log(share) - np.log1p(-share) + moving_ratios(m, u, patterns, (places, MOVED))[0]
        posterior = counts / (1 + np.exp(-odds))
        before, share = share, float(np.clip(posterior.sum() / counts.sum(), 1e-6, 1 - 1e-6))
        for place in range(len(u)):
            expected = np.bincount(patterns[:, place], weights=posterior, minlength=len(u[place]) + 1)[1:]
            seen[place] = float(expected.sum())
            m[place] = (expected + lean[place]) / (seen[place] + DIRICHLET)
        if abs(before - share) < 1e-6:
            break
    return m, seen, share


def agreed_m(sessions: Sequence[Session], fields: Sequence[ComparedField]) -> list[Floats]:
    """m of each field: the mean over the tenth of the sessions (at least three) that agree most by exact level,
    weighted by the square root of their expected matches. Contaminated sessions (households) agree less."""
    answer = []
    for position, its in enumerate(fields):
        speaking = [session for session in sessions if position in session.m]
        speaking.sort(key=lambda session: (-session.m[position][0], session.rule))
        best = speaking[: max(3, len(speaking) // 10)]
        if best:
            weights = np.sqrt([session.matches for session in best]) + 1e-9
            m = np.average([session.m[position] for session in best], axis=0, weights=weights)
            answer.append(_of_one_person(m) if its.kind in _OWN else m)
        else:
            answer.append(expected_m(its.comparison.other))
    return answer


def _of_one_person(m: Floats) -> Floats:
    """m with no more than ``MOST_OTHERS`` at its last level. In a list that holds hardly anybody twice every session
    takes families for matches with another given name, and their members would be merged."""
    others = float(m[-1])
    if others <= MOST_OTHERS:
        return m
    return np.append(m[:-1] * ((1 - MOST_OTHERS) / (1 - others)), MOST_OTHERS)
