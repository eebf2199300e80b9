"""Columns of one source settled among each other: each step takes the readings and gives them back, some changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resolver.config import AttributeKind
from resolver.guess import shapes
from resolver.guess.data import word_list
from resolver.guess.headers import field_name, words_of
from resolver.guess.meanings import MEANINGS, Meaning, Use
from resolver.guess.reading import Reading

_MOST_UNKNOWN = 12
_NAMES = frozenset({"full_name", "given_name", "family_name"})
#: Words of headers about whoever gets a delivery.
_RECIPIENT = word_list("header", "recipients")
#: Values of any number are welcome in these: home and work phone, billing and shipping address.
_MANY_VALUES = frozenset({"email", "phone", "city", "postcode", "address", "state", "country", "device", "cookie"})


def _has(readings: Sequence[Reading], meaning: str) -> bool:
    return any(reading.meaning == meaning for reading in readings)


def _read_as(reading: Reading, meaning: str, why: str) -> Reading:
    return replace(reading, meaning=meaning, field=meaning, definition=MEANINGS[meaning], why=why)


def settle_names(readings: list[Reading]) -> list[Reading]:
    """``Name`` beside ``Vorname`` is the family name; a full name beside its parts is kept, not compared."""
    if _has(readings, "given_name") and not _has(readings, "family_name"):
        readings = [_family_beside_given(reading) for reading in readings]
    if _has(readings, "family_name") and not _has(readings, "given_name"):
        readings = [_given_beside_family(reading) for reading in readings]
    if not (_has(readings, "given_name") and _has(readings, "family_name")):
        return readings
    return [_full_beside_parts(reading) for reading in readings]


def _family_beside_given(reading: Reading) -> Reading:
    one_word = reading.profile.share(shapes.word)
    if reading.meaning == "full_name" and (one_word >= 0.5 or not reading.profile.counts):
        return _read_as(reading, "family_name", f"{reading.why}; beside a given name it is the family name")
    return reading


def _given_beside_family(reading: Reading) -> Reading:
    short = reading.header is not None and reading.header.phrase in ("name", "nombre", "nome", "nom")
    if reading.meaning == "full_name" and short and reading.profile.share(shapes.word) >= 0.5:
        return _read_as(reading, "given_name", f"{reading.why}; beside a family name it is the given name")
    return reading


def _full_beside_parts(reading: Reading) -> Reading:
    """Rows that lack the parts get them from the full name when they are prepared."""
    if reading.meaning != "full_name":
        return reading
    return reading.used(Use.KEPT, f"{reading.why}; not compared, because its parts are")


def settle_births(readings: list[Reading]) -> list[Reading]:
    """A birth year alone is a partial birth date; beside a whole date, or beside a month and a day, it is a field of
    its own. Of several birth dates told by values only, the first is believed."""
    whole = _has(readings, "birth_date")
    dated = whole or _has(readings, "birth_year")
    in_parts = _has(readings, "birth_month") or _has(readings, "birth_day")
    settled: list[Reading] = []
    for reading in readings:
        if reading.meaning == "birth_year" and whole:
            why = f"{reading.why}; not compared, because the whole date is"
            reading = reading.used(Use.KEPT, why).renamed("birth_year")
        elif reading.meaning == "birth_year" and in_parts:
            reading = reading.renamed("birth_year")
        elif reading.meaning == "birth_year":
            reading = replace(reading, meaning="birth_date", field="birth_date")
        elif (reading.meaning in ("birth_month", "birth_day") and whole) or (reading.meaning == "age" and dated):
            reading = reading.used(Use.KEPT, f"{reading.why}; not compared, because the birth date is")
        settled.append(reading)
    return _one_unnamed(settled, "birth_date")


def _one_unnamed(readings: list[Reading], meaning: str) -> list[Reading]:
    """Where several columns have a meaning, those told by values alone give way to a named one, or to the first."""
    of_it = [reading for reading in readings if reading.meaning == meaning]
    if len(of_it) < 2:
        return readings
    best = next((reading for reading in of_it if reading.named), of_it[0])
    return [
        _under_own_name(reading) if reading in of_it and not reading.named and reading is not best else reading
        for reading in readings
    ]


def _under_own_name(reading: Reading) -> Reading:
    return reading.renamed(_own_name(reading))


def settle_places(readings: list[Reading]) -> list[Reading]:
    """A suburb is the place to compare where no city is given. Places told by values have their own names beside it."""
    if not _has(readings, "city"):
        readings = [_city(reading) if reading.meaning == "suburb" else reading for reading in readings]
    return _one_unnamed(readings, "city")


def _city(reading: Reading) -> Reading:
    return replace(reading, meaning="city", field="city")


def settle_addresses(readings: list[Reading]) -> list[Reading]:
    """A whole address beside its parts is kept, not compared; alone it is the address."""
    parts = _has(readings, "address")
    settled = []
    for reading in readings:
        if reading.meaning == "full_address" and parts:
            reading = reading.used(Use.KEPT, f"{reading.why}; not compared, because its parts are")
        elif reading.meaning == "full_address" and (_has(readings, "city") or _has(readings, "postcode")):
            reading = _read_as(reading, "address", reading.why)
        settled.append(reading)
    return settled


def settle_house_number(readings: list[Reading]) -> list[Reading]:
    """A column of small numbers next to streets without numbers holds the house numbers, if it has no name or is just
    called a number."""
    if _has(readings, "house_number"):
        return readings
    for place, reading in enumerate(readings):
        if not _may_number_houses(reading):
            continue
        if reading.profile.share(shapes.house_number) < 0.9:
            continue
        beside = readings[max(0, place - 1) : place] + readings[place + 1 : place + 2]
        if any(other.meaning == "address" and other.profile.share(shapes.has_digit) < 0.3 for other in beside):
            number = _read_as(reading, "house_number", "small numbers beside a street without numbers")
            return [*readings[:place], number, *readings[place + 1 :]]
    return readings


def _may_number_houses(reading: Reading) -> bool:
    if reading.meaning == "record_id":  # número
        return reading.profile.repeats > 1.0
    return not reading.named and reading.meaning in ("number", "category", "amount")


def settle_recipients(readings: list[Reading]) -> list[Reading]:
    """Who gets a delivery may be somebody else than who pays: where both are named, the one who pays is the customer,
    and nothing of the other is compared."""
    names = [reading for reading in readings if reading.named and reading.meaning in _NAMES]
    theirs = {reading.meaning for reading in names if _is_recipients(reading)}
    if not theirs & {reading.meaning for reading in names if not _is_recipients(reading)}:
        return readings
    own = {reading.meaning for reading in readings if not _is_recipients(reading)}
    return [_recipients(each) if _is_recipients(each) and each.meaning in own else each for each in readings]


def _is_recipients(reading: Reading) -> bool:
    return not _RECIPIENT.isdisjoint(words_of(reading.column))


def _recipients(reading: Reading) -> Reading:
    if reading.use not in (Use.IDENTIFIER, Use.COMPARED):
        return reading
    kept = Meaning(Use.KEPT, AttributeKind.TEXT)
    field = f"recipient_{reading.meaning}"
    why = f"{reading.why}; of whoever gets the delivery: kept, not compared"
    return replace(reading, meaning=field, field=field, definition=kept, why=why)


def settle_doubles(readings: list[Reading]) -> list[Reading]:
    """Two columns of one document type are two documents; two of one name part, told by values, are two fields."""
    seen: dict[str, Reading] = {}
    settled = []
    for reading in readings:
        first = seen.get(reading.field)
        if first is None:
            seen[reading.field] = reading
        elif reading.field in MEANINGS and reading.field not in _MANY_VALUES and _stands_apart(reading, first):
            reading = reading.renamed(_own_name(reading))
        settled.append(reading)
    return settled


def _stands_apart(reading: Reading, first: Reading) -> bool:
    if first.definition.exclusive:
        return True
    return not reading.named and reading.use is Use.COMPARED


def _own_name(reading: Reading) -> str:
    name = field_name(reading.column, "column")
    return f"{name}_{reading.meaning}" if name in MEANINGS else name


def settle_crowd(readings: list[Reading]) -> list[Reading]:
    """Of very many columns of unknown meaning, only the most telling are compared: the others would cost much time, and
    answers of one questionnaire hang together, so that they would count as more evidence than they are."""
    unknown = [reading for reading in readings if not reading.named and reading.meaning in ("category", "text")]
    if len(unknown) <= _MOST_UNKNOWN:
        return readings
    telling = sorted(
        unknown, key=lambda reading: (-reading.profile.distinct * reading.profile.fill_rate, reading.column)
    )
    left_out = {reading.column for reading in telling[_MOST_UNKNOWN:]}
    why = f"not compared, because {_MOST_UNKNOWN} other columns of unknown meaning tell more"
    return [r.used(Use.KEPT, f"{r.why}; {why}") if r.column in left_out else r for r in readings]


#: In this order: a later step builds on the earlier ones.
SETTLE_STEPS = (
    settle_recipients,
    settle_names,
    settle_births,
    settle_places,
    settle_addresses,
    settle_doubles,
    settle_crowd,
)
