"""The evidence of pairs of stored records, field by field, in the very integers that resolution added up.

Records are put into the same columns, and compared and scored by the same ``Comparer`` and ``Scorer``; what is known of
their keys (how far a value reaches, whether a key is active) is read from the store's postings. Nothing is computed in
a second way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.model import KeyKind, Record
from graph.store import Snapshot
from resolver.answers import FieldEvidence, PairEvidence
from resolver.blocking.candidates import Blocks, blocks_of
from resolver.blocking.keys import Entries, KeyMaker, signature_of_value
from resolver.blocking.signatures import rule_name
from resolver.clustering.proposing import Known
from resolver.columns import Ints, Table
from resolver.hashing import signed
from resolver.neighbourhood.read_once import RecordsAndKeys, carriers_up_to
from resolver.preparing.indexing import identifier_key, table_of_records
from resolver.scoring.compare import ComparedField, Comparer
from resolver.scoring.levels import EXACT, MISSING, Levels
from resolver.scoring.model import MICRO, probability_of
from resolver.scoring.scorer import PAIR_CLIP, Scorer
from resolver.version import Version

#: What the words of a level add where it is not what people expect of it.
ELSEWHERE = "counted with the other name"
TOO_SHARED = "exact, but shared by too many to count"
NO_VALUE = "missing"


def shared_by(words: str, reach: Iterable[int]) -> str:
    """The words of a level at which identifiers with these s are shared."""
    if not (active := [its for its in reach if its > 0]):
        return TOO_SHARED
    return f"{words}, on {least:,} unlike records" if (least := min(active)) > 2 else words


def clipped(weight: int) -> int:
    """A pair's weight as resolution keeps it (microbits)."""
    return min(max(weight, -PAIR_CLIP), PAIR_CLIP)


def reach_in_store(
    snapshot: RecordsAndKeys, values: Iterable[tuple[str, str]], version: Version
) -> dict[tuple[str, str], int]:
    """s of each identifier (type, value), see ``reach_among``."""
    hashes: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for name, value in values:
        hashes[version.cap(name)][name, value] = identifier_key(name, value).hash
    reach = {}
    for cap, those in hashes.items():  # one question to the store for all that are capped alike
        found = snapshot.carriers(list(those.values()), cap + 1, KeyKind.IDENTIFIER)
        for its, its_hash in those.items():
            reach[its] = reach_among([one.signature for one in found.get(its_hash, ())], its, cap)
    return reach


def reach_among(signatures: Collection[int], identifier: tuple[str, str], cap: int) -> int:
    """s of an identifier (type, value), given the ``signatures`` of its live carriers (of more than ``cap`` where there
    are more): how many distinct ones there are, but for the empty one and that of a touch which tells nothing else; at
    least 1; 0 where the identifier is over its cap."""
    if len(signatures) > cap:
        return 0
    distinct = {*signatures} - {0}
    if len(distinct) > 1:
        distinct.discard(signature_of_value(*identifier))
    return max(1, len(distinct))


def reach_of_table(
    snapshot: RecordsAndKeys, table: Table, version: Version, least: int = 2, of: NDArray[np.bool_] | None = None
) -> dict[str, NDArray[np.int64]]:
    """``Known.reach`` of the values that at least ``least`` rows of the table carry, and one of the rows ``of`` (shape
    (n,); None: any); the others (no pair that is asked about shares them) count as 1."""
    wanted_of = {}
    for name in version.config.identifiers:
        column = table.columns[name]
        several = column.frequencies >= least
        if of is not None:
            carried = np.zeros(len(column.values), dtype=bool)
            carried[column.codes[of[column.rows]]] = True
            several &= carried
        wanted_of[name] = np.flatnonzero(several).tolist()
    found = reach_in_store(
        snapshot, [(name, table.columns[name].values[code]) for name, its in wanted_of.items() for code in its], version
    )
    reach = {}
    for name, wanted in wanted_of.items():
        column = table.columns[name]
        its = np.ones(len(column.values), dtype=np.int64)
        its[wanted] = [found[name, column.values[code]] for code in wanted]
        reach[name] = its
    return reach


