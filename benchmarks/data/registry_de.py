"""Rows of a German customer list, one to six a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from api.sample.names import load_names
from benchmarks.data.common import Chance, Row, Zipf, values_of

_ROWS_OF_A_PERSON, _SHARE_OF_ROWS = (1, 2, 3, 4, 6), (40, 30, 17, 10, 3)
_TRANSCRIBED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ş": "s", "Ş": "S"}
)
_BARE = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "s", "Ä": "A", "Ö": "O", "Ü": "U", "ş": "s", "Ş": "S"})
_KINDS = ("straße", "weg", "allee", "gasse", "platz")
_MAIL = ("post.example", "netz.example", "brief.example", "mail.example", "funk.example")


@dataclass(frozen=True, slots=True)
class _Home:
    street: str
    number: str
    postcode: str
    town: str
    landline: str


@dataclass(frozen=True, slots=True)
class _Person:
    first: str
    last: str
    born: date
    home: _Home
    mobile: str
    mail: str


class _Land:
    """Draws households."""

    def __init__(self, chance: Chance) -> None:
        names, self.chance = load_names(), chance
        origins = {"german": 2, "slavic": 5}
        families = [str(names.family[at]) for at in names.family_by[origins["german"]].indices[:1_500]]
        slavic = [str(names.family[at]) for at in names.family_by[origins["slavic"]].indices[:200]]
        self.families = Zipf.of([*families[:150], *slavic[:20], *families[150:], *slavic[20:]], 0.85, 4)
        self.given = (Zipf.of(values_of("german men"), 0.6, 6), Zipf.of(values_of("german women"), 0.6, 6))
        self.towns = Zipf.of(values_of("german towns"), 0.6, 3)
        streets = [f"{name}{kind}" for kind in _KINDS for name in values_of("german streets")]
        self.streets = Zipf.of(streets, 0.7, 8)
        self.short = _pairs("german short forms")
        self.spellings = _pairs("german spellings")

    def home(self) -> _Home:
        chance = self.chance
        town, prefix, dialling = chance.zipf(self.towns).split("=")
        number = f"{chance.number(1, 140)}{chance.of('abc') if chance.hit(0.12) else ''}"
        landline = f"{dialling} {chance.number(100_000, 9_999_999)}"
        postcode = f"{prefix}{chance.number(1, 999):03d}"
        return _Home(chance.zipf(self.streets), number, postcode, town, landline)

    def mobile(self) -> str:
        return f"{self.chance.of(('0151', '0160', '0170', '0171', '0172', '0176', '0178'))} {self._digits()}"

    def mail(self, first: str, last: str) -> str:
        chance = self.chance
        local = chance.of((f"{first}.{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}{last}", f"{last}"))
        number = str(chance.number(1, 99_999)) if chance.hit(0.75) else f"{chance.of('xyz')}{self._digits()[:4]}"
        plain = "".join(its for its in local.lower().translate(_TRANSCRIBED) if its.isascii() and its not in " '")
        return f"{plain}{number}@{chance.of(_MAIL)}"

    def household(self) -> Iterator[_Person]:
        chance, home, last = self.chance, self.home(), self.chance.zipf(self.families)
        eldest = date(1932, 1, 1) + timedelta(days=chance.number(0, 58 * 365))
        shared_mail = self.mail("familie", last)
        for member in range(chance.random.choices((1, 2, 3, 4, 5), (40, 31, 13, 12, 4))[0]):
            first = chance.zipf(self.given[chance.hit(0.5)])
            years = chance.number(20, 40) if member > 1 else member * chance.number(-6, 6)
            surname = chance.zipf(self.families) if member == 1 and chance.hit(0.18) else last
            mail = shared_mail if chance.hit(0.08) else self.mail(first, surname)
            born = eldest + timedelta(days=years * 365 + chance.number(0, 364))
            yield _Person(first, surname, born, home, self.mobile(), mail)

    def _digits(self) -> str:
        return str(self.chance.number(1_000_000, 99_999_999))


def rows(chance: Chance) -> Iterator[Row]:
    """Rows without end, person by person; ``cluster`` numbers the persons."""
    land, number = _Land(chance), 0
    while True:
        for person in land.household():
            current = person
            for _ in range(chance.random.choices(_ROWS_OF_A_PERSON, _SHARE_OF_ROWS)[0]):
                yield {**_row(land, current), "cluster": f"P{number}"}
                current = _later(land, current)
            number += 1


def _later(land: _Land, person: _Person) -> _Person:
    """The person some years on: moved, married, with another telephone or e-mail address."""
    chance = land.chance
    if chance.hit(0.1):
        person = replace(person, home=land.home())
    if chance.hit(0.08):
        person = replace(person, mobile=land.mobile())
    if chance.hit(0.08):
        person = replace(person, mail=land.mail(person.first, person.last))
    if chance.hit(0.03):
        new = chance.zipf(land.families)
        person = replace(person, last=f"{person.last}-{new}" if chance.hit(0.35) and "-" not in person.last else new)
    return person


def _row(land: _Land, person: _Person) -> Row:
    chance, home = land.chance, person.home
    maybe, present = chance.maybe, chance.present
    born = maybe(f"{person.born:%d.%m.%Y}", 0.03, chance.miskeyed)
    row = {
        "Nachname": maybe(_respelt(chance, person.last, land.spellings, 0.08), 0.04, chance.edited),
        "Vorname": maybe(_respelt(chance, person.first, land.short, 0.12), 0.04, chance.edited),
        "Geburtsdatum": present(born, 0.2),
        "Strasse": maybe(_street(chance, home.street), 0.05, chance.edited),
        "Hausnummer": maybe(home.number, 0.03, chance.miskeyed),
        "PLZ": maybe(home.postcode, 0.02, chance.miskeyed),
        "Ort": maybe(home.town, 0.03, chance.edited),
        "Telefon": present(_phone(chance, person.mobile if chance.hit(0.55) else home.landline), 0.3),
        "E-Mail": present(maybe(person.mail, 0.02, chance.edited), 0.35),
    }
    if chance.hit(0.05):
        row |= {"Strasse": "", "Hausnummer": ""}
    if chance.hit(0.1):
        return {name: value.translate(_TRANSCRIBED) for name, value in row.items()}
    return {name: value.translate(_BARE) for name, value in row.items()} if chance.hit(0.03) else row


def _respelt(chance: Chance, name: str, others: dict[str, list[str]], share: float) -> str:
    return chance.of(others[name]) if name in others and chance.hit(share) else name


def _street(chance: Chance, street: str) -> str:
    if not street.endswith("straße"):
        return street
    return (
        street.removesuffix("straße") + chance.random.choices(("straße", "str.", "strasse", "str"), (55, 28, 12, 5))[0]
    )


def _phone(chance: Chance, phone: str) -> str:
    """National with a stroke, a blank or nothing after the dialling code, or international."""
    code, number = phone.split()
    kind = chance.random.random()
    if kind < 0.3:
        return f"{code}/{number}"
    if kind < 0.55:
        return f"{code} {number}"
    return f"{code}{number}" if kind < 0.75 else f"+49 {code[1:]} {number}"


def _pairs(name: str) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for pair in values_of(name):
        left, right = pair.split("=")
        pairs.setdefault(left, []).append(right)
    return pairs
