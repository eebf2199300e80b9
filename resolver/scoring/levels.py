"""Comparison levels by kind of field: how alike two values are, as ordered levels, for many pairs at once.

Level 0 is "not comparable" (either side has no value), level 1 "exact"; then from alike to unlike, the last being
"else". Levels never depend on which side is left. String work is RapidFuzz's, always through ``process.cpdist``, whose
float32 scores differ from the scalar scorers' float64: one scorer for every caller, explanations included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from resolver.columns import Ints, Texts, texts_array
from resolver.config import AttributeKind, IdentifierKind
from resolver.normalise import PARTICLES, given_name_number, may_be_one_name

Levels = NDArray[np.int8]

MISSING, EXACT = 0, 1
#: The level of a given name that stands in the other record's family name, and the other way round.
SWAPPED = 3
#: Similarities of Jaro–Winkler, from which names count as nearly equal, alike, similar.
NEARLY, ALIKE, SIMILAR = 0.92, 0.85, 0.7


#: Up to so many pairs, one large operation costs less than several small ones.
_FEW = 100


@dataclass(frozen=True, slots=True)
class Side:
    """One side of p pairs of values: their texts, shape (p,), and what the kind's ``describe`` says of each, shape (p,
    k)."""

    texts: Texts
    described: Ints

    def take(self, which: Ints) -> Side:
        return Side(self.texts[which], self.described[which])


@dataclass(frozen=True, slots=True)
class Comparison:
    """The levels of one kind of field. ``labels[level]`` says each level in words; ``score`` answers the level
    (2 … len(labels) - 1) of pairs of unequal values; ``describe`` turns one value into the integers that ``score``
    wants to know of it, once for each distinct value."""

    labels: tuple[str, ...]
    score: Callable[[Side, Side], Levels]
    describe: Callable[[str], tuple[int, ...]] = lambda _: ()

    @property
    def other(self) -> int:
        """The level "else"."""
        return len(self.labels) - 1


def _first_true(*tests: NDArray[np.bool_]) -> Levels:
    """Level 2 where the first test holds, 3 where only the second does …, and "else" where none does."""
    levels = np.full(len(tests[0]), len(tests) + 2, dtype=np.int8)
    for level in range(len(tests) + 1, 1, -1):
        levels[tests[level - 2]] = level
    return levels


def _jaro_winkler(left: Texts, right: Texts) -> NDArray[np.float32]:
    return np.asarray(process.cpdist(left, right, scorer=JaroWinkler.similarity))


def _edits(left: Side, right: Side, most: int) -> NDArray[np.int32]:
    """Insertions, deletions, substitutions and transpositions of neighbours (optimal string alignment), up to ``most``
    exactly and ``most + 1`` beyond."""
    distances = process.cpdist(left.texts, right.texts, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)
    return np.asarray(distances)


def _token_ratio(left: Side, right: Side) -> NDArray[np.float32]:
    return np.asarray(process.cpdist(left.texts, right.texts, scorer=token_sort_ratio))


def _token(text: str) -> int:
    """A number that is not 0 and that only equal texts share. It is compared within one process and never kept, so that
    Python's own hash will do, which is several times faster than a stable one."""
    return hash(text) or 1


def _describe_name(text: str) -> tuple[int, ...]:
    """Of a name of several words, hashes of the first three that tell it from others (no initials, no particles: del
    Carmen and del Pilar have nothing in common); its first letter, and whether that is all of its first word; a hash of
    the whole, by which a single word is found as one of several."""
    words = text.split(" ")
    hashes = [_token(word) for word in words if len(word) > 1 and word not in PARTICLES] if len(words) > 1 else []
    first, second, third = [*hashes, 0, 0, 0][:3]
    return first, second, third, ord(text[0]), int(len(words[0]) == 1), _token(text)


def _describe_given_name(text: str) -> tuple[int, ...]:
    """As of any name; the number of the name, whether it has several words, and the number of the first of them."""
    first = text.partition(" ")[0]
    several = int(first != text)
    return (*_describe_name(text), given_name_number(text), several, given_name_number(first) if several else 0)


def _describe_family_name(text: str) -> tuple[int, ...]:
    """As of any name, but only a letter alone is an initial: D'Souza and d Souza are not short for Das."""
    first, second, third, letter, _, whole = _describe_name(text)
    return first, second, third, letter, int(len(text) == 1), whole


def _describe_category(text: str) -> tuple[int, int]:
    return ord(text[0]), int(len(text) == 1)


