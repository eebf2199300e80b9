"""Given names, family names and nicknames with realistic frequencies.

Frequencies follow Zipf and Mandelbrot, weight 1 / (rank + q)^s within each origin. A third of all people have a family
name of the long tail, which is put together from parts, so that term frequencies of large samples are as in life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np
from numpy.typing import NDArray

from api.sample.arrays import Ints, Objects, objects
from api.sample.noise import without_accents

#: Share of each origin in the population.
ORIGINS = {
    "english": 0.56, "hispanic": 0.15, "german": 0.06, "french": 0.04,
    "italian": 0.06, "slavic": 0.04, "nordic": 0.03, "asian": 0.06,
}  # fmt: skip
#: The family of name parts from which the tail of an origin comes, and the share of people that have such a name.
_TAILS = {
    "english": ("english", 0.32), "hispanic": ("romance", 0.12), "german": ("german", 0.4), "french": ("romance", 0.1),
    "italian": ("romance", 0.4), "slavic": ("slavic", 0.5), "nordic": ("nordic", 0.4), "asian": ("english", 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weighted:
    """Values by index with their cumulative probability: ``draw`` turns uniform chances into indices."""

    indices: Ints
    cumulative: NDArray[np.float64]

    def draw(self, chances: NDArray[np.float64]) -> Ints:
        places = np.searchsorted(self.cumulative, chances, side="right")
        return self.indices[np.minimum(places, len(self.indices) - 1)]


@dataclass(frozen=True, slots=True)
class Names:
    """All names. ``given_by[origin][gender]`` (0 male, 1 female) and ``family_by[origin]`` draw indices into ``given``
    and ``family``; ``*_ascii`` are the forms for e-mail addresses; ``short_forms[index]`` nicknames of a given name."""

    given: Objects
    given_ascii: Objects
    family: Objects
    family_ascii: Objects
    given_by: tuple[tuple[Weighted, Weighted], ...]
    family_by: tuple[Weighted, ...]
    short_forms: dict[int, tuple[str, ...]]


def lines_of(name: str) -> Iterator[str]:
    """The lines of a list in this package, comments left out."""
    for line in files("api.sample").joinpath(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def zipf(count: int, shift: float, exponent: float) -> NDArray[np.float64]:
    """Probabilities of ``count`` ranks by Zipf and Mandelbrot; they add up to 1."""
    weights = np.power(np.arange(count, dtype=np.float64) + 1 + shift, -exponent)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


@cache
def load_names() -> Names:
    given_lists = _listed("given_names.txt")
    family_lists = {head: [name.replace("_", " ") for name in its] for head, its in _listed("family_names.txt").items()}
    tails = _family_name_tails()
    given, family = _Numbering(), _Numbering()
    given_by = tuple(
        tuple(_weighted(given, [(given_lists[f"{origin} {gender}"], 1.0, 4.0, 0.95)]) for gender in "mf")
        for origin in ORIGINS
    )
    family_by = []
    for origin in ORIGINS:
        kind, share = _TAILS[origin]
        parts = [(family_lists[origin], 1 - share, 6.0, 0.8), (tails[kind], share, 40.0, 0.75)]
        family_by.append(_weighted(family, parts))
    nicknames = {name: tuple(short) for name, *short in (line.split() for line in lines_of("nicknames.txt"))}
    return Names(
        given=objects(given.values),
        given_ascii=objects([_for_mail(name) for name in given.values]),
        family=objects(family.values),
        family_ascii=objects([_for_mail(name) for name in family.values]),
        given_by=tuple((male, female) for male, female in given_by),
        family_by=tuple(family_by),
        short_forms={at: nicknames[name] for at, name in enumerate(given.values) if name in nicknames},
    )


class _Numbering:
    """Numbers distinct values in order of first appearance."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._places: dict[str, int] = {}

    def number(self, value: str) -> int:
        if value not in self._places:
            self._places[value] = len(self.values)
            self.values.append(value)
        return self._places[value]


def _weighted(numbering: _Numbering, parts: list[tuple[list[str], float, float, float]]) -> Weighted:
    """Lists with (share, Zipf shift, Zipf exponent) as one distribution."""
    indices: list[int] = []
    weights: list[NDArray[np.float64]] = []
    for names, share, shift, exponent in parts:
        indices.extend(numbering.number(name) for name in names)
        weights.append(share * zipf(len(names), shift, exponent))
    return Weighted(np.array(indices, dtype=np.int64), np.cumsum(np.concatenate(weights)))


def _listed(name: str) -> dict[str, list[str]]:
    return {head: its.split() for head, its in (line.split(": ") for line in lines_of(name))}


def _family_name_tails() -> dict[str, list[str]]:
    parts = _listed("family_name_parts.txt")
    shuffle = np.random.default_rng(0)  # which of the made names are the frequent ones: any fixed order will do
    tails = {}
    for kind in ("english", "german", "romance", "slavic", "nordic"):
        joints = [joint.replace("-", "") for joint in parts[f"{kind} joint"]]
        made = sorted({"".join(three) for three in product(parts[f"{kind} stem"], joints, parts[f"{kind} ending"])})
        tails[kind] = [made[at] for at in shuffle.permutation(len(made))]
    return tails


def _for_mail(name: str) -> str:
    return "".join(letter for letter in without_accents(name).lower() if letter.isalnum())
