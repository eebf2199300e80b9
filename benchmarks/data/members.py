"""The list of a club that was kept by many hands: full names only, one e-mail column, three of ten cells blank.

Families share an address, a telephone and often the e-mail address; fathers and sons share their whole name; twins
share all but the first name. Married members change their names, dates come day first or month first, names in the
order that the writer liked, in Latin letters of one spelling or another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from api.sample.names import load_names
from api.sample.noise import without_accents
from benchmarks.data.common import Chance, Row, Zipf, command, values_of, write_rows

_ROWS_OF_A_PERSON, _SHARE_OF_ROWS = (1, 2, 3, 4, 5, 8), (34, 28, 18, 10, 7, 3)
_BLANK = 0.3
_SPELLINGS = (("sch", "sh"), ("ie", "y"), ("ks", "x"), ("ph", "f"), ("ck", "k"), ("v", "w"), ("y", "i"), ("ae", "a"))


@dataclass(frozen=True, slots=True)
class _Member:
    first: str
    middle: str
    last: str
    born: date
    street: str
    town: str
    phone: str
    email: str


class _Club:
    """Draws families."""

    def __init__(self, chance: Chance) -> None:
        names, self.chance = load_names(), chance
        given = [[str(names.given[at]) for row in names.given_by for at in row[its].indices[:120]] for its in (0, 1)]
        families = [str(names.family[at]) for its in names.family_by for at in its.indices[:600]]
        for its in (*given, families):
            chance.random.shuffle(its)
        self.given, self.families = [Zipf.of(its, 0.7) for its in given], Zipf.of(families, 0.6, 10)
        self.towns, self.roads = Zipf.of(values_of("british towns"), 0.8), values_of("british roads")
        self.short = {str(names.given[at]): its for at, its in names.short_forms.items()}

    def home(self) -> tuple[str, str, str]:
        chance = self.chance
        street = f"{chance.number(1, 150)} {chance.of(self.roads)} {chance.of(values_of('british road kinds'))}"
        return street, chance.zipf(self.towns).split("=")[0], f"01{chance.number(200_000_000, 999_999_999)}"

    def email(self, first: str, last: str) -> str:
        local = without_accents(f"{first}.{last}".lower()).replace(" ", "").replace("'", "")
        return f"{local}{self.chance.number(1, 999)}@club.example"

    def family(self) -> Iterator[_Member]:
        chance, last = self.chance, self.chance.zipf(self.families)
        street, town, phone = self.home()
        shared = self.email("family", last) if chance.hit(0.3) else ""
        father: _Member | None = None
        for place in range(chance.random.choices((1, 2, 3, 4, 5), (38, 26, 16, 13, 7))[0]):
            sex = place % 2 if place < 2 else int(chance.hit(0.5))
            first, middle = chance.zipf(self.given[sex]), chance.zipf(self.given[sex]) if chance.hit(0.4) else ""
            born = date(1935, 1, 1) + timedelta(days=chance.number(0, 55 * 365))
            if father and place >= 2:
                born = father.born + timedelta(days=chance.number(22 * 365, 40 * 365))
                if sex == 0 and chance.hit(0.15):
                    first = father.first
            member = _Member(first, middle, last, born, street, town, phone, shared or self.email(first, last))
            father = father or member
            yield member
            if place >= 2 and chance.hit(0.05):  # a twin
                yield replace(member, first=chance.zipf(self.given[sex]), middle="")


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person; ``cluster`` numbers the persons."""
    club, number = _Club(chance), 0
    while True:
        for member in club.family():
            current = member
            for _ in range(chance.random.choices(_ROWS_OF_A_PERSON, _SHARE_OF_ROWS)[0]):
                yield {**_row(club, current), "cluster": f"M{number}"}
                current = _later(club, current)
            number += 1


def _later(club: _Club, member: _Member) -> _Member:
    chance = club.chance
    if chance.hit(0.08):
        street, town, phone = club.home()
        member = replace(member, street=street, town=town, phone=phone)
    if chance.hit(0.08):
        member = replace(member, email=club.email(member.first, member.last))
    return replace(member, last=chance.zipf(club.families)) if chance.hit(0.03) else member


def _row(club: _Club, member: _Member) -> Row:
    chance = club.chance
    row = {
        "Name": chance.maybe(_name(club, member), 0.12, chance.edited),
        "Born": _born(chance, member.born),
        "Address": chance.maybe(f"{member.street}, {member.town}", 0.1, chance.edited),
        "Telephone": chance.maybe(member.phone, 0.04, chance.miskeyed),
        "E-mail": chance.maybe(member.email, 0.04, chance.edited),
    }
    return {name: value if name == "Name" else chance.present(value, _BLANK) for name, value in row.items()}


def _name(club: _Club, member: _Member) -> str:
    chance, first, last = club.chance, member.first, member.last
    if first in club.short and chance.hit(0.12):
        first = chance.of(club.short[first])
    if chance.hit(0.08):
        old, new = chance.random.choice(_SPELLINGS)
        first, last = first.replace(old, new), last.replace(old, new)
    middle = member.middle if chance.hit(0.4) else member.middle[:1] if chance.hit(0.4) else ""
    given = " ".join(part for part in (first, middle) if part)
    kind = chance.random.random()
    if kind < 0.15:
        return f"{last}, {given}"
    return f"{first[0]}. {last}" if kind < 0.2 else f"{given} {last}"


def _born(chance: Chance, born: date) -> str:
    kind = chance.random.random()
    if kind < 0.06:
        return f"{born.month:02d}/{born.day:02d}/{born.year}"  # month first, where all others are day first
    return chance.maybe(f"{born.day:02d}/{born.month:02d}/{born.year}", 0.04, chance.miskeyed)


def main() -> None:
    arguments = command(__doc__, rows=20_000)
    chance = Chance(arguments.seed)
    write_rows(rows(chance), arguments.rows, arguments.out, chance)


if __name__ == "__main__":
    main()
