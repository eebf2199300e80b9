"""Comparison levels: how alike two values of a field are, as ordered levels, for many pairs at once.

Level 0 is "not comparable" (either side has no value), level 1 "exact"; then from alike to unlike, the last being "else".
Levels never depend on which side is left. String work is RapidFuzz's, always through ``process.cpdist``, whose float32
scores differ from the scalar scorers' float64: one scorer for every caller, explanations included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from resolver.columns import Column, Ints, Table
from resolver.config import AttributeKind, IdentifierKind
from resolver.normalise import canonical_given_names

Levels = NDArray[np.int8]
Texts = NDArray[np.object_]
Scorer = Callable[[Texts, Texts], Levels]

MISSING, EXACT = 0, 1
#: The level of a given name that stands in the other record's family name, and the other way round.
SWAPPED = 3

#: Distinct value pairs are compared in chunks, so that memory stays flat.
_CHUNK = 500_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """The levels of one kind of field. ``labels[level]`` says each level in words; ``scorer`` answers the level
    (2 … len(labels) - 1) of pairs of unequal values."""

    labels: tuple[str, ...]
    scorer: Scorer

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


def _edits(left: Texts, right: Texts) -> NDArray[np.int32]:
    """Insertions, deletions, substitutions and transpositions of neighbours (optimal string alignment)."""
    return np.asarray(process.cpdist(left, right, scorer=OSA.distance, dtype=np.int32))


def _lengths(texts: Texts) -> Ints:
    return np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))


def _each(test: Callable[[str, str], bool], left: Texts, right: Texts) -> NDArray[np.bool_]:
    return np.fromiter((test(a, b) for a, b in zip(left, right, strict=True)), dtype=bool, count=len(left))


def _given_name(left: Texts, right: Texts) -> Levels:
    similarity = _jaro_winkler(left, right)
    nickname = _each(lambda a, b: not canonical_given_names(a).isdisjoint(canonical_given_names(b)), left, right)
    return _first_true(
        nickname | (similarity >= 0.92),
        np.zeros(len(left), dtype=bool),  # SWAPPED is told by ``_mark_swapped_names``, which sees both name fields
        (similarity >= 0.85) | _each(_is_initial, left, right),
        similarity >= 0.7,
    )


def _is_initial(a: str, b: str) -> bool:
    """One is an initial of the other, or one of several names of it ("anna" of "anna maria")."""
    if len(a) == 1 or len(b) == 1:
        return a[:1] == b[:1]
    return (" " in a or " " in b) and not set(a.split()).isdisjoint(b.split())


def _family_name(left: Texts, right: Texts) -> Levels:
    similarity = _jaro_winkler(left, right)
    shared_part = _each(lambda a, b: (" " in a or " " in b) and not set(a.split()).isdisjoint(b.split()), left, right)
    return _first_true(similarity >= 0.92, (similarity >= 0.85) | shared_part, similarity >= 0.7)


def _full_name(left: Texts, right: Texts) -> Levels:
    sorted_ratio = np.asarray(process.cpdist(left, right, scorer=token_sort_ratio))
    subset = np.asarray(process.cpdist(left, right, scorer=token_set_ratio))
    return _first_true(sorted_ratio >= 92, (sorted_ratio >= 80) | (subset >= 96), sorted_ratio >= 65)


def _date(left: Texts, right: Texts) -> Levels:
    def parts(texts: Texts) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]:
        split = [(text + "--").split("-")[:3] for text in texts]
        columns = np.empty((len(split), 3), dtype=object)
        columns[:] = split
        return columns[:, 0], columns[:, 1], columns[:, 2]

    (year, month, day), (its_year, its_month, its_day) = parts(left), parts(right)
    same_year, same_month, same_day = year == its_year, month == its_month, day == its_day
    partial = (day == "") | (its_day == "")
    compatible = partial & same_year & (same_month | (month == "") | (its_month == ""))
    swapped = same_year & (month == its_day) & (day == its_month)
    near = (_edits(left, right) <= 1) | swapped
    two_of_three = (same_year.astype(np.int8) + same_month + same_day >= 2) & ~partial
    years = np.abs(_years(year) - _years(its_year))
    return _first_true(near & ~partial, two_of_three, compatible | same_year, (years <= 2) | (years == 10))


def _years(texts: Texts) -> Ints:
    return np.fromiter((int(text) if text.isdigit() else -99 for text in texts), dtype=np.int64, count=len(texts))


def _postcode(left: Texts, right: Texts) -> Levels:
    def prefix(size: int) -> Callable[[str, str], bool]:
        return lambda a, b: len(a) > size and a[: len(a) - size] == b[: len(b) - size]

    return _first_true(
        _edits(left, right) <= 1,
        _each(prefix(2), left, right),
        _each(prefix(3), left, right),
    )


def _text(left: Texts, right: Texts) -> Levels:
    similarity = _jaro_winkler(left, right)
    return _first_true(similarity >= 0.92, similarity >= 0.8)


def _address(left: Texts, right: Texts) -> Levels:
    ratio = np.asarray(process.cpdist(left, right, scorer=token_sort_ratio))
    return _first_true(ratio >= 90, ratio >= 75, ratio >= 60)


def _code(left: Texts, right: Texts) -> Levels:
    edits = _edits(left, right)
    return _first_true((edits <= 1) & (_lengths(left) >= 5), (edits <= 2) & (_lengths(left) >= 7))


def _house_number(left: Texts, right: Texts) -> Levels:
    return _first_true(_edits(left, right) <= 1)


def _number(left: Texts, right: Texts) -> Levels:
    a, b = left.astype(np.float64), right.astype(np.float64)
    scale = np.maximum(np.abs(a), np.abs(b))
    return _first_true(np.abs(a - b) <= 0.01 * scale, np.abs(a - b) <= 0.1 * scale)


def _email(left: Texts, right: Texts) -> Levels:
    def local(texts: Texts) -> Texts:
        parts = np.empty(len(texts), dtype=object)
        parts[:] = [text.partition("@")[0] for text in texts]
        return parts

    mine, other = local(left), local(right)
    edits, similarity = _edits(left, right), _jaro_winkler(mine, other)
    return _first_true(edits <= 1, (mine == other) & (_lengths(mine) >= 4), (edits <= 3) | (similarity >= 0.92))


def _exclusive_only(left: Texts, right: Texts) -> Levels:
    del right
    return np.full(len(left), 2, dtype=np.int8)


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
    ),
    AttributeKind.FAMILY_NAME: Comparison(
        ("missing", "exact", "nearly equal", "alike or one of several", "similar", "different"), _family_name
    ),
    AttributeKind.FULL_NAME: Comparison(
        ("missing", "exact", "nearly equal", "alike or contained", "similar", "different"), _full_name
    ),
    AttributeKind.DATE: Comparison(
        ("missing", "exact", "one edit or swapped", "two of three parts", "same year", "years near", "different"),
        _date,
    ),
    AttributeKind.POSTCODE: Comparison(
        ("missing", "exact", "one edit", "same sector", "same district", "different"), _postcode
    ),
    AttributeKind.PLACE: Comparison(("missing", "exact", "nearly equal", "similar", "different"), _text),
    AttributeKind.ADDRESS: Comparison(("missing", "exact", "nearly equal", "alike", "similar", "different"), _address),
    AttributeKind.HOUSE_NUMBER: Comparison(("missing", "exact", "one edit", "different"), _house_number),
    AttributeKind.CATEGORY: Comparison(("missing", "exact", "nearly equal", "similar", "different"), _text),
    AttributeKind.TEXT: Comparison(("missing", "exact", "nearly equal", "similar", "different"), _text),
    AttributeKind.NUMBER: Comparison(("missing", "exact", "within 1 %", "within 10 %", "different"), _number),
    IdentifierKind.EMAIL: Comparison(
        ("missing", "exact", "one edit", "same local part", "similar local part", "different"), _email
    ),
    IdentifierKind.PHONE: Comparison(("missing", "exact", "one edit", "two edits", "different"), _code),
    IdentifierKind.NATIONAL_ID: Comparison(("missing", "exact", "one edit", "two edits", "different"), _code),
    IdentifierKind.CODE: Comparison(("missing", "exact", "different"), _exclusive_only),
}


def compare_column(column: Column, comparison: Comparison, left: Ints, right: Ints) -> Levels:
    """The levels of the pairs (``left[p]``, ``right[p]``) of rows, shape (p,). Where a row has several values, the
    best level of any two of them counts."""
    if column.is_single:
        return _compare_codes(column, comparison, column.dense[left], column.dense[right])
    ours, theirs = column.counts[left], column.counts[right]
    sizes = ours * theirs
    pair = np.repeat(np.arange(len(left)), sizes)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mine = column.codes[column.indptr[left][pair] + within // theirs[pair]]
    other = column.codes[column.indptr[right][pair] + within % theirs[pair]]
    each = _compare_codes(column, comparison, mine, other)
    best = np.full(len(left), np.iinfo(np.int8).max, dtype=np.int8)
    np.minimum.at(best, pair, each)
    best[sizes == 0] = MISSING
    return best


def _compare_codes(column: Column, comparison: Comparison, left: NDArray[np.int32], right: NDArray[np.int32]) -> Levels:
    """Levels by codes; each distinct unordered pair of unequal values is compared once."""
    levels = np.where(left == right, np.int8(EXACT), np.int8(MISSING))
    levels[(left < 0) | (right < 0)] = MISSING
    unequal = np.flatnonzero((left != right) & (left >= 0) & (right >= 0))
    if unequal.size == 0:
        return levels
    a, b = left[unequal].astype(np.int64), right[unequal].astype(np.int64)
    pairs, inverse = np.unique(np.minimum(a, b) * len(column.values) + np.maximum(a, b), return_inverse=True)
    first, second = column.values[pairs // len(column.values)], column.values[pairs % len(column.values)]
    # Some scorers are not quite symmetric, and codes depend on the order of rows: the smaller text goes first.
    turn = np.asarray(first > second, dtype=bool)
    first, second = np.where(turn, second, first), np.where(turn, first, second)
    distinct = np.empty(len(pairs), dtype=np.int8)
    for start in range(0, len(pairs), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        distinct[chunk] = comparison.scorer(first[chunk], second[chunk])
    levels[unequal] = distinct[inverse]
    return levels


@dataclass(frozen=True, slots=True)
class ComparedField:
    """A field that is compared, and its kind, which says how."""

    name: str
    kind: AttributeKind | IdentifierKind

    @property
    def comparison(self) -> Comparison:
        return COMPARISONS[self.kind]


def compare(table: Table, fields: Sequence[ComparedField], left: Ints, right: Ints) -> Levels:
    """The level of every pair of rows in every field, shape (pairs, fields)."""
    levels = np.zeros((len(left), len(fields)), dtype=np.int8)
    for position, its in enumerate(fields):
        levels[:, position] = compare_column(table.columns[its.name], its.comparison, left, right)
    kinds = [its.kind for its in fields]
    if AttributeKind.GIVEN_NAME in kinds and AttributeKind.FAMILY_NAME in kinds:
        given, family = kinds.index(AttributeKind.GIVEN_NAME), kinds.index(AttributeKind.FAMILY_NAME)
        _mark_swapped_names(table, fields, (given, family), (left, right, levels))
    return levels


def _mark_swapped_names(
    table: Table, fields: Sequence[ComparedField], names: tuple[int, int], pairs: tuple[Ints, Ints, Levels]
) -> None:
    """Where neither name agrees in its own place but one agrees in the other's (and the other does not contradict), the
    given name is SWAPPED and the family name counts as missing: the evidence is counted once."""
    (given, family), (left, right, levels) = names, pairs
    agreeing = 2
    doubtful = ((levels[:, given] > SWAPPED) | (levels[:, given] == MISSING)) & (
        (levels[:, family] > agreeing) | (levels[:, family] == MISSING)
    )
    rows = np.flatnonzero(doubtful)
    if rows.size == 0:
        return
    both = _stacked(table.columns[fields[given].name], table.columns[fields[family].name])
    n, comparison = len(table), COMPARISONS[AttributeKind.FAMILY_NAME]
    one = compare_column(both, comparison, left[rows], right[rows] + n)
    other = compare_column(both, comparison, left[rows] + n, right[rows])
    agrees_one, agrees_other = (one >= EXACT) & (one <= agreeing), (other >= EXACT) & (other <= agreeing)
    swapped = rows[
        (agrees_one & (agrees_other | (other == MISSING))) | (agrees_other & (agrees_one | (one == MISSING)))
    ]
    levels[swapped, given], levels[swapped, family] = SWAPPED, MISSING


def _stacked(first: Column, second: Column) -> Column:
    """One column of 2n rows: the first column's, then the second's, over common distinct values."""
    index = {text: code for code, text in enumerate(first.values)}
    recode = np.fromiter(
        (index.setdefault(text, len(index)) for text in second.values), dtype=np.int32, count=len(second.values)
    )
    values = np.empty(len(index), dtype=object)
    values[:] = list(index)
    indptr = np.concatenate([first.indptr, first.indptr[-1] + second.indptr[1:]])
    return Column(values, indptr, np.concatenate([first.codes, recode[second.codes]]).astype(np.int32))
