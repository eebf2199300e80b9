"""Comparison levels: what counts as how alike, whichever side is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.columns import Table, column_of
from resolver.config import AttributeKind, IdentifierKind
from resolver.normalise import NormaliseSettings, normaliser
from resolver.scoring.compare import ComparedField, Comparer
from resolver.scoring.levels import COMPARISONS, EXACT, MISSING, SWAPPED
from tests.support.core import all_pairs

KINDS = list(COMPARISONS)
A, K = AttributeKind, IdentifierKind
Kind = AttributeKind | IdentifierKind


def levels_of(kind: Kind, *rows: list[str]) -> np.ndarray:
    """The levels of all pairs of rows of one column, shape (rows, rows)."""
    table = Table([f"crm:{row}" for row in range(len(rows))], {"field": column_of(rows)})
    comparer = Comparer(table, (ComparedField("field", kind),))
    n = len(rows)
    left, right = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    return comparer.levels(left, right)[:, 0].reshape(n, n)


def words(kind: Kind, left: str, right: str) -> str:
    return COMPARISONS[kind].labels[int(levels_of(kind, [left], [right])[0, 1])]


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        (A.GIVEN_NAME, "ana", "ana", "exact"),
        (A.GIVEN_NAME, "robert", "bob", "nickname or nearly equal"),
        (A.GIVEN_NAME, "mary", "polly", "nickname or nearly equal"),  # of several names both
        (A.GIVEN_NAME, "mitchell", "mitchel", "nickname or nearly equal"),
        (A.GIVEN_NAME, "robert", "r", "alike, an initial or one of several"),
        (A.GIVEN_NAME, "anna maria", "maria", "alike, an initial or one of several"),
        (A.GIVEN_NAME, "muhammad", "mohd", "nickname or nearly equal"),
        (A.GIVEN_NAME, "s r", "shweta rohit", "alike, an initial or one of several"),
        (A.GIVEN_NAME, "shrinivas", "srinivas farhan", "alike, an initial or one of several"),
        (A.GIVEN_NAME, "bob james", "robert", "alike, an initial or one of several"),
        (A.GIVEN_NAME, "maria del carmen", "rosa del pilar", "different"),  # particles are nobody's name
        (A.GIVEN_NAME, "mary j", "john j", "different"),
        (A.GIVEN_NAME, "ana", "wolfgang", "different"),
        (A.FAMILY_NAME, "mccarthy", "mcarthy", "nearly equal"),
        (A.FAMILY_NAME, "garcia lopez", "lopez", "alike, an initial or one of several"),
        (A.FAMILY_NAME, "smith", "smyth", "alike, an initial or one of several"),
        (A.FAMILY_NAME, "smith", "s", "alike, an initial or one of several"),
        (A.FAMILY_NAME, "smith", "nguyen", "different"),
        (A.CATEGORY, "female", "f", "nearly equal or its first letter"),
        (A.CATEGORY, "female", "m", "different"),
        (A.FULL_NAME, "ana maria silva", "silva ana maria", "nearly equal"),
        (A.FULL_NAME, "ana silva", "ana maria da silva", "alike or contained"),
        (A.DATE, "1990-05-17", "1990-05-18", "one edit or swapped"),
        (A.DATE, "1990-05-07", "1990-07-05", "one edit or swapped"),
        (A.DATE, "1990-05-17", "1990-05-29", "two of three parts"),
        (A.DATE, "1990-05-17", "1990", "same year"),
        (A.DATE, "1990-05-17", "1990-11-30", "same year"),
        (A.DATE, "1990-05-17", "1992-11-30", "years near"),
        (A.DATE, "1990-05-17", "1980-11-30", "years near"),
        (A.DATE, "1990-05-17", "1971-03-09", "different"),
        (A.POSTCODE, "sw1a 1aa", "sw1a 1ab", "one edit"),
        (A.POSTCODE, "sw1a 1aa", "sw1a 1bc", "same sector"),
        (A.POSTCODE, "sw1a 1aa", "sw1a 9zz", "same district"),
        (A.POSTCODE, "sw1a 1aa", "ls1 4dy", "different"),
        (A.ADDRESS, "12 wallaby place", "12 walaby place", "nearly equal"),
        (A.HOUSE_NUMBER, "12", "13", "one edit"),
        (A.NUMBER, "100", "100.5", "within 1 %"),
        (A.NUMBER, "100", "95", "within 10 %"),
        (A.NUMBER, "100", "-100", "different"),
        (K.EMAIL, "ana@example.com", "anna@example.com", "one edit"),
        (K.EMAIL, "anasilva@example.com", "anasilva@mail.org", "same local part"),
        (K.EMAIL, "ana@example.com", "ana@quite-another.org", "similar local part"),
        (K.PHONE, "+442079460018", "+442079460019", "one edit"),
        (K.NATIONAL_ID, "1804974", "1894947", "two edits"),
        (K.NATIONAL_ID, "1804", "1805", "different"),
        (K.CODE, "l1001", "l1002", "different"),
    ],
)
def test_a_pair_of_values_has_the_level_that_its_words_say(kind: Kind, left: str, right: str, expected: str) -> None:
    assert words(kind, left, right) == expected


def texts(kind: Kind) -> st.SearchStrategy[str]:
    """Any text that a column of this kind can hold."""
    if kind is A.NUMBER:
        return st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str) | st.sampled_from(["0", "-0.00"])
    if kind is A.DATE:
        year = st.integers(1, 9999).map("{:04d}".format)
        return st.dates().map(str) | year | st.builds("{}-{:02d}".format, year, st.integers(1, 12))
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.text(
        "ab -1", min_size=1, max_size=6
    ).filter(str.strip)


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_levels_are_symmetric_within_range_and_exact_for_equal_values_only(kind: Kind, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(texts(kind), max_size=2), min_size=2, max_size=5))
    levels = levels_of(kind, *rows)
    assert (levels == levels.T).all()
    assert levels.min() >= MISSING
    assert levels.max() <= COMPARISONS[kind].other
    for a, left in enumerate(rows):
        for b, right in enumerate(rows):
            assert (levels[a, b] == EXACT) == bool(set(left) & set(right))
            assert (levels[a, b] == MISSING) == (not left or not right)


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_the_level_of_a_pair_does_not_depend_on_the_other_rows_nor_on_their_order(
    kind: Kind, data: st.DataObject
) -> None:
    values = data.draw(st.lists(texts(kind), min_size=2, max_size=6))
    levels = levels_of(kind, *([value] for value in values))
    backwards = levels_of(kind, *([value] for value in reversed(values)))
    assert (levels == backwards[::-1, ::-1]).all()
    assert levels[0, 1] == levels_of(kind, [values[0]], [values[1]])[0, 1]


@pytest.mark.parametrize("kind", [A.GIVEN_NAME, A.FAMILY_NAME, A.DATE, A.POSTCODE, A.NUMBER, K.EMAIL, K.PHONE])
@given(st.lists(st.text(max_size=12), min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_whatever_people_write_is_comparable_once_it_is_normalised(kind: Kind, cells: list[str]) -> None:
    normalise = normaliser(kind, NormaliseSettings("GB", "auto", frozenset()))
    levels = levels_of(kind, *(list(normalise(cell).values) for cell in cells))
    assert (levels == levels.T).all()


def test_the_best_level_of_several_values_counts() -> None:
    levels = levels_of(A.GIVEN_NAME, ["wolfgang", "robert"], ["ana", "bob"])
    assert COMPARISONS[A.GIVEN_NAME].labels[int(levels[0, 1])] == "nickname or nearly equal"


def names(*rows: tuple[str, str]) -> Comparer:
    columns = {
        "first": column_of([[row[0]] if row[0] else [] for row in rows]),
        "last": column_of([[row[1]] if row[1] else [] for row in rows]),
    }
    fields = (ComparedField("first", A.GIVEN_NAME), ComparedField("last", A.FAMILY_NAME))
    return Comparer(Table([str(row) for row in range(len(rows))], columns), fields)


def test_names_in_each_others_place_are_swapped_and_counted_once() -> None:
    levels = names(("wei", "zhang"), ("zhang", "wei")).levels(*all_pairs(2))
    assert levels.tolist() == [[SWAPPED, MISSING]]


def test_a_name_in_the_others_place_is_swapped_also_where_the_other_name_is_missing() -> None:
    levels = names(("", "mitchell"), ("mitchell", "green")).levels(*all_pairs(2))
    assert levels.tolist() == [[SWAPPED, MISSING]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("menon", "pradeep"), ("p", "menon")),
        (("kumar", "shweta"), ("shweta rohit", "kumar")),
        (("s d", "hegde"), ("hegde", "shweta")),
        (("tian mei", "yong"), ("mei yong", "tian")),
    ],
)
def test_swapped_names_may_be_initials_or_some_of_several_words(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert names(one, other).levels(*all_pairs(2)).tolist() == [[SWAPPED, MISSING]]


def test_names_are_not_swapped_where_the_other_name_contradicts() -> None:
    levels = names(("wei", "zhang"), ("zhang", "kowalski")).levels(*all_pairs(2))
    assert levels[0, 0] != SWAPPED


def test_a_name_that_agrees_in_its_own_place_is_not_swapped() -> None:
    levels = names(("james", "james"), ("james", "thomas")).levels(*all_pairs(2))
    assert levels[0, 0] == EXACT


NAMES = st.sampled_from(["", "ana", "anna", "silva", "sylva", "ben", "kern", "a"])


@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6))
@settings(deadline=None)
def test_swapped_names_are_symmetric(rows: list[tuple[str, str]]) -> None:
    comparer, (left, right) = names(*rows), all_pairs(len(rows))
    assert (comparer.levels(left, right) == comparer.levels(right, left)).all()


def test_a_field_without_any_value_is_missing_everywhere() -> None:
    assert levels_of(A.DATE, [], []).tolist() == [[MISSING, MISSING], [MISSING, MISSING]]
