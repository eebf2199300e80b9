"""Batch re-clustering of a store: read everything, resolve, and write only the differences in one transaction.

It reads from a change sequence number on and computes without a lock, while live work goes on. Writers wait for its
transaction alone, in which it catches up with what they wrote meanwhile (``catching_up``): nobody ever sees half of it,
and it ends however busy the store is. Only a re-cluster adopts a new resolution version.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from graph.errors import StoreUnavailableError
from graph.model import Change, ChangeKind, ResolutionVersion
from graph.store import Store, Transaction
from resolver.answers import ChangedCustomer, ReclusterReport
from resolver.ask import asking, asking_within
from resolver.batch.catching_up import Late, catch_up, late_work
from resolver.batch.everything import Beginning, Held, beginning, decisions_in, read_held, read_table
from resolver.batch.in_memory import choose_model, enough_to_learn
from resolver.batch.restating import Restated, write_assignments, write_keys
from resolver.clustering.known import know
from resolver.clustering.resolution import resolve
from resolver.columns import Table
from resolver.config import Config
from resolver.customers.naming import Named, name_partition
from resolver.customers.outcome import links_of, write_links, write_review
from resolver.customers.partition import partition_of
from resolver.customers.profile_changes import changes_of_moved
from resolver.customers.review import review_items
from resolver.neighbourhood.weights import weights_in_table
from resolver.progress import Progress
from resolver.scoring.model import Model
from resolver.training.default_model import default_model
from resolver.version import Version

_EXAMPLES = 10
#: Of the write, as its progress is told: keys with links and review items; assignments; customers; events.
_STEPS = 4
#: Rather than catch up with more records than this while writers wait, a re-cluster computes again, with the model that
#: it has by then, which takes less long. The last time it catches up with any number.
LATE_RECORDS = 2_000
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a config (None: the adopted one) and a model (None: the adopted one where it fits, else a
    trained one; the shipped model only until there is enough to learn from)."""

    config: Config | None
    model: Model | None
    retrain: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Stated:
    """What one round has computed: its outcome and what the store held before, the events of changed profiles, and how
    many candidate pairs were kept."""

    restated: Restated
    held: Held
    profiles: list[Change]
    pairs: int


class _StartOver(Exception):  # noqa: N818 - a signal between two rounds, never shown
    """Too much was written while it computed."""


