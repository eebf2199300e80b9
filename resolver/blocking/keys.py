"""Blocking keys: derived values by which records propose each other as candidate pairs, never more than that.

A record carries a rule's key for every combination of its values. Keys are 64-bit hashes: rule and signatures mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.signatures import SIGNATURES, Kind, Rule, Shorts, Signature, rule_name, short_forms
from resolver.columns import Column, Ints, Table
from resolver.hashing import ALL_BITS, Hashes, hash_text, hash_texts, mix, mix_one, signed_one

#: Up to so many rows, the fixed cost of arrays is more than that of working row by row.
FEW = 12


@dataclass(frozen=True, slots=True)
class Entries:
    """Hashes carried by rows: row ``rows[e]`` carries ``hashes[e]``; rows ascend, and may repeat. Shape (e,)."""

    rows: Ints
    hashes: Hashes


class KeyMaker:
    """Makes the keys of one table; each signature is computed once. With ``within`` a key is a number that only tells
    the keys of one rule in this table apart, which spares the hashing of texts."""

    def __init__(self, table: Table, kinds: dict[str, Kind], *, within: bool = False) -> None:
        self._table, self._kinds, self._within = table, kinds, within
        self._shorts: dict[Signature, Shorts] = {}
        self._made: dict[Signature, Entries] = {}
        self._places: dict[Signature, Ints] = {}

    def signatures(self) -> list[Signature]:
        """Every signature that this table's fields have."""
        return [Signature(name, form) for name, kind in sorted(self._kinds.items()) for form in SIGNATURES[kind]]

    def shorts(self, signature: Signature) -> Shorts:
        if signature not in self._shorts:
            shorten = SIGNATURES[self._kinds[signature.field]][signature.form]
            self._shorts[signature] = short_forms(self._table.columns[signature.field], shorten)
        return self._shorts[signature]

    def entries(self, signature: Signature) -> Entries:
        """The hashed short forms of a column; values whose short form is empty carry none."""
        if signature not in self._made:
            self._made[signature] = self._hashed(self.column(signature), self.shorts(signature))
        return self._made[signature]

    def _hashed(self, column: Column, shorts: Shorts) -> Entries:
        if self._within:
            hashes = np.arange(len(shorts.texts), dtype=np.uint64)
        else:
            hashes = column.hashes if shorts.texts is column.values else hash_texts(shorts.texts)
        codes, rows = shorts.codes[column.codes], column.rows
        if len(codes) and codes.min() < 0:
            codes, rows = codes[codes >= 0], rows[codes >= 0]
        return Entries(rows, hashes[codes])

    def keys(self, rule: Rule) -> Entries:
        """The keys of one rule; a record that lacks one of its signatures carries none."""
        keys = self.combined(rule)
        seed = np.uint64(hash_text(rule_name(rule)))
        return Entries(keys.rows, mix(seed, keys.hashes))

    def combined(self, rule: Rule) -> Entries:
        """As ``keys``, but without the rule in the hash: for work on one rule alone."""
        keys = self.entries(rule[0])
        for signature in rule[1:]:
            if self.column(signature).is_single:
                keys = self._with_single(keys, signature)
            else:
                other = self.entries(signature)
                mine, theirs = joined(keys.rows, other.rows, len(self._table))
                keys = Entries(keys.rows[mine], mix(keys.hashes[mine], other.hashes[theirs]))
        return keys

    def _with_single(self, left: Entries, signature: Signature) -> Entries:
        """``joined`` with a signature that a row carries once at most, in a third of the time."""
        right = self.entries(signature)
        if signature not in self._places:
            places = np.full(len(self._table), -1, dtype=np.int64)
            places[right.rows] = np.arange(len(right.rows))
            self._places[signature] = places
        place = self._places[signature][left.rows]
        there = np.flatnonzero(place >= 0)
        return Entries(left.rows[there], mix(left.hashes[there], right.hashes[place[there]]))

    def pooled(self, rules: Sequence[Rule]) -> Entries:
        """The keys of all these rules together (the rule is part of the hash). For few rows much faster than one rule
        after the other: rules over fields of which no row has two values are made at once, in a matrix of rows and
        rules; those of a handful of rows are made without arrays."""
        if len(self._table) <= FEW:
            return self._of_few(plan_of(tuple(rules)))
        several = {its.field for its in plan_of(tuple(rules)).signatures if not self.column(its).is_single}
        single = (
            tuple(rule for rule in rules if not any(its.field in several for its in rule)) if several else tuple(rules)
        )
        others = [self.keys(rule) for rule in rules if any(its.field in several for its in rule)] if several else []
        rows, hashes = [its.rows for its in others], [its.hashes for its in others]
        if single:
            matrix, present = self._matrix(plan_of(single))
            rows.append(np.repeat(np.arange(len(self._table)), present.sum(axis=1)))
            hashes.append(matrix[present])
        if not rows:
            return Entries(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64))
        if len(rows) == 1:
            return Entries(rows[0], hashes[0])
        all_rows = np.concatenate(rows)
        order = np.argsort(all_rows, kind="stable")
        return Entries(all_rows[order], np.concatenate(hashes)[order])

    def _of_few(self, plan: RulePlan) -> Entries:
        """The keys of each row, value by value: as ``keys_of_one``, but each distinct value is hashed once."""
        carried = [self._carried(signature) for signature in plan.signatures]
        rows: list[int] = []
        hashes: list[int] = []
        for row in range(len(self._table)):
            for (first, *others), seed in plan.one_by_one:
                keys = carried[first][row]
                for place in others:
                    keys = [mix_one(left, right) for left in keys for right in carried[place][row]]
                hashes += [mix_one(seed, key) for key in keys]
                rows += [row] * len(keys)
        return Entries(np.array(rows, dtype=np.int64), np.array(hashes, dtype=np.uint64))

    def _carried(self, signature: Signature) -> list[list[int]]:
        """The hashed short forms of each row."""
        column, shorten = self.column(signature), SIGNATURES[self._kinds[signature.field]][signature.form]
        hashes = [hash_text(short) if (short := shorten(text)) else None for text in column.values]
        return [[its for code in codes if (its := hashes[code]) is not None] for codes in column.by_row]

    def column(self, signature: Signature) -> Column:
        return self._table.columns[signature.field]

    def _matrix(self, plan: RulePlan) -> tuple[Hashes, NDArray[np.bool_]]:
        """The keys of rules over single-valued fields, shape (rows, rules), and which of them there are."""
        n = len(self._table)
        values = np.zeros((n, len(plan.signatures)), dtype=np.uint64)
        there = np.zeros((n, len(plan.signatures)), dtype=bool)
        for place, signature in enumerate(plan.signatures):
            if len(self.column(signature).codes):
                entries = self.entries(signature)
                values[entries.rows, place], there[entries.rows, place] = entries.hashes, True
        keys, present = values[:, plan.first], there[:, plan.first]
        for deeper, other in plan.further:
            keys = np.where(deeper, mix(keys, values[:, other]), keys)
            present &= there[:, other] | ~deeper
        return mix(plan.seeds, keys), present


