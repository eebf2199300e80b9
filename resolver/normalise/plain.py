"""Categories, other text, and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from resolver.normalise.text import (
    BLANK_WORDS,
    JUNK_WORDS,
    MAX_CHARACTERS,
    TOO_LONG,
    clean,
    is_blank,
    plain_latin,
    words,
)
from resolver.normalise.values import BLANK, JUNK, Normalised
from resolver.normalise.wordlists import word_set

_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*", re.ASCII).fullmatch


def normalise_text(raw: str) -> Normalised:
    """Casefolded, Latin accents folded, punctuation to blanks. For categories too."""
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    low = plain_latin(raw).lower()
    if _PLAIN(low) and low not in BLANK_WORDS:
        return Normalised((low,)) if low not in JUNK_WORDS else JUNK
    text = clean(raw)
    if is_blank(text):
        return BLANK
    text = words(text)
    return BLANK if is_blank(text) else JUNK if text in JUNK_WORDS else Normalised((text,))


_PLAIN_NUMBER = re.compile(r"-?[1-9][0-9]{0,14}(?:\.[0-9]{0,12}[1-9])?", re.ASCII).fullmatch
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,4})?", re.ASCII).fullmatch
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:([ '.,])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]*)?", re.ASCII).fullmatch
_AROUND = " $€£¥₹%"
_IN_BRACKETS = re.compile(r"\((.+)\)").fullmatch
_MAX_EXPONENT = 30
_NOT_A_NUMBER = Normalised((), "not a number")
_NOT_FINITE = Normalised((), "not a finite number")
_OUT_OF_RANGE = Normalised((), "a number with more than 30 digits")
_COMMA_REGIONS = word_set(
    """AT BE BG BR CL CO CZ DE DK EE ES FI FR GR HR HU ID IT LT LV NL NO PL PT RO RS RU SE SI SK TR UA UY VN AR"""
)


def number_normaliser(region: str) -> Callable[[str], Normalised]:
    """Canonical decimal text: 1234.5, never an exponent, a plus, -0 or zeros at the end. Reads thousands separators and
    decimal commas; "1,234" alone is 1234 except in regions that write a decimal comma; "1.234" is always a fraction."""
    comma_is_decimal = region in _COMMA_REGIONS

    def normalise_number(raw: str) -> Normalised:
        if _PLAIN_NUMBER(raw):
            return Normalised((raw,))
        if len(raw) > MAX_CHARACTERS:
            return TOO_LONG
        text = clean(raw)
        return BLANK if is_blank(text) else _number(text.casefold(), comma_is_decimal)

    return normalise_number


def _number(text: str, comma_is_decimal: bool) -> Normalised:
    bracketed = _IN_BRACKETS(text)
    if bracketed:  # bookkeeping's way to write a negative one
        text = "-" + bracketed[1]
    text = text.replace("−", "-").replace("’", "'").strip(_AROUND)
    if text[:1] in ("+", "-"):
        sign, text = text[0].replace("+", ""), text[1:].strip(_AROUND)
    else:
        sign = ""
    if text in ("inf", "infinity", "∞", "nan", "snan"):
        return _NOT_FINITE
    text = sign + _with_point(text, comma_is_decimal)
    if not _NUMBER(text):
        return _NOT_A_NUMBER
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _NOT_A_NUMBER
    return _canonical(number)


def _with_point(text: str, comma_is_decimal: bool) -> str:
    grouped = _THOUSANDS(text)
    if grouped and not _is_fraction(text, grouped[1], grouped[2], comma_is_decimal):
        separator, point = grouped[1], grouped[2]
        if separator != point:
            text = text.replace(separator, "")
    return text.replace(",", ".") if text.count(",") == 1 else text


def _is_fraction(text: str, separator: str, point: str | None, comma_is_decimal: bool) -> bool:
    """Whether the one separator is the decimal point: 1.234 always, 1,234 where people write a decimal comma."""
    if point is not None or text.count(separator) > 1:
        return False
    return separator == "." or (separator == "," and comma_is_decimal)


def _canonical(number: Decimal) -> Normalised:
    if not number:
        return Normalised(("0",))
    if abs(number.adjusted()) > _MAX_EXPONENT or len(number.as_tuple().digits) > _MAX_EXPONENT:
        return _OUT_OF_RANGE
    text = f"{number:f}"
    return Normalised((text.rstrip("0").rstrip(".") if "." in text else text,))
