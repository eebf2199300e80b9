"""What ``guess_source`` answers: a guess for each column of a source, and for the source as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from resolver.config import AttributeKind, IdentifierKind

ColumnRole = Literal["id", "time", "customer", "identifier", "attribute", "ignore"]
SourceRole = Literal["customer", "prospect", "touch"]
DateOrder = Literal["dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """``meaning`` is the field's name: an identifier type or an attribute; ``ignore`` for a column that is dropped. On
    an id column it is empty, or the identifier type that the ids are as well (a card number). ``certainty`` 0…1;
    ``why`` is one phrase for people. ``customer``: the column holds customer ids of ours. ``compared``: whether an
    attribute is evidence, or kept for the profile only. ``foreign``: used only if these are another source's record
    ids, since by itself it could be the answer of an evaluation."""

    column: str
    role: ColumnRole
    meaning: str
    kind: IdentifierKind | AttributeKind | None
    certainty: float
    why: str
    exclusive: bool = False
    compared: bool = True
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class SourceGuess:
    """``columns`` in the order of the file. ``region`` (ISO 3166-1 alpha-2) and ``date_order`` are None where the
    values do not tell."""

    source: str
    columns: tuple[ColumnGuess, ...]
    role: SourceRole
    warnings: tuple[str, ...]
    region: str | None
    date_order: DateOrder | None = None

    @property
    def id(self) -> str | None:
        return next((guess.column for guess in self.columns if guess.role == "id"), None)

    @property
    def time(self) -> str | None:
        return next((guess.column for guess in self.columns if guess.role == "time"), None)

    @property
    def customer_id(self) -> str | None:
        return next((guess.column for guess in self.columns if guess.role == "customer"), None)