def keys_of_one(
    values: Mapping[str, Sequence[str]], rules: Iterable[Rule], kinds: Mapping[str, Kind]
) -> dict[Rule, list[int]]:
    """The keys of one record's distinct ``values`` (texts by field) by rule, signed: those of ``KeyMaker.keys``, but
    without the fixed costs of arrays."""
    made: dict[Signature, list[int]] = {}
    answer = {}
    for rule in rules:
        for its in rule:
            if its not in made:
                shorten = SIGNATURES[kinds[its.field]][its.form]
                shorts = [shorten(text) for text in values.get(its.field, ())]
                made[its] = [hash_text(short) for short in shorts if short]
        keys = made[rule[0]]
        for its in rule[1:]:
            keys = [mix_one(left, right) for left in keys for right in made[its]]
        seed = _seed(rule)
        answer[rule] = [signed_one(mix_one(seed, key)) for key in keys]
    return answer


@lru_cache(maxsize=1024)
def _seed(rule: Rule) -> int:
    return hash_text(rule_name(rule))


@dataclass(frozen=True)
class RulePlan:
    """Rules by the places of their signatures: each rule's ``first``, then per depth which rules go ``further`` and to
    which place; ``seeds``: the hash of each rule's name. Shapes (rules,). And each rule's places with its seed, one by
    one."""

    signatures: tuple[Signature, ...]
    first: Ints
    further: tuple[tuple[NDArray[np.bool_], Ints], ...]
    seeds: Hashes
    one_by_one: tuple[tuple[tuple[int, ...], int], ...]


