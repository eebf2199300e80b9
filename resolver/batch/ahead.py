"""What a re-cluster writes before its last transaction, where the store cannot hold all of it in one (a server in
memory).

Records in another normal form, and blocking keys of records that wait, go first: live work refuses while records wait,
so nobody compares them before their time. Then customers go over, island by island (``islands``), but for those that
others have touched since the re-cluster began. All of it is the re-cluster's word, under its new version, before that
is adopted; what live work makes of it in between, under the old version, the last transaction states again. Whoever is
interrupted has only to run again: what was written is no longer a difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from graph.chunks import chunks
from graph.model import Change, ChangeKind, Record
from graph.store import Store, Transaction
from resolver.ask import asking, asking_within
from resolver.batch.differences import STEPS, Differences, Stated, differences_of
from resolver.batch.islands import Parts
from resolver.batch.meanwhile import Meanwhile
from resolver.batch.restating import blocking_of, put_rewritten
from resolver.customers.profile_changes import View, as_stored, changes_of, renewed_under
from resolver.neighbourhood.affected import carriers_of
from resolver.neighbourhood.weights import weights_in_table
from resolver.progress import Progress
from resolver.unfinished import CUSTOMERS, RECORDS, UNFINISHED


@dataclass(frozen=True, slots=True)
class Ahead:
    """``keyed``: the records whose keys are written; ``weighed``: whether what identifiers say is shown; ``told``: the
    events of customers; ``over``: the ids of the customers that have gone over, in how many ``parts``. What is left for
    the last transaction if nobody else writes: the ``rest``, and ``profiles``, the events of those that another config
    changes, at the moment at which it is adopted."""

    keyed: Collection[str]
    weighed: bool
    told: list[Change]
    over: set[str]
    parts: int
    rest: Differences
    profiles: list[Change]


def write_ahead(store: Store, stated: Stated, meanwhile: Meanwhile, progress: Progress) -> Ahead:
    """Write until no more is left than one transaction of this store may hold. Raises StartOver."""
    its = _WriteAhead(store, stated, meanwhile, progress)
    if store.rows_at_once is None:
        return its.customers((), weighed=False)
    keyed = its.records() if stated.restated.begin.renormalises else its.keys()
    return its.customers(keyed, weighed=its.weights(keyed))


class _WriteAhead:
    def __init__(self, store: Store, stated: Stated, meanwhile: Meanwhile, progress: Progress) -> None:
        self._store, self._stated, self._meanwhile, self._progress = store, stated, meanwhile, progress
        self._its, self._ask = stated.restated, asking(store)
        self._most = store.rows_at_once or 1
        #: Profiles as they are shown until the version is adopted.
        self._shown = View(self._ask, self._its.begin.reading.before)

    @contextmanager
    def _part(self) -> Iterator[Transaction]:
        """The transaction of one part. It leaves the mark of what is unfinished."""
        with self._store.write() as tx:
            self._meanwhile.look(tx)
            yield tx
            if not self._meanwhile.parts:
                tx.put_meta(UNFINISHED, RECORDS if self._its.begin.renormalises else CUSTOMERS)
            self._meanwhile.settle(tx)
        self._meanwhile.parts += 1

    def records(self) -> set[str]:
        """Write the records in their new normal form, to wait like loaded ones; answers which."""
        records = sorted(self._its.rewritten, key=lambda one: one.key)
        if len(records) <= self._most:
            return set()
        keyed: set[str] = set()
        done = 0
        for some in chunks(records, self._most):
            with self._part() as tx:
                part = [record for record in some if record.key not in self._meanwhile.keys]
                told = self._told_of(tx, part)
                put_rewritten(tx, self._its, part, pending=True)
                tx.append_changes(told)
            keyed.update(record.key for record in part)
            done += len(some)
            self._progress("records", done, len(records))
        return keyed

    def _told_of(self, tx: Transaction, rewritten: Sequence[Record]) -> list[Change]:
        """The events of the profiles that these records change as soon as they are written: shown under the config that
        is adopted so far."""
        new = {record.key: record for record in rewritten}
        owners = {its.customer_id for its in tx.assignments(new.keys()).values()}
        members = {id: (keys, keys) for id, keys in tx.members_of_customers(owners).items()}
        then = replace(self._shown, ask=asking_within(tx))
        today = replace(then, read=lambda stored: {key: new.get(key, its) for key, its in stored.items()})
        return changes_of(members, (then, today), self._stated.now)

    def keys(self) -> set[str]:
        """Write the blocking keys of the records that wait; answers which. Where all records get new ones, they are the
        last transaction's."""
        its, keyed = self._its, set[str]()
        if its.is_rekeyed:
            return keyed
        waiting = set(asking(self._store)(lambda snapshot: snapshot.pending(len(its.table))))
        rows = [row for row, key in enumerate(its.table.keys) if key in waiting]
        if len(rows) <= self._most:
            return keyed
        keys = list(blocking_of(its, rows).rows())
        done = 0
        for some in chunks(keys, self._most):
            with self._part() as tx:
                part = {key: own for key, own in some if key not in self._meanwhile.keys}
                tx.put_blocking_keys(part.items())
            keyed.update(part)
            done += len(some)
            self._progress("keys", done, len(keys))
        return keyed

    def weights(self, keyed: Collection[str]) -> bool:
        """Show what identifiers say in transactions of their own, so that nobody waits for all of them: nothing reads
        it. Answers whether that was done: not for a few, nor where some are yet to come, or there is nothing new."""
        its = self._its
        if its.begin.renormalises and not keyed:
            return False
        if not its.is_fresh and not asking(self._store)(lambda snapshot: snapshot.pending(1)):
            return False
        parts = chunks(weights_in_table(its.table, its.known, its.version), self._most)
        first = next(parts, [])
        if len(first) < self._most:
            return False
        for some in chain([first], parts):
            with self._part() as tx:
                tx.put_identifier_weights(some)
        return True

    def customers(self, keyed: Collection[str], *, weighed: bool) -> Ahead:
        """Write customers, if they are too many for one transaction. Each part tells which profiles it changes as they
        are shown by then; what the new version changes in them is left until it is adopted."""
        stated, named, reading = self._stated, self._its.named, self._its.begin.reading
        moves = changes_of(named.moved, (self._shown, self._shown), stated.now)
        rest = differences_of(stated, moves if reading.alike else ())
        told: list[Change] = []
        over: set[str] = set()
        parts = 0
        if self._store.rows_at_once is not None and len(rest) > self._most:
            its = Parts(differences_of(stated, moves), stated, self._most)
            parts = len(its) - 1
            told, over = self._parts(its)
            rest = its.differences(parts)
        if reading.alike:
            return Ahead(keyed, weighed, told, over, parts, rest, [])
        read = renewed_under(reading.after) if reading.renewed and not keyed else as_stored
        views = self._shown, View(self._ask, reading.after, read)
        profiles = changes_of(named.kept(stated.held.assigned, over), views, stated.now)
        rest = replace(rest, events=[event for event in rest.events if event.kind is not ChangeKind.PROFILE])
        return Ahead(keyed, weighed, told, over, parts, rest, profiles)

    def _parts(self, parts: Parts) -> tuple[list[Change], set[str]]:
        """Write all parts but the last; answers the events, and the ids of the customers that went over."""
        told: list[Change] = []
        over: set[str] = set()
        steps = len(parts) - 1 + STEPS
        for part in range(len(parts) - 1):
            self._progress("write", part, steps)
            with self._part() as tx:
                touched = self._touched(tx, parts, part)
                its = parts.differences(part, touched)
                its.write(tx, lambda _: None)
            told += its.events
            over |= parts.customers(part, touched)
        return told, over

    def _touched(self, tx: Transaction, parts: Parts, part: int) -> set[int]:
        """The islands that others have touched: their customers have other records than they had, or records or
        decisions on them have changed."""
        meanwhile, islands = self._meanwhile, parts.islands
        if not meanwhile.came:
            return set()
        had = parts.members(part)
        have = tx.members_of_customers(had)
        changed = {islands.of_customers[id] for id, keys in had.items() if set(have.get(id, ())) != keys}
        decided = {key for end in meanwhile.endpoints for key in carriers_of(tx, end, self._its.version.config)}
        return changed | {islands.of_record(key) for key in meanwhile.keys | decided}
