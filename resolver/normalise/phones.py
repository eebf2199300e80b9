"""Phone numbers to E.164. Possible numbers (by their length) are kept even where nobody has them assigned.

Digits with ordinary punctuation go through the compiled numbering plans, everything else (words, other scripts,
letters for digits) through phonenumbers itself. Both read as that library does; where it finds no possible number,
three common ways of writing are tried: ``00`` for the plus anywhere in the world, a needless ``(0)``, and the plus
forgotten before a foreign number (only if that gives a number in use). Extensions are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import phonenumbers

from graph.errors import BadInputError
from resolver.normalise.phone_plan import (
    NumberingPlan,
    international_number,
    national_number,
    region_plan,
    with_own_country_code,
)
from resolver.normalise.text import MAX_CHARACTERS, TOO_LONG, clean, is_blank
from resolver.normalise.values import BLANK, JUNK, Normalised

_PLAIN = re.compile(r"[ (]*(\+?)[ (]*([0-9][0-9 ()./-]*)(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.ASCII).fullmatch
_TO_DIGITS = str.maketrans("", "", " ()./-")
_FLOAT = re.compile(r"(\+?[0-9]+)\.0+").fullmatch
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?e\+?[0-9]+", re.IGNORECASE).fullmatch
_NEEDLESS_ZERO = re.compile(r"\(\s*0\s*\)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−_·•", "-") | {",": " "})
_SEVERAL = re.compile(r"[;|/,\n]| or | oder | ou | o ")

_SHORTEST = 5  # digits of a national number; shorter ones are service numbers and extensions
_SHORTEST_LOCAL = 6  # digits before which a number is not even looked at
_FORGOTTEN_PLUS_FROM = 10
_ASCENDING = "01234567890123456789"
_DESCENDING = "98765432109876543210"
_MADE_UP_ENDS = frozenset(
    run[at : at + 5] for run in (_ASCENDING, _DESCENDING, *(str(digit) * 5 for digit in range(10))) for at in range(15)
)
_LONGEST = 60  # characters of what the ordinary way reads
_SHORT_E164 = 10  # characters from which on a number is long enough whatever its country code
_LOST_DIGITS = Normalised((), "a number in scientific notation, which has lost digits")


def phone_normaliser(region: str) -> Callable[[str], Normalised]:
    """Raises BadInputError for a region that does not exist."""
    home = region_plan(region)
    if home is None:
        raise BadInputError(f"no region {region!r}", "name an ISO 3166 country code such as US", place="region")
    not_a_phone = Normalised((), f"not a phone number in {region}")

    def normalise_phone(raw: str) -> Normalised:
        plain = _PLAIN(raw) if len(raw) <= _LONGEST else None
        if plain is None:
            return _unusual(raw, home, region, not_a_phone)
        plus, written = plain.groups()
        digits = written if written.isdigit() else written.translate(_TO_DIGITS)
        if len(digits) < _SHORTEST or ("." in written and _FLOAT(written)):
            return _unusual(raw, home, region, not_a_phone)
        number = _number(raw, plus, digits, home)
        if number is None:
            return JUNK if _is_made_up(digits) else _several(raw, home, region) or not_a_phone
        return _finish(number, digits, not_a_phone)

    return normalise_phone


def _finish(number: str, digits: str, not_a_phone: Normalised) -> Normalised:
    if number[-5:] in _MADE_UP_ENDS and (
        _is_made_up(number[_country_code_end(number[1:4]) :]) or _is_made_up(digits) or _is_made_up(number[1:])
    ):
        return JUNK
    if len(number) < _SHORT_E164 and len(number) - _country_code_end(number[1:4]) < _SHORTEST:
        return not_a_phone
    return Normalised((number,))


@cache
def _country_code_end(start: str) -> int:
    """Where the national number begins in an E.164 number, by its first digits (no country code begins another)."""
    for length in (1, 2, 3):
        if int(start[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return length + 1
    return 1


def _is_made_up(digits: str) -> bool:
    """All one digit, or counting up from 0 or 1, or down from 9."""
    if digits[1:] == digits[:-1]:
        return True
    length = len(digits)
    return digits in (_ASCENDING[:length], _ASCENDING[1 : length + 1], _DESCENDING[:length])


def _number(raw: str, plus: str, digits: str, home: NumberingPlan) -> str | None:
    if plus:
        return international_number(digits, home) or _second_try(raw, plus, digits, home)
    return with_own_country_code(digits, home) or national_number(digits, home) or _second_try(raw, plus, digits, home)


def _second_try(raw: str, plus: str, digits: str, home: NumberingPlan) -> str | None:
    if digits.startswith("00"):
        number = international_number(digits[2:], home)
        if number is not None:
            return number
    if "0" in raw and _NEEDLESS_ZERO.search(raw):
        shorter = _NEEDLESS_ZERO.sub("", raw).translate(_TO_DIGITS).lstrip("+")
        if shorter.isascii() and shorter.isdigit():
            number = international_number(shorter, home) if plus else national_number(shorter, home)
            if number is not None:
                return number
    if not plus and len(digits) >= _FORGOTTEN_PLUS_FROM:
        number = international_number(digits, home)
        if number is not None and phonenumbers.is_valid_number(phonenumbers.parse(number)):
            return number
    return None


def _unusual(raw: str, home: NumberingPlan, region: str, not_a_phone: Normalised) -> Normalised:
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    text = clean(raw)
    if is_blank(text):
        return BLANK
    if _SCIENTIFIC(text):
        return _LOST_DIGITS
    as_float = _FLOAT(text)
    if as_float:
        text = as_float[1]
    text = text.strip("'\"")
    number = _read(text, home, region)
    if number is None:
        return _several(text, home, region) or not_a_phone
    return _finish(number, number[1:], not_a_phone)


def _read(text: str, home: NumberingPlan, region: str) -> str | None:
    text = text.translate(_DASHES)
    plain = _PLAIN(text) if len(text) <= _LONGEST else None
    if plain is not None:
        plus, written = plain.groups()
        return _number(text, plus, written.translate(_TO_DIGITS), home)
    return by_library(text, region)


def by_library(text: str, region: str) -> str | None:
    """E.164 as phonenumbers reads it, again until it reads back as itself; None if it is not a possible number."""
    for _ in range(20):
        try:
            parsed = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        parsed.extension = None
        number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if number == text:
            return number
        text = number
    return None


def _several(text: str, home: NumberingPlan, region: str) -> Normalised | None:
    """A list of numbers in one cell, if every part is one by itself."""
    parts = [part for part in _SEVERAL.split(text) if part.strip()]
    if len(parts) < 2 or any(sum(map(str.isdigit, part)) < _SHORTEST_LOCAL for part in parts):
        return None
    numbers = [_read(part, home, region) for part in parts]
    if None in numbers:
        return None
    found = [_finish(number, number[1:], JUNK) for number in numbers if number is not None]
    values = tuple(dict.fromkeys(value for each in found for value in each.values))
    return Normalised(values) if values else JUNK