@lru_cache(maxsize=16)
def plan_of(rules: tuple[Rule, ...]) -> RulePlan:
    """The plan of these rules; the same ones are asked for with every record that comes in."""
    signatures = tuple(sorted({its for rule in rules for its in rule}))
    place_of = {signature: place for place, signature in enumerate(signatures)}
    further = tuple(
        (
            np.array([len(rule) > depth for rule in rules]),
            np.array([place_of[rule[depth]] if len(rule) > depth else 0 for rule in rules], dtype=np.int64),
        )
        for depth in range(1, max((len(rule) for rule in rules), default=1))
    )
    first = np.array([place_of[rule[0]] for rule in rules], dtype=np.int64)
    seeds = hash_texts(rule_name(rule) for rule in rules)
    places = (tuple(place_of[its] for its in rule) for rule in rules)
    return RulePlan(signatures, first, further, seeds, tuple(zip(places, seeds.tolist(), strict=True)))


def joined(left: Ints, right: Ints, n: int) -> tuple[Ints, Ints]:
    """Every combination of a left and a right entry of the same one of n rows, as positions of both; rows ascend."""
    theirs = np.bincount(right, minlength=n)
    starts = np.cumsum(theirs) - theirs
    repeats = theirs[left]
    which = np.repeat(np.arange(len(left)), repeats)
    within = np.arange(len(which)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return which, starts[left[which]] + within


def signature_within(table: Table, fields: Iterable[str]) -> NDArray[np.int64]:
    """As ``signature_of_records``, but a number that only tells the records of this table apart."""
    if len(table) > FEW:
        return _signature(table, fields, _numbers)
    carried = [column.by_row for _, column in _present(table, fields)]
    numbers: dict[tuple[frozenset[int], ...], int] = {}
    ours = []
    for row in range(len(table)):
        its = tuple(frozenset(codes[row]) for codes in carried)
        ours.append(numbers.setdefault(its, len(numbers) + 1) if any(its) else 0)
    return np.array(ours, dtype=np.int64)


def signature_of_records(table: Table, fields: Iterable[str]) -> NDArray[np.int64]:
    """One hash over all values of these fields per row, whatever their order; 0 where there is no value at all.

    Records of equal signature are alike in everything that is compared or exclusive.
    """
    if len(table) > FEW:
        return _signature(table, fields, lambda column: column.hashes)
    totals = [0] * len(table)
    for name, column in _present(table, fields):
        seed = hash_text(name)
        mixed = [mix_one(seed, hash_text(text)) for text in column.values]
        for row, codes in enumerate(column.by_row):
            totals[row] = sum((mixed[code] for code in codes), totals[row])
    return np.array([signed_one(total & ALL_BITS) for total in totals], dtype=np.int64)


def telling_signatures(table: Table, groups: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """``signature_of_records`` of the first of these groups of fields that a row has values of; 0 where it has none."""
    return _of_first(groups, lambda fields: signature_of_records(table, fields))


def telling_signatures_within(table: Table, groups: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """As ``telling_signatures``, but numbers that only tell the records of this table apart."""
    return _of_first(groups, lambda fields: _signature(table, fields, _numbers))


def signature_of_value(name: str, text: str) -> int:
    """The telling signature of a touch that has only this value of this field."""
    return signed_one(mix_one(_hash_of_name(name), hash_text(text)))


def signatures_of_values_within(name: str, column: Column) -> NDArray[np.int64]:
    """As ``signature_of_value``, of each value of a column within its table."""
    return mix(np.uint64(hash_text(name)), _numbers(column)).view(np.int64)


def _of_first(
    groups: Sequence[Sequence[str]], signatures: Callable[[Sequence[str]], NDArray[np.int64]]
) -> NDArray[np.int64]:
    answer = signatures(groups[0])
    for fields in groups[1:]:
        without = answer == 0
        if not without.any():
            break
        answer[without] = signatures(fields)[without]
    return answer


@lru_cache(maxsize=1024)
def _hash_of_name(name: str) -> int:
    return hash_text(name)


def _numbers(column: Column) -> Hashes:
    return np.arange(1, len(column.values) + 1, dtype=np.uint64)


def _signature(table: Table, fields: Iterable[str], hashes_of: Callable[[Column], Hashes]) -> NDArray[np.int64]:
    total = np.zeros(len(table), dtype=np.uint64)
    for name, column in _present(table, fields):
        mixed = mix(np.uint64(hash_text(name)), hashes_of(column))
        if column.is_single:
            total[column.rows] += mixed[column.codes]
        else:
            np.add.at(total, column.rows, mixed[column.codes])
    return total.view(np.int64)


def _present(table: Table, fields: Iterable[str]) -> list[tuple[str, Column]]:
    """Those of these fields that any row has a value of."""
    columns = ((name, table.columns.get(name)) for name in sorted(fields))
    return [(name, column) for name, column in columns if column is not None and len(column.codes)]
