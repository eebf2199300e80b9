"""Batch re-clustering of a store: read everything, resolve, and write only the differences (``writing``).

It reads from a change sequence number on and computes without a lock, while live work goes on. Writers wait for its
transactions alone, in the last of which it catches up with what they wrote meanwhile (``catching_up``): nobody ever
sees half of a customer, and it ends however busy the store is. Only a re-cluster adopts a new resolution version.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from graph.errors import StoreUnavailableError
from graph.model import ChangeKind
from graph.store import Store
from resolver.answers import ChangedCustomer, ReclusterReport
from resolver.ask import asking
from resolver.batch.differences import Stated
from resolver.batch.everything import Beginning, beginning, decisions_in, read_held, read_table
from resolver.batch.in_memory import choose_model, enough_to_learn
from resolver.batch.meanwhile import Meanwhile, StartOver
from resolver.batch.restating import Restated
from resolver.batch.untold import tell_left
from resolver.batch.writing import Written, write
from resolver.clustering.known import know
from resolver.clustering.resolution import resolve
from resolver.columns import Table
from resolver.config import Config
from resolver.customers.naming import name_partition
from resolver.customers.outcome import links_of
from resolver.customers.partition import partition_of
from resolver.customers.review import review_items
from resolver.progress import Progress
from resolver.scoring.model import Model
from resolver.version import Version

_EXAMPLES = 10
#: Rather than catch up with more records than this while writers wait, a re-cluster computes again, with the model that
#: it has by then, which takes less long. The last time it catches up with any number.
LATE_RECORDS = 2_000
ROUNDS = 3
#: What is said where parts were written before, by one that was interrupted or by this one before it began again.
EARLIER = "an earlier re-cluster had written a part of this; that is in the feed, not in these numbers"
#: What is said to those who stop it once parts of it are written.
HALFWAY = "the re-cluster had begun to write; the next one does what is left"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a config (None: the adopted one) and a model (None: the adopted one where it fits, else a
    trained one; the shipped model only until there is enough to learn from)."""

    config: Config | None
    model: Model | None
    retrain: bool
    dry_run: bool


class Recluster:
    """One run over one store."""

    def __init__(self, store: Store, clock: Callable[[], int], progress: Progress) -> None:
        self._store, self._clock, self._progress = store, clock, progress
        self._ask = asking(store)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._started = perf_counter()
        self._rounds: list[Meanwhile] = []

    def _stage(self, name: str, done: int = 0, total: int | None = None) -> None:
        self._lap(name)
        self._progress(name, done, total)

    def _lap(self, name: str) -> None:
        now = perf_counter()
        self._seconds[name] += now - self._started
        self._started = now

    def run(self, wish: Wish) -> ReclusterReport:
        """Raises StoreUnavailableError where others re-cluster all the time. What stops it once it has begun to write
        in parts bears a note that says so."""
        try:
            return self._run(wish)
        except BaseException as stopped:
            if any(its.parts for its in self._rounds):
                stopped.add_note(HALFWAY)
            raise

    def _run(self, wish: Wish) -> ReclusterReport:
        for rounds_left in reversed(range(ROUNDS)):
            if not wish.dry_run:
                tell_left(self._store)
            stated = self._state(wish)
            its = stated.restated
            if wish.dry_run:
                return self._report(stated, Written(_number(its), its.named, its.named.changes), wish)
            self._rounds.append(Meanwhile(its.begin, LATE_RECORDS if rounds_left else None))
            try:
                written = write((self._store, self._clock, self._progress), stated, self._rounds[-1])
            except StartOver as signal:
                if signal.same_version:
                    wish = replace(wish, model=its.version.model)
                continue
            tell_left(self._store)
            self._lap("write")  # and no word to the watcher, who may cancel by raising: it is done
            return self._report(stated, written, wish)
        raise StoreUnavailableError("other re-clusters came in between", "run it again when they are done")

    def _state(self, wish: Wish) -> Stated:
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
        links = links_of(table, resolution, version)
        review = {its.id: its for its in review_items(table, resolution, version, (begin.decisions, pairs))}
        self._stage("name")
        restated = Restated(begin, version, table, rewritten, known, named, links, review)
        return Stated(restated, held, now, len(resolution.pairs.left))

    def _model(self, table: Table, begin: Beginning, wish: Wish) -> Model:
        model, adopted = wish.model, begin.adopted
        if model is None and adopted is not None and not wish.retrain and begin.learned_alike:
            model = Model.from_json(adopted.model)
            if model.trained_on == 0 and enough_to_learn(table, begin.config):
                model = None  # a shipped one, of this release or an earlier one, has served until now
        if model is None:
            model = choose_model(table, begin.config)
            self._stage("train", len(table))
        return model

    def _report(self, stated: Stated, written: Written, wish: Wish) -> ReclusterReport:
        named, changes = written.named, written.changes
        counts = Counter(change.kind.value for change in changes)
        counts["unchanged"] = named.living - len({change.customer_id for change in changes} & set(named.ids))
        examples = [
            ChangedCustomer(
                change.kind.value,
                change.customer_id,
                tuple(change.details.get("merged", change.details.get("into", change.details.get("from", ())))),
                tuple(change.details["records"][:_EXAMPLES]),
            )
            for kind in (ChangeKind.MERGED, ChangeKind.SPLIT)
            for change in [its for its in changes if its.kind is kind][:_EXAMPLES]
        ]
        adopted, model = stated.restated.begin.adopted, stated.restated.version.model
        return ReclusterReport(
            written.number,
            len(named.ids),
            named.living,
            dict(counts),
            stated.pairs,
            {stage: round(seconds, 3) for stage, seconds in self._seconds.items()},
            wish.retrain or adopted is None or adopted.model != model.to_json(),
            wish.dry_run,
            tuple(examples),
            () if stated.restated.begin.unfinished is None else (EARLIER,),
        )


def recluster(tools: tuple[Store, Callable[[], int], Progress], wish: Wish) -> ReclusterReport:
    """Re-cluster a store, with its clock and who watches."""
    return Recluster(*tools).run(wish)


def _number(its: Restated) -> int:
    """Of the version, if nobody adopts another one before."""
    adopted = its.begin.adopted
    return 1 if adopted is None else adopted.number + its.is_fresh
