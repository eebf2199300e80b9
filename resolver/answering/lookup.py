"""Who is this: a question is scored, as if it were a record, against the records that share a key with it.

Nothing is stored, and the question never counts in degrees: an identifier's penalty and activity are those of its
carriers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graph.model import KeyKind, Record
from graph.store import Snapshot
from resolver.answering.question import Question, QuestionReader
from resolver.answering.question_scores import Asked, Scores, scores_of
from resolver.answering.views import customer_views
from resolver.answers import Answer, Candidate, SharedIdentifier
from resolver.blocking.keys import keys_of_one
from resolver.blocking.signatures import rule_name
from resolver.neighbourhood.evidence import reach_among
from resolver.preparing.indexing import identifier_key
from resolver.scoring.model import MICRO
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version

#: Records that share only blocking keys with a question of attributes are answered from this weight on (one per cent);
#: with one of identifiers alone from the review floor on.
LEAST = -7 * MICRO

#: The lookup of the version that was asked under last.
_kept: dict[str, Lookup] = {}


def identify(snapshot: Snapshot, question: Mapping[str, Sequence[str]], version: Version, limit: int = 10) -> Answer:
    """Who is this? ``question``: raw values by field name. A process asks under one version for a long time, so the
    last ``Lookup`` is kept; threads that ask under different ones at worst make theirs anew."""
    lookup = _kept.get("last")
    if lookup is None or lookup.version is not version:
        lookup = _kept["last"] = Lookup(version)
    return lookup.identify(snapshot, question, limit)


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
        scores = scores_of(asked, (self.version, self._scorer), identifiers, [records[key] for key in sorted(owners)])
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
        # One question to the store for all of them.
        found = snapshot.carriers(list(hashes.values()), most + 1, KeyKind.IDENTIFIER)
        identifiers = []
        for type, value in given:
            cap = self.version.cap(type)
            carriers = found.get(hashes[type, value], [])[: cap + 1]
            reach = reach_among([its.signature for its in carriers], (type, value), cap)
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
        every = [its for those in hashes.values() for its in those]
        carriers = snapshot.carriers(every, cap + 1, KeyKind.BLOCKING)
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
