"""Do a column's values bear out what its name says? One check for each meaning: the share of values that fit, and how
people call what was looked for. A meaning without a check takes any values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from resolver.guess import shapes
from resolver.guess.profile import ColumnProfile

#: Below this share of fitting values a name is not believed, from the other on it is borne out.
CONTRADICTED, BORNE_OUT = 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Support:
    """``share`` of the values that fit, 0…1; ``looks_like`` is the plural noun of what they were tried for, empty
    where the meaning takes any values."""

    share: float
    looks_like: str = ""

    @property
    def contradicts(self) -> bool:
        return self.share < CONTRADICTED

    @property
    def bears_out(self) -> bool:
        return bool(self.looks_like) and self.share >= BORNE_OUT


def _phone(text: str) -> bool:
    return shapes.phone(text) or (shapes.integer(text) and 6 <= len(text) <= 17)


def _date(text: str) -> bool:
    return shapes.date(text) or shapes.year(text) or shapes.serial_date(text)


def _time(text: str) -> bool:
    return shapes.date(text) or shapes.epoch(text)


def _name(text: str) -> bool:
    return shapes.letters(text) and not shapes.free_text(text)


def _mostly_letters(text: str) -> bool:
    """Letters; a tenth of a word may be a slip of the keyboard (c0oper)."""
    return sum(c.isdigit() for c in text) * 4 <= len(text) and shapes.has_letter(text) and "@" not in text


def _place(text: str) -> bool:
    return _mostly_letters(text) or len(text) <= 5


def _code(text: str) -> bool:
    return (shapes.has_digit(text) or " " not in text) and not shapes.free_text(text) and "@" not in text


def _login(text: str) -> bool:
    return " " not in text and not shapes.free_text(text)


def _digits(text: str) -> bool:
    return sum(c.isdigit() for c in text) >= 4 and not shapes.date(text)


def _small_number(text: str) -> bool:
    return shapes.integer(text) and len(text) <= 4


def _short(text: str) -> bool:
    return len(text) <= 40


def _switch(text: str) -> bool:
    return shapes.boolean(text) or (len(text) <= 20 and not shapes.has_digit(text))


def _year(text: str) -> bool:
    return shapes.year(text) or (text.isdigit() and len(text) <= 4)


def _suffix(text: str) -> bool:
    return len(text) <= 6 and not shapes.integer(text)


def _title(text: str) -> bool:
    return shapes.title(text) or len(text) <= 14


Check = tuple[Callable[[str], bool], str]
_CODES: Check = (_code, "codes")
_NAMES: Check = (_mostly_letters, "names")
_CATEGORIES: Check = (_short, "short labels")

CHECKS: dict[str, Check] = {
    "email": (shapes.email, "e-mail addresses"),
    "phone": (_phone, "phone numbers"),
    "national_id": (_digits, "numbers of documents"),
    "tax_id": (_digits, "numbers of documents"),
    "health_id": (_digits, "numbers of documents"),
    "passport": (_digits, "numbers of documents"),
    "driver_licence": (_digits, "numbers of documents"),
    "loyalty": _CODES,
    "account": (_login, "logins"),
    "customer_id": _CODES,
    "device": (_login, "codes"),
    "cookie": (_login, "codes"),
    "session": (_login, "codes"),
    "iban": (_digits, "account numbers"),
    "payment_card": _CODES,
    "vehicle": _CODES,
    "order": _CODES,
    "given_name": _NAMES,
    "middle_name": _NAMES,
    "family_name": _NAMES,
    "birth_name": _NAMES,
    "full_name": _NAMES,
    "name_suffix": (_suffix, "suffixes"),
    "title": (_title, "titles"),
    "gender": (_short, "genders"),
    "birth_date": (_date, "dates"),
    "death_date": (_date, "dates"),
    "birth_year": (_year, "years"),
    "birth_month": (_short, "months"),
    "birth_day": (_small_number, "days"),
    "age": (_small_number, "ages"),
    "birth_place": (_place, "places"),
    "address": (lambda text: shapes.has_letter(text) and "@" not in text, "addresses"),
    "address_2": (lambda text: "@" not in text, "addresses"),
    "full_address": (shapes.has_letter, "addresses"),
    "house_number": (shapes.house_number, "house numbers"),
    "unit": (lambda text: len(text) <= 20, "units"),
    "city": (_place, "places"),
    "suburb": (_place, "places"),
    "state": (_place, "places"),
    "county": (_place, "places"),
    "country": (_place, "places"),
    "postcode": (shapes.postcode, "postcodes"),
    "occupation": (shapes.has_letter, "words"),
    "company": (shapes.has_letter, "words"),
    "nationality": _CATEGORIES,
    "ethnicity": _CATEGORIES,
    "marital_status": _CATEGORIES,
    "language": _CATEGORIES,
    "religion": _CATEGORIES,
    "political_party": _CATEGORIES,
    "education": _CATEGORIES,
    "blood_type": _CATEGORIES,
    "time": (_time, "times"),
    "created": (_time, "dates"),
    "amount": (shapes.number, "numbers"),
    "flag": (_switch, "switches"),
    "record_id": (lambda text: not shapes.free_text(text), "ids"),
}


def support(meaning: str, profile: ColumnProfile) -> Support:
    """How well the values of a column fit a meaning; a share of 1 for one that takes any values."""
    check = CHECKS.get(meaning)
    if check is None or not profile.counts:
        return Support(1.0)
    return Support(profile.share(check[0]), check[1])