def _share_any(left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Whether the rows have a non-zero number in common; shapes (p, a) and (p, b)."""
    if len(left) <= _FEW:
        mine = left[:, :, np.newaxis]
        return np.asarray(((mine == right[:, np.newaxis, :]) & (mine != 0)).any(axis=(1, 2)))
    shared = np.zeros(len(left), dtype=bool)
    for mine in left.T:
        for other in right.T:
            shared |= (mine == other) & (mine != 0)
    return shared


def _shared_word(left: Ints, right: Ints) -> NDArray[np.bool_]:
    """One is one of several words of the other, or both of several have one in common; of ``_describe_name``."""
    single = slice(5, 6)
    return (
        _share_any(left[:, :3], right[:, :3])
        | _share_any(left[:, single], right[:, :3])
        | _share_any(left[:, :3], right[:, single])
    )


def _initial(left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Both begin with one letter, and that is all of the first word of one; of ``_describe_name``."""
    return np.asarray(((left[:, 4] | right[:, 4]) == 1) & (left[:, 3] == right[:, 3]))


def _first_words_alike(left: Side, right: Side) -> NDArray[np.bool_]:
    """Of given names of which one has several words: whether the first of each nearly equal, or may be one name."""
    ours, theirs = left.described, right.described
    alike = np.zeros(len(ours), dtype=bool)
    at = np.flatnonzero(ours[:, 7] | theirs[:, 7])
    if len(at):
        mine, its = (texts_array([text.partition(" ")[0] for text in side.texts[at]]) for side in (left, right))
        numbers = [np.where(side[at, 7], side[at, 8], side[at, 6]) for side in (ours, theirs)]
        alike[at] = (_jaro_winkler(mine, its) >= NEARLY) | may_be_one_name()[numbers[0], numbers[1]]
    return alike


def _given_name(left: Side, right: Side) -> Levels:
    similarity = _jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    nickname = may_be_one_name()[ours[:, 6], theirs[:, 6]]
    one_of_several = _shared_word(ours, theirs) | _first_words_alike(left, right)
    return _first_true(
        nickname | (similarity >= NEARLY),
        np.zeros(len(similarity), dtype=bool),  # SWAPPED is told by ``compare``, which sees both name fields
        (similarity >= ALIKE) | _initial(ours, theirs) | one_of_several,
        similarity >= SIMILAR,
    )


def _family_name(left: Side, right: Side) -> Levels:
    similarity = _jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    alike = (similarity >= ALIKE) | _initial(ours, theirs) | _shared_word(ours, theirs)
    return _first_true(similarity >= NEARLY, alike, similarity >= SIMILAR)


def _full_name(left: Side, right: Side) -> Levels:
    ratio = _token_ratio(left, right)
    subset = np.asarray(process.cpdist(left.texts, right.texts, scorer=token_set_ratio))
    return _first_true(ratio >= 92, (ratio >= 80) | (subset >= 96), ratio >= 65)


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
    return _first_true(near, two_of_three, compatible | same[:, 0], (years <= 2) | (years == 10))


def _describe_postcode(text: str) -> tuple[int, int]:
    return (_token(text[:-2]) if len(text) > 2 else 0), (_token(text[:-3]) if len(text) > 3 else 0)


def _postcode(left: Side, right: Side) -> Levels:
    ours, theirs = left.described, right.described
    return _first_true(
        _edits(left, right, 1) <= 1,
        (ours[:, 0] == theirs[:, 0]) & (ours[:, 0] != 0),
        (ours[:, 1] == theirs[:, 1]) & (ours[:, 1] != 0),
    )


def _text(left: Side, right: Side) -> Levels:
    similarity = _jaro_winkler(left.texts, right.texts)
    return _first_true(similarity >= 0.92, similarity >= 0.8)


def _category(left: Side, right: Side) -> Levels:
    """As text; and a single letter nearly equals what it stands for (f, female)."""
    similarity = _jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    initial = ((ours[:, 1] | theirs[:, 1]) == 1) & (ours[:, 0] == theirs[:, 0])
    return _first_true(initial | (similarity >= 0.92), similarity >= 0.8)


def _address(left: Side, right: Side) -> Levels:
    ratio = _token_ratio(left, right)
    return _first_true(ratio >= 90, ratio >= 75, ratio >= 60)


def _describe_length(text: str) -> tuple[int]:
    return (len(text),)


def _code(left: Side, right: Side) -> Levels:
    edits, length = _edits(left, right, 2), left.described[:, 0]
    return _first_true((edits <= 1) & (length >= 5), (edits <= 2) & (length >= 7))


def _house_number(left: Side, right: Side) -> Levels:
    return _first_true(_edits(left, right, 1) <= 1)


def _number(left: Side, right: Side) -> Levels:
    a, b = left.texts.astype(np.float64), right.texts.astype(np.float64)
    scale = np.maximum(np.abs(a), np.abs(b))
    return _first_true(np.abs(a - b) <= 0.01 * scale, np.abs(a - b) <= 0.1 * scale)


def _describe_email(text: str) -> tuple[int, int]:
    local = text.partition("@")[0]
    return _token(local), len(local)


def _email(left: Side, right: Side) -> Levels:
    edits = _edits(left, right, 3)
    same_local = (left.described[:, 0] == right.described[:, 0]) & (left.described[:, 1] >= 4)
    similarity = _jaro_winkler(_local_parts(left), _local_parts(right))
    return _first_true(edits <= 1, same_local, (edits <= 3) | (similarity >= NEARLY))


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
        _given_name,
        _describe_given_name,
    ),
    AttributeKind.FAMILY_NAME: Comparison(
        ("missing", "exact", "nearly equal", "alike, an initial or one of several", "similar", "different"),
        _family_name,
        _describe_family_name,
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


def _agreeing(left: Side, right: Side) -> Levels:
    # With a cut-off below the level RapidFuzz stops early where names are unlike; the level itself is not touched.
    similarity = process.cpdist(left.texts, right.texts, scorer=JaroWinkler.similarity, score_cutoff=NEARLY - 0.01)
    ours, theirs = left.described, right.described
    return _first_true(np.asarray(similarity) >= NEARLY, _shared_word(ours, theirs), _initial(ours, theirs))


#: Of two name parts: whether they agree as far as a family name nearly equals another, are one of several words, or an
#: initial, and no more than that.
AGREEING = Comparison(
    ("missing", "exact", "nearly equal", "one of several", "an initial", "different"), _agreeing, _describe_name
)
