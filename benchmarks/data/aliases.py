"""Historical persons as an encyclopaedia knows them: five to twenty-one rows a person, each under one of several names.

What is assumed of such data, and differs from ``historical``: everything is in lower case; the name parts are the first
and the last word of the full name, whatever stands there ("thomas clifford, 1st baron clifford of chudleigh" is thomas
chudleigh); the name columns are filled or empty together; a birth date of which only the year is known is the first of
January in all rows; occupation and gender are the same in all rows that have them; places are near, not equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.data.common import Chance, Row, command, write_rows
from benchmarks.data.historical import Archive, Person

_MOST_ROWS = 21
_TITLES = ("sir", "dr", "rev", "lord", "captain", "general sir")


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person; ``cluster`` numbers the persons."""
    archive, number = Archive(chance), 0
    last = archive.person()
    while True:
        last = archive.child_of(last) if chance.hit(0.06) else archive.person()
        born = f"{last.born.year}-01-01" if chance.hit(0.3) else last.born.isoformat()
        names = _names(chance, last, archive)
        for _ in range(min(_MOST_ROWS, 1 + int(chance.random.gammavariate(2.5, 3.6)))):
            yield {**_row(archive, last, chance.of(names), born), "cluster": f"Q{number:06d}"}
        number += 1


def _names(chance: Chance, person: Person, archive: Archive) -> list[str]:
    """The full names that a person goes by."""
    first, surname, middle = person.first.lower(), person.surname.lower(), [its.lower() for its in person.middle]
    names = [" ".join([first, *middle, surname])] * 4 + [f"{first} {surname}"] * 3
    if middle and chance.hit(0.5):
        names.append(" ".join([first, *(its[0] for its in middle), surname]))
    if chance.hit(0.3):
        names += [f"{chance.of(_TITLES)} {first} {surname}"] * 2
    if person.suffix:
        names += [f"{first} {surname}, {person.suffix.lower()}"] * 3
    if chance.hit(0.08):
        place = person.place[0].lower()
        names += [f"{first} {surname}, {chance.number(1, 9)}th baron {surname} of {place}", f"{first} of {place}"]
    if person.gender == "female" and chance.hit(0.4):
        names += [f"{first} {person.other_surname.lower()}"] * 2
    short = archive.short.get(person.first)
    if short:
        names += [f"{chance.of(short).lower()} {surname}"] * 2
    return names


def _row(archive: Archive, person: Person, name: str, born: str) -> Row:
    chance = archive.chance
    name = chance.maybe(name, 0.2, chance.edited)
    words = name.split()
    words = words[1:] if words[0] in {"sir", "dr", "rev", "lord"} and len(words) > 2 else words
    named = not chance.hit(0.03)
    row = {
        "full_name": name,
        "first_and_surname": f"{words[0]} {words[-1]}" if named else "",
        "first_name": words[0] if named else "",
        "surname": words[-1] if named else "",
        "dob": chance.present(_dob(chance, born), 0.17),
        "birth_place": chance.present(_place(chance, person.place), 0.25),
        "postcode_fake": chance.present(_postcode(archive, person), 0.25),
        "gender": chance.present(person.gender, 0.3),
        "occupation": chance.present(person.occupations[0], 0.3),
    }
    return {column: value.lower() for column, value in row.items()}


def _dob(chance: Chance, born: str) -> str:
    kind = chance.random.random()
    if kind < 0.05:
        return f"{born[:4]}-01-01"
    if kind < 0.08:
        return f"{int(born[:4]) + chance.random.choice((-1, 1))}{born[4:]}"
    return chance.miskeyed(born) if kind < 0.14 else born


def _place(chance: Chance, place: tuple[str, str, str]) -> str:
    town, county, _ = place
    return chance.maybe(county if chance.hit(0.1) else town, 0.08, chance.edited)


def _postcode(archive: Archive, person: Person) -> str:
    chance = archive.chance
    near = f"{person.postcode[:-2]}{archive.postcode(person.place[2])[-2:]}"
    return chance.maybe(near if chance.hit(0.2) else person.postcode, 0.08, chance.edited)


def main() -> None:
    arguments = command(__doc__, rows=50_000)
    chance = Chance(arguments.seed)
    write_rows(rows(chance), arguments.rows, arguments.out, chance)


if __name__ == "__main__":
    main()
