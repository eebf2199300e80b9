"""Comparison levels by kind of field: how alike two values are, as ordered levels, for many pairs at once.

Level 0 is "not comparable" (either side has no value), level 1 "exact"; then from alike to unlike, the last being
"else". Levels never depend on which side is left. String work is RapidFuzz's, always through ``process.cpdist``, whose
float32 scores differ from the scalar scorers' float64: one scorer for every caller, explanations included.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from resolver.columns import Texts, texts_array
from resolver.config import AttributeKind, IdentifierKind
from resolver.scoring.names import (
    AGREEING,
    SWAPPED,
    describe_family_name,
    describe_given_name,
    family_name,
    given_name,
)
from resolver.scoring.sides import EXACT, MISSING, NEARLY, Comparison, Levels, Side, first_true, jaro_winkler, token

__all__ = ["AGREEING", "COMPARISONS", "EXACT", "MISSING", "SWAPPED", "Comparison", "Levels", "Side"]


def _edits(left: Side, right: Side, most: int) -> NDArray[np.int32]:
    """Insertions, deletions, substitutions and transpositions of neighbours (optimal string alignment), up to ``most``
    exactly and ``most + 1`` beyond."""
    distances = process.cpdist(left.texts, right.texts, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)
    return np.asarray(distances)


def _token_ratio(left: Side, right: Side) -> NDArray[np.float32]:
    return np.asarray(process.cpdist(left.texts, right.texts, scorer=token_sort_ratio))


def _full_name(left: Side, right: Side) -> Levels:
    ratio = _token_ratio(left, right)
    subset = np.asarray(process.cpdist(left.texts, right.texts, scorer=token_set_ratio))
    return first_true(ratio >= 92, (ratio >= 80) | (subset >= 96), ratio >= 65)


def _describe_date(text: str) -> tuple[int, int, int]:
    """Year, month and day, -1 for what a partial date lacks."""
    year, month, day = ([int(part) if part.isdecimal() else -1 for part in text.split("-")] + [-1, -1, -1])[:3]
    return year, month, day


def _date(left: Side, right: Side) -> Levels:
    ours, theirs = left.described, right.described
    same = ours == theirs
    missing = (ours < 0) | (theirs < 0)
    partial = missing.any(axis=1)
    compatible = partial & (same | missing).all(axis=1)
    swapped = same[:, 0] & (ours[:, 1] == theirs[:, 2]) & (ours[:, 2] == theirs[:, 1])
    two_of_three = (same.sum(axis=1) >= 2) & ~partial
    near = swapped & ~partial
    close = np.flatnonzero(two_of_three & ~near)  # one edit leaves two of the three parts as they are
    near[close] = _edits(left.take(close), right.take(close), 1) <= 1
    years = np.abs(ours[:, 0] - theirs[:, 0])
    return first_true(near, two_of_three, compatible | same[:, 0], (years <= 2) | (years == 10))


def _describe_postcode(text: str) -> tuple[int, int]:
    return (token(text[:-2]) if len(text) > 2 else 0), (token(text[:-3]) if len(text) > 3 else 0)


def _postcode(left: Side, right: Side) -> Levels:
    ours, theirs = left.described, right.described
    return first_true(
        _edits(left, right, 1) <= 1,
        (ours[:, 0] == theirs[:, 0]) & (ours[:, 0] != 0),
        (ours[:, 1] == theirs[:, 1]) & (ours[:, 1] != 0),
    )


def _text(left: Side, right: Side) -> Levels:
    similarity = jaro_winkler(left.texts, right.texts)
    return first_true(similarity >= 0.92, similarity >= 0.8)


def _describe_category(text: str) -> tuple[int, int]:
    return ord(text[0]), int(len(text) == 1)


def _category(left: Side, right: Side) -> Levels:
    """As text; and a single letter nearly equals what it stands for (f, female)."""
    similarity = jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    initial = ((ours[:, 1] | theirs[:, 1]) == 1) & (ours[:, 0] == theirs[:, 0])
    return first_true(initial | (similarity >= 0.92), similarity >= 0.8)


def _address(left: Side, right: Side) -> Levels:
    ratio = _token_ratio(left, right)
    return first_true(ratio >= 90, ratio >= 75, ratio >= 60)


def _describe_length(text: str) -> tuple[int]:
    return (len(text),)


def _code(left: Side, right: Side) -> Levels:
    edits, length = _edits(left, right, 2), left.described[:, 0]
    return first_true((edits <= 1) & (length >= 5), (edits <= 2) & (length >= 7))


def _house_number(left: Side, right: Side) -> Levels:
    return first_true(_edits(left, right, 1) <= 1)


def _number(left: Side, right: Side) -> Levels:
    a, b = left.texts.astype(np.float64), right.texts.astype(np.float64)
    scale = np.maximum(np.abs(a), np.abs(b))
    return first_true(np.abs(a - b) <= 0.01 * scale, np.abs(a - b) <= 0.1 * scale)


def _describe_email(text: str) -> tuple[int, int]:
    local = text.partition("@")[0]
    return token(local), len(local)


def _email(left: Side, right: Side) -> Levels:
    edits = _edits(left, right, 3)
    same_local = (left.described[:, 0] == right.described[:, 0]) & (left.described[:, 1] >= 4)
    similarity = jaro_winkler(_local_parts(left), _local_parts(right))
    return first_true(edits <= 1, same_local, (edits <= 3) | (similarity >= NEARLY))


def _local_parts(side: Side) -> Texts:
    return texts_array([text[:size] for text, size in zip(side.texts, side.described[:, 1].tolist(), strict=True)])


def _different(left: Side, right: Side) -> Levels:
    del right
    return np.full(len(left.texts), 2, dtype=np.int8)


COMPARISONS: dict[AttributeKind | IdentifierKind, Comparison] = {
    AttributeKind.GIVEN_NAME: Comparison(
        (
            "missing",
            "exact",
            "nickname or nearly equal",
            "swapped with the family name",
            "alike, an initial or one of several",
            "similar",
            "different",
        ),
        given_name,
        describe_given_name,
    ),
    AttributeKind.FAMILY_NAME: Comparison(
        ("missing", "exact", "nearly equal", "alike, an initial or one of several", "similar", "different"),
        family_name,
        describe_family_name,
    ),
    AttributeKind.FULL_NAME: Comparison(
        ("missing", "exact", "nearly equal", "alike or contained", "similar", "different"), _full_name
    ),
    AttributeKind.DATE: Comparison(
        ("missing", "exact", "one edit or swapped", "two of three parts", "same year", "years near", "different"),
        _date,
        _describe_date,
    ),
    AttributeKind.POSTCODE: Comparison(
        ("missing", "exact", "one edit", "same sector", "same district", "different"), _postcode, _describe_postcode
    ),
    AttributeKind.PLACE: Comparison(("missing", "exact", "nearly equal", "similar", "different"), _text),
    AttributeKind.ADDRESS: Comparison(("missing", "exact", "nearly equal", "alike", "similar", "different"), _address),
    AttributeKind.HOUSE_NUMBER: Comparison(("missing", "exact", "one edit", "different"), _house_number),
    AttributeKind.CATEGORY: Comparison(
        ("missing", "exact", "nearly equal or its first letter", "similar", "different"), _category, _describe_category
    ),
    AttributeKind.TEXT: Comparison(("missing", "exact", "nearly equal", "similar", "different"), _text),
    AttributeKind.NUMBER: Comparison(("missing", "exact", "within 1 %", "within 10 %", "different"), _number),
    IdentifierKind.EMAIL: Comparison(
        ("missing", "exact", "one edit", "same local part", "similar local part", "different"), _email, _describe_email
    ),
    IdentifierKind.PHONE: Comparison(
        ("missing", "exact", "one edit", "two edits", "different"), _code, _describe_length
    ),
    IdentifierKind.NATIONAL_ID: Comparison(
        ("missing", "exact", "one edit", "two edits", "different"), _code, _describe_length
    ),
    IdentifierKind.CODE: Comparison(("missing", "exact", "different"), _different),
}
