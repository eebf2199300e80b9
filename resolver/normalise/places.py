"""Postcodes, places, addresses and house numbers.

Streets are unified to the *short* form of a word (street → st, saint → st), because the long form is ambiguous:
"st" is a street or a saint, "dr" a drive or a doctor.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from resolver.normalise.regions import region_names
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

# --- postcodes

_UK_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", re.ASCII).fullmatch
_WELL_WRITTEN_UK_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}", re.ASCII).fullmatch
_ZIP_PLUS_4 = re.compile(r"([0-9]{5})[-– ]([0-9]{4})", re.ASCII).fullmatch
_FLOAT = re.compile(r"([0-9]+)\.0+", re.ASCII).fullmatch
_COUNTRY_PREFIX = re.compile(r"[A-Z]{1,3}[- ]+(?=[0-9]{3} ?[0-9]{1,2}$|[0-9]{2}-[0-9]{3}$)", re.ASCII)
_NOT_IN_POSTCODES = re.compile(r"[\W_]+")
_PLAIN_POSTCODE = re.compile(r"[1-9][0-9]{4}", re.ASCII).fullmatch
_LONGEST_POSTCODE = 16

#: Length of the postcode where it is all digits and may begin with a zero that a spreadsheet takes away.
_DIGITS_OF_REGION = {
    **dict.fromkeys(word_set("US PR DE FR IT ES MX FI EE HR TR UA MY TH SA KR MA DZ"), 5),
    **dict.fromkeys(("AU", "NO"), 4),
    **dict.fromkeys(("RO", "CN", "RU", "SG"), 6),
    "JP": 7,
    "BR": 8,
}


def postcode_normaliser(region: str) -> Callable[[str], Normalised]:
    """Upper case without blanks and punctuation; a British one with one blank before its last three, ZIP+4 cut to five
    digits, country prefixes (D-80331) dropped, one zero lost in front put back where the region's are all digits."""
    digits = _DIGITS_OF_REGION.get(region, 0)

    def normalise_postcode(raw: str) -> Normalised:
        if _PLAIN_POSTCODE(raw) and raw != "99999":
            return Normalised((raw if digits <= 5 else _padded(raw, digits),))
        if _WELL_WRITTEN_UK_POSTCODE(raw):
            return Normalised((raw,))
        if len(raw) > MAX_CHARACTERS:
            return TOO_LONG
        text = clean(raw)
        return BLANK if is_blank(text) else _postcode(text.upper(), region, digits)

    return normalise_postcode


def _postcode(text: str, region: str, digits: int) -> Normalised:
    as_float = _FLOAT(text)
    if as_float:
        text = as_float[1]
    plus_four = _ZIP_PLUS_4(text)
    if plus_four:
        text = plus_four[1]
    text = clean(_NOT_IN_POSTCODES.sub("", _COUNTRY_PREFIX.sub("", text, count=1))).upper()
    if not text or text.casefold() in BLANK_WORDS:
        return BLANK
    if len(text) > _LONGEST_POSTCODE:
        return Normalised((), "too long for a postcode")
    if not text.isascii():
        text = clean(text)
    if region == "US" and len(text) == 9 and text.isdigit():
        text = text[:5]
    text = _padded(text, digits)
    if len(text) >= 3 and (text.strip("0") == "" or (len(text) >= 4 and text.strip("9") == "")):
        return JUNK
    if _UK_POSTCODE(text):
        text = f"{text[:-3]} {text[-3:]}"
    return Normalised((text,))


def _padded(text: str, digits: int) -> str:
    return "0" + text if len(text) == digits - 1 and text.isascii() and text.isdigit() else text


# --- places and addresses

_PLAIN_WORDS = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*", re.ASCII).fullmatch

_LETTERS = re.compile(r"[a-z](?: [a-z])+", re.ASCII).fullmatch
_PLACE_WORDS = {"saint": "st", "sankt": "st", "sainte": "ste", "mount": "mt", "fort": "ft", "point": "pt", "und": "and"}

_SHORT_FORMS = {
    # English
    "st": "street str saint sankt", "rd": "road", "ave": "avenue av aven avn avenida avda", "ln": "lane",
    "dr": "drive drv drives", "ct": "court crt", "cir": "circle circ crcl", "cct": "circuit", "cres": "crescent cr crs",
    "cl": "close", "ter": "terrace terr tce", "pde": "parade", "hwy": "highway hway", "pkwy": "parkway pky",
    "fwy": "freeway", "expy": "expressway", "sq": "square sqr", "gdns": "gardens gdn garden", "gr": "grove gve grv",
    "esp": "esplanade", "mt": "mount", "mtn": "mountain", "ft": "fort", "pt": "point", "trl": "trail", "aly": "alley",
    "brg": "bridge", "hts": "heights", "hl": "hill", "jct": "junction", "mnr": "manor", "pl": "place plaza pza plza",
    "pwy": "pathway", "wy": "way", "xing": "crossing", "lp": "loop", "prom": "promenade", "qy": "quay", "rdg": "ridge",
    "vw": "view", "vlg": "village", "ctr": "center centre",
    "n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast", "nw": "northwest", "se": "southeast",
    "sw": "southwest",
    "apt": "apartment appt appartement apto", "ste": "suite sainte", "fl": "floor flr", "bldg": "building bld",
    "rm": "room",
    # French, Spanish
    "blvd": "boulevard boul bd bld", "ch": "chemin che chem", "all": "allee", "imp": "impasse", "rte": "route",
    "res": "residence", "fbg": "faubourg", "c": "calle cll", "cra": "carrera", "ctra": "carretera",
    "pso": "paseo", "pje": "pasaje", "urb": "urbanizacion",
}  # fmt: skip
_ADDRESS_WORDS = {long: short for short, longs in _SHORT_FORMS.items() for long in longs.split()}
del _ADDRESS_WORDS["str"]  # German, see _german_street

