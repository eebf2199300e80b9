"""Who is this: a question is scored, as if it were a record, against the records that share a key with it.

Nothing is stored, and the question never counts in degrees: an identifier's penalty and activity are those of its
carriers. A question of identifiers alone takes a short way without columns, by the same terms, so that its answers are
the same integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from graph.model import Record
from graph.store import Snapshot
from resolver.answering.question import Question, QuestionReader
from resolver.answering.views import customer_views
from resolver.answers import Answer, Candidate, FieldEvidence, PairEvidence, SharedIdentifier
from resolver.blocking.keys import keys_of_one
from resolver.blocking.signatures import rule_name
from resolver.columns import Table, column_of, table_of
from resolver.config import AttributeKind, IdentifierKind
from resolver.neighbourhood.evidence import NO_VALUE, TOO_SHARED, Scales, clipped
from resolver.preparing.indexing import identifier_key
from resolver.scoring.compare import ComparedField, Comparer
from resolver.scoring.levels import EXACT, MISSING
from resolver.scoring.model import MICRO, probability_of
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version

#: The question's place among record keys; no record has the empty key.
QUESTION = ""
#: Records that share only blocking keys with a question of attributes are answered from this weight on (one per cent);
#: with one of identifiers alone from the review floor on.
LEAST = -7 * MICRO
#: Name parts are also compared with each other.
_SWAPPING = (AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME)
#: The level "different" of codes, which know nothing between it and "exact".
_DIFFERENT = 2


#: The lookup of the version that was asked under last.
_kept: dict[str, Lookup] = {}


def identify(snapshot: Snapshot, question: Mapping[str, Sequence[str]], version: Version, limit: int = 10) -> Answer:
    """Who is this? ``question``: raw values by field name. A process asks under one version for a long time, so the
    last ``Lookup`` is kept; threads that ask under different ones at worst make theirs anew."""
    lookup = _kept.get("last")
    if lookup is None or lookup.version is not version:
        lookup = _kept["last"] = Lookup(version)
    return lookup.identify(snapshot, question, limit)


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


class Lookup:
    """Answers questions under one version. Safe to share between threads."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._reader = QuestionReader(version.config)
        self._scorer = IdentifierScorer(version.model)

    def identify(self, snapshot: Snapshot, question: Mapping[str, Sequence[str]], limit: int = 10) -> Answer:
        """The customers that the question may mean, the likeliest first, at most ``limit``; none: unknown."""
        asked = self._reader.read(question)
        identifiers = self._identifiers(snapshot, asked)
        proposed = self._proposed(snapshot, asked, identifiers, limit)
        records = self._verified(snapshot, proposed, identifiers)
        assignments = snapshot.assignments(records.keys())
        owners = {key: its.customer_id for key, its in assignments.items()}
        scores = self._scores(asked, identifiers, [records[key] for key in sorted(owners)])
        best = self._best(scores, owners, (asked, proposed))[:limit]
        found = snapshot.customers([owners[key] for key in best])
        customers = [found[owners[key]] for key in best]
        views = customer_views(snapshot, customers, self.version.config, records, assignments)
        candidates = []
        for key, view in zip(best, views, strict=True):
            evidence = scores.evidence(key, proposed[key])
            candidates.append(Candidate(view, evidence.probability, evidence))
        return Answer(tuple(candidates), self._shared(snapshot, identifiers, owners), asked.refused)

    def _identifiers(self, snapshot: Snapshot, asked: Question) -> list[Asked]:
        given = [(type, value) for type in self.version.config.identifiers for value in asked.fields.get(type, ())]
        hashes = {its: identifier_key(*its).hash for its in given}
        most = max((self.version.cap(type) for type, _ in given), default=0)
        found = snapshot.carriers(list(hashes.values()), most + 1)  # one question to the store for all of them
        identifiers = []
        for type, value in given:
            cap = self.version.cap(type)
            carriers = found.get(hashes[type, value], [])[: cap + 1]
            signatures = {its.signature for its in carriers} - {0}
            reach = max(1, len(signatures)) if len(carriers) <= cap else 0
            identifiers.append(Asked(type, value, tuple([its.record_key for its in carriers]), reach))
        return identifiers

    def _proposed(
        self, snapshot: Snapshot, asked: Question, identifiers: Iterable[Asked], limit: int
    ) -> dict[str, list[str]]:
        """By record key the names of the active keys that it shares with the question. Blocking keys are left out where
        identifiers are all that is asked and they are known. Where nothing else is known, the first carriers of
        inactive identifiers are taken, which propose nothing by themselves."""
        proposed: dict[str, list[str]] = {}
        for its in identifiers:
            for key in its.carriers if its.reach else ():
                proposed.setdefault(key, []).append(its.name)
        if not proposed or self._asks_attributes(asked):
            for name, carriers in self._blocked(snapshot, asked):
                for key in carriers:
                    proposed.setdefault(key, []).append(name)
        return proposed or {key: [] for its in identifiers for key in its.carriers[:limit]}

    def _asks_attributes(self, asked: Question) -> bool:
        return any(name not in self.version.config.identifiers for name in asked.fields)

    def _blocked(self, snapshot: Snapshot, asked: Question) -> list[tuple[str, list[str]]]:
        """The carriers of each active blocking key of the question, by the name of its rule."""
        rules = [rule for rule in self.version.model.rules if all(part.field in asked.fields for part in rule)]
        if not rules:
            return []
        cap, hashes = self.version.config.resolution.blocking_cap, keys_of_one(asked.fields, rules, self.version.kinds)
        carriers = snapshot.carriers([its for those in hashes.values() for its in those], cap + 1)
        blocked = []
        for rule, those in hashes.items():
            active = (found for its in those if len(found := carriers.get(its, [])) <= cap)
            blocked.append((rule_name(rule), sorted({its.record_key for found in active for its in found})))
        return blocked

    def _verified(
        self, snapshot: Snapshot, proposed: dict[str, list[str]], identifiers: Sequence[Asked]
    ) -> dict[str, Record]:
        """The proposed records. Identifiers were found by their hashes: where a record does not carry the value itself,
        it is taken out of ``proposed``."""
        records = snapshot.records(proposed.keys())
        for key in [key for key in proposed if key not in records]:
            del proposed[key]
        for its in identifiers:
            for key in its.carriers:
                if key in proposed and its.value not in records[key].fields.get(its.type, ()):
                    names = proposed[key]
                    names[:] = [name for name in names if name != its.name]
                    if not names:
                        del proposed[key], records[key]
        return records

    def _scores(self, asked: Question, identifiers: Sequence[Asked], records: Sequence[Record]) -> Scores:
        short = _short_way(asked, (self.version, self._scorer), identifiers, records)
        return short or _ColumnScores(self._table(asked, records), self.version, identifiers)

    def _table(self, asked: Question, records: Iterable[Record]) -> Table:
        """The question and these records, as far as they can be compared: other fields say nothing of the question."""
        config, kinds = self.version.config, self.version.kinds
        names = set(asked.fields)
        if any(kinds.get(name) in _SWAPPING for name in names):
            names |= {name for name, kind in kinds.items() if kind in _SWAPPING}
        wanted = [
            (record.key, {name: record.fields[name] for name in names if name in record.fields}) for record in records
        ]
        return table_of([(QUESTION, asked.fields), *wanted], (*config.identifiers, *config.attributes))

    def _best(
        self, scores: Scores, owners: Mapping[str, str], why: tuple[Question, Mapping[str, Sequence[str]]]
    ) -> list[str]:
        """Each customer's best record, the likeliest customer first; of equally likely ones that with more records."""
        asked, proposed = why
        least = LEAST if self._asks_attributes(asked) else self.version.review_floor
        heaviest: dict[str, str] = {}
        records: dict[str, int] = {}
        for key in sorted(owners):
            named = not proposed[key] or any(":" in name for name in proposed[key])
            if not named and scores.weights[key] < least:
                continue
            owner = owners[key]
            records[owner] = records.get(owner, 0) + 1
            if owner not in heaviest or scores.weights[key] > scores.weights[heaviest[owner]]:
                heaviest[owner] = key
        return sorted(heaviest.values(), key=lambda key: (-scores.weights[key], -records[owners[key]], key))

    def _shared(
        self, snapshot: Snapshot, identifiers: Iterable[Asked], owners: Mapping[str, str]
    ) -> tuple[SharedIdentifier, ...]:
        """Identifiers of several customers. Of an inactive one only cap + 1 carriers are looked at."""
        shared = []
        for its in identifiers:
            known = owners
            if not its.reach:
                known = {key: found.customer_id for key, found in snapshot.assignments(its.carriers).items()}
            customers = {known[key] for key in its.carriers if key in known}
            if len(customers) > 1 or not its.reach:
                shared.append(SharedIdentifier(its.name, len(its.carriers), len(customers), its.reach > 0))
        return tuple(shared)


class Scores(Protocol):
    """What the question reaches against each record."""

    @property
    def weights(self) -> Mapping[str, int]:
        """Microbits, before clipping, by record key."""

    def evidence(self, key: str, shared: Sequence[str]) -> PairEvidence:
        """The evidence against this record, of the fields that are asked; ``shared``: the active keys in common."""


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
) -> _ShortScores | None:
    """The same integers without columns; None where the question asks for attributes."""
    version, scorer = tools
    if any(type not in version.config.identifiers for type in asked.fields):
        return None
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
                words = words if any(reach[its] for its in both) else TOO_SHARED
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
