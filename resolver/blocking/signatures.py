"""Signatures, short forms of one field's value (its first letters, a phonetic code, a year), and blocking rules: one or
several signatures of different fields.

Phonetic code: Metaphone (Philips, 1990), from jellyfish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

import jellyfish
import numpy as np

from resolver.columns import Column, Ints, Texts, texts_array
from resolver.config import AttributeKind, IdentifierKind

Kind = AttributeKind | IdentifierKind
Shorten = Callable[[str], str]


def _value(text: str) -> str:
    return text


def _first(size: int) -> Shorten:
    return lambda text: text[:size]


def _sound(text: str) -> str:
    return jellyfish.metaphone(text.split(" ")[0]) if text.isascii() else text[:3]


def _year(text: str) -> str:
    return text[:4]


def _month_day(text: str) -> str:
    return text[5:] if len(text) == 10 else ""


def _local_part(text: str) -> str:
    return text.partition("@")[0]


def _last(size: int) -> Shorten:
    return lambda text: text[-size:]


def _but_last(size: int) -> Shorten:
    return lambda text: text[:-size].strip()


def _longest_word(text: str) -> str:
    return max(text.split(" "), key=lambda word: (word.isalpha(), len(word), word))[:5]


def _last_word(text: str) -> str:
    return text.rpartition(" ")[2]


#: The signatures of each kind of field, the most selective first.
SIGNATURES: dict[Kind, dict[str, Shorten]] = {
    AttributeKind.GIVEN_NAME: {"value": _value, "sound": _sound, "first3": _first(3)},
    AttributeKind.FAMILY_NAME: {"value": _value, "sound": _sound, "first3": _first(3)},
    AttributeKind.FULL_NAME: {"value": _value, "last_word": _last_word, "first3": _first(3)},
    AttributeKind.DATE: {"value": _value, "year": _year, "month_day": _month_day},
    AttributeKind.POSTCODE: {"value": _value, "district": _but_last(3)},
    AttributeKind.PLACE: {"value": _value, "first4": _first(4)},
    AttributeKind.ADDRESS: {"value": _value, "longest_word": _longest_word},
    AttributeKind.HOUSE_NUMBER: {"value": _value},
    AttributeKind.CATEGORY: {"value": _value},
    AttributeKind.TEXT: {"value": _value, "first4": _first(4)},
    AttributeKind.NUMBER: {"value": _value},
    IdentifierKind.EMAIL: {"value": _value, "local": _local_part},
    IdentifierKind.PHONE: {"value": _value, "last7": _last(7)},
    IdentifierKind.NATIONAL_ID: {"value": _value, "first4": _first(4), "last4": _last(4)},
    IdentifierKind.CODE: {"value": _value},
}


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """One field's value in a short form, e.g. ``birth_date.year``."""

    field: str
    form: str

    def __str__(self) -> str:
        return f"{self.field}.{self.form}"


#: One or several signatures of different fields, sorted.
Rule = tuple[Signature, ...]


def rule_name(rule: Rule) -> str:
    """The rule as people read it, e.g. ``birth_date.year + family_name.first3``."""
    return " + ".join(str(signature) for signature in rule)


def all_rules(signatures: Iterable[Signature]) -> list[Rule]:
    """Every single signature, and every pair of signatures of two different fields."""
    ordered = sorted(signatures)
    pairs = [(a, b) for a, b in combinations(ordered, 2) if a.field != b.field]
    return [*((signature,) for signature in ordered), *pairs]


@dataclass(frozen=True, slots=True)
class Shorts:
    """The short forms of a column's distinct values: that of value v is ``texts[codes[v]]``, none (-1) where it is
    empty. Shapes (forms,), (v,)."""

    texts: Texts
    codes: Ints


def short_forms(column: Column, shorten: Shorten) -> Shorts:
    """What a signature makes of each distinct value."""
    if shorten is _value:
        return Shorts(column.values, np.arange(len(column.values)))
    index = {"": 0}
    codes = [index.setdefault(shorten(text), len(index)) for text in column.values]
    return Shorts(texts_array(list(index)[1:]), np.array(codes, dtype=np.int64) - 1)