def known_from_postings(snapshot: RecordsAndKeys, table: Table, version: Version) -> Known:
    """What resolution has to know of the keys that rows of this table share."""
    if len(table) < 2:
        return Known(
            {name: np.ones(len(table.columns[name].values), dtype=np.int64) for name in version.config.identifiers}, {}
        )
    reach = reach_of_table(snapshot, table, version)
    blocks: dict[str, Blocks] = {}
    for name, its in reach.items():
        column = table.columns[name]
        shared = blocks_of(Entries(column.rows, column.codes.astype(np.uint64)), least=2)
        blocks[name] = shared.only(its[shared.hashes.astype(np.int64)] > 0)
    rules = blocks_of(KeyMaker(table, version.kinds).pooled(version.model.rules), least=2)
    blocks[""] = _proposing(snapshot, rules, version.config.resolution.blocking_cap)
    return Known(reach, blocks)


def _proposing(snapshot: RecordsAndKeys, rules: Blocks, cap: int) -> Blocks:
    """Of these blocking keys as many active ones as propose what all active ones do: keys of the same rows, as the
    records of one customer have many, propose the same pairs, and once one of them is active the store need not be
    asked for the others."""
    alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, rows in enumerate(rules.carriers):
        alike[tuple(rows)].append(place)
    hashes = signed(rules.hashes).tolist()

    def active(places: list[int]) -> list[int]:
        wanted = [hashes[its] for its in places]
        carriers = snapshot.carriers(wanted, cap + 1, KeyKind.BLOCKING) if wanted else {}
        return [its for its in places if len(carriers.get(hashes[its], ())) <= cap]

    first = active([its[0] for its in alike.values()])
    settled = set(first)
    others = active([place for first, *others in alike.values() if first not in settled for place in others])
    return rules.take(np.array(sorted([*first, *others]), dtype=np.int64))


@dataclass(frozen=True)
class Weighed:
    """Pairs of rows with what every field says of them: ``levels`` and ``terms``, shape (pairs, fields); ``explained``
    (what being related explains, to be taken off), ``weight`` and ``cut_weight`` (both clipped), shape (pairs,).
    Weights are microbits."""

    left: Ints
    right: Ints
    levels: Levels
    terms: Ints
    explained: Ints
    weight: Ints
    cut_weight: Ints


class Scales:
    """Weighs pairs of rows of one table under one version."""

    def __init__(self, table: Table, version: Version, reach: dict[str, NDArray[np.int64]]) -> None:
        self.table, self.version, self._reach = table, version, reach
        self._comparer = Comparer(table, version.fields)
        self._scorer = Scorer(table, version.fields, version.model, reach)

    def weigh(self, left: Ints, right: Ints) -> Weighed:
        levels = self._comparer.levels(left, right)
        terms, explained = self._scorer.terms(levels, left, right)
        return Weighed(left, right, levels, terms, explained, *self._scorer.weights(levels, left, right))

    def totals(self, weighed: Weighed) -> Ints:
        """The weight of each pair before it is clipped, shape (pairs,); microbits."""
        return np.asarray(self._scorer.prior + weighed.terms.sum(axis=1) - weighed.explained)

    def says_less(self, weighed: Weighed) -> NDArray[np.bool_]:
        """Whether what the records of each pair share says less, since they were seen far apart; shape (pairs,)."""
        fading = [position for position, field in enumerate(self.version.fields) if field.half_life is not None]
        found = np.zeros(len(weighed.left), dtype=bool)
        for place, rows in enumerate(zip(weighed.left.tolist(), weighed.right.tolist(), strict=True) if fading else ()):
            levels = weighed.levels[place].tolist()
            found[place] = any(self._scorer.lost(position, levels[position], rows)[1] > 0 for position in fading)
        return found

    def evidence(self, weighed: Weighed, place: int, shared: Sequence[str]) -> PairEvidence:
        """The evidence of one weighed pair; ``shared``: the active keys that both records carry."""
        left, right = int(weighed.left[place]), int(weighed.right[place])
        fields = [
            its
            for position, field in enumerate(self.version.fields)
            if (its := self._field((left, right), field, (weighed, place, position))) is not None
        ]
        prior, related = self._scorer.prior, -int(weighed.explained[place])
        weight = prior + int(weighed.terms[place].sum()) + related
        return PairEvidence(
            self.table.keys[left],
            self.table.keys[right],
            prior,
            tuple(fields),
            related,
            weight,
            probability_of(clipped(weight)),
            bool(shared),
            tuple(shared),
        )

    def _field(
        self, rows: tuple[int, int], field: ComparedField, where: tuple[Weighed, int, int]
    ) -> FieldEvidence | None:
        """None where neither record has a value."""
        weighed, place, position = where
        column = self.table.columns[field.name]
        left, right = column.texts_of(rows[0]), column.texts_of(rows[1])
        if not left and not right:
            return None
        level = int(weighed.levels[place, position])
        words = field.comparison.labels[level]
        if level == MISSING:
            words = ELSEWHERE if left and right else NO_VALUE
        elif level == EXACT and field.name in self._reach:
            words = shared_by(words, self._reach_of(field.name, set(left) & set(right)))
        days, less = self._scorer.lost(position, level, rows)
        if less > 0:
            words += f", seen {days:,} days apart: {less / MICRO:.1f} bits less"
        return FieldEvidence(field.name, left, right, words, int(weighed.terms[place, position]))

    def _reach_of(self, name: str, values: set[str]) -> list[int]:
        """s of each of these identifiers."""
        its = zip(self.table.columns[name].values, self._reach[name].tolist(), strict=True)
        return [reach for text, reach in its if text in values]


