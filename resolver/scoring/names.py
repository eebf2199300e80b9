"""Comparison levels of names of people: nicknames, initials, some of several words, names in each other's place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from resolver.columns import Ints, texts_array
from resolver.normalise import PARTICLES, given_name_number, may_be_one_name
from resolver.scoring.sides import ALIKE, NEARLY, SIMILAR, Comparison, Levels, Side, first_true, jaro_winkler, token

#: The level of a given name that stands in the other record's family name, and the other way round.
SWAPPED = 3
#: Up to so many pairs, one large operation costs less than several small ones.
_FEW = 100


def _describe_name(text: str) -> tuple[int, ...]:
    """Of a name of several words, hashes of the first three that tell it from others (no initials, no particles: del
    Carmen and del Pilar have nothing in common); its first letter, and whether that is all of its first word; a hash of
    the whole, by which a single word is found as one of several."""
    words = text.split(" ")
    hashes = [token(word) for word in words if len(word) > 1 and word not in PARTICLES] if len(words) > 1 else []
    first, second, third = [*hashes, 0, 0, 0][:3]
    return first, second, third, ord(text[0]), int(len(words[0]) == 1), token(text)


def describe_given_name(text: str) -> tuple[int, ...]:
    """As of any name; the number of the name, whether it has several words, and the number of the first of them."""
    first = text.partition(" ")[0]
    several = int(first != text)
    return (*_describe_name(text), given_name_number(text), several, given_name_number(first) if several else 0)


def describe_family_name(text: str) -> tuple[int, ...]:
    """As of any name, but only a letter alone is an initial: D'Souza and d Souza are not short for Das."""
    first, second, third, letter, _, whole = _describe_name(text)
    return first, second, third, letter, int(len(text) == 1), whole


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
        alike[at] = (jaro_winkler(mine, its) >= NEARLY) | may_be_one_name()[numbers[0], numbers[1]]
    return alike


def given_name(left: Side, right: Side) -> Levels:
    similarity = jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    nickname = may_be_one_name()[ours[:, 6], theirs[:, 6]]
    one_of_several = _shared_word(ours, theirs) | _first_words_alike(left, right)
    return first_true(
        nickname | (similarity >= NEARLY),
        np.zeros(len(similarity), dtype=bool),  # SWAPPED is told by ``compare``, which sees both name fields
        (similarity >= ALIKE) | _initial(ours, theirs) | one_of_several,
        similarity >= SIMILAR,
    )


def family_name(left: Side, right: Side) -> Levels:
    similarity = jaro_winkler(left.texts, right.texts)
    ours, theirs = left.described, right.described
    alike = (similarity >= ALIKE) | _initial(ours, theirs) | _shared_word(ours, theirs)
    return first_true(similarity >= NEARLY, alike, similarity >= SIMILAR)


def _agreeing(left: Side, right: Side) -> Levels:
    # With a cut-off below the level RapidFuzz stops early where names are unlike; the level itself is not touched.
    similarity = process.cpdist(left.texts, right.texts, scorer=JaroWinkler.similarity, score_cutoff=NEARLY - 0.01)
    ours, theirs = left.described, right.described
    return first_true(np.asarray(similarity) >= NEARLY, _shared_word(ours, theirs), _initial(ours, theirs))


#: Of two name parts: whether they agree as far as a family name nearly equals another, are one of several words, or an
#: initial, and no more than that.
AGREEING = Comparison(
    ("missing", "exact", "nearly equal", "one of several", "an initial", "different"), _agreeing, _describe_name
)
