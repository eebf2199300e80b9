"""The resolver: one object with every operation, for programs that embed whograph; command line and API call nothing
else.

Each method parses nothing and prints nothing: it takes raw values or rows, and answers values of ``answers``. All
methods raise children of WhographError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from time import perf_counter, time_ns
from typing import Any, TypeVar

import pyarrow as pa

from graph.errors import BadInputError, NotFoundError, VersionError
from graph.model import (
    Change,
    Counts,
    Customer,
    Decision,
    DecisionKind,
    Record,
    ResolutionVersion,
    ReviewKind,
    record_key,
)
from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction
from resolver import deciding, explain, ingest, lookup, views
from resolver.answers import (
    Answer,
    ChangePage,
    CustomerGraph,
    CustomerView,
    DecisionReport,
    Explanation,
    LoadReport,
    Outcome,
    ReclusterReport,
    ReviewPage,
)
from resolver.bulk import BulkLoad
from resolver.collection import paused_collection
from resolver.config import Config
from resolver.customer_graph import customer_graph
from resolver.default_model import default_model
from resolver.live import Applied, apply_decisions
from resolver.masks import MASKED, masked_error, refuse_masked
from resolver.model import Model
from resolver.normalise import NORMALISER_VERSION
from resolver.recluster import Wish, recluster
from resolver.together import Together
from resolver.version import Version

T = TypeVar("T")

#: Told of progress on long work: the stage's name, how much is done, how much there is (None: not known).
Progress = Callable[[str, int, int | None], None]


#: Rows of several callers that share a transaction.
MOST_TOGETHER = 100


def _silent(stage: str, done: int, total: int | None) -> None:
    """No one watches."""


def wall_clock() -> int:
    """Microseconds since 1970 UTC."""
    return time_ns() // 1000


class Resolver:
    """Resolves records in one store. Safe to share between threads."""

    def __init__(self, store: Store, config: Config | None = None, clock: Callable[[], int] = wall_clock) -> None:
        """``config``: what ``whograph.toml`` says; None to use that of the store's adopted version. ``clock`` answers
        microseconds since 1970 UTC."""
        self.store, self._config, self._clock = store, config, clock
        self._version: tuple[int, Version, bool] | None = None  # number, version, whether the store is masked
        self._normalised_by: tuple[int, str] | None = None
        self._ingesting = Together(self._ingest, MOST_TOGETHER)

    # bulk

    def load(
        self,
        source: str,
        tables: Iterable[tuple[pa.Table, Callable[[int], str]]],
        *,
        full: bool = False,
        refused: Callable[[], Iterable[tuple[str, str, str]]] = tuple,
        progress: Progress = _silent,
    ) -> LoadReport:
        """Bulk-load the rows of one source: tables of text columns, each with a function from row number to its place
        in the file. One transaction: all or nothing. ``full``: records of the source that are absent are deleted.
        ``refused`` is asked, after the tables, for rows that could not be read: (place, value, reason). What was loaded
        waits for the next re-cluster."""
        started = perf_counter()
        with paused_collection(), self.store.write() as tx:
            refuse_masked(tx, "load")
            load = BulkLoad(tx, source, self._config_for(tx), self._clock())
            done = 0
            for table, place in tables:
                load.add(table, place)
                done += len(table)
                progress("load", done, None)
            load.refuse(refused())
            if full:
                load.delete_absent()
            return load.report(started)

    def recluster(
        self,
        *,
        config: Config | None = None,
        model: Model | None = None,
        retrain: bool = False,
        dry_run: bool = False,
        progress: Progress = _silent,
    ) -> ReclusterReport:
        """Resolve everything anew. Adopts a new version where config, model or normaliser changed; a dry run
        changes nothing and tells what would."""
        wanted = config or self._config
        with self.store.read() as snapshot:
            refuse_masked(snapshot, "re-cluster")
        with paused_collection():
            return recluster((self.store, self._clock, progress), Wish(wanted, model, retrain, dry_run))

    # who is this

    def identify(self, question: Mapping[str, Sequence[str]], *, limit: int = 10) -> Answer:
        """``question``: raw values by field name (identifier types and attributes). Nothing is stored."""
        return self._read(lambda snapshot: lookup.identify(snapshot, question, self._comparing(snapshot), limit))

    def customer(self, id: str) -> CustomerView:
        """Follows redirects of retired ids. Raises NotFoundError."""
        return self._read(lambda snapshot: views.customer_view(snapshot, id, self._adopted(snapshot).config))

    def customers(self, after: str | None = None, limit: int = 100) -> list[Customer]:
        """Living customers in id order, after this id."""
        return self._read(lambda snapshot: snapshot.page_customers(after, limit))

    def graph(self, customer_id: str) -> CustomerGraph:
        """The customer's records and identifiers with the weights of their edges. Raises NotFoundError."""
        return self._read(lambda snapshot: customer_graph(snapshot, customer_id, self._comparing(snapshot)))

    def history(self, customer_id: str) -> list[Change]:
        """All events of a customer id, oldest first. Raises NotFoundError."""

        def work(snapshot: Snapshot) -> list[Change]:
            if not snapshot.customers([customer_id]):
                raise NotFoundError("customer", customer_id, "look one up with: whograph who")
            return snapshot.history(customer_id)

        return self._read(work)

    def explain(self, left: str, right: str) -> Explanation:
        """``left`` and ``right``: record keys (``crm:42``) or identifier keys (``email:ana@example.com``); an
        identifier stands for its carrier that fits best. Raises NotFoundError."""
        return self._read(lambda snapshot: explain.explain(snapshot, left, right, self._comparing(snapshot)))

    def record(self, source: str, id: str) -> Record:
        """One live record, complete. Raises NotFoundError."""
        key = record_key(source, id)
        found = self._read(lambda snapshot: snapshot.records([key]))
        if key not in found or found[key].deleted:
            raise NotFoundError("record", key, "records are named source:id")
        return found[key]

    def counts(self) -> Counts:
        return self._read(lambda snapshot: snapshot.counts())

    def version(self) -> ResolutionVersion | None:
        """The adopted resolution version."""
        return self._read(lambda snapshot: snapshot.version())

    # live

    def ingest(self, source: str, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        """Resolve rows of one source as they come, in one transaction; answers per row. Raises BadInputError for a
        source that is not in the config, VersionError where a re-cluster must come first. What several threads ingest
        at the same time may share a transaction; each is still answered, or refused, for itself."""
        return self._ingesting.ask((source, rows), len(rows))

    def _ingest(self, asked: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> list[list[Outcome] | Exception]:
        with self.store.write() as tx:
            version = self._live_version(tx)
            batches: list[ingest.Arrivals | BadInputError] = []
            for source, rows in asked:
                now = self._clock()
                try:
                    batches.append(ingest.arrivals(source, rows, version, now))
                except BadInputError as error:
                    if len(asked) == 1:
                        raise
                    batches.append(error)
            good = [its for its in batches if isinstance(its, ingest.Arrivals)]
            outcomes = iter(ingest.ingest(tx, good, version, now))
            return [next(outcomes) if isinstance(its, ingest.Arrivals) else its for its in batches]

    def delete(self, source: str, id: str, *, at: int | None = None) -> Outcome:
        """Delete a record as of a time (microseconds; None: now): a tombstone, which a newer version may lift."""
        with self.store.write() as tx:
            version, now = self._live_version(tx), self._clock()
            key = record_key(source, id)
            if key not in tx.records([key]):
                raise NotFoundError("record", key, "records are named source:id")
            tombstone = Record(source, id, now if at is None else at, "", deleted=True)
            return ingest.ingest(tx, [ingest.Arrivals([tombstone])], version, now)[0][0]

    def decide(
        self, kind: DecisionKind, left: str, right: str, *, by: str, reason: str, dry_run: bool = False
    ) -> DecisionReport:
        """Take a decision. Raises ContradictionError, BadInputError, NotFoundError; then nothing is stored."""
        with self._trying(dry_run) as tx:
            version, now = self._live_version(tx), self._clock()
            ends = tuple(deciding.endpoint(end, version, tx) for end in (left, right))
            decision = deciding.new_decision(kind, (ends[0], ends[1]), (by, reason), now)
            deciding.check_consistent(decision, tx.decisions())
            tx.put_decision(decision)
            applied = apply_decisions(tx, ends, version, now)
            told = [its.records for its in tx.review_of(ends) if its.kind is ReviewKind.SKIPPED_DECISION]
            skipped = kind is DecisionKind.SAME and (decision.left, decision.right) in told
            return DecisionReport(decision, dry_run, tuple(applied.changes), skipped)

    def take_out(self, key: str, *, by: str, reason: str, dry_run: bool = False) -> list[DecisionReport]:
        """Take a record out of its customer: ``different`` from each of its other records."""
        with self._trying(dry_run) as tx:
            version, now = self._live_version(tx), self._clock()
            own = tx.assignments([key]).get(key)
            if own is None:
                raise NotFoundError("record", key, "give the key of a live record, such as crm:42")
            others = [its for its in tx.members_of_customers([own.customer_id])[own.customer_id] if its != key]
            decisions = []
            for other in others:
                decision = deciding.new_decision(DecisionKind.DIFFERENT, (key, other), (by, reason), now)
                deciding.check_consistent(decision, tx.decisions())
                tx.put_decision(decision)
                decisions.append(decision)
            applied = apply_decisions(tx, [key, *others], version, now) if others else Applied([], {}, {}, {})
            return [DecisionReport(decision, dry_run, tuple(applied.changes)) for decision in decisions]

    def withdraw(self, decision_id: str, *, by: str, dry_run: bool = False) -> DecisionReport:
        """Withdraw a standing decision; what it held together or apart is resolved anew."""
        with self._trying(dry_run) as tx:
            version, now = self._live_version(tx), self._clock()
            decision = tx.decision(decision_id)
            if decision is None or decision.withdrawn_at is not None:
                raise NotFoundError("standing decision", decision_id, "list them with: whograph decisions")
            withdrawn = replace(decision, withdrawn_at=now, reason=f"{decision.reason} (withdrawn by {by})")
            tx.put_decision(withdrawn)
            applied = apply_decisions(tx, (decision.left, decision.right), version, now)
            return DecisionReport(withdrawn, dry_run, tuple(applied.changes))

    def decisions(self, *, withdrawn: bool = False) -> list[Decision]:
        """Standing decisions (with ``withdrawn``: all), oldest first."""
        return self._read(lambda snapshot: snapshot.decisions(withdrawn=withdrawn))

    def review(self, limit: int = 50) -> ReviewPage:
        """What needs a person's eye, worst first."""
        return ReviewPage(tuple(self._read(lambda snapshot: snapshot.review(limit))))

    def changes(self, after: str | None = None, limit: int = 100) -> ChangePage:
        """The change feed after a cursor (None: from the start). Raises BadInputError for another store's cursor."""

        def work(snapshot: Snapshot) -> ChangePage:
            store, since = snapshot.store_id(), 0
            if after is not None:
                name, colon, number = after.rpartition(":")
                if not colon or name != store or not number.isdecimal():
                    raise BadInputError(
                        "the cursor is not of this store",
                        "begin without a cursor, or use one that this store gave",
                        place="after",
                    )
                since = int(number)
            changes = snapshot.changes(since, limit)
            return ChangePage(tuple(changes), f"{store}:{changes[-1].sequence if changes else since}")

        return self._read(work)

    # which version

    def _read(self, work: Callable[[Snapshot], T]) -> T:
        return read_again(self.store, work)

    @contextmanager
    def _trying(self, dry_run: bool) -> Iterator[Transaction]:
        """A write transaction; a dry run takes everything back at its end."""
        with suppress(_TakenBack), self.store.write() as tx:
            yield tx
            if dry_run:
                raise _TakenBack

    def _config_for(self, snapshot: Snapshot) -> Config:
        """The config in force: the caller's, else the adopted one."""
        return self._config or self._adopted(snapshot).config

    def _adopted(self, snapshot: Snapshot) -> Version:
        """The adopted version, made ready once. Raises VersionError before the first re-cluster."""
        number = snapshot.version_number()
        if number is None:
            raise VersionError("the store has no resolution version yet", "load records and run: whograph recluster")
        if self._version is None or self._version[0] != number:
            its = snapshot.version()
            assert its is not None
            version = Version(Config.from_json(its.config), Model.from_json(its.model))
            self._version = (number, version, snapshot.meta(MASKED) is not None)
        return self._version[1]

    def _comparing(self, snapshot: Snapshot) -> Version:
        """The adopted version, for work that compares values. Raises StoreError on a masked copy."""
        version = self._adopted(snapshot)
        if self._version and self._version[2]:
            raise masked_error("compare or change")
        return version

    def _live_version(self, tx: Transaction) -> Version:
        """The version that live work resolves under; the shipped model serves a new store from its first record on."""
        if tx.version_number() is None and self._config is not None and not tx.pending(1):
            version = Version(self._config, default_model(self._config))
            texts = (version.config.canonical_json(), version.model.to_json(), NORMALISER_VERSION)
            tx.adopt_version(ResolutionVersion(1, *texts, self._clock()))
        version = self._comparing(tx)
        if tx.pending(1):
            raise VersionError("bulk-loaded records wait to be resolved", "run: whograph recluster")
        if self._config is not None and self._config != version.config:
            raise VersionError(
                "the config differs from the one that the store was resolved under", "run: whograph recluster"
            )
        if self._normaliser(tx) != NORMALISER_VERSION:
            raise VersionError(
                "the store was resolved with another version of the normaliser", "run: whograph recluster"
            )
        return version

    def _normaliser(self, tx: Transaction) -> str:
        number = tx.version_number()
        if self._normalised_by is None or self._normalised_by[0] != number:
            its = tx.version()
            assert its is not None
            self._normalised_by = (its.number, its.normaliser)
        return self._normalised_by[1]


class _TakenBack(Exception):  # noqa: N818 - ends a dry run's transaction, never shown
    """Nothing is kept."""
