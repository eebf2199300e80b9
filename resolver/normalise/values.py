"""What normalising a cell gives, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Normalised:
    """The normalised forms of one cell.

    ``values`` is empty when the cell is blank or refused. Several values are alternatives of one raw value (the two
    readings of 03/04/1990), sorted, or several identifiers that somebody wrote into one cell, in the order of the
    cell. ``refused`` says for people why a cell is not usable; None for blank cells and for good values.
    """

    values: tuple[str, ...]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class NormaliseSettings:
    """``region``: ISO 3166 alpha-2, the default region of phones, postcodes and decimal commas. ``date_order``: how
    an all-digit date that could be both is read; auto keeps both readings. ``junk``: further junk values of this
    field, compared casefolded and stripped."""

    region: str = "US"
    date_order: Literal["auto", "dmy", "mdy"] = "auto"
    junk: frozenset[str] = frozenset()


BLANK = Normalised(())
JUNK = Normalised((), "junk value")
