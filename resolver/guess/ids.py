"""Which column is the record id, and what the other numbers and codes of a source are: identifiers that rows share,
further row ids, or the answer of an evaluation, which is never used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resolver.config import IdentifierKind
from resolver.guess.headers import words_of
from resolver.guess.meanings import PERSONAL, Use
from resolver.guess.reading import Reading
from resolver.guess.slips import has_slips

#: An id column may repeat a few ids by mistake; then later rows replace earlier ones, and a warning says so.
_ALMOST_UNIQUE = 0.98
_LEAST_SCORE = 0.5
_BEST_NAMES = frozenset({"id", "uniqueid", "recid", "recordid", "rowid", "uid", "recordkey", "pk", "key"})
#: Codes that a person has for more than one source; good as ids only where nothing better is there.
_ID_SCORES = {
    "record_id": 0.95,
    "customer_id": 0.9,
    "loyalty": 0.65,
    "account": 0.65,
    "order": 0.6,
    "row_number": 0.55,
    "label": 0.5,
}


def choose_id(source: str, readings: Sequence[Reading]) -> str | None:
    """The column of record ids: unique, never blank, best by name, then by position. None if nothing will do."""
    scored = [
        (score - 0.001 * place, reading.column)
        for place, reading in enumerate(readings)
        if (score := _id_score(source, reading, place)) >= _LEAST_SCORE
    ]
    return max(scored, key=lambda each: each[0])[1] if scored else None


def _id_score(source: str, reading: Reading, place: int) -> float:
    profile = reading.profile
    if profile.rows and not profile.unique and not _almost(reading):
        return 0.0
    score = _score_of_name(source, reading)
    if not profile.rows or profile.rows == 1:
        return score if score >= 0.6 else 0.0
    if not reading.named and reading.meaning in ("code", "row_number"):
        score = 0.55 if reading.meaning == "row_number" else 0.5
    first = 0.05 if place == 0 and score > 0 else 0.0
    return score + first


def _almost(reading: Reading) -> bool:
    profile = reading.profile
    strong = reading.named and reading.meaning in ("record_id", "customer_id") and profile.rows >= 50
    return strong and profile.filled == profile.rows and profile.distinct >= _ALMOST_UNIQUE * profile.rows


def _score_of_name(source: str, reading: Reading) -> float:
    if not reading.named:
        return 0.0
    score = _ID_SCORES.get(reading.meaning, 0.0)
    joined = "".join(words_of(reading.column))
    if joined in _BEST_NAMES:
        score = 1.0
    elif (
        score
        and reading.meaning != "label"
        and joined in {"".join(words_of(source)) + end for end in ("id", "no", "nr", "key")}
    ):
        score = 0.97
    return score


def settle_codes(readings: list[Reading], id_reading: Reading | None) -> tuple[list[Reading], list[str]]:
    """Decide on the codes that are not the record id; the warnings say what people should look at."""
    warnings: list[str] = []
    if id_reading is not None and not id_reading.profile.unique and id_reading.profile.rows:
        twice = id_reading.profile.rows - id_reading.profile.distinct
        warnings.append(f"{id_reading.column}: {twice:,} rows repeat an id; of rows with one id the latest counts")
    if id_reading is not None and id_reading.meaning == "label":
        warnings.append(f"{id_reading.column}: used as the record id, because it differs on every row; never compared")
    persons = any(reading.meaning in PERSONAL for reading in readings)
    return [_settled(reading, id_reading, persons, warnings) for reading in readings], warnings


def _settled(reading: Reading, id_reading: Reading | None, persons: bool, warnings: list[str]) -> Reading:
    if reading.use is Use.LABEL:
        warnings.append(f"{reading.column}: {reading.why}")
        return reading
    if reading.kind is IdentifierKind.CODE and _starts_ids(reading, id_reading):
        return _as_label(reading, "the record ids begin with its values, as if they named the answer", warnings)
    if reading.use is Use.ID:
        return _spare_id(reading, warnings)
    if reading.meaning == "code" and not reading.named and persons:
        profile = reading.profile
        if _typed(reading):
            definition = replace(reading.definition, kind=IdentifierKind.NATIONAL_ID)
            return replace(reading, definition=definition, why=f"{reading.why}, with slips of the keyboard")
        if profile.fill_rate == 1.0 and not profile.unique:
            why = "codes of unknown meaning on every row that a few rows share, as the answer of an evaluation is"
            return _as_label(reading, why, warnings)
    if reading.meaning == "customer_id" and reading.profile.repeats > 1.05:
        return _shared_customer_id(reading, persons and id_reading is not None, warnings)
    return reading


def _shared_customer_id(reading: Reading, own_persons: bool, warnings: list[str]) -> Reading:
    """Number of a customer on several rows. In a file of persons with ids of their own that is the answer to who is
    whom, unless the customers are another source; a list of orders or visits simply refers to them."""
    why = "named like an id, but rows share its values"
    if own_persons and reading.profile.fill_rate == 1.0 and not _typed(reading):
        warnings.append(
            f"{reading.column}: {why}, so it may be the answer of an evaluation; used only if it refers to another "
            "source. If it identifies customers, make it an identifier"
        )
        return replace(reading, certainty=min(reading.certainty, 0.5), why=why, foreign=True)
    warnings.append(f"{reading.column}: {why}; taken as an identifier. If it is an answer to test with, ignore it")
    return replace(reading, certainty=min(reading.certainty, 0.5), why=why)


def _typed(reading: Reading) -> bool:
    return has_slips([value for value, _ in reading.profile.counts])


def _spare_id(reading: Reading, warnings: list[str]) -> Reading:
    if reading.profile.repeats <= 1.0 or not reading.profile.rows:
        return reading.used(Use.DROPPED, "a further id of the row: nothing to match on")
    why = "named like a record id, but rows share its values: it may be the answer of an evaluation"
    warnings.append(f"{reading.column}: {why}; not used. If it identifies customers, make it an identifier")
    return reading.used(Use.LABEL, why, 0.5)


def _as_label(reading: Reading, why: str, warnings: list[str]) -> Reading:
    warnings.append(f"{reading.column}: {why}; not used. If it identifies customers, make it an identifier")
    return reading.used(Use.LABEL, why, 0.6)


def _starts_ids(reading: Reading, id_reading: Reading | None) -> bool:
    """Whether nearly all values of a column are a beginning of some record id (cluster Q17 of ids Q17-1, Q17-2)."""
    if id_reading is None or reading.profile.repeats <= 1.1 or reading.profile.fill_rate < 0.95:
        return False
    ids = [value for value, _ in id_reading.profile.counts]
    starts = {id[:end] for id in ids for end in range(1, len(id)) if not id[end].isalnum()}
    values = {value for value, _ in reading.profile.counts}
    return len(starts & values) > 0.5 * min(len(values), len(starts)) and len(starts & values) > 1
