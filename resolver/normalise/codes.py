"""Codes: loyalty, account, device, cookie and order numbers, national ids.

Blanks, dashes, dots and slashes go, case folds, a spreadsheet's ``.0`` goes. Where dots carry meaning (an IP address:
1.11.1.1 is not 11.1.1.1) they stay. Leading zeros stay: they are part of a code.
"""

from __future__ import annotations

import re

from resolver.normalise.text import (
    BLANK_WORDS,
    MAX_CHARACTERS,
    TOO_LONG,
    clean,
    fold_case,
    has_letter_or_digit,
    is_blank,
    settle,
)
from resolver.normalise.values import BLANK, JUNK, Normalised
from resolver.normalise.wordlists import word_set

_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII).fullmatch
_FLOAT = re.compile(r"([0-9]+)\.0+").fullmatch
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?e\+[0-9]+").fullmatch
_IP_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").fullmatch
_MAC_ADDRESS = re.compile(r"(?:[0-9a-f]{2}[:.-]){5}[0-9a-f]{2}").fullmatch
_SEPARATORS = str.maketrans(dict.fromkeys(" -./\\–—‐‑‒−", ""))

_JUNK_CODES = word_set(
    """test testing tester test1 test123 dummy sample example demo default fake asdf asdfgh qwerty abc abcd abcdef
    abc123 abcd1234 xyz temp 0 00 000 01234 012345 0123456 01234567 012345678 0123456789 1234567 12345678 123456789
    1234567890 12345678901 123456789012 9876543210 987654321 87654321 078051120 219099999 deadbeef
    0123456789abcdef 123456789abcdef undefinedundefined"""
)

_SUSPECTS = _JUNK_CODES | BLANK_WORDS
_MASKED = re.compile(r"(?:x{3,}|[*#•]{2,})[0-9]{2,5}").fullmatch
_MASKED_ID = Normalised((), "masked: only its end is known")
_LOST_DIGITS = Normalised((), "a number in scientific notation, which has lost digits")
_SAME_AT_LEAST = 4  # a code of one repeated character, from this length on, is junk


def normalise_code(raw: str) -> Normalised:
    low = raw.lower()
    if len(low) <= MAX_CHARACTERS and _PLAIN(low):
        code = low.replace("-", "") if "-" in low else low
        if code not in _SUSPECTS and code[0] != code[-1]:  # a code of one repeated character ends as it begins
            return Normalised((code,))
        return _finish(code)
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    text = clean(raw)
    if is_blank(text):
        return BLANK
    text = fold_case(text.strip("'\"{}[]<>"))
    code = settle(_compact, text)
    return _LOST_DIGITS if _SCIENTIFIC(text) or _SCIENTIFIC(code) else _finish(code)


def normalise_national_id(raw: str) -> Normalised:
    """As a code; but masked ones (XXX-XX-1234) are no numbers: other people's end alike, and the whole one differs."""
    found = normalise_code(raw)
    return _MASKED_ID if found.values and _MASKED(found.values[0]) else found


def _compact(text: str) -> str:
    text = text.strip("'\"{}[]<>")
    as_float = _FLOAT(text)
    if as_float:
        return as_float[1]
    if _IP_ADDRESS(text):
        return text
    if _MAC_ADDRESS(text):
        text = text.replace(":", "")
    return fold_case(clean(text.translate(_SEPARATORS)))


def _finish(code: str) -> Normalised:
    if code in BLANK_WORDS or not has_letter_or_digit(code):
        return BLANK
    if code in _JUNK_CODES or (len(code) >= _SAME_AT_LEAST and code.count(code[0]) == len(code)):
        return JUNK
    return Normalised((code,))