class Recluster:
    """One run over one store."""

    def __init__(self, store: Store, clock: Callable[[], int], progress: Progress) -> None:
        self._store, self._clock, self._progress = store, clock, progress
        self._ask = asking(store)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._started = perf_counter()

    def _stage(self, name: str, done: int = 0, total: int | None = None) -> None:
        self._lap(name)
        self._progress(name, done, total)

    def _lap(self, name: str) -> None:
        now = perf_counter()
        self._seconds[name] += now - self._started
        self._started = now

    def run(self, wish: Wish) -> ReclusterReport:
        """Raises StoreUnavailableError where others re-cluster all the time."""
        for rounds_left in reversed(range(ROUNDS)):
            stated = self._state(wish)
            if wish.dry_run:
                return self._report(stated, stated.restated.named, wish, _number(stated.restated))
            try:
                with self._store.write() as tx:
                    named, number = self._write(tx, stated, _late(tx, stated.restated, rounds_left))
            except _StartOver as signal:
                if signal.args:
                    wish = replace(wish, model=signal.args[0])
                continue
            self._lap("write")  # and no word to the watcher, who may cancel by raising: it is done
            return self._report(stated, named, wish, number)
        raise StoreUnavailableError("other re-clusters came in between", "run it again when they are done")

    def _state(self, wish: Wish) -> _Stated:
        begin = self._ask(partial(beginning, config=wish.config, model=wish.model))
        table, rewritten = self._ask(partial(read_table, begin=begin))
        held = read_held(self._ask)
        self._stage("read", len(table))
        version = Version(begin.config, self._model(table, begin, wish))
        known = know(table, version)
        decided, pairs = decisions_in(table, begin.decisions, version)
        resolution = resolve(table, known, decided, version)
        self._stage("resolve", len(table))
        partition, now = partition_of(table.keys, resolution), self._clock()
        named = name_partition(partition, held.assigned, self._ask, now)
        profiles = [] if wish.dry_run else changes_of_moved(named.moved, self._ask, begin.config, now)
        links = links_of(table, resolution, version)
        review = {its.id: its for its in review_items(table, resolution, version, (begin.decisions, pairs))}
        self._stage("name")
        restated = Restated(begin, version, table, rewritten, known, named, links, review)
        return _Stated(restated, held, profiles, len(resolution.pairs.left))

    def _model(self, table: Table, begin: Beginning, wish: Wish) -> Model:
        model, adopted = wish.model, begin.adopted
        if model is None and adopted is not None and not wish.retrain and begin.learned_alike:
            model = Model.from_json(adopted.model)
            if model == default_model(begin.config) and enough_to_learn(table, begin.config):
                model = None  # the shipped one has served until now
        if model is None:
            model = choose_model(table, begin.config)
            self._stage("train", len(table))
        return model

    def _write(self, tx: Transaction, stated: _Stated, late: Late | None) -> tuple[Named, int]:
        its, named, held, profiles = stated.restated, stated.restated.named, stated.held.assigned, stated.profiles
        self._progress("write", 0, _STEPS)
        if not its.begin.renormalises and (its.is_fresh or tx.pending(1)):  # before all else: see the port
            tx.put_identifier_weights(weights_in_table(its.table, its.known, its.version))
        if late is None:
            write_keys(tx, its)
            write_links(tx, stated.held.links, its.links)
            write_review(tx, stated.held.review, its.review)
        else:
            now = self._clock()
            named, held = catch_up(tx, its, late, now)
            profiles = changes_of_moved(named.moved, asking_within(tx), its.begin.config, now)
        tx.clear_pending()
        self._progress("write", 1, _STEPS)
        write_assignments(tx, held, named.assigned())
        self._progress("write", 2, _STEPS)
        tx.put_customers(named.customers)
        self._progress("write", 3, _STEPS)
        if named.changes or profiles:
            tx.append_changes([*named.changes, *profiles])
        if its.begin.renormalises:
            tx.put_identifier_weights(weights_in_table(its.table, its.known, its.version))
        self._progress("write", _STEPS, _STEPS)  # the last moment at which it can be cancelled
        number = _number(its)
        if its.is_fresh:
            number = max((one.number for one in tx.versions()), default=0) + 1
            tx.adopt_version(ResolutionVersion(number, *its.identity, self._clock()))
        return named, number

    def _report(self, stated: _Stated, named: Named, wish: Wish, number: int) -> ReclusterReport:
        counts = Counter(change.kind.value for change in named.changes)
        counts["unchanged"] = named.living - len({change.customer_id for change in named.changes} & set(named.ids))
        examples = [
            ChangedCustomer(
                change.kind.value,
                change.customer_id,
                tuple(change.details.get("merged", change.details.get("into", change.details.get("from", ())))),
                tuple(change.details["records"][:_EXAMPLES]),
            )
            for kind in (ChangeKind.MERGED, ChangeKind.SPLIT)
            for change in [its for its in named.changes if its.kind is kind][:_EXAMPLES]
        ]
        adopted, model = stated.restated.begin.adopted, stated.restated.version.model
        return ReclusterReport(
            number,
            len(named.ids),
            named.living,
            dict(counts),
            stated.pairs,
            {stage: round(seconds, 3) for stage, seconds in self._seconds.items()},
            wish.retrain or adopted is None or adopted.model != model.to_json(),
            wish.dry_run,
            tuple(examples),
        )


def recluster(tools: tuple[Store, Callable[[], int], Progress], wish: Wish) -> ReclusterReport:
    """Re-cluster a store, with its clock and who watches."""
    return Recluster(*tools).run(wish)


def _number(its: Restated) -> int:
    """Of the version, if nobody adopts another one before."""
    adopted = its.begin.adopted
    return 1 if adopted is None else adopted.number + its.is_fresh


def _late(tx: Transaction, its: Restated, rounds_left: int) -> Late | None:
    adopted = its.begin.adopted
    if tx.version_number() != (adopted.number if adopted else None):
        raise _StartOver
    late = late_work(tx, its.begin)
    if late is not None and rounds_left and len(late.records) > LATE_RECORDS:
        raise _StartOver(its.version.model)
    return late
