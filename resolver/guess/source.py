"""One source as a whole: its columns read one by one, then settled among each other (which one is the record id, which
says when, full name beside name parts, columns that hold the answer of an evaluation)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from resolver.config import IGNORE
from resolver.guess import shapes
from resolver.guess.data import word_list
from resolver.guess.guesses import ColumnGuess, ColumnRole, SourceGuess, SourceRole
from resolver.guess.headers import words_of
from resolver.guess.ids import choose_id, settle_codes
from resolver.guess.meanings import MEANINGS, OF_TOUCHES, PERSONAL, Use
from resolver.guess.profile import profile_column
from resolver.guess.reading import Reading, read_column
from resolver.guess.region import guess_date_order, guess_region
from resolver.guess.settle import SETTLE_STEPS, settle_house_number

_RETURNED = re.compile("whograph(customer)?(id|key|no|nr)")
_ROLES: dict[Use, ColumnRole] = {
    Use.IDENTIFIER: "identifier",
    Use.COMPARED: "attribute",
    Use.KEPT: "attribute",
    Use.DROPPED: "ignore",
    Use.LABEL: "ignore",
    Use.ID: "ignore",
    Use.TIME: "ignore",
}


def guess_source(source: str, sample: pa.Table) -> SourceGuess:
    """Guess what the columns of a source mean. ``sample``: its first rows, all columns strings or lists of strings."""
    columns = zip(sample.column_names, sample.columns, strict=True)
    returned = [name for name in sample.column_names if _is_returned(name)][:1]
    readings = [read_column(profile_column(name, values)) for name, values in columns if name not in returned]
    readings = settle_house_number(readings)
    id_column = choose_id(source, readings)
    id_reading = next((reading for reading in readings if reading.column == id_column), None)
    others, warnings = settle_codes([r for r in readings if r is not id_reading], id_reading)
    time_column = _choose_time(others)
    for step in SETTLE_STEPS:
        others = step(others)
    settled = {reading.column: _guess(reading, is_time=reading.column == time_column) for reading in others}
    if id_reading is not None:
        settled[id_reading.column] = _id_guess(id_reading)
    for name in returned:
        settled[name] = ColumnGuess(
            name, "customer", "", None, 0.95, "the name says that it holds whograph's customer id"
        )
    guesses = tuple(settled[name] for name in sample.column_names)
    return SourceGuess(
        source=source,
        columns=guesses,
        role=_role_of(source, guesses),
        warnings=(*warnings, *_shortcomings(sample, guesses)),
        region=guess_region(readings),
        date_order=guess_date_order(readings),
    )


def _is_returned(column: str) -> bool:
    """Whether a column is named after us: ``whograph_id``, ``Whograph Customer ID``."""
    return _RETURNED.fullmatch("".join(words_of(column))) is not None


def _id_guess(reading: Reading) -> ColumnGuess:
    """Ids that are a person's elsewhere too (a card number) are an identifier besides."""
    why = "different on every row" if reading.profile.unique else "the name says id"
    if reading.named and reading.profile.unique:
        why = f"named like an id and {why}"
    certainty = max(reading.certainty, 0.9) if reading.named and reading.profile.rows > 1 else reading.certainty
    if reading.use is Use.IDENTIFIER and reading.named and reading.meaning not in ("customer_id", "order"):
        return ColumnGuess(reading.column, "id", reading.field, reading.kind, certainty, f"{why}; also an identifier")
    return ColumnGuess(reading.column, "id", "", None, certainty, why)


def _guess(reading: Reading, *, is_time: bool) -> ColumnGuess:
    if is_time:
        why = f"{reading.why}: when a row was changed"
        return ColumnGuess(reading.column, "time", "", None, reading.certainty, why)
    if reading.use is Use.TIME:
        reading = reading.used(Use.KEPT, f"{reading.why}; not taken for the time of the last change")
    role = _ROLES[reading.use]
    if role == "ignore":
        return ColumnGuess(reading.column, role, IGNORE, None, reading.certainty, reading.why)
    return ColumnGuess(
        column=reading.column,
        role=role,
        meaning=reading.field,
        kind=reading.kind,
        certainty=reading.certainty,
        why=reading.why,
        exclusive=reading.definition.exclusive,
        compared=reading.use is not Use.KEPT,
        foreign=reading.foreign,
    )


def _choose_time(readings: Sequence[Reading]) -> str | None:
    """The column that says when a row was last changed: one that is named so, else any time of day; in a source of
    touches also when a row was made."""
    touches = not any(reading.meaning in PERSONAL for reading in readings)
    best: tuple[float, int] | None = None
    for place, reading in enumerate(readings):
        if reading.profile.filled < 0.5 * reading.profile.rows:
            continue
        score = 0.0
        if reading.use is Use.TIME:
            score = _time_score(reading, touches=touches)
        elif reading.meaning == "created" and touches:
            score = 0.5
        if score and (best is None or score > best[0]):
            best = (score, place)
    return readings[best[1]].column if best else None


def _time_score(reading: Reading, *, touches: bool) -> float:
    """How surely a time is that of the last change. A mere date in a list of persons may say anything."""
    joined = "".join(words_of(reading.column))
    changed = any(part in joined for part in word_list("source", "changed"))
    to_the_minute = reading.profile.share(shapes.moment) > 0.5 or reading.profile.share(shapes.epoch) > 0.5
    if not (touches or changed or to_the_minute or not reading.profile.counts):
        return 0.0
    return (1.0 if reading.named else 0.6) + (0.5 if changed else 0.0) + (0.3 if to_the_minute else 0.0)


def _role_of(source: str, columns: Sequence[ColumnGuess]) -> SourceRole:
    """touch: rows that bear identifiers and a time, nothing of a person, and no id but an event's."""
    personal = any(guess.role == "attribute" and guess.meaning in PERSONAL for guess in columns)
    identifiers = {guess.meaning for guess in columns if guess.role == "identifier"}
    has_time = any(guess.role == "time" for guess in columns)
    id_words = {word for guess in columns if guess.role == "id" for word in words_of(guess.column)}
    own_id = bool(id_words) and not id_words & word_list("source", "event_ids")
    if identifiers and not personal and not own_id and (identifiers & OF_TOUCHES or has_time):
        return "touch"
    return "prospect" if word_list("source", "prospects") & set(words_of(source)) else "customer"


def _shortcomings(sample: pa.Table, columns: Sequence[ColumnGuess]) -> list[str]:
    found = []
    if sample.num_rows == 0:
        found.append("the sample has no rows: guessed from the names alone")
    if not any(guess.role == "identifier" or (guess.role == "attribute" and guess.compared) for guess in columns):
        found.append("no column tells one person from another: nothing can be matched")
    used = [guess for guess in columns if guess.role in ("identifier", "attribute") and guess.meaning in MEANINGS]
    unsure = [guess.column for guess in used if guess.certainty < 0.5]
    if unsure:
        found.append(f"please check {', '.join(unsure)}: little speaks for what was guessed")
    return found
