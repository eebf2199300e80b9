"""What a question reaches against each record, as if it were a record too.

A question of identifiers alone takes a short way without columns, by the same terms, so that its answers are the same
integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from graph.model import Record
from resolver.answering.question import Question
from resolver.answers import FieldEvidence, PairEvidence
from resolver.columns import Table, column_of, table_of
from resolver.config import AttributeKind, IdentifierKind
from resolver.neighbourhood.evidence import NO_VALUE, Scales, clipped, shared_by
from resolver.scoring.compare import ComparedField, Comparer
from resolver.scoring.levels import EXACT, MISSING
from resolver.scoring.model import probability_of
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version

#: The question's place among record keys; no record has the empty key.
QUESTION = ""
#: Name parts are also compared with each other.
_SWAPPING = (AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME)
#: The level "different" of codes, which know nothing between it and "exact".
_DIFFERENT = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """An identifier of the question: the keys of its carriers, in key order (cap + 1 of them where it is inactive), and
    its reach s (0: inactive)."""

    type: str
    value: str
    carriers: tuple[str, ...]
    reach: int

    @property
    def name(self) -> str:
        return f"{self.type}:{self.value}"


class Scores(Protocol):
    """What the question reaches against each record."""

    @property
    def weights(self) -> Mapping[str, int]:
        """Microbits, before clipping, by record key."""

    def evidence(self, key: str, shared: Sequence[str]) -> PairEvidence:
        """The evidence against this record, of the fields that are asked; ``shared``: the active keys in common."""


def scores_of(
    asked: Question, tools: tuple[Version, IdentifierScorer], identifiers: Sequence[Asked], records: Sequence[Record]
) -> Scores:
    """The question against these records, in key order."""
    version, _ = tools
    if all(type in version.config.identifiers for type in asked.fields):
        return _short_way(asked, tools, identifiers, records)
    return _ColumnScores(_table(asked, records, version), version, identifiers)


def _table(asked: Question, records: Iterable[Record], version: Version) -> Table:
    """The question and these records, as far as they can be compared: other fields say nothing of the question."""
    config, kinds = version.config, version.kinds
    names = set(asked.fields)
    if any(kinds.get(name) in _SWAPPING for name in names):
        names |= {name for name, kind in kinds.items() if kind in _SWAPPING}
    wanted = [
        (record.key, {name: record.fields[name] for name in names if name in record.fields}) for record in records
    ]
    return table_of([(QUESTION, asked.fields), *wanted], (*config.identifiers, *config.attributes))


class _ColumnScores:
    """Any question: row 0 of a table of the question and its records is compared with all others."""

    def __init__(self, table: Table, version: Version, identifiers: Iterable[Asked]) -> None:
        reach = {}
        asked = {(its.type, its.value): its.reach for its in identifiers}
        for name in version.config.identifiers:
            values = table.columns[name].values
            reach[name] = np.array([asked.get((name, value), 1) for value in values], dtype=np.int64)
        self._scales = Scales(table, version, reach)
        rows = np.arange(1, len(table), dtype=np.int64)
        self._weighed = self._scales.weigh(np.zeros_like(rows), rows)
        self._place = {key: place for place, key in enumerate(table.keys[1:])}
        self.weights = dict(zip(table.keys[1:], self._scales.totals(self._weighed).tolist(), strict=True))

    def evidence(self, key: str, shared: Sequence[str]) -> PairEvidence:
        its = self._scales.evidence(self._weighed, self._place[key], shared)
        return replace(its, fields=tuple(field for field in its.fields if field.left))


@dataclass(frozen=True, slots=True)
class _ShortScores:
    """A question of identifiers only, term by term: by record key the fields, and what being related explains."""

    prior: int
    fields: dict[str, list[FieldEvidence]]
    related: dict[str, int]
    weights: dict[str, int]

    def evidence(self, key: str, shared: Sequence[str]) -> PairEvidence:
        weight, fields = self.weights[key], tuple(self.fields[key])
        probability = probability_of(clipped(weight))
        return PairEvidence(
            QUESTION, key, self.prior, fields, self.related[key], weight, probability, bool(shared), tuple(shared)
        )


def _short_way(
    asked: Question, tools: tuple[Version, IdentifierScorer], identifiers: Iterable[Asked], records: Sequence[Record]
) -> _ShortScores:
    """The same integers without columns."""
    version, scorer = tools
    reach = {(its.type, its.value): its.reach for its in identifiers}
    fields: dict[str, list[FieldEvidence]] = {record.key: [] for record in records}
    related = dict.fromkeys(fields, 0)
    for field in version.fields:
        ours = asked.fields.get(field.name)
        if ours is None:
            continue
        labels = field.comparison.labels
        for record, level in zip(records, _levels(field, ours, records), strict=True):
            theirs = record.fields.get(field.name, ())
            both = [(field.name, value) for value in ours if value in theirs]
            words = labels[level] if level != MISSING else NO_VALUE
            if both:
                terms = [scorer.exact(field.name, reach[its]) for its in both]
                words = shared_by(words, [reach[its] for its in both])
            else:
                terms = [scorer.at_level(field.name, level)]
            weight = sum(term for term, _ in terms)
            fields[record.key].append(FieldEvidence(field.name, ours, theirs, words, weight))
            related[record.key] += sum(term for _, term in terms)
    explained = {key: -scorer.explained(its) for key, its in related.items()}
    weights = {key: scorer.prior + sum(its.weight for its in fields[key]) + explained[key] for key in fields}
    return _ShortScores(scorer.prior, fields, explained, weights)


def _levels(field: ComparedField, ours: tuple[str, ...], records: Sequence[Record]) -> list[int]:
    """The level of each record's values of this field; only where one may nearly be an asked one are they compared."""
    told = [_told(field, ours, record.fields.get(field.name, ())) for record in records]
    if None not in told:
        return [level for level in told if level is not None]
    column = column_of([ours, *(record.fields.get(field.name, ()) for record in records)])
    rows = np.arange(1, len(records) + 1)
    comparer = Comparer(Table([QUESTION, *(record.key for record in records)], {field.name: column}), [field])
    return [int(level) for level in comparer.levels(np.zeros_like(rows), rows)[:, 0]]


def _told(field: ComparedField, ours: tuple[str, ...], theirs: tuple[str, ...]) -> int | None:
    """The level where it takes no comparison to tell."""
    if not theirs:
        return MISSING
    if any(value in theirs for value in ours):
        return EXACT
    return _DIFFERENT if field.kind is IdentifierKind.CODE else None
