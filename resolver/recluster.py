"""Batch re-clustering of a store: read everything, resolve, and write only the differences in one transaction.

What came in while it computed is resolved live under the new version in that same transaction, so nobody ever sees half
of it. Only a re-cluster adopts a new resolution version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from graph.errors import BadInputError, SnapshotMovedError, StoreUnavailableError
from graph.model import ChangeKind, Customer, Decision, Record, ResolutionVersion
from graph.store import Snapshot, Store, Transaction
from resolver.answers import ChangedCustomer, ReclusterReport
from resolver.batch import choose_model, enough_to_learn
from resolver.columns import Table, table_of
from resolver.config import Config
from resolver.customers import Outcome, State, before_of, outcome_of, write_differences
from resolver.decided import decided_pairs
from resolver.default_model import default_model
from resolver.hashing import signed
from resolver.identity import Before
from resolver.keys import KeyMaker
from resolver.known import know
from resolver.model import Model
from resolver.normalise import NORMALISER_VERSION
from resolver.records import index_records
from resolver.renormalise import renormalised
from resolver.resolution import DecidedPairs, Resolution, resolve
from resolver.version import Version
from resolver.weights import weights_in_table

Progress = Callable[[str, int, int | None], None]

_EXAMPLES = 10


@dataclass(frozen=True)
class _Input:
    """What a re-cluster reads, all of one moment. ``rewritten``: records whose normalised form changes."""

    sequence: int
    table: Table
    decisions: list[Decision]
    before: Before
    old: State
    rewritten: list[Record]
    rekeyed: bool


class Recluster:
    """One run over one store."""

    def __init__(self, store: Store, clock: Callable[[], int], progress: Progress) -> None:
        self._store, self._clock, self._progress = store, clock, progress
        self._seconds: dict[str, float] = {}
        self._started = perf_counter()

    def _stage(self, name: str, done: int = 0, total: int | None = None) -> None:
        now = perf_counter()
        self._seconds[name] = round(now - self._started, 3)
        self._started = now
        self._progress(name, done, total)

    def run(self, config: Config | None, model: Model | None, *, retrain: bool, dry_run: bool) -> ReclusterReport:
        """Re-cluster under this config (None: the adopted one) and model (None: the adopted one where it fits, else a
        trained one; the shipped model only until there is enough to learn from)."""
        adopted, version, its = self._read(config, model, retrain=retrain)
        known = know(its.table, version)
        decided, pairs = _decisions(its, version)
        resolution = resolve(its.table, known, decided, version)
        self._stage("resolve", len(its.table))
        before = replace(its.before, exists=self._customers)
        outcome = outcome_of(its.table, resolution, version, (its.decisions, pairs), (before, self._clock()))
        self._stage("name")
        fresh = adopted is None or (adopted.config, adopted.model, adopted.normaliser) != _identity(version)
        number = 1 if adopted is None else adopted.number + (1 if fresh else 0)
        if not dry_run:
            with self._store.write() as tx:
                if tx.sequence() != its.sequence:
                    raise _Overtaken
                if not its.rewritten and (fresh or tx.pending(1)):  # before all else: see the port
                    tx.put_identifier_weights(weights_in_table(its.table, known, version))
                _write(tx, its, version, outcome)
                if its.rewritten:
                    tx.put_identifier_weights(weights_in_table(its.table, known, version))
                if fresh:
                    number = max((its.number for its in tx.versions()), default=0) + 1
                    tx.adopt_version(ResolutionVersion(number, *_identity(version), self._clock()))
            self._stage("write")
        return self._report(
            number,
            its,
            outcome,
            (resolution, retrain or adopted is None or adopted.model != version.model.to_json(), dry_run),
        )

    def _read(
        self, config: Config | None, model: Model | None, *, retrain: bool
    ) -> tuple[ResolutionVersion | None, Version, _Input]:
        with self._store.read() as snapshot:
            adopted = snapshot.version()
            if config is None:
                if adopted is None:
                    raise BadInputError("the store has no resolution version yet", "give a config: whograph init FILES")
                config = Config.from_json(adopted.config)
            its = _read_everything(snapshot, adopted, config)
        self._stage("read", len(its.table))
        if model is None and adopted is not None and not retrain and _learned_alike(adopted, config):
            model = Model.from_json(adopted.model)
            if model == default_model(config) and enough_to_learn(its.table, config):
                model = None  # the shipped one has served until now
        if model is None:
            model = choose_model(its.table, config)
            self._stage("train", len(its.table))
        version = Version(config, model)
        rekeyed = adopted is None or Model.from_json(adopted.model).rules != model.rules or bool(its.rewritten)
        return adopted, version, replace(its, rekeyed=rekeyed)

    def _customers(self, ids: Collection[str]) -> dict[str, Customer]:
        with self._store.read() as snapshot:
            return snapshot.customers(ids)

    def _report(
        self, number: int, its: _Input, outcome: Outcome, how: tuple[Resolution, bool, bool]
    ) -> ReclusterReport:
        resolution, retrained, dry_run = how
        counts = Counter(change.kind.value for change in outcome.changes)
        touched = {change.customer_id for change in outcome.changes}
        living = {assignment.customer_id for assignment in outcome.state.assignments.values()}
        counts["unchanged"] = len(living - touched)
        examples = [
            ChangedCustomer(
                change.kind.value,
                change.customer_id,
                tuple(change.details.get("merged", change.details.get("into", change.details.get("from", ())))),
                tuple(change.details["records"][:_EXAMPLES]),
            )
            for kind in (ChangeKind.MERGED, ChangeKind.SPLIT)
            for change in [its for its in outcome.changes if its.kind is kind][:_EXAMPLES]
        ]
        return ReclusterReport(
            number,
            len(its.table),
            len(living),
            dict(counts),
            len(resolution.pairs.left),
            self._seconds,
            retrained,
            dry_run,
            tuple(examples),
        )


class _Overtaken(Exception):  # noqa: N818 - a signal between two attempts, never shown
    """Records came in while the re-cluster computed."""


def recluster(
    tools: tuple[Store, Callable[[], int], Progress],
    config: Config | None,
    model: Model | None,
    *,
    retrain: bool,
    dry_run: bool,
) -> ReclusterReport:
    """Re-cluster a store, with its clock and who watches."""
    for _ in range(3):
        try:
            return Recluster(*tools).run(config, model, retrain=retrain, dry_run=dry_run)
        except (_Overtaken, SnapshotMovedError):
            continue
    raise StoreUnavailableError("records kept coming in while it computed", "run it again at a quieter time")


def _identity(version: Version) -> tuple[str, str, str]:
    return version.config.canonical_json(), version.model.to_json(), NORMALISER_VERSION


def _learned_alike(adopted: ResolutionVersion, config: Config) -> bool:
    """Whether the stored records and the stored model were made under a config that makes them alike."""
    return Config.from_json(adopted.config).learned_from() == config.learned_from()


def _read_everything(snapshot: Snapshot, adopted: ResolutionVersion | None, config: Config) -> _Input:
    # First of all: where the parts of a scan are of different moments, what was written after this one is in doubt.
    sequence = snapshot.sequence()
    rewritten: list[Record] = []
    names = (*config.identifiers, *config.attributes)
    if adopted is None or (_learned_alike(adopted, config) and adopted.normaliser == NORMALISER_VERSION):
        rows = [(record.key, record.fields) for chunk in snapshot.scan_records() for record, _ in chunk]
    else:
        rows = []
        for chunk in snapshot.scan_full_records():
            renewed = renormalised(chunk, config)
            rewritten += renewed
            rows += [(record.key, record.fields) for record in renewed]
    assignments = {its.record_key: its for chunk in snapshot.scan_assignments() for its in chunk}
    owner = {key: its.customer_id for key, its in assignments.items()}
    links = {(its.left, its.right): its for chunk in snapshot.scan_links() for its in chunk}
    review = {its.id: its for chunk in snapshot.scan_review() for its in chunk}
    return _Input(
        sequence,
        table_of(rows, names),
        snapshot.decisions(),
        before_of(snapshot, owner),
        State(assignments, links, review),
        rewritten,
        False,
    )


def _decisions(its: _Input, version: Version) -> tuple[DecidedPairs, set[tuple[str, str]]]:
    row_of = {key: row for row, key in enumerate(its.table.keys)}

    def carriers(endpoint: str) -> list[str]:
        type, _, value = endpoint.partition(":")
        if type not in version.config.identifiers or type in version.config.sources:
            return [endpoint] if endpoint in row_of else []
        column = its.table.columns[type]
        code = next((code for code, text in enumerate(column.values) if text == value), None)
        rows = column.rows[column.codes == code].tolist() if code is not None else []
        return [its.table.keys[row] for row in rows] if len(rows) <= version.cap(type) else []

    return decided_pairs(its.decisions, row_of, carriers)


def _write(tx: Transaction, its: _Input, version: Version, outcome: Outcome) -> None:
    if its.rewritten:
        table = table_of([(record.key, record.fields) for record in its.rewritten], tuple(version.kinds))
        tx.put_records(index_records(sorted(its.rewritten, key=lambda record: record.key), table, version))
    else:
        table = its.table
        if its.rekeyed:
            tx.clear_blocking_keys()
        else:  # all others carry them already
            waiting = set(tx.pending(len(table)))
            table = table.take(np.array([row for row, key in enumerate(table.keys) if key in waiting], dtype=np.int64))
        tx.put_blocking_keys(_blocking_rows(table, version))
    tx.clear_pending()
    write_differences(tx, its.old, outcome)
    if outcome.changes:
        tx.append_changes(outcome.changes)


def _blocking_rows(table: Table, version: Version) -> list[tuple[str, tuple[int, ...]]]:
    entries = KeyMaker(table, version.kinds).pooled(version.model.rules)
    ends = np.cumsum(np.bincount(entries.rows, minlength=len(table))).tolist()
    hashes = signed(entries.hashes).tolist()
    return [
        (key, tuple(hashes[start:end]))
        for key, start, end in zip(table.keys, [0, *ends][: len(table)], ends, strict=True)
    ]