@dataclass(frozen=True, slots=True)
class _Carried:
    """A key that two rows share: its name, its hash, and how many may carry it."""

    name: str
    hash: int
    cap: int


class SharedKeys:
    """The active keys, identifiers and blocking keys, by which rows of a table are candidate pairs."""

    def __init__(self, snapshot: Snapshot, table: Table, version: Version) -> None:
        self._snapshot, self._table, self._version = snapshot, table, version
        maker = KeyMaker(table, version.kinds)
        self._by_rule = {rule_name(rule): maker.keys(rule) for rule in version.model.rules}

    def of(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[str, ...]]:
        """For each pair of rows the names of the keys that both carry: ``email:ana@example.com``, ``dob.year +
        surname.first3``. The store is asked for all of them at once."""
        carried = [[*self._identifiers(*pair), *self._blocking_keys(*pair)] for pair in pairs]
        limits = {its.hash: its.cap + 1 for those in carried for its in those}
        found = carriers_up_to(self._snapshot, limits)
        return [
            tuple(dict.fromkeys(its.name for its in those if its.hash in found and len(found[its.hash]) <= its.cap))
            for those in carried
        ]

    def _identifiers(self, left: int, right: int) -> Iterator[_Carried]:
        for type in self._version.config.identifiers:
            column, cap = self._table.columns[type], self._version.cap(type)
            theirs = set(column.texts_of(right))
            for value in column.texts_of(left):
                if value in theirs:
                    yield _Carried(f"{type}:{value}", identifier_key(type, value).hash, cap)

    def _blocking_keys(self, left: int, right: int) -> Iterator[_Carried]:
        cap = self._version.config.resolution.blocking_cap
        for name, entries in self._by_rule.items():
            both = np.intersect1d(entries.hashes[entries.rows == left], entries.hashes[entries.rows == right])
            for its_hash in signed(both).tolist():
                yield _Carried(name, its_hash, cap)


def pair_evidence(snapshot: Snapshot, left: Record, right: Record, version: Version) -> PairEvidence:
    """What speaks for and against two live records (distinct keys) being one customer's."""
    table = table_of_records((left, right), version.config)
    scales = Scales(table, version, reach_of_table(snapshot, table, version))
    pair = np.array([table.keys.index(left.key)]), np.array([table.keys.index(right.key)])
    shared = SharedKeys(snapshot, table, version).of([(int(pair[0][0]), int(pair[1][0]))])
    return scales.evidence(scales.weigh(*pair), 0, shared[0])
