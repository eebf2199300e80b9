"""What a re-cluster writes before its last transaction, where the store cannot hold all of it in one (a server in
memory).

Records in another normal form, and blocking keys of records that wait, go first: live work refuses while records wait,
so nobody compares them before their time. Then customers go over, island by island (``islands``), but for those that
others have touched since the re-cluster began. All of it is the re-cluster's word, under its new version, before that
is adopted; what live work makes of it in between, under the old version, the last transaction states again. Whoever is
interrupted has only to run again: what was written is no longer a difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from graph.chunks import chunks
from graph.model import Change
from graph.store import Store, Transaction
from resolver.ask import asking
from resolver.batch.differences import STEPS, Differences, Stated, differences_of
from resolver.batch.islands import Parts
from resolver.batch.meanwhile import Meanwhile
from resolver.batch.restating import blocking_of, put_rewritten
from resolver.neighbourhood.affected import carriers_of
from resolver.neighbourhood.weights import weights_in_table
from resolver.progress import Progress
from resolver.unfinished import CUSTOMERS, RECORDS, UNFINISHED


@dataclass(frozen=True, slots=True)
class Ahead:
    """``keyed``: the records whose keys are written; ``weighed``: whether what identifiers say is shown; ``told``: the
    events; ``over``: the ids of the customers that have gone over, in how many ``parts``; ``rest``: what is left for
    the last transaction if nobody else writes."""

    keyed: Collection[str]
    weighed: bool
    told: list[Change]
    over: set[str]
    parts: int
    rest: Differences


def write_ahead(store: Store, stated: Stated, meanwhile: Meanwhile, progress: Progress) -> Ahead:
    """Write until no more is left than one transaction of this store may hold. Raises StartOver."""
    rest = differences_of(stated)
    if store.rows_at_once is None:
        return Ahead((), False, [], set(), 0, rest)
    its = _WriteAhead(store, stated, meanwhile, progress)
    keyed = its.records() if stated.restated.begin.renormalises else its.keys()
    weighed = its.weights(keyed)
    if len(rest) <= store.rows_at_once:
        return Ahead(keyed, weighed, [], set(), 0, rest)
    parts = Parts(rest, stated, store.rows_at_once)
    return Ahead(keyed, weighed, *its.customers(parts), len(parts) - 1, parts.differences(len(parts) - 1))


class _WriteAhead:
    def __init__(self, store: Store, stated: Stated, meanwhile: Meanwhile, progress: Progress) -> None:
        self._store, self._its, self._meanwhile, self._progress = store, stated.restated, meanwhile, progress
        self._most = store.rows_at_once or 1

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
                put_rewritten(tx, self._its, part, pending=True)
            keyed.update(record.key for record in part)
            done += len(some)
            self._progress("records", done, len(records))
        return keyed

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

    def customers(self, parts: Parts) -> tuple[list[Change], set[str]]:
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
        decided = {key for end in meanwhile.endpoints for key in carriers_of(tx, end, self._its.version)}
        return changed | {islands.of_record(key) for key in meanwhile.keys | decided}
