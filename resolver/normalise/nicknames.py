"""Given names and their nicknames, so that Bob and Robert can be told to be one name.

``nicknames.txt`` is a compact table of common usage in English, German, French and Spanish, and of the ways in which
Arabic, Indian and Slavic names are written in Latin letters. Each line is a canonical name and its other forms; a form
may belong to several names (Alex, Pat, Bert), and then shares a canonical name with each.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


def _read(groups: str) -> dict[str, frozenset[str]]:
    canonical: dict[str, set[str]] = {}
    for line in groups.strip().splitlines():
        name, _, forms = line.partition(": ")
        name = name.replace("-", " ")
        for form in (name, *forms.split()):
            canonical.setdefault(form, set()).add(name)
    return {form: frozenset(names) for form, names in canonical.items()}


_CANONICAL = _read(files("resolver.normalise").joinpath("nicknames.txt").read_text(encoding="utf-8"))


def canonical_given_names(name: str) -> frozenset[str]:
    """The canonical names a normalised given name may stand for; itself alone if it is in no group. Two names may be
    the same person's if their sets meet: bob {robert}, robert {robert, …}."""
    return _CANONICAL.get(name) or frozenset((name,))


#: The number of each name of the table, from 1 on.
_NUMBERS = {name: number for number, name in enumerate(_CANONICAL, start=1)}


def given_name_number(name: str) -> int:
    """The place of a normalised given name in ``may_be_one_name``; 0 for all that are in no group."""
    return _NUMBERS.get(name, 0)


@cache
def may_be_one_name() -> NDArray[np.bool_]:
    """Whether two names of the table share a canonical name, by their numbers; shape (names + 1, names + 1). Of names
    that are in no group nothing is said. Made when names are first compared."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for name, groups in _CANONICAL.items():
        for group in groups:
            members[group].append(_NUMBERS[name])
    met = np.zeros((len(_CANONICAL) + 1, len(_CANONICAL) + 1), dtype=bool)
    for numbers in members.values():
        met[np.ix_(numbers, numbers)] = True
    return met
