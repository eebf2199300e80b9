"""British persons in households, ten thousand to ten million rows, one to four rows a person.

Household members share surname, address, often the telephone and at times the e-mail address. The noise is moderate:
what remains of a person is mostly enough to tell them from the rest of the family, not always.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import count

from api.sample.names import load_names
from benchmarks.data.common import Chance, Row, Zipf, command, values_of, write_rows

_MAIL = ("mail.example", "postbox.example", "letters.example", "hello.example", "royalpost.example", "web.example")
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_ROWS_OF_A_PERSON = (1, 2, 3, 4)
_SHARE_OF_ROWS = (0.36, 0.3, 0.2, 0.14)


@dataclass(frozen=True, slots=True)
class _Home:
    address: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True)
class _Person:
    first_name: str
    surname: str
    dob: date
    home: _Home
    phone: str
    email: str


class _Country:
    """Draws persons; the frequencies of names differ from those of the sample."""

    def __init__(self, chance: Chance) -> None:
        names, self.chance = load_names(), chance
        men, women = ([str(names.given[at]) for at in its.indices] for its in names.given_by[0])
        families = [str(names.family[at]) for its in names.family_by for at in its.indices[:70]]
        rare = [str(names.family[at]) for its in names.family_by[:3] for at in its.indices[500:3_000]]
        for its in (men, women, families, rare):
            chance.random.shuffle(its)
        self.men, self.women = Zipf.of(men, 0.8), Zipf.of(women, 0.8)
        self.families = Zipf.of([*families, *rare], 0.85, 5)
        roads = [f"{road} {kind}" for kind in values_of("british road kinds") for road in values_of("british roads")]
        self.roads = Zipf.of(roads, 0.5, 20)
        self.towns = Zipf.of(values_of("british towns"), 0.7)
        self.short = {str(names.given[at]): its for at, its in names.short_forms.items()}

    def home(self) -> _Home:
        chance = self.chance
        city, area = chance.zipf(self.towns).split("=")
        inward = f"{chance.number(1, 9)}{chance.of(_LETTERS)}{chance.of(_LETTERS)}"
        flat = f"Flat {chance.number(1, 30)}, " if chance.hit(0.12) else ""
        address = f"{flat}{chance.number(1, 180)} {chance.zipf(self.roads)}"
        return _Home(address, city, f"{area}{chance.number(1, 25)} {inward}")

    def mobile(self) -> str:
        return f"07{self.chance.number(400_000_000, 999_999_999)}"

    def email(self, first: str, surname: str) -> str:
        chance = self.chance
        local = chance.of([f"{first}.{surname}", f"{first[0]}{surname}", f"{first}{surname}", f"{surname}.{first[0]}"])
        plain = "".join(letter for letter in local.lower() if letter.isascii() and (letter.isalnum() or letter == "."))
        return f"{plain}{chance.number(1, 9_999)}@{chance.of(_MAIL)}"

    def household(self) -> Iterator[_Person]:
        chance, home, surname = self.chance, self.home(), self.chance.zipf(self.families)
        landline = f"01{chance.number(200_000_000, 999_999_999)}" if chance.hit(0.55) else ""
        family_email = self.email("family", surname)
        eldest = date(1930, 1, 1) + timedelta(days=chance.number(0, 60 * 365))
        for member in range(chance.random.choices((1, 2, 3, 4, 5), (34, 31, 15, 14, 6))[0]):
            first = chance.zipf(self.women if chance.hit(0.5) else self.men)
            grown = timedelta(days=chance.number(20, 38) * 365 + chance.number(0, 364))
            own_name = member == 1 and chance.hit(0.2)
            family = chance.zipf(self.families) if own_name else surname
            yield _Person(
                first,
                family,
                eldest + (grown if member > 1 else timedelta(days=member * chance.number(-2_000, 2_000))),
                home,
                landline if landline and chance.hit(0.5) else self.mobile(),
                family_email if chance.hit(0.07) else self.email(first, family),
            )


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person."""
    country = _Country(chance)
    numbers = count()
    while True:
        for person in country.household():
            cluster = str(next(numbers))
            copies = chance.random.choices(_ROWS_OF_A_PERSON, _SHARE_OF_ROWS)[0]
            for copy in range(copies):
                yield {**_row(country, person, clean=copy == 0 and chance.hit(0.4)), "cluster": cluster}


def _row(country: _Country, person: _Person, *, clean: bool) -> Row:
    if not clean:
        person = _changed(country, person)
    row = {
        "first_name": person.first_name,
        "surname": person.surname,
        "dob": person.dob.isoformat(),
        "address": person.home.address,
        "city": person.home.city,
        "postcode": person.home.postcode,
        "phone": person.phone,
        "email": person.email,
    }
    return row if clean else _soiled(country.chance, row)


def _changed(country: _Country, person: _Person) -> _Person:
    """The same person at another time of life or on another form."""
    chance = country.chance
    if chance.hit(0.08):
        person = replace(person, home=country.home())
    if chance.hit(0.08):
        person = replace(person, phone=country.mobile())
    if chance.hit(0.08):
        person = replace(person, email=country.email(person.first_name, person.surname))
    if chance.hit(0.02):
        person = replace(person, surname=chance.zipf(country.families))
    short = country.short.get(person.first_name)
    if short and chance.hit(0.15):
        person = replace(person, first_name=chance.of(short))
    elif chance.hit(0.02):
        person = replace(person, first_name=person.first_name[0])
    return person


def _soiled(chance: Chance, row: Row) -> Row:
    maybe, present = chance.maybe, chance.present
    twice = partial(chance.edited, edits=2)
    dob = maybe(maybe(row["dob"], 0.04, chance.miskeyed), 0.015, _day_before_month)
    return {
        "first_name": present(maybe(row["first_name"], 0.06, chance.edited), 0.02),
        "surname": present(maybe(row["surname"], 0.06, chance.edited), 0.01),
        "dob": present(dob, 0.1),
        "address": present(maybe(row["address"], 0.1, twice), 0.06),
        "city": present(maybe(row["city"], 0.04, chance.edited), 0.04),
        "postcode": present(maybe(row["postcode"], 0.03, chance.edited), 0.06),
        "phone": present(maybe(row["phone"], 0.03, chance.miskeyed), 0.22),
        "email": present(maybe(row["email"], 0.03, chance.edited), 0.25),
    }


def _day_before_month(dob: str) -> str:
    year, month, day = dob.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else dob


def main() -> None:
    arguments = command(__doc__, rows=100_000)
    chance = Chance(arguments.seed)
    write_rows(rows(chance), arguments.rows, arguments.out, chance)


if __name__ == "__main__":
    main()
