"""References between sources: a column that holds another source's record ids (orders that name the customer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resolver.config import IGNORE, Config, IdentifierKind
from resolver.guess.guesses import ColumnGuess, SourceGuess
from resolver.guess.headers import read_header, words_of
from resolver.guess.reading import field_of

_ENDINGS = ("id", "no", "nr", "number", "key", "ref", "customer_id", "customer_no")
_OF_ANY_SOURCE = frozenset({"id", "unique_id", "rec_id", "record_id", "row_id", "uid", "key"})


def with_foreign_keys(guesses: Sequence[SourceGuess], base: Config) -> list[SourceGuess]:
    """Where a column holds the record ids of exactly one other source, those ids become identifiers of its type in that
    source as well. A ``foreign`` column that refers to no source is dropped."""
    changed = {guess.source: guess for guess in guesses}
    for guess in guesses:
        for column in guess.columns:
            if column.role != "identifier" or column.kind is not IdentifierKind.CODE:
                continue
            owners = [other for other in guesses if other is not guess and _owns(other, column.meaning)]
            if len(owners) == 1 and column.meaning not in base.attributes:
                changed[owners[0].source] = _id_also(changed[owners[0].source], column)
            elif column.foreign and column.meaning not in base.identifiers:
                changed[guess.source] = _without(changed[guess.source], column)
    return list(changed.values())


def _owns(guess: SourceGuess, meaning: str) -> bool:
    """Whether the record ids of a source are what an identifier of this name holds."""
    id_column = guess.id
    if id_column is None:
        return False
    header = read_header(id_column)
    if header is not None and field_of(id_column, header) == meaning:
        return True
    source, id_words = "_".join(words_of(guess.source)), "_".join(words_of(id_column))
    named = {f"{source}_{ending}" for ending in (*_ENDINGS, id_words)}
    return meaning in named or (meaning == id_words and id_words not in _OF_ANY_SOURCE)


def _id_also(guess: SourceGuess, identifier: ColumnGuess) -> SourceGuess:
    return replace(guess, columns=tuple(_as_identifier(column, identifier) for column in guess.columns))


def _as_identifier(column: ColumnGuess, identifier: ColumnGuess) -> ColumnGuess:
    if column.role != "id" or column.meaning:
        return column
    why = f"{column.why}; other sources refer to it"
    return replace(column, meaning=identifier.meaning, kind=identifier.kind, why=why)


def _without(guess: SourceGuess, unwanted: ColumnGuess) -> SourceGuess:
    ignored = replace(unwanted, role="ignore", meaning=IGNORE, kind=None)
    return replace(guess, columns=tuple(ignored if column == unwanted else column for column in guess.columns))
