"""Those who moved: address, postcode and city change all at once, so what they say against is counted once.

Fellegi and Sunter's fields are independent given that a pair matches; places are not. Of the matches a share has moved,
and of those the places say no more than of anybody. So in training a match's likelihood is a mixture of two, and in
scoring the places together speak against by no more than log2 of that share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resolver.columns import Floats, Ints
from resolver.config import AttributeKind
from resolver.scoring.levels import Levels

#: Where somebody lives.
WHEREABOUTS = frozenset(
    {AttributeKind.ADDRESS, AttributeKind.HOUSE_NUMBER, AttributeKind.POSTCODE, AttributeKind.PLACE}
)
#: The share of matches that moved, before it is learned, and the bounds of what is learned.
MOVED = 0.1
LEAST_MOVED, MOST_MOVED = 1e-4, 0.5


def log_ratios(part: Sequence[Floats], u: Sequence[Floats], patterns: Levels) -> Floats:
    """The sum over fields of ln(part/u) of each pattern, missing counting nothing; shape (k,)."""
    total = np.zeros(len(patterns))
    for position, (mine, its_u) in enumerate(zip(part, u, strict=True)):
        total += np.concatenate([[0.0], np.log(mine / its_u)])[patterns[:, position]]
    return total


def moving_ratios(
    part: Sequence[Floats], u: Sequence[Floats], patterns: Levels, moving: tuple[Sequence[bool], float]
) -> tuple[Floats, Floats]:
    """``log_ratios`` where a share has moved, and the probability that a pair of ``part`` which shows the pattern has;
    shapes (k,). ``moving``: by field whether it is a place, and the share."""
    places, moved = moving
    at_home = [position for position, place in enumerate(places) if place]
    others = [position for position, place in enumerate(places) if not place]
    rest, home = (
        log_ratios([part[its] for its in fields], [u[its] for its in fields], patterns[:, fields])
        for fields in (others, at_home)
    )
    if not at_home:
        return rest, np.zeros(len(patterns))
    either = np.logaddexp(np.log1p(-moved) + home, np.log(moved))
    return rest + either, moved / np.exp(either)


def count_once(terms: Ints, left: Ints) -> None:
    """Let a place speak against only as far as the places before it have ``left`` (microbits, at most 0), and take that
    off; both in place, shapes (pairs,)."""
    np.maximum(terms, left, out=terms)
    left -= np.minimum(terms, 0)
