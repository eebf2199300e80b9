"""Tests of single values: does this text look like an e-mail address, a date, a person's name …? One function a shape,
``str -> bool``, on text that is stripped and not empty. They say what a value looks like, not whether it is valid."""

from __future__ import annotations

import re
from collections.abc import Callable

from resolver.guess.data import family_names, given_names, places, word_list
from resolver.normalise.text import words

Shape = Callable[[str], bool]


def _matches(pattern: str, flags: int = 0) -> Shape:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.fullmatch(text) is not None


def _finds(pattern: str, flags: int = 0) -> Shape:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.search(text) is not None


email = _matches(r"[^@\s<>\"]{1,64}@[^@\s]+\.[^@\s.]{2,}")
url = _matches(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.I)
ip = _matches(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}", re.I)
json = _matches(r"\{.*:.*\}|\[.*\]", re.S)
uuid = _matches(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.I)
mac = _matches(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", re.I)
analytics_cookie = _matches(r"GA\d\.\d\.\d+\.\d+|fb\.\d\.\d+\.\d+|\d{8,10}\.\d{10}")
hexadecimal = _matches(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{12,128}", re.I)
digest = _matches(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.I)
iban = _matches(r"[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}")
national_id = _matches(
    r"\d{3}-\d{2}-\d{4}"  # United States
    r"|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # United Kingdom
    r"|756\.?\d{4}\.?\d{4}\.?\d{2}"  # Switzerland
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?"  # France
    r"|[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"  # Italy
    r"|[0-9XYZ]\d{7}-?[A-Z]"  # Spain
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"  # Brazil
    r"|\d{6}[-+A]\d{3}[0-9A-Z]|\d{6}-\d{4}",  # Finland, Denmark and Sweden
    re.I,
)
clear_gender = _matches(r"m|f|w|h|male|female|m[aä]nnlich|weiblich|homme|femme|hombre|mujer|masculin|f[eé]minin", re.I)
title = _matches(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|rev|sir|lady|lord|herr|frau|dr\.? ?med|monsieur|madame|mademoiselle|m|mme|mlle|mm"
    r"|sr|sra|srta|se[nñ]or(?:a|ita)?|sig|sig\.?ra|signor[ae]?|dhr|mevr|de heer|mevrouw|hr|fr)\.?",
    re.I,
)
boolean = _matches(r"0|1|t|f|y|n|true|false|yes|no|oui|non|ja|nein|nee|s[ií]|on|off|0\.0|1\.0|x", re.I)

_MONTHS = (
    r"(?:jan|feb|f[eé]v|mar|m[aä]r|apr|avr|abr|ma[iyj]|jun|jui|jul|aug|ao[uû]|ago|sep|set|oct|okt|ott|out|nov|dec|dez"
    r"|d[eé]c|dic|ene|gen|giu|lug|mag)[a-zéû]*\.?"
)
_YEAR = r"(?:1[6-9]|20|21)\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_DATE = (
    rf"{_YEAR}[-/. ]{_MONTH}[-/. ]{_DAY}|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}[-/. ]{_DAY}[-/. ](?:{_YEAR}|\d\d)"
    rf"|{_DAY}(?:st|nd|rd|th)?\.?[- ]{_MONTHS}[- ,]+(?:{_YEAR}|\d\d)|{_MONTHS}[- ]{_DAY}(?:st|nd|rd|th)?,?[- ]{_YEAR}"
)
_CLOCK = r"[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AP]M)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
date = _matches(rf"(?:{_DATE})(?:{_CLOCK})?", re.I)
moment = _matches(rf"(?:{_DATE}){_CLOCK}", re.I)
midnight = _finds(r"[T ]0{1,2}:00(?::00(?:[.,]0+)?)?(?!\d)")
epoch = _matches(r"(?:9\d{8}|1[0-9]\d{8}|1[0-9]\d{11}|1[0-9]\d{14})(?:\.\d+)?")
#: A date as spreadsheets count it, in days since the end of 1899.
serial_date = _matches(r"[1-5]\d{4}(?:\.\d+)?")
year = _matches(r"(?:18[5-9]\d|19\d\d|20[0-3]\d)(?:\.0)?")
_YEAR_IN = re.compile(r"(?<!\d)((?:1[6-9]|20|21)\d\d)(?!\d)|^((?:1[6-9]|20|21)\d\d)\d{4}")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}(?!\d)")

