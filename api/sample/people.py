"""The people of one block of the sample: names, addresses, telephones, e-mail addresses, devices.

All rows of a person lie in one block, so that blocks are made independently and memory stays bounded. What must be
unique over the whole sample (numbers, e-mail addresses) is partitioned over the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.sample.arrays import Bools, Dates, Ints, Objects, choose
from api.sample.households import (
    FamilyNames,
    Households,
    make_births,
    make_family_names,
    make_genders,
    make_given_names,
    make_households,
)
from api.sample.mail import Mailboxes
from api.sample.names import load_names
from api.sample.places import Addresses, load_places, make_addresses, make_phones

#: Rows of a full block over all sources; part of what "same seed, same bytes" means, so not a setting.
BLOCK_ROWS = 100_000
#: Seconds since 1970 of the company's first and last day (2012-01-01 and 2025-07-01).
OPENED, TODAY = 1_325_376_000, 1_751_328_000
NEVER = int(np.iinfo(np.int64).max)
NO_PHONE = 0
_YEAR = 31_557_600


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the sample: which one, of how many, how many rows it has and how many the whole sample."""

    seed: int
    number: int
    of: int
    rows: int
    all_rows: int

    def rng(self, *purpose: int) -> np.random.Generator:
        """Independent randomness for one purpose in this block."""
        return np.random.default_rng([self.seed, self.number, *purpose])


@dataclass(frozen=True, slots=True)
class Homes:
    """Where people live: ``first`` until ``moved_at`` (seconds since 1970), ``then`` from then on; both are rows of
    ``addresses``."""

    addresses: Addresses
    first: Ints
    then: Ints
    moved_at: Ints


@dataclass(frozen=True, slots=True)
class People:
    """Columns with one entry per person. Times are in seconds since 1970. ``generation`` is Sr, Jr or empty.
    ``mail`` has three columns: the main address (at times the household's), a second one or None, the household's or
    None. ``devices`` has two columns, and the first may be the household's. A person is seen between ``since`` and
    ``until``."""

    number: Ints
    given: Ints
    family: FamilyNames
    generation: Objects
    middle: Objects
    birth: Dates
    homes: Homes
    mobile: Ints
    landline: Ints
    mail: Objects
    devices: Ints
    shares_device: Bools
    since: Ints
    until: Ints


def make_people(block: Block, count: int) -> People:
    """``count`` persons in households of one to six."""
    rng, names = block.rng(0), load_names()
    households = make_households(rng, count)
    gender = make_genders(rng, households)
    given, generation = make_given_names(rng, households, gender, names)
    family = make_family_names(rng, households, names, (OPENED, TODAY))
    homes = _make_homes(rng, households)
    since = rng.integers(OPENED, TODAY - 2 * _YEAR, count)
    until = np.full(count, TODAY)
    mobile, landline = _make_phones(rng, households, homes)
    _recycle_numbers(rng, mobile, since, until)
    shares_device = households.chosen(rng, 0.06) & (households.size > 1)
    devices = rng.integers(0, 1 << 48, (count, 2))
    devices[:, 0] = np.where(shares_device, devices[households.head, 0], devices[:, 0])
    own_family = np.where(rng.random(count) < 0.5, family.before, family.after)
    return People(
        number=block.number * BLOCK_ROWS + np.arange(count),
        given=given,
        family=family,
        generation=generation,
        middle=_middle_initials(rng, count),
        birth=make_births(rng, households),
        homes=homes,
        mobile=mobile,
        landline=landline,
        mail=_make_mail(rng, block, households, (names.given_ascii[given], names.family_ascii[own_family])),
        devices=devices,
        shares_device=shares_device,
        since=since,
        until=until,
    )


def _make_homes(rng: np.random.Generator, households: Households) -> Homes:
    """One address per household; some households move as a whole, some members alone."""
    count, people = households.count, len(households.of)
    movers = np.flatnonzero(rng.random(count) < 0.1)
    leavers = np.flatnonzero((households.member > 1) & (rng.random(people) < 0.15))
    addresses = make_addresses(rng, count + len(movers) + len(leavers), load_places())
    then_of_household = np.arange(count)
    then_of_household[movers] = count + np.arange(len(movers))
    then = then_of_household[households.of]
    then[leavers] = count + len(movers) + np.arange(len(leavers))
    moved_at = rng.integers(OPENED, TODAY, people)
    own_time = np.zeros(people, dtype=bool)
    own_time[leavers] = True
    moved_at = np.where(own_time, moved_at, moved_at[households.head])
    return Homes(addresses, households.of, then, np.where(then != households.of, moved_at, NEVER))


def _make_phones(rng: np.random.Generator, households: Households, homes: Homes) -> tuple[Ints, Ints]:
    """A mobile number for most people and a landline for less than half of the households."""
    city = homes.addresses.city[homes.first]
    mobile = np.where(rng.random(len(city)) < 0.94, make_phones(rng, city, load_places()), NO_PHONE)
    landline = make_phones(rng, city, load_places())[households.head]
    return mobile, np.where(households.chosen(rng, 0.4), landline, NO_PHONE)


def _recycle_numbers(rng: np.random.Generator, mobile: Ints, since: Ints, until: Ints) -> None:
    """Give one person in a hundred a number that another one gave up years before (changes the arrays)."""
    pairs = len(mobile) // 100
    chosen = rng.permutation(len(mobile))[: 2 * pairs]
    former, later = chosen[:pairs], chosen[pairs:]
    mobile[later] = mobile[former]
    since[former] = OPENED
    until[former] = rng.integers(OPENED + 3 * _YEAR, OPENED + 5 * _YEAR, pairs)
    since[later] = rng.integers(OPENED + 8 * _YEAR, TODAY - _YEAR, pairs)


def _middle_initials(rng: np.random.Generator, count: int) -> Objects:
    letters = np.array([*"ABCDEFGHJKLMNPRSTVW", ""], dtype=object)
    drawn: Objects = letters[rng.integers(0, 30, count).clip(max=len(letters) - 1)]
    return drawn


def _make_mail(
    rng: np.random.Generator, block: Block, households: Households, names: tuple[Objects, Objects]
) -> Objects:
    """The three columns of ``People.mail``, from given and family names in lower-case ASCII."""
    given, family = names
    boxes = Mailboxes(block.number, block.of)
    mail: NDArray[np.object_] = np.full((len(given), 3), None, dtype=object)
    mail[:, 0] = boxes.personal(rng, given, family)
    second = np.flatnonzero(rng.random(len(given)) < 0.22)
    mail[second, 1] = boxes.personal(rng, given[second], family[second])
    heads = np.flatnonzero((households.member == 0) & (households.size > 1) & (rng.random(len(given)) < 0.12))
    mail[heads, 2] = boxes.families(rng, family[heads])
    mail[:, 2] = mail[households.head, 2]
    uses_familys = mail[:, 2].astype(bool) & (rng.random(len(given)) < 0.2)
    mail[:, 0] = choose(uses_familys, mail[:, 2], mail[:, 0])
    return mail
