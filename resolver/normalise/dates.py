"""Dates to ``YYYY-MM-DD``, or ``YYYY-MM`` and ``YYYY`` where no more is known.

Day numbers of spreadsheets are dates, too.

Without a clock: a year of two digits is 2000 to 2029 up to 29, else 1930 to 1999. Years run from 1000 (historical
registers; and a mistyped 1090 is still comparable with 1990) to 2098 (2099 is a placeholder like 9999).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from resolver.normalise.text import MAX_CHARACTERS, TOO_LONG, clean, fold, is_blank
from resolver.normalise.values import BLANK, JUNK, Normalised
from resolver.normalise.wordlists import word_set

Order = Literal["auto", "dmy", "mdy"]

FIRST_YEAR, LAST_YEAR = 1000, 2098
_PIVOT = 29
_COMPACT_FROM = 1800  # eight digits are year first only where that gives a likely year

_HOURS = r"[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]\.?m\.?)?"
_ZONE = r"(?: ?(?:z|utc|gmt|[+-][0-9]{2}:?(?:[0-9]{2})?))?"
_CLOCK = rf"(?:[t ] ?{_HOURS}{_ZONE})?"  # a time of day is read and dropped
_PLAIN_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII).fullmatch
_PLAIN_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII).fullmatch
_PLAIN_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})", re.ASCII).fullmatch
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?" + _CLOCK, re.ASCII).fullmatch
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})\.?" + _CLOCK, re.ASCII).fullmatch
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})", re.ASCII).fullmatch
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?" + _CLOCK, re.ASCII).fullmatch
_YEAR = re.compile(r"(?:(?:c|ca|circa|abt|about|um|vers)\.? ?)?([0-9]{4})(?:\.0+)?", re.ASCII).fullmatch
#: A date as a spreadsheet counts it, in days since the end of 1899: 1927 to 2064.
_SERIAL = re.compile(r"([1-5][0-9]{4})(?:\.[0-9]+)?", re.ASCII).fullmatch
_DAY_ZERO = date(1899, 12, 30)
_TOKENS = re.compile(r"[0-9]+|[^\W\d_]+").findall
_CLOCK_AT_END = re.compile(rf"[ t,]+{_HOURS}{_ZONE}$", re.ASCII)

_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTH_NAMES = {
    1: "january jan januar janner jaenner janvier janv enero ene gennaio gen janeiro januari styczen",
    2: "february feb februar feber fevrier fevr fev febrero febbraio fevereiro februari",
    3: "march mar marz maerz mrz mars marzo marco maart mrt",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio mag maio mei maj",
    6: "june jun juni juin junio giugno giu junho",
    7: "july jul juli juillet juil julio luglio lug julho",
    8: "august aug aout agosto ago augustus augusti",
    9: "september sept sep septembre septiembre setiembre settembre set setembro",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out",
    11: "november nov novembre noviembre novembro",
    12: "december dec dezember dez decembre diciembre dic dicembre dezembro december des",
}
_MONTHS = {name: month for month, names in _MONTH_NAMES.items() for name in names.split()}
_FILLERS = word_set(
    """st nd rd th er de del di of den der le the el am um le d
    monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun
    montag mo dienstag mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so
    lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo"""
)
_PLACEHOLDERS = word_set(
    """1900-01-01 1899-12-30 1899-12-31 1111-11-11 2222-02-02 1000-01-01 1001-01-01 1111 1000 1111-01-01"""
)
_PLACEHOLDER_YEARS = frozenset({0, 1, 9999, 2999, 3000, 2099})
_NOT_A_DATE = Normalised((), "not a date")
_IMPOSSIBLE = Normalised((), "no such day")


def date_normaliser(order: Order) -> Callable[[str], Normalised]:
    def normalise_date(raw: str) -> Normalised:
        plain = _PLAIN_ISO(raw)
        if plain:
            day = (int(plain[1]), int(plain[2]), int(plain[3]))
            if FIRST_YEAR <= day[0] <= LAST_YEAR and _is_day(*day) and raw not in _PLACEHOLDERS:
                return Normalised((raw,))
            return _finish(day)
        plain = _PLAIN_COMPACT(raw)
        if plain:
            return _compact(plain[1], plain[2], plain[3], order)
        plain = _PLAIN_YEAR_LAST(raw)
        if plain:
            first, separator, second, year = plain.groups()
            return _year_last(int(first), int(second), year, "dmy" if separator == "." else order)
        if len(raw) > MAX_CHARACTERS:
            return TOO_LONG
        text = clean(raw).removeprefix("'")  # by which a spreadsheet marks a text
        if is_blank(text):
            return BLANK
        return _read(fold(text), order) if len(text) <= 80 else _NOT_A_DATE

    return normalise_date


def _read(text: str, order: Order) -> Normalised:
    """``text`` is folded."""
    match = _YEAR_LAST(text)
    if match:
        return _year_last(int(match[1]), int(match[3]), match[4], "dmy" if match[2] == "." else order)
    match = _YEAR_FIRST(text)
    if match:
        return _finish((int(match[1]), int(match[3]), int(match[4] or 0)))
    match = _COMPACT(text)
    if match:
        return _compact(match[1], match[2], match[3], order)
    match = _MONTH_YEAR(text)
    if match:
        return _finish((int(match[2]), int(match[1]), 0))
    match = _YEAR(text)
    if match:
        return _finish((int(match[1]), 0, 0))
    match = _SERIAL(text)
    if match:
        day = _DAY_ZERO + timedelta(days=int(match[1]))
        return _finish((day.year, day.month, day.day))
    return _with_month_name(_CLOCK_AT_END.sub("", text))


def _compact(first: str, second: str, third: str, order: Order) -> Normalised:
    """19900517, or 17051990 where that is no likely day when read year first."""
    year, month, day = int(first), int(second), int(third)
    if year in _PLACEHOLDER_YEARS or (_COMPACT_FROM <= year <= LAST_YEAR and _is_day(year, month, day)):
        return _finish((year, month, day))
    return _year_last(int(first[:2]), int(first[2:]), second + third, order)


def _year_last(first: int, second: int, written_year: str, order: Order) -> Normalised:
    if len(written_year) == 2 and first > 31:  # 90-05-17
        return _finish((_full_year(str(first)), second, int(written_year)))
    year = _full_year(written_year)
    dmy, mdy = (year, second, first), (year, first, second)
    if first == second or not _is_day(*mdy):
        return _finish(dmy)
    if order == "mdy" or not _is_day(*dmy):
        return _finish(mdy)
    one, other = _finish(dmy), _finish(mdy)
    if order == "dmy" or not other.values:
        return one
    return Normalised(tuple(sorted(one.values + other.values)))


def _with_month_name(text: str) -> Normalised:
    """17 May 1990, May 17th, 1990, 17. Mai 1990, 1 de mayo de 1990, May 1990, 17-MAY-90, 1990 May 17."""
    tokens = [token for token in _TOKENS(text) if token not in _FILLERS]
    numbers = [token for token in tokens if token[0].isdigit()]
    months = [_MONTHS[token] for token in tokens if token in _MONTHS]
    if len(months) != 1 or len(numbers) + 1 != len(tokens) or not 1 <= len(numbers) <= 2:
        return _NOT_A_DATE
    if any(len(number) not in (1, 2, 4) or not number.isascii() for number in numbers):
        return _NOT_A_DATE
    if len(numbers) == 1:
        return _finish((int(numbers[0]), months[0], 0)) if len(numbers[0]) == 4 else _NOT_A_DATE
    day, year = numbers if len(numbers[0]) <= 2 else reversed(numbers)
    return _finish((_full_year(year), months[0], int(day))) if len(day) <= 2 and len(year) != 1 else _NOT_A_DATE


def _full_year(written: str) -> int:
    year = int(written)
    if len(written) > 2:
        return year
    return year + (2000 if year <= _PIVOT else 1900)


def _is_day(year: int, month: int, day: int) -> bool:
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month]):
        return False
    return not (month == 2 and day == 29) or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _finish(date: tuple[int, int, int]) -> Normalised:
    """Month or day 0: not known."""
    year, month, day = date
    if year in _PLACEHOLDER_YEARS:
        return JUNK
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Normalised((), f"the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    if day and month:
        if not _is_day(year, month, day):
            return _IMPOSSIBLE
        value = f"{year}-{month:02d}-{day:02d}"
    elif month:
        if month > 12:
            return _IMPOSSIBLE
        value = f"{year}-{month:02d}"
    elif day:
        return _IMPOSSIBLE
    else:
        value = str(year)
    return JUNK if value in _PLACEHOLDERS else Normalised((value,))