postcode = _matches(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{1,9}", re.I)
postcode_gb = _matches(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.I)
postcode_gb_part = _matches(r"[A-Z]{1,2}\d[A-Z\d]?", re.I)
postcode_ca = _matches(r"[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d", re.I)
postcode_nl = _matches(r"[1-9]\d{3} ?[A-Z]{2}", re.I)
postcode_us = _matches(r"\d{5}-\d{4}")
postcode_pt = _matches(r"\d{4}-\d{3}")
postcode_pl = _matches(r"\d{2}-\d{3}")
postcode_digits = _matches(r"\d{4,6}|\d{3} \d{2}|(?:D|CH|A|F|B|L|FR|DE|AT|BE)-\d{4,5}")

_PHONE_MARKS = _matches(r"(?:\+|00)?[\d\s()./\-–]{6,24}(?:\s?(?:x|ext\.?)\s?\d{1,6})?", re.I)
_COMPANY_WORDS = word_list("value", "company")
_NON_DIGITS = re.compile(r"\D+")
integer = _matches(r"[+-]?\d{1,30}(?:\.0+)?")
_MONEY = r"[€$£]\s?\d[\d.,]*|\d[\d.,]*\s?[€$£%]"
number = _matches(rf"[+-]?(?:\d{{1,3}}(?:[,' ]\d{{3}})+|\d+)(?:[.,]\d+)?(?:e[+-]?\d+)?|{_MONEY}", re.I)
decimal = _matches(rf"[+-]?\d*[.,]\d+|{_MONEY}")
house_number = _matches(
    r"(?:no\.? ?)?\d{1,5}(?:\.0)? ?[a-z]?(?:[-/ ]\d{1,4} ?[a-z]?)?|(?:unit|flat|apt|lot) ?\d+.*", re.I
)
code = _matches(r"(?=.*\d)[A-Z0-9][A-Z0-9_./:#|-]{2,127}", re.I)
dashed_code = _matches(r"(?=.*\d)[A-Z0-9]+(?:[-_/.:#][A-Z0-9]+)+", re.I)
letters = _matches(r"[^\W\d_]+(?:[ .'’`\-,/&()]+[^\W\d_]+)*[.']?")
word = _matches(r"[^\W\d_]+(?:['’`\-][^\W\d_]+)*\.?")
initial = _matches(r"[^\W\d_]\.?")
has_digit = _finds(r"\d")
has_letter = _finds(r"[^\W\d_]")
_STREET = _finds(
    r"\b(?:street|st|str|road|rd|avenue|ave|av|lane|ln|drive|dr|place|pl|court|ct|crescent|cres|close|way|terrace|tce|circuit|cct"
    r"|boulevard|blvd|square|parade|pde|highway|hwy|grove|gardens|row|walk|hill|circle|cir|trail|trl|parkway|pkwy"
    r"|rue|chemin|all[eé]e|impasse|quai|cours|route|calle|avenida|plaza|paseo|carrer|via|viale|piazza|corso|vicolo|largo"
    r"|laan|straat|plein|weg|kade|gracht|gatan|v[aä]gen|gade|vej|gata|gate|vei|katu|tie|ulica|ul|aleja|rua|travessa)\b"
    r"|(?:stra(?:ss|ß)e|str\.|weg|gasse|platz|allee|ring|damm|ufer|straat|laan|plein|gatan|v[aä]gen|gade|vej|katu)(?:\W|$)",
    re.I,
)


def phone(text: str) -> bool:
    """Digits with a telephone's punctuation, 7 to 15 of them, that are no date."""
    return _PHONE_MARKS(text) and 7 <= len(_NON_DIGITS.sub("", text)) <= 15 and not date(text)


def written_phone(text: str) -> bool:
    """A phone number that does not look like a mere integer: a plus, a leading zero or groups."""
    if not phone(text) or decimal(text):
        return False
    return text[0] in "+(0" or len(re.findall(r"\d+", text)) > 1


_NUMBER_BESIDE_WORDS = _finds(r"^\d+[a-z]?,? +\D{4,}|\D{4,} \d+ ?[a-z]?$", re.I)


def address(text: str) -> bool:
    """A street by its word, or a number beside words."""
    return has_letter(text) and (_STREET(text) or _NUMBER_BESIDE_WORDS(text))


def street_word(text: str) -> bool:
    return has_letter(text) and _STREET(text)


def given_name(text: str) -> bool:
    return any(part in given_names() for part in words(text).split()[:1])


def family_name(text: str) -> bool:
    joined = words(text).replace(" ", "")
    return joined in family_names() or any(part in family_names() for part in words(text).split())


def full_name(text: str) -> bool:
    """Two to five words of letters with a known given name, and another word beside it."""
    parts = words(text).split()
    return 2 <= len(parts) <= 5 and letters(text) and any(part in given_names() for part in parts)


def company(text: str) -> bool:
    """With a legal form or a word of business."""
    return not _COMPANY_WORDS.isdisjoint(words(text).split())


def place(text: str) -> bool:
    return words(text) in places()


def free_text(text: str) -> bool:
    return len(text) > 60 or text.count(" ") >= 7 or "\n" in text


def year_of(text: str) -> int | None:
    """The four-digit year in a date, None without one."""
    found = _YEAR_IN.search(text)
    return int(found[1] or found[2]) if found else None


def date_order_of(text: str) -> str | None:
    """dmy or mdy where a numeric date can only be that; ``either`` where it could be both, None for other dates."""
    found = _DAY_FIRST.match(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if first > 31 or second > 31 or min(first, second) > 12:
        return None
    if first > 12:
        return "dmy"
    return "mdy" if second > 12 else "either"
