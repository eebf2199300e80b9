"""Times of rows and events, to microseconds since 1970-01-01 UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from resolver.normalise.dates import date_normaliser
from resolver.normalise.text import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 24 * 3600 * 1_000_000
_SECONDS = re.compile(r"([0-9]{10})(?:\.([0-9]{1,9}))?", re.ASCII).fullmatch
_MILLISECONDS = re.compile(r"([0-9]{13})(?:\.0+)?", re.ASCII).fullmatch
_MICROSECONDS = re.compile(r"([0-9]{16})(?:\.0+)?", re.ASCII).fullmatch
_DAY_NUMBER = re.compile(r"[0-9]{5}(?:\.[0-9]+)?", re.ASCII).fullmatch
_TIME_AT_END = re.compile(r"[ T]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)( ?[AaPp][Mm])?$", re.ASCII)
_LONGEST = 100
_read_date = date_normaliser("auto")


def parse_time(text: str) -> int | None:
    """Microseconds since the epoch of an ISO date or datetime (any zone; without one: UTC), epoch seconds (ten digits),
    milliseconds (thirteen) or microseconds (sixteen), an RFC 2822 date, or any unambiguous date that ``DATE`` reads,
    with or without a time of day. None when unreadable or ambiguous (03/04/2024)."""
    if len(text) > _LONGEST:
        return None
    text = clean(text)
    seconds = _SECONDS(text)
    if seconds:
        return int(seconds[1]) * 1_000_000 + int((seconds[2] or "0").ljust(6, "0")[:6])
    microseconds = _MICROSECONDS(text)
    if microseconds:
        return int(microseconds[1])
    milliseconds = _MILLISECONDS(text)
    if milliseconds:
        return int(milliseconds[1]) * 1_000
    moment = _iso(text) or _rfc2822(text) or _date_and_time(text)
    return None if moment is None else _microseconds(moment)


def day_of(time: int) -> str:
    """The UTC day of a time (microseconds since the epoch), ISO form."""
    return date.fromordinal(max(1, _EPOCH.toordinal() + time // _DAY)).isoformat()


def _microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC").removesuffix(" GMT"))
    except ValueError:
        return None


def _rfc2822(text: str) -> datetime | None:
    if ":" not in text:
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _date_and_time(text: str) -> datetime | None:
    time = _TIME_AT_END.search(text)
    # The day number of a spreadsheet knows no zone, and five digits may be anything.
    day = () if _DAY_NUMBER(text) else _read_date(text[: time.start()] if time else text).values
    if len(day) != 1 or len(day[0]) != len("1990-05-17"):
        return None
    found = datetime.fromisoformat(day[0])
    return found if time is None else _at(found, time[1], (time[2] or "").strip().lower())


def _at(day: datetime, clock: str, half: str) -> datetime | None:
    hour, minute, second = [*clock.replace(",", ".").split(":"), "0"][:3]
    hours = int(hour)
    if half and not 1 <= hours <= 12:
        return None
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    if hours > 23 or int(minute) > 59 or float(second) >= 60:
        return None
    whole, _, fraction = second.partition(".")
    return day + timedelta(
        hours=hours, minutes=int(minute), seconds=int(whole), microseconds=int(fraction.ljust(6, "0")[:6])
    )
