"""Who lives with whom: households of one to six people with their ages, names and twins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from api.sample.arrays import Bools, Dates, Ints, Objects
from api.sample.names import ORIGINS, Names

_SIZES = (0.42, 0.28, 0.13, 0.11, 0.04, 0.02)


@dataclass(frozen=True, slots=True)
class Households:
    """``of`` is the household of each person, ``member`` the person's place in it (0 head, 1 partner, then children),
    ``head`` the index of its head, ``size`` and ``origin`` those of the household; ``count`` households in all."""

    count: int
    of: Ints
    member: Ints
    head: Ints
    size: Ints
    origin: Ints

    def chosen(self, rng: np.random.Generator, share: float) -> Bools:
        """A random share of the households, as a mask over people."""
        return (rng.random(self.count) < share)[self.of]


@dataclass(frozen=True, slots=True)
class FamilyNames:
    """``before`` holds until ``renamed_at`` (seconds since 1970), ``after`` from then on."""

    before: Ints
    after: Ints
    renamed_at: Ints


def make_households(rng: np.random.Generator, people: int) -> Households:
    sizes = rng.choice(len(_SIZES), people, p=_SIZES) + 1
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), people)) + 1]
    of = np.repeat(np.arange(len(sizes)), sizes)[:people]
    starts = np.cumsum(sizes) - sizes
    origin = rng.choice(len(ORIGINS), len(sizes), p=np.array(list(ORIGINS.values())))
    real_size = np.bincount(of, minlength=len(sizes))
    return Households(len(sizes), of, np.arange(people) - starts[of], starts[of], real_size[of], origin[of])


def make_genders(rng: np.random.Generator, homes: Households) -> Ints:
    """0 male, 1 female; partners are mostly of the other gender."""
    gender = rng.integers(0, 2, len(homes.of))
    opposite = (homes.member == 1) & (rng.random(len(gender)) < 0.94)
    genders: Ints = np.where(opposite, 1 - gender[homes.head], gender)
    return genders


def make_births(rng: np.random.Generator, homes: Households) -> Dates:
    """Birth dates; a twin is the fourth member of a household and has the date of the third."""
    people = len(homes.of)
    head_year = rng.integers(1938, 1996, people)[homes.head]
    alone = rng.integers(1938, 2006, people)
    year = np.where(homes.size == 1, alone, head_year)
    year = np.where(homes.member == 1, year + rng.integers(-6, 7, people), year)
    child_year = np.minimum(head_year + rng.integers(20, 39, people), rng.integers(1999, 2008, people))
    year = np.where(homes.member > 1, child_year, year)
    birth: Dates = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    birth += rng.integers(0, 365, people).astype("timedelta64[D]")
    twin = np.flatnonzero((homes.member == 3) & homes.chosen(rng, 0.08))
    birth[twin] = birth[twin - 1]
    return birth


def make_given_names(rng: np.random.Generator, homes: Households, gender: Ints, names: Names) -> tuple[Ints, Objects]:
    """Given names, and the generation (Sr, Jr or empty) of fathers and sons with the same one."""
    given = np.zeros(len(gender), dtype=np.int64)
    chances = rng.random(len(gender))
    for origin in range(len(ORIGINS)):
        for its in (0, 1):
            mine = (homes.origin == origin) & (gender == its)
            given[mine] = names.given_by[origin][its].draw(chances[mine])
    junior = (homes.member == 2) & (gender == 0) & (gender[homes.head] == 0) & homes.chosen(rng, 0.09)
    given[junior] = given[homes.head[junior]]
    generation = np.full(len(gender), "", dtype=object)
    generation[junior] = "Jr"
    generation[homes.head[junior]] = "Sr"
    return given, generation


def make_family_names(rng: np.random.Generator, homes: Households, names: Names, times: tuple[int, int]) -> FamilyNames:
    """Family names of the households; partners with a name of their own, marriages and divorces between ``times``."""
    people = len(homes.of)
    own = np.zeros(people, dtype=np.int64)
    chances = rng.random(people)
    for origin in range(len(ORIGINS)):
        mine = homes.origin == origin
        own[mine] = names.family_by[origin].draw(chances[mine])
    keeps_own = (homes.member == 1) & (rng.random(people) < 0.25)
    after = np.where(keeps_own, own, own[homes.head])
    weds = (homes.member == 1) & ~keeps_own & (rng.random(people) < 0.12)
    before = np.where(weds, own, after)
    leaves = (homes.member != 1) & (homes.member != 0) & (rng.random(people) < 0.06)
    after = np.where(leaves, own, after)
    renamed_at = np.where(before != after, rng.integers(*times, people), np.iinfo(np.int64).max)
    return FamilyNames(before, after, renamed_at)
