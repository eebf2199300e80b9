"""What a source knows of the persons behind its rows, with the errors that crept in on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.sample.arrays import Bools, Ints, Objects, choose, objects
from api.sample.names import load_names
from api.sample.noise import misread, typo, without_accents, wrong_digit
from api.sample.people import NO_PHONE, TODAY, Block, People
from api.sample.places import Addresses, load_places

_JUNK_PHONES = ("0000000000", "9999999999", "1111111111", "1234567890", "n/a", "000-000-0000", "unknown")
_JUNK_MAIL = ("test@test.com", "none@none.com", "n/a", "noemail@noemail.com", "no@mail.example", "-")
_MORE_BITS = 1 << 62


#: One share for all rows, or one for each.
Shares = float | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one source in one block: ``person`` holds indices into ``people``, ``time`` seconds since 1970,
    ``has_card`` whether the person is in the loyalty programme."""

    block: Block
    people: People
    person: Ints
    time: Ints
    rng: np.random.Generator
    has_card: Bools

    def __len__(self) -> int:
        return len(self.person)

    def some(self, share: Shares) -> Bools:
        return self.rng.random(len(self)) < share

    def spoil(self, values: Objects, share: float, error: Callable[[str, int], str]) -> Objects:
        """The values with ``error`` done to a share of those that are there."""
        at = np.flatnonzero(self.some(share))
        chances = self.rng.integers(0, _MORE_BITS, len(at)).tolist()
        spoilt = values.copy()
        for place, chance in zip(at.tolist(), chances, strict=True):
            if values[place]:
                spoilt[place] = error(values[place], chance)
        return spoilt

    def blank(self, values: Objects, share: float) -> Objects:
        return choose(self.some(share), None, values)

    def junk(self, values: Objects, share: float, instead: tuple[str, ...]) -> Objects:
        """A share of the values replaced by what people type when a form insists."""
        chosen = np.array(instead, dtype=object)[self.rng.integers(0, len(instead), len(self))]
        return choose(self.some(share), chosen, values)

    def given_names(self, nicknames: float, typos: float) -> Objects:
        names = load_names()
        given = self.people.given[self.person]
        values = names.given[given]
        for place in np.flatnonzero(self.some(nicknames)).tolist():
            short = names.short_forms.get(int(given[place]))
            if short:  # a person keeps to one short form
                values[place] = short[int(self.people.number[self.person[place]]) % len(short)]
        return self._slips(values, typos)

    def family_names(self, typos: float) -> Objects:
        return self._slips(load_names().family[self._family()], typos)

    def full_names(self, given: Objects, family: Objects) -> Objects:
        """Given name, at times a middle initial, family name, at times the generation; at times family name first."""
        middle = choose(self.some(0.12), self.people.middle[self.person], "")
        generation = choose(self.some(0.5), self.people.generation[self.person], "")
        backwards = self.some(0.04).tolist()
        parts = zip(given, middle, family, generation, backwards, strict=True)
        return objects([_full_name(first, initial, last, its, back) for first, initial, last, its, back in parts])

    def birth_dates(self, layout: str, errors: float) -> Objects:
        """Dates in a ``str.format`` layout of y, m, d, with days and months exchanged and digits wrong."""
        dates = self.people.birth[self.person]
        months = dates.astype("datetime64[M]")
        year = dates.astype("datetime64[Y]").astype(np.int64) + 1970
        month = months.astype(np.int64) % 12 + 1
        day = (dates - months).astype(np.int64) + 1
        exchanged = self.some(errors) & (day <= 12)
        month, day = np.where(exchanged, day, month), np.where(exchanged, month, day)
        year = np.where(self.some(errors / 2), year + self.rng.choice([-10, -1, 1, 10], len(self)), year)
        day = np.where(self.some(errors / 2), self.rng.integers(1, 29, len(self)), day)
        parts = zip(year.tolist(), month.tolist(), day.tolist(), strict=True)
        return objects([layout.format(y=y, m=m, d=d) for y, m, d in parts])

    def mails(self, second: Shares, family: Shares) -> Objects:
        """The first address, or the second or the household's with the given shares among those who have one."""
        mail = self.people.mail[self.person]
        values = mail[:, 0]
        values = choose(self.some(second) & mail[:, 1].astype(bool), mail[:, 1], values)
        return choose(self.some(family) & mail[:, 2].astype(bool), mail[:, 2], values)

    def junk_mails(self, values: Objects, share: float) -> Objects:
        return self.junk(values, share, _JUNK_MAIL)

    def mobiles(self, layouts: tuple[str, ...]) -> Objects:
        return self._phones(self.people.mobile, layouts)

    def landlines(self, layouts: tuple[str, ...]) -> Objects:
        return self._phones(self.people.landline, layouts)

    def junk_phones(self, values: Objects, share: float) -> Objects:
        return self.junk(self.spoil(values, 0.01, wrong_digit), share, _JUNK_PHONES)

    def addresses(self) -> Addresses:
        """Where each person lived at the time of the row."""
        homes = self.people.homes
        at = np.where(self.time >= homes.moved_at[self.person], homes.then[self.person], homes.first[self.person])
        its = homes.addresses
        return Addresses(its.number[at], its.street[at], its.kind[at], its.flat[at], its.city[at], its.postcode[at])

    def streets(self, where: Addresses, short: float) -> Objects:
        """Street name and kind, the kind abbreviated in a share of the rows."""
        places = load_places()
        kinds = choose(self.some(short), places.kinds_short[where.kind], places.kinds[where.kind])
        return self.spoil(places.streets[where.street] + " " + kinds, 0.02, typo)

    def cities(self, where: Addresses) -> Objects:
        return self.spoil(load_places().cities[where.city], 0.01, typo)

    def postcodes(self, where: Addresses) -> Objects:
        return self.spoil(objects([f"{code:05d}" for code in where.postcode.tolist()]), 0.01, wrong_digit)

    def times(self, layout: str) -> Objects:
        """Times in one layout: ``T`` and ``Z`` for ISO 8601 in UTC, a blank for databases, ``D`` for the date only."""
        moments = np.datetime_as_string(self.time.astype("datetime64[s]"))
        if layout == "D":
            return objects([moment[:10] for moment in moments.tolist()])
        if layout == "T":
            return objects([f"{moment}Z" for moment in moments.tolist()])
        return objects([moment.replace("T", " ") for moment in moments.tolist()])

    def _family(self) -> Ints:
        family = self.people.family
        renamed = self.time >= family.renamed_at[self.person]
        chosen: Ints = np.where(renamed, family.after[self.person], family.before[self.person])
        return chosen

    def _slips(self, values: Objects, typos: float) -> Objects:
        values = self.spoil(values, 0.3, lambda text, _: without_accents(text))
        values = self.spoil(values, typos, typo)
        values = self.spoil(values, typos / 4, misread)
        values = self.spoil(values, 0.03, lambda text, _: text.upper())
        return self.spoil(values, 0.02, lambda text, _: text.lower())

    def _phones(self, numbers: Ints, layouts: tuple[str, ...]) -> Objects:
        chosen = self.rng.integers(0, len(layouts), len(self)).tolist()
        values = np.full(len(self), None, dtype=object)
        for place, number in enumerate(numbers[self.person].tolist()):
            if number != NO_PHONE:
                text = str(number)
                values[place] = layouts[chosen[place]].format(text[:3], text[3:6], text[6:])
        return values


def _full_name(given: str, middle: str, family: str, generation: str, backwards: bool) -> str:
    first = f"{given} {middle}." if middle else given
    last = f"{family} {generation}" if generation else family
    return f"{last}, {first}" if backwards else f"{first} {last}"


def times_of(people: People, person: Ints, rng: np.random.Generator) -> Ints:
    """A random time for each row within the years in which its person is seen."""
    since, until = people.since[person], np.minimum(people.until[person], TODAY)
    times: NDArray[np.int64] = since + (rng.random(len(person)) * (until - since)).astype(np.int64)
    return times
