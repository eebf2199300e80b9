"""A store that is worked on, and watched: after each piece of work its feed, ids, profiles and redirects are right, and
a fresh batch says the same of what lives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from graph.errors import NotFoundError
from graph.model import Customer, Record
from graph.store import Store
from resolver.answers import Outcome
from resolver.config import Config
from resolver.customers.profile import golden_profile
from resolver.service import Resolver
from tests.support.feed import Replay, as_members
from tests.support.neutrality import Members, adopted, batch_over, clusters, differences, verdict_of
from tests.support.people import IDENTIFIERS, Row
from tests.support.places import Place

#: Microseconds: long after all times that rows bring.
START = 1_750_000_000_000_000
Profiles = dict[str, dict[str, list[str]]]


class Watched(RuleBasedStateMachine):
    """What every machine of histories has: one store at a place, a resolver with a clock, and what must hold."""

    place: Place
    store: Store
    config: Config
    resolver: Resolver

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._now, self._runs = START, 0
        self.replay = Replay()
        self.cursor: str | None = None
        self.ever: set[str] = set()

    def clock(self) -> int:
        self._now += 1_000_000
        return self._now

    # what must hold

    @invariant()
    def batch_says_the_same(self) -> None:
        """Now and then on the way, always in the end (see ``teardown``)."""
        self._runs += 1
        if self._runs % 5 == 0:
            self._compare()

    def teardown(self) -> None:
        try:
            if hasattr(self, "store"):
                self._compare()
                assert self.store.check() == []
        finally:
            self._stack.close()

    def _compare(self) -> None:
        path = self._folder / f"batch{self._runs}.db"
        assert differences(verdict_of(self.store), batch_over(self.store, path)) == []

    # what is there

    def _records(self) -> list[Record]:
        with self.store.read() as snapshot:
            return [record for chunk in snapshot.scan_records() for record, _ in chunk]

    def _living(self) -> st.SearchStrategy[str]:
        return st.sampled_from([record.key for record in self._records()] or ["crm:1"])

    def _carried(self) -> st.SearchStrategy[str]:
        with self.store.read() as snapshot:
            names = adopted(snapshot).config.identifiers
        keys = {f"{name}:{text}" for its in self._records() for name in names for text in its.fields.get(name, ())}
        return st.sampled_from(sorted(keys) or IDENTIFIERS)

    def _known(self, key: str) -> bool:
        with self.store.read() as snapshot:
            found = snapshot.records([key])
        return key in found and not found[key].deleted

    def _customers(self) -> dict[str, Members]:
        with self.store.read() as snapshot:
            groups = clusters(snapshot)
        living = self._paged()
        assert {its.id: its.size for its in living} == {id: len(keys) for id, keys in groups.items()}
        return groups

    def _paged(self) -> list[Customer]:
        found: list[Customer] = []
        while page := self.resolver.customers(found[-1].id if found else None, 5):
            found += page
        return found

    def _profiles(self) -> Profiles:
        with self.store.read() as snapshot:
            version, groups = adopted(snapshot), clusters(snapshot)
            records = snapshot.records([key for keys in groups.values() for key in keys])
        return {
            id: {
                its.name: [value.value for value in its.values]
                for its in golden_profile([records[key] for key in keys], version.config).fields
            }
            for id, keys in groups.items()
        }

    def _all_that_is(self) -> tuple[Any, ...]:
        with self.store.read() as snapshot:
            return (
                [its for chunk in snapshot.scan_assignments() for its in chunk],
                [its for chunk in snapshot.scan_links() for its in chunk],
                [its for chunk in snapshot.scan_review() for its in chunk],
                snapshot.customers(self.ever),
                snapshot.changes(0, 100_000),
                snapshot.decisions(withdrawn=True),
                [its for chunk in snapshot.scan_full_records() for its in chunk],
                snapshot.version(),
            )

    # work, and what is told of it

    def _ingest(self, source: str, rows: list[Row], *, new: bool = False) -> None:
        self._live(lambda: self._answers(self.resolver.ingest(source, rows, allow_new_sources=new)))

    def _answers(self, outcomes: list[Outcome]) -> None:
        """Each names the customer that the record is in now."""
        with self.store.read() as snapshot:
            now = snapshot.assignments({its.record_key for its in outcomes if its.record_key})
        for its in outcomes:
            found = now.get(its.record_key or "")
            assert (its.customer_id, its.confidence) == (
                (found.customer_id, found.confidence) if found else (None, None)
            )

    def _live(self, work: Callable[[], Any]) -> None:
        """Work, and see that the feed tells exactly what it did."""
        try:
            work()
        except NotFoundError as error:
            if error.kind != "record" or self._known(error.name):
                raise
        self._follow()

    def _follow(self) -> None:
        """Read on in the feed; it must give the customers that there are, and say which profiles changed."""
        old: tuple[dict[str, Members], Profiles] = getattr(self, "_seen", ({}, {}))
        groups, told = self._customers(), self._profiles()
        self._seen = groups, told
        self.replay.profiles.clear()
        self._read_feed()
        assert self.replay.members == as_members(groups)
        changed = {
            id: {name for name in told[id].keys() | old[1][id].keys() if told[id].get(name) != old[1][id].get(name)}
            for id in told.keys() & old[1].keys()
        }
        assert self.replay.profiles == {id: names for id, names in changed.items() if names}
        _ids_are_kept(old[0], groups)
        self._redirects(groups)

    def _read_feed(self) -> None:
        while True:
            page = self.resolver.changes(self.cursor, 7)
            self.cursor = page.cursor
            if not page.changes:
                return
            self.replay.apply(page.changes)

    def _redirects(self, groups: dict[str, Members]) -> None:
        """Every id that ever lived leads to the customer that the feed says, or to none."""
        self.ever |= groups.keys()
        for id in self.ever:
            heir = self.replay.heir(id)
            try:
                found = self.resolver.customer(id)
            except NotFoundError:
                assert heir is None
            else:
                assert found.customer.id == heir
                assert tuple(its.record_key for its in found.records) == groups[heir]


def _ids_are_kept(old: dict[str, Members], new: dict[str, Members]) -> None:
    """A customer that keeps most of itself, and is most of what it now is, keeps its id."""
    was = {key: id for id, keys in old.items() for key in keys}
    for id, keys in new.items():
        came = {other: sum(was.get(key) == other for key in keys) for other in {was[key] for key in keys if key in was}}
        for other, shared in came.items():
            rest = max((n for third, n in came.items() if third != other), default=0)
            if 2 * shared > len(old[other]) and shared > rest:
                assert id == other, f"{other} with {old[other]} became {id} with {keys}"
