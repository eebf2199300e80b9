"""Historical persons as biographies and registers describe them: about fifty thousand rows, up to 21 of one person.

Heavy noise: every field is missing in 15 to 40 % of the rows, dates are partial or years off, names come with titles,
middle names, initials, abbreviations and maiden names, occupations vary. Many different people share their names; sons
follow their fathers in name, birth place and trade.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from api.sample.names import load_names
from benchmarks.data.common import Chance, Row, Zipf, command, values_of, write_rows

_MOST_ROWS = 21
_MISSING = {
    "full_name": 0.15, "first_and_surname": 0.2, "first_name": 0.16, "surname": 0.15, "dob": 0.28, "birth_place": 0.3,
    "postcode_fake": 0.32, "gender": 0.2, "occupation": 0.38,
}  # fmt: skip
_TITLES_OF_MEN = ("Sir", "Rev.", "Dr", "Capt.", "Col.", "Professor", "The Hon.", "Major", "Rt Hon.")
_TITLES_OF_WOMEN = ("Lady", "Mrs", "Dame", "Miss", "The Hon.")
_SUFFIXES = (
    "1st Baronet",
    "2nd Baronet",
    "3rd Baronet",
    "1st Baron {}",
    "2nd Baron {}",
    "1st Viscount {}",
    "FRS",
    "QC",
)
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    first: str
    middle: tuple[str, ...]
    surname: str
    other_surname: str
    title: str
    suffix: str
    born: date
    place: tuple[str, str, str]
    postcode: str
    gender: str
    occupations: tuple[str, ...]


class Archive:
    """Draws persons."""

    def __init__(self, chance: Chance) -> None:
        names, self.chance = load_names(), chance
        families = [str(names.family[at]) for at in names.family_by[0].indices]
        common, rare = families[:440], families[440:1_800]
        chance.random.shuffle(common)
        self.families = Zipf.of([*common, *rare], 0.9, 6)
        self.men, self.women = Zipf.of(values_of("old men"), 1.0, 2), Zipf.of(values_of("old women"), 0.95, 2)
        self.places = Zipf.of(values_of("old birth places"), 0.9, 1)
        self.occupations = Zipf.of(values_of("old occupations"), 0.8, 2)
        self.short: dict[str, list[str]] = {}
        for pair in values_of("old short forms"):
            name, short = pair.split("=")
            self.short.setdefault(name, []).append(short)

    def person(self) -> Person:
        chance = self.chance
        man = chance.hit(0.82)
        given = self.men if man else self.women
        surname = chance.zipf(self.families)
        town, county, area = chance.zipf(self.places).split("=")
        return Person(
            first=chance.zipf(given),
            middle=tuple(self._middle_name(given) for _ in range(chance.random.choices((0, 1, 2), (5, 4, 1))[0])),
            surname=surname,
            other_surname=chance.zipf(self.families) if not man or chance.hit(0.1) else chance.edited(surname),
            title=chance.of(_TITLES_OF_MEN if man else _TITLES_OF_WOMEN) if chance.hit(0.3) else "",
            suffix=chance.of(_SUFFIXES).format(chance.zipf(self.families)) if man and chance.hit(0.12) else "",
            born=self._born(),
            place=(town, county, area),
            postcode=self.postcode(area),
            gender="male" if man else "female",
            occupations=tuple(chance.zipf(self.occupations).split(",")),
        )

    def child_of(self, parent: Person) -> Person:
        """A son or daughter with the parent's surname, and often with the name, the place and the trade as well."""
        chance, child = self.chance, self.person()
        like = child.gender == parent.gender
        later = parent.born + timedelta(days=chance.number(19 * 365, 42 * 365))
        return replace(
            child,
            first=parent.first if like and chance.hit(0.3) else child.first,
            surname=parent.surname,
            born=min(later, date(1950, 12, 31)),
            place=parent.place if chance.hit(0.7) else child.place,
            postcode=parent.postcode if chance.hit(0.2) else child.postcode,
            occupations=parent.occupations if like and chance.hit(0.5) else child.occupations,
        )

    def postcode(self, area: str) -> str:
        chance = self.chance
        inward = f"{chance.number(1, 9)}{chance.of(_INWARD)}{chance.of(_INWARD)}"
        return f"{area}{chance.number(1, 22)} {inward}"

    def _middle_name(self, given: Zipf) -> str:
        return self.chance.zipf(given if self.chance.hit(0.7) else self.families)

    def _born(self) -> date:
        """Mostly the nineteenth century, thinning out towards 1550 and 1950."""
        year = int(self.chance.random.triangular(1550, 1950, 1860))
        return date(year, 1, 1) + timedelta(days=self.chance.number(0, 364))


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person; ``cluster`` numbers the persons."""
    archive, number = Archive(chance), 0
    last = archive.person()
    while True:
        last = archive.child_of(last) if chance.hit(0.22) else archive.person()
        for _ in range(min(_MOST_ROWS, 1 + int(chance.random.gammavariate(1.5, 5.9)))):
            yield {**_row(archive, last), "cluster": f"Q{number:06d}"}
        number += 1


def _row(archive: Archive, person: Person) -> Row:
    chance = archive.chance
    first, surname = _first_name(archive, person), _surname(archive, person)
    row = {
        "full_name": _full_name(chance, person, first, surname),
        "first_and_surname": f"{first} {surname}",
        "first_name": first,
        "surname": surname,
        "dob": _dob(chance, person.born),
        "birth_place": _birth_place(chance, person.place),
        "postcode_fake": _postcode(archive, person),
        "gender": person.gender,
        "occupation": _occupation(archive, person),
    }
    return {name: chance.present(value, _MISSING[name]) for name, value in row.items()}


def _first_name(archive: Archive, person: Person) -> str:
    chance, first = archive.chance, person.first
    kind = chance.random.random()
    if kind < 0.1 and first in archive.short:
        return chance.of(archive.short[first])
    if kind < 0.14:
        return f"{first[0]}."
    if kind < 0.17 and person.middle:
        return person.middle[0]
    return chance.maybe(first, 0.1, chance.edited)


def _surname(archive: Archive, person: Person) -> str:
    chance, surname = archive.chance, person.surname
    kind = chance.random.random()
    if kind < 0.06:
        return person.other_surname
    if kind < 0.08:
        return f"{surname}-{person.other_surname}"
    return chance.maybe(surname, 0.12, lambda text: chance.edited(text, chance.number(1, 2)))


def _full_name(chance: Chance, person: Person, first: str, surname: str) -> str:
    middle = [name if chance.hit(0.7) else f"{name[0]}." for name in person.middle if chance.hit(0.7)]
    title = person.title if chance.hit(0.45) else ""
    name = " ".join(part for part in (title, first, *middle, surname) if part)
    if person.suffix and chance.hit(0.5):
        return f"{name}, {person.suffix}"
    return f"{surname}, {' '.join((first, *middle))}" if chance.hit(0.05) else name


def _dob(chance: Chance, born: date) -> str:
    kind = chance.random.random()
    if kind < 0.16:
        return f"{born.year}-01-01"  # how registers write "in that year"
    if kind < 0.2:
        return str(born.year)
    if kind < 0.23:
        return f"{born.year}-{born.month:02d}"
    if kind < 0.31:
        return f"{born.year + chance.random.choice((-3, -2, -1, -1, 1, 1, 2, 3))}{born.isoformat()[4:]}"
    if kind < 0.37:
        return chance.miskeyed(born.isoformat())
    return born.isoformat()


def _birth_place(chance: Chance, place: tuple[str, str, str]) -> str:
    town, county, _ = place
    kind = chance.random.random()
    if kind < 0.08:
        return county
    if kind < 0.16:
        return f"{town}, {county}"
    return chance.maybe(town, 0.05, chance.edited)


def _postcode(archive: Archive, person: Person) -> str:
    chance = archive.chance
    kind = chance.random.random()
    if kind < 0.16:
        return archive.postcode(person.place[2])
    if kind < 0.22:
        return person.postcode.split()[0]
    return chance.maybe(person.postcode, 0.06, chance.edited)


def _occupation(archive: Archive, person: Person) -> str:
    chance = archive.chance
    kind = chance.random.random()
    if kind < 0.06:
        return chance.zipf(archive.occupations).split(",")[0]
    return person.occupations[0] if kind < 0.7 else chance.of(person.occupations)


def main() -> None:
    arguments = command(__doc__, rows=50_000)
    chance = Chance(arguments.seed)
    write_rows(rows(chance), arguments.rows, arguments.out, chance)


if __name__ == "__main__":
    main()
