"""The resolver: one object with every operation, for programs that embed whograph; command line and API call nothing
else.

Each method parses nothing and prints nothing: it takes raw values or rows, and answers values of ``answers``. All
methods raise children of WhographError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from time import time_ns
from typing import Any, TypeVar

import pyarrow as pa

from graph.errors import NotFoundError, UnknownSourceError, VersionError
from graph.model import (
    Change,
    Counts,
    Customer,
    Decision,
    DecisionKind,
    Record,
    ResolutionVersion,
    record_key,
)
from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction
from resolver.answering import explain, feed, lookup, views
from resolver.answering.customer_graph import customer_graph
from resolver.answering.review_evidence import evidence_of_items
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
from resolver.batch.loading import Delivery, load
from resolver.batch.recluster import Wish, recluster
from resolver.config import Config
from resolver.garbage import paused_collection
from resolver.live import ingest, stewards
from resolver.live.adopted import Adopted
from resolver.live.arrivals import Arrivals, Message, arrivals, tombstone
from resolver.live.sources import register
from resolver.live.together import Together
from resolver.masks import refuse_masked
from resolver.progress import Progress, silent
from resolver.scoring.model import Model
from resolver.unfinished import refuse_unfinished_copy

T = TypeVar("T")


#: Rows of several callers that share a transaction.
MOST_TOGETHER = 100


def wall_clock() -> int:
    """Microseconds since 1970 UTC."""
    return time_ns() // 1000


class Resolver:
    """Resolves records in one store. Safe to share between threads."""

    def __init__(self, store: Store, config: Config | None = None, clock: Callable[[], int] = wall_clock) -> None:
        """``config``: what ``whograph.toml`` says; None to use that of the store's adopted version. ``clock`` answers
        microseconds since 1970 UTC."""
        self.store, self._clock = store, clock
        self._adopted = Adopted(config, clock)
        self._ingesting = Together(self._ingest, MOST_TOGETHER)

    # bulk

    def load(
        self,
        source: str,
        tables: Iterable[tuple[pa.Table, Callable[[int], str]]],
        *,
        full: bool = False,
        refused: Callable[[], Iterable[tuple[str, str, str]]] = tuple,
        progress: Progress = silent,
    ) -> LoadReport:
        """Bulk-load the rows of one source: tables of text columns, each with a function from row number to its place
        in the file. ``full``: records of the source that are absent are deleted. ``refused`` is asked, after the
        tables, for rows that could not be read: (place, value, reason). What was loaded waits for the next re-cluster.

        One transaction: all or nothing. Only where the store cannot hold all rows in one (``Store.rows_at_once``),
        parts that are each complete in themselves: whatever stops it after some of them bears a note of how far it
        came, and the same load, done again, goes on."""

        def config(tx: Transaction) -> Config:
            refuse_masked(tx, "load")
            refuse_unfinished_copy(tx)
            return self._adopted.config_to_load(tx)

        with paused_collection():
            return load((self.store, self._clock, progress), config, Delivery(source, tables, refused, full=full))

    def recluster(
        self,
        *,
        config: Config | None = None,
        model: Model | None = None,
        retrain: bool = False,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> ReclusterReport:
        """Resolve everything anew. Adopts a new version where config, model or normaliser changed; a dry run
        changes nothing and tells what would."""
        with self.store.read() as snapshot:
            refuse_masked(snapshot, "re-cluster")
            refuse_unfinished_copy(snapshot)
        with paused_collection():
            return recluster(
                (self.store, self._clock, progress), Wish(config or self._adopted.given, model, retrain, dry_run)
            )

    # who is this

    def identify(self, question: Mapping[str, Sequence[str]], *, limit: int = 10) -> Answer:
        """``question``: raw values by field name (identifier types and attributes). Nothing is stored."""
        return self._read(
            lambda snapshot: lookup.identify(snapshot, question, self._adopted.comparing(snapshot), limit)
        )

    def customer(self, id: str) -> CustomerView:
        """Follows redirects of retired ids. Raises NotFoundError."""
        return self._read(lambda snapshot: views.customer_view(snapshot, id, self._adopted.version(snapshot).config))

    def customers(self, after: str | None = None, limit: int = 100) -> list[Customer]:
        """Living customers in id order, after this id, which may have been retired since. Raises BadInputError for one
        that was never a customer here."""
        return self._read(lambda snapshot: views.customer_page(snapshot, after, limit))

    def graph(self, customer_id: str) -> CustomerGraph:
        """The customer's records and identifiers with the weights of their edges. Raises NotFoundError."""
        return self._read(lambda snapshot: customer_graph(snapshot, customer_id, self._adopted.comparing(snapshot)))

    def history(self, customer_id: str) -> list[Change]:
        """All events of a customer id, oldest first. Raises NotFoundError."""
        return self._read(lambda snapshot: feed.history(snapshot, customer_id))

    def succession(self, customer_id: str) -> Change | None:
        """The event by which a retired id went into another customer, which is told of that one; None for a living
        customer, and one that nothing took the place of. Raises NotFoundError."""
        return self._read(lambda snapshot: feed.succession(snapshot, customer_id))

    def explain(self, left: str, right: str) -> Explanation:
        """``left`` and ``right``: record keys (``crm:42``) or identifier keys (``email:ana@example.com``); an
        identifier stands for its carrier that fits best. Raises NotFoundError."""
        return self._read(lambda snapshot: explain.explain(snapshot, left, right, self._adopted.comparing(snapshot)))

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

    def ingest(
        self, source: str, rows: Sequence[Mapping[str, Any]], *, allow_new_sources: bool = False
    ) -> list[Outcome]:
        """Resolve rows of one source as they come, in one transaction; answers per row. Raises UnknownSourceError for a
        source that is not in the config, VersionError where a re-cluster must come first. What several threads ingest
        at the same time may share a transaction; each is still answered, or refused, for itself.

        With ``allow_new_sources`` (or that setting in the config) an unknown source is registered first, with columns
        guessed from these rows; the first outcome says how."""
        try:
            return self._ingesting.ask((source, rows), len(rows))
        except (UnknownSourceError, VersionError):
            if not self._read(lambda its: self._adopted.may_register(its, source, allowed=allow_new_sources)):
                raise
        with self.store.write() as tx:
            if self._adopted.given is not None or tx.version_number() is not None:
                self._adopted.live(tx)  # raises where live work must wait
            new = register(tx, source, rows, self._clock())
        outcomes = self._ingesting.ask((source, rows), len(rows))
        return [replace(outcomes[0], registered=new), *outcomes[1:]]

    def _ingest(self, asked: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> list[list[Outcome] | Exception]:
        with self.store.write() as tx:
            version = self._adopted.live(tx)
            messages = [Message(source, rows, self._clock()) for source, rows in asked]
            found = arrivals(messages, version.config)
            good = [its for its in found if isinstance(its, Arrivals)]
            outcomes = iter(ingest.ingest(tx, good, version, messages[-1].now) if good else ())
            return [next(outcomes) if isinstance(its, Arrivals) else its for its in found]

    def delete(self, source: str, id: str, *, at: int | None = None) -> Outcome:
        """Delete a record as of a time (microseconds; None: now): a tombstone, which a newer version may lift. It may
        come before the record does: then a version from before it stays away, too. Raises UnknownSourceError, and
        BadInputError for a time in the future and for what is no id."""
        with self.store.write() as tx:
            version, now = self._adopted.live(tx), self._clock()
            gone = tombstone(source, id, at, now)
            if source not in version.config.sources and gone.key not in tx.records([gone.key]):
                raise UnknownSourceError(source)
            return ingest.ingest(tx, [Arrivals([gone])], version, now)[0][0]

    def decide(
        self, kind: DecisionKind, left: str, right: str, *, by: str, reason: str, dry_run: bool = False
    ) -> DecisionReport:
        """Take a decision; one that stands already, whoever took it, is answered as it is. Raises ContradictionError,
        BadInputError, NotFoundError; then nothing is stored."""
        with self._trying(dry_run) as tx:
            report = stewards.decide(tx, kind, (left, right), self._steward(tx, by, reason))
            return replace(report, dry_run=dry_run)

    def take_out(self, key: str, *, by: str, reason: str, dry_run: bool = False) -> list[DecisionReport]:
        """Take a record out of its customer: ``different`` from each of its other records. Raises as ``decide``."""
        with self._trying(dry_run) as tx:
            reports = stewards.take_out(tx, key, self._steward(tx, by, reason))
            return [replace(report, dry_run=dry_run) for report in reports]

    def withdraw(self, decision_id: str, *, by: str, dry_run: bool = False) -> DecisionReport:
        """Withdraw a standing decision; what it held together or apart is resolved anew. Raises BadInputError,
        NotFoundError."""
        return self.withdraw_all([decision_id], by=by, dry_run=dry_run)[0]

    def withdraw_all(self, decision_ids: Collection[str], *, by: str, dry_run: bool = False) -> list[DecisionReport]:
        """Withdraw several at once, such as those of ``take_out``, or none of them. Raises as ``withdraw``."""
        with self._trying(dry_run) as tx:
            reports = stewards.withdraw(tx, decision_ids, self._steward(tx, by, ""))
            return [replace(report, dry_run=dry_run) for report in reports]

    def decisions(self, *, withdrawn: bool = False) -> list[Decision]:
        """Standing decisions (with ``withdrawn``: all), oldest first."""
        return self._read(lambda snapshot: snapshot.decisions(withdrawn=withdrawn))

    def review(self, limit: int = 50) -> ReviewPage:
        """What needs a person's eye, worst first, with the evidence of the two records that each item turns on. On a
        masked copy, whose values cannot be compared, without."""

        def work(snapshot: Snapshot) -> ReviewPage:
            items = tuple(snapshot.review(limit))
            if not items or self._adopted.is_masked(snapshot):
                return ReviewPage(items)
            return ReviewPage(items, evidence_of_items(snapshot, items, self._adopted.version(snapshot)))

        return self._read(work)

    def changes(self, after: str | None = None, limit: int = 100) -> ChangePage:
        """The change feed after a cursor (None: from the start). Raises BadInputError for another store's cursor."""
        return self._read(lambda snapshot: feed.change_page(snapshot, after, limit))

    # how the store is used

    def _steward(self, tx: Transaction, by: str, reason: str) -> stewards.Steward:
        return stewards.Steward(by, reason, self._clock(), self._adopted.live(tx))

    def _read(self, work: Callable[[Snapshot], T]) -> T:
        return read_again(self.store, work)

    @contextmanager
    def _trying(self, dry_run: bool) -> Iterator[Transaction]:
        """A write transaction; a dry run takes everything back at its end."""
        with suppress(_TakenBack), self.store.write() as tx:
            yield tx
            if dry_run:
                raise _TakenBack


class _TakenBack(Exception):  # noqa: N818 - ends a dry run's transaction, never shown
    """Nothing is kept."""
