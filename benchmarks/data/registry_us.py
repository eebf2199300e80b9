"""Rows of an American voter roll, one to five a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from api.sample.names import load_names
from api.sample.noise import without_accents
from benchmarks.data.common import Chance, Row, Zipf, values_of

_ROWS_OF_A_PERSON, _SHARE_OF_ROWS = (1, 2, 3, 4, 5), (44, 32, 14, 7, 3)
_RACES, _SHARE_OF_RACES = ("W", "B", "U", "O", "A", "M", "I"), (62, 21, 8, 4, 2, 2, 1)


@dataclass(frozen=True, slots=True)
class _Voter:
    last: str
    first: str
    middle: str
    suffix: str
    birth_year: int
    number: str
    street: str
    kind: tuple[str, str]
    flat: str
    city: str
    zip_code: str
    phone: str
    gender: str
    race: str


class _County:
    """Draws voters."""

    def __init__(self, chance: Chance) -> None:
        names, self.chance = load_names(), chance
        self.given = [
            Zipf.of(
                [_capitals(str(names.given[at])) for origin in (0, 1) for at in names.given_by[origin][its].indices]
            )
            for its in (0, 1)
        ]
        english, hispanic, *_ = names.family_by
        common, rare = (*english.indices[:400], *hispanic.indices[:100]), english.indices[500:2_500]
        families = [_capitals(str(names.family[at])) for at in (*chance.random.sample(common, len(common)), *rare)]
        self.families = Zipf.of(families, 0.8, 6)
        self.cities = Zipf.of(values_of("carolina cities"), 0.8, 2)
        self.streets = Zipf.of(values_of("carolina roads"), 0.4, 5)
        self.short = {_capitals(str(names.given[at])): its for at, its in names.short_forms.items()}

    def voter(self) -> _Voter:
        chance, man = self.chance, self.chance.hit(0.47)
        given = self.given[0 if man else 1]
        blank = _Voter("", "", "", "", 0, "", "", ("", ""), "", "", "", "", "M" if man else "F", "")
        return self.moved(
            replace(
                blank,
                last=chance.zipf(self.families),
                first=chance.zipf(given),
                middle=chance.zipf(given) if chance.hit(0.88) else "",
                birth_year=int(chance.random.triangular(1925, 2005, 1972)),
                race=chance.random.choices(_RACES, _SHARE_OF_RACES)[0],
            )
        )

    def moved(self, voter: _Voter) -> _Voter:
        """The voter at another address, with another telephone."""
        chance = self.chance
        city, prefix, area = chance.zipf(self.cities).split("=")
        short, long = chance.of(values_of("carolina road kinds")).split("=")
        return replace(
            voter,
            number=str(chance.number(100, 9_899)),
            street=chance.zipf(self.streets),
            kind=(short, long),
            flat=f"{chance.of(('APT', 'UNIT', 'LOT'))} {chance.number(1, 60)}" if chance.hit(0.2) else "",
            city=city,
            zip_code=f"{prefix}{chance.number(1, 40):02d}",
            phone=f"{area}{chance.number(220, 989)}{chance.number(0, 9_999):04d}",
        )

    def relative(self, voter: _Voter) -> _Voter:
        """Somebody in the same house: a spouse, a child, or a son with the same name and another suffix."""
        chance, other = self.chance, self.voter()
        home = replace(
            voter, first=other.first, middle=other.middle, gender=other.gender, birth_year=other.birth_year, suffix=""
        )
        if voter.gender == "M" and chance.hit(0.12):
            return replace(voter, suffix="JR", birth_year=voter.birth_year + chance.number(19, 36))
        return replace(home, last=other.last) if chance.hit(0.2) else home


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person; ``cluster`` numbers the persons."""
    county, number = _County(chance), 0
    last = county.voter()
    while True:
        last = county.relative(last) if chance.hit(0.42) else county.voter()
        current = last
        for _ in range(chance.random.choices(_ROWS_OF_A_PERSON, _SHARE_OF_ROWS)[0]):
            yield {**_row(county, current), "cluster": str(number)}
            current = _later(county, current)
        number += 1


def _later(county: _County, voter: _Voter) -> _Voter:
    """The voter at the next registration."""
    chance = county.chance
    if chance.hit(0.22):
        voter = county.moved(voter)
    if chance.hit(0.05 if voter.gender == "F" else 0.004):
        voter = replace(voter, middle=voter.last, last=chance.zipf(county.families))
    return voter


def _row(county: _County, voter: _Voter) -> Row:
    chance = county.chance
    maybe = chance.maybe
    street = " ".join(part for part in (voter.number, voter.street, voter.kind[chance.hit(0.15)], voter.flat) if part)
    area, exchange, line = voter.phone[:3], voter.phone[3:6], voter.phone[6:]
    phone = f"({area}) {exchange}-{line}" if chance.hit(0.5) else voter.phone
    year = maybe(str(voter.birth_year), 0.025, lambda year: str(int(year) + chance.random.choice((-10, -1, 1, 10))))
    row = {
        "LAST_NAME": maybe(voter.last, 0.05, chance.edited),
        "FIRST_NAME": maybe(_first_name(county, voter), 0.04, chance.edited),
        "MIDDLE_NAME": _middle_name(chance, voter.middle),
        "NAME_SUFFIX": chance.present(voter.suffix, 0.3),
        "birth_year": chance.present(year, 0.01),
        "res_street_address": chance.present(maybe(street, 0.05, chance.edited), 0.02),
        "res_city_desc": maybe(voter.city, 0.02, chance.edited),
        "zip_code": maybe(voter.zip_code, 0.02, chance.miskeyed),
        "gender_code": "U" if chance.hit(0.08) else voter.gender,
        "race_code": "U" if chance.hit(0.08) else voter.race,
        "full_phone_num": chance.present(maybe(phone, 0.02, chance.miskeyed), 0.5),
    }
    return {name: value.upper() for name, value in row.items()}


def _first_name(county: _County, voter: _Voter) -> str:
    short = county.short.get(voter.first)
    return county.chance.of(short) if short and county.chance.hit(0.07) else voter.first


def _middle_name(chance: Chance, middle: str) -> str:
    if chance.hit(0.12):
        return ""
    return middle[:1] if chance.hit(0.25) else chance.maybe(middle, 0.03, chance.edited)


def _capitals(name: str) -> str:
    return without_accents(name).upper().replace("'", "")
