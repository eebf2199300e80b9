"""Slips of the keyboard in codes. What people typed holds some values a keystroke apart that mean the same person;
what a program numbered (row ids, the answer of an evaluation) does not. So slips show that a code is an input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

_SHORTEST, _LONGEST = 5, 20  # nobody types what is longer
_LEAST_SHARE = 0.01
_ABOVE_CHANCE = 3.0


def has_slips(values: Sequence[str]) -> bool:
    """Whether clearly more of these distinct values than chance would make differ from another in one place only."""
    lengths = Counter(len(value) for value in values)
    if not lengths:
        return False
    usual = max(lengths, key=lambda length: (lengths[length], length))
    alike = [value for value in values if len(value) == usual]
    if not _SHORTEST <= usual <= _LONGEST or len(alike) < 50:
        return False
    patterns = Counter(pattern for value in alike for pattern in _patterns(value))
    near = sum(any(patterns[pattern] > 1 for pattern in _patterns(value)) for value in alike)
    return near / len(alike) >= max(_LEAST_SHARE, _ABOVE_CHANCE * _chance(alike))


def _patterns(value: str) -> list[str]:
    return [f"{value[:at]}\0{value[at + 1 :]}" for at in range(len(value))]


def _chance(values: Sequence[str]) -> float:
    """The expected number of such neighbours of a value, were the values drawn freely from the characters that are seen
    in each place."""
    choices = [len({value[place] for value in values}) for place in range(len(values[0]))]
    return sum(number - 1 for number in choices) * len(values) / prod(choices)