_PO_BOX = re.compile(
    r"\b(?:p ?o ?box|pob|post office box|postal box|post box|postfach|apartado(?: de correos)?|apdo|"
    r"boite postale|bp|gpo box|casilla(?: de correo)?|caixa postal)\b(?= ?[0-9])"
)
_NUMBER_SIGN = re.compile(r"\b(?:(?:no|nr|num|numero|number|nro) )+(?=[0-9])")
_STREETS = ("strasse", "str")


def place_normaliser(region: str) -> Callable[[str], Normalised]:
    """Folded words; states and countries by one of their names."""
    names = region_names(region)

    def normalise_place(raw: str) -> Normalised:
        text = _folded(raw)
        if isinstance(text, Normalised):
            return text
        short = text.replace(" ", "") if _LETTERS(text) else text  # N.Y.
        if short in names:
            text = names[short]
        elif " " in text:
            text = " ".join([_PLACE_WORDS.get(word, word) for word in text.split(" ")])
        return Normalised((text,))

    return normalise_place


def normalise_address(raw: str) -> Normalised:
    text = _folded(raw)
    if isinstance(text, Normalised):
        return text
    tokens = [_ADDRESS_WORDS.get(word, word) for word in text.split(" ")]
    text = " ".join(_german_street(tokens) if "str" in text else tokens)
    if "n" in text:
        text = _NUMBER_SIGN.sub("", text)
    if "b" in text or "p" in text:
        text = _PO_BOX.sub("pobox ", text).replace("  ", " ")
    return Normalised((text,))


def _folded(raw: str) -> str | Normalised:
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    low = plain_latin(raw).lower()
    if _PLAIN_WORDS(low) and low not in BLANK_WORDS:
        return low if low not in JUNK_WORDS else JUNK
    text = clean(raw)
    if is_blank(text):
        return BLANK
    text = words(text)
    return BLANK if is_blank(text) else JUNK if text in JUNK_WORDS else text


def _german_street(tokens: list[str]) -> list[str]:
    """Hauptstraße, Haupt-Strasse, Hauptstr.: "hauptstr"."""
    joined: list[str] = []
    for token in tokens:
        short = token[: -len("asse")] if token.endswith("strasse") else token
        if short == "str" and joined and joined[-1].isalpha():
            joined[-1] = joined[-1] if joined[-1].endswith("str") else joined[-1] + "str"
        else:
            joined.append(short)
    return joined


# --- house numbers

_SMALL = tuple(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen""".split()  # noqa: SIM905 - a list of literals would fill a page
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELLED = {word: str(number) for number, word in enumerate(_SMALL)} | {
    tens + ("" if ones == 0 else _SMALL[ones]): str(10 * ten + ones)
    for ten, tens in enumerate(_TENS, start=2)
    for ones in range(10)
}
_PLAIN_HOUSE_NUMBER = re.compile(r"[1-9][0-9]{0,5}[A-Za-z]?", re.ASCII).fullmatch
_LEADING = re.compile(r"^(?:(?:NO|NR|NUMBER|NUM)(?=[0-9])|0+(?=[0-9]))", re.ASCII)
_NOT_IN_HOUSE_NUMBERS = re.compile(r"[^\w/-]+|_")
_LONGEST_HOUSE_NUMBER = 40


def normalise_house_number(raw: str) -> Normalised:
    """Upper case without blanks: 12A, 12-14, 3/17; spelled numbers below a hundred to digits, "No." and zeros in front
    dropped."""
    if _PLAIN_HOUSE_NUMBER(raw):
        return Normalised((raw.upper(),))
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    text = clean(raw)
    if is_blank(text):
        return BLANK
    as_float = _FLOAT(text)
    if as_float:
        text = as_float[1]
    text = text.translate({ord(dash): "-" for dash in "‐‑‒–—−"})
    text = clean(_NOT_IN_HOUSE_NUMBERS.sub("", text.upper())).strip("-/")
    spelled = _SPELLED.get(text.replace("-", "").lower())
    if spelled is not None:
        return Normalised((spelled,))
    while _LEADING.match(text):
        text = _LEADING.sub("", text, count=1)
    if not text or text.casefold() in BLANK_WORDS:
        return BLANK
    if len(text) > _LONGEST_HOUSE_NUMBER:
        return Normalised((), "too long for a house number")
    return Normalised((text,))
