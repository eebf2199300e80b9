"""Customers whose records contradict each other on who they are, although all the rest outweighs it: twins with one
e-mail address and one telephone, a father and a son of one name at one address.

Only given names and dates tell the people of a household apart. A cluster is contradictory where its values of one of
these kinds fall into groups, and any two of different groups are at the lowest level of comparison. Whatever may be one
value written otherwise is in one group, and so are records that share a personal number or that a steward has joined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, log2

import numpy as np
from rapidfuzz.distance import OSA

from resolver.clustering.cluster import Edge, grouped, joined
from resolver.clustering.evidence import ComparedPairs
from resolver.columns import Ints, Table
from resolver.config import AttributeKind, IdentifierKind
from resolver.hashing import hash_text
from resolver.normalise import canonical_given_names
from resolver.scoring.model import MICRO, microbits
from resolver.version import PERSONAL, Version

#: A contradiction counts from so many microbits on; where it would be an ordinary mistake, nobody is asked to look.
LEAST = 2 * MICRO
#: A date so common that the model takes off so many microbits where it is shared stands for one that nobody knew.
_PLACEHOLDER = -3 * MICRO


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two rows of one cluster, left < right, that contradict each other in ``fields``: of all such pairs the one of the
    largest ``weight``. ``against``: how much speaks against one person. Both in microbits."""

    left: int
    right: int
    weight: int
    fields: tuple[str, ...]
    against: int


def contradictions(
    table: Table, cluster: Ints, pairs: ComparedPairs, same: Sequence[tuple[int, int, int]], version: Version
) -> list[Contradiction]:
    """One for each contradictory cluster, in the order of their smallest rows. ``pairs``: all that were compared within
    components; ``same``: the standing decisions as rows, with their positions."""
    suspected = np.flatnonzero(pairs.different.any(axis=1))
    heads = cluster[pairs.left[suspected]]
    heads = heads[heads == cluster[pairs.right[suspected]]]
    if not len(heads):
        return []
    wanted = np.zeros(len(table), dtype=bool)
    wanted[heads] = True
    pairs = pairs.take(wanted[cluster[pairs.left]] & (cluster[pairs.left] == cluster[pairs.right]))
    pairs_of = grouped(cluster[pairs.left], wanted)
    decided: defaultdict[int, list[Edge]] = defaultdict(list)
    for a, b, _ in same:
        if cluster[a] == cluster[b]:
            decided[int(cluster[a])].append((a, b))
    kinds = [_Kind(kind, table, version) for kind in PERSONAL]
    found = []
    for head, rows in grouped(cluster, wanted).items():
        its_pairs = pairs.take(pairs_of[head])
        told = [its for kind in kinds if (its := kind.contradiction(rows.tolist(), its_pairs, decided[head]))]
        if told:
            found.append(max(told, key=lambda one: one.against))
    return found


class _Kind:
    """Tells contradictions in the fields of one personal kind, cluster by cluster."""

    def __init__(self, kind: AttributeKind, table: Table, version: Version) -> None:
        personal = [version.fields[place] for place in version.personal[0].tolist()]
        self._names = [its.name for its in personal]
        #: Columns of ``ComparedPairs.different``.
        self.fields = [at for at, its in enumerate(personal) if its.kind is kind]
        self._kind, self._table, self._model = kind, table, version.model
        identifiers = version.config.identifiers
        self._numbers = [name for name, its in identifiers.items() if its.kind is IdentifierKind.NATIONAL_ID]
        #: What another value says against a pair, microbits.
        self._each = max((-version.model.fields[self._names[at]].weights()[-1] for at in self.fields), default=0)
        self._one_name: dict[tuple[str, str], bool] = {}

    def contradiction(self, rows: list[int], pairs: ComparedPairs, decided: Iterable[Edge]) -> Contradiction | None:
        """Of one cluster, given its rows, its pairs, and those that are decided to be the same."""
        values = {row: {at: texts for at in self.fields if (texts := self._values(at, row))} for row in rows}
        alike, opposed = [*decided, *self._equal(values)], []
        ends = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.different.tolist(), strict=True)
        for place, (a, b, different) in enumerate(ends):
            both = values[a].keys() & values[b].keys()
            if both and all(different[at] and not self._may_be_one(values[a][at], values[b][at]) for at in both):
                opposed.append((a, b, place))
            elif both:
                alike.append((a, b))
        group = _groups(rows, alike)
        apart = [(int(pairs.weight[place]), -a, -b, place) for a, b, place in opposed if group[a] != group[b]]
        against = self._against(Counter(group[row] for row in rows if values[row]))
        if not apart or against < LEAST:
            return None
        weight, a, b, place = max(apart)
        fields = (name for name, its in zip(self._names, pairs.different[place].tolist(), strict=True) if its)
        return Contradiction(-a, -b, weight, tuple(fields), against)

    def _values(self, at: int, row: int) -> Sequence[str]:
        """What a row says in a field, but for placeholders."""
        name = self._names[at]
        texts = self._table.columns[name].texts_of(row)
        if self._kind is not AttributeKind.DATE:
            return texts
        common, _ = self._model.fields[name].frequency_terms
        return [text for text in texts if not common or common.get(hash_text(text), 0) > _PLACEHOLDER]

    def _equal(self, values: Mapping[int, Mapping[int, Sequence[str]]]) -> Iterator[Edge]:
        """Rows that share a value (in large clusters not all of their pairs were compared), or a personal number."""
        first: dict[tuple[str, str], int] = {}
        for row, its in values.items():
            told = [(self._names[at], text) for at, texts in its.items() for text in texts]
            told += [(name, text) for name in self._numbers for text in self._table.columns[name].texts_of(row)]
            for value in told:
                yield first.setdefault(value, row), row

    def _may_be_one(self, ones: Sequence[str], others: Sequence[str]) -> bool:
        """Whether any of these values may be one of the others, written otherwise."""
        if self._kind is not AttributeKind.GIVEN_NAME:
            return False
        for pair in product(ones, others):
            if pair not in self._one_name:
                self._one_name[pair] = _one_name(*pair)
        return any(self._one_name[pair] for pair in product(ones, others))

    def _against(self, sizes: Mapping[int, int]) -> int:
        """How much speaks against one person (microbits) where records fall into groups of these sizes: all but those
        of the largest group are mistaken, each as unlikely as another value is, whichever of the records they are."""
        records = sum(sizes.values())
        mistaken = records - max(sizes.values(), default=0)
        return self._each * mistaken - microbits(log2(comb(records, mistaken)))


def _groups(rows: Sequence[int], alike: Iterable[Edge]) -> dict[int, int]:
    """The group of each row, where all that are alike are in one."""
    place_of = {row: place for place, row in enumerate(rows)}
    return dict(zip(rows, joined(len(rows), ((place_of[a], place_of[b]) for a, b in alike)), strict=True))


def _one_name(one: str, other: str) -> bool:
    """Whether two given names that look unlike may be one: nicknames, one the end or the middle of the other (Beth,
    Elizabeth), one edit in a short name; of any two of their words."""
    for mine, its in product(one.split(), other.split()):
        short, long = sorted((mine, its), key=len)
        if canonical_given_names(mine) & canonical_given_names(its):
            return True
        if (len(short) >= 3 and short in long) or (len(long) >= 3 and OSA.distance(mine, its, score_cutoff=1) <= 1):
            return True
    return False
