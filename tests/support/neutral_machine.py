"""A state machine over one store: everything that a resolver can be told, in any order, and what must hold after it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from graph.errors import BadInputError, ContradictionError, NotFoundError
from graph.model import Customer, DecisionKind
from graph.store import Store
from resolver.answers import DecisionReport, Outcome
from resolver.customers.profile import golden_profile
from resolver.preparing.rows import table_of_payloads
from resolver.service import Resolver
from tests.support.feed import Replay, as_members
from tests.support.neutrality import Members, adopted, batch_over, clusters, differences, verdict_of
from tests.support.people import (
    IDENTIFIERS,
    MODELS,
    TIMES,
    WORLDS,
    Row,
    adopt,
    batches,
    model_for,
    record_keys,
)
from tests.support.places import Place

#: Microseconds: long after all times that rows bring.
START = 1_750_000_000_000_000
KINDS = st.sampled_from([DecisionKind.SAME, DecisionKind.DIFFERENT])
ENDPOINTS = record_keys() | st.sampled_from(IDENTIFIERS)
#: Of a re-cluster, before its write.
STAGES = ["read", "resolve", "name"]
WEAK = ["cookie:c1", "cookie:c2", "device:d1", "device:d2"]
REFUSED = (BadInputError, ContradictionError, NotFoundError)
Profiles = dict[str, dict[str, list[str]]]


class NeutralMachine(RuleBasedStateMachine):
    """Live work on one store. In the end, and now and then before, a fresh batch must say the same."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._now, self._runs = START, 0
        self.sent: list[tuple[str, list[Row]]] = []
        self.replay = Replay()
        self.cursor: str | None = None
        self.ever: set[str] = set()

    def clock(self) -> int:
        self._now += 1_000_000
        return self._now

    @initialize(
        world=st.sampled_from(sorted(WORLDS)),
        model=st.sampled_from(sorted(MODELS)),
        first=st.lists(batches(6), min_size=1, max_size=3),
    )
    def start(self, world: str, model: str, first: list[tuple[str, list[Row]]]) -> None:
        self.place.clear()
        self.store: Store = self.place.open()
        self.config = WORLDS[world]
        adopt(self.store, self.config, model_for(self.config, *MODELS[model]), self.clock())
        self.resolver = Resolver(self.store, self.config, self.clock)
        for batch in first:
            self.send(batch)

    # what comes in

    @rule(batch=batches())
    def send(self, batch: tuple[str, list[Row]]) -> None:
        self.sent.append(batch)
        self._ingest(*batch)

    @rule(batch=batches(1))
    def send_one(self, batch: tuple[str, list[Row]]) -> None:
        self.sent.append(batch)
        self._ingest(*batch)

    @rule(data=st.data(), others=batches(1))
    def change(self, data: st.DataObject, others: tuple[str, list[Row]]) -> None:
        """A living record comes again with some of its columns changed."""
        key = data.draw(self._living())
        with self.store.read() as snapshot:
            found = snapshot.records([key])
        row = {**found[key].payload, **others[1][0]} if key in found else others[1][0]
        source, _, id = key.partition(":")
        self._ingest(source, [row if source == "web" else {**row, "no": id}])

    @rule(data=st.data(), at=st.none() | st.sampled_from(TIMES))
    def send_again(self, data: st.DataObject, at: str | None) -> None:
        """As it came, or as of another time."""
        source, rows = data.draw(st.sampled_from(self.sent))
        self._ingest(source, [{**row, "at": at} for row in rows] if at else rows)

    @rule(batch=batches())
    def load_in_bulk(self, batch: tuple[str, list[Row]]) -> None:
        source, rows = batch
        self.resolver.load(source, [(table_of_payloads(rows), str)])
        self._follow()
        self.resolver.recluster()
        self._follow()

    @rule(data=st.data(), early=st.booleans())
    def delete(self, data: st.DataObject, early: bool) -> None:
        source, id = data.draw(self._living()).split(":", 1)
        at = START - 400 * 24 * 3600 * 1_000_000 if early else None
        self._live(lambda: self.resolver.delete(source, id, at=at))

    @precondition(lambda self: self.resolver.decisions())
    @rule(data=st.data(), batch=batches(1))
    def delete_what_is_decided(self, data: st.DataObject, batch: tuple[str, list[Row]]) -> None:
        """The decision sleeps; what was said of a record that is gone counts again when it comes back."""
        ends = {end for its in self.resolver.decisions() for end in (its.left, its.right)}
        source, _, id = data.draw(st.sampled_from(sorted(ends))).partition(":")
        if source in ("crm", "shop"):
            if self._known(f"{source}:{id}"):
                self._live(lambda: self.resolver.delete(source, id))
            else:
                self._ingest(source, [{**batch[1][0], "no": id}])

    # stewards

    @rule(kind=KINDS, data=st.data())
    def decide_on_records(self, kind: DecisionKind, data: st.DataObject) -> None:
        self._decide(kind, data.draw(self._living()), data.draw(self._living()), in_earnest=True)

    @rule(kind=KINDS, data=st.data())
    def decide(self, kind: DecisionKind, data: st.DataObject) -> None:
        ends = self._living() | self._carried()
        self._decide(kind, data.draw(ends), data.draw(ends), in_earnest=True)

    @rule(kind=KINDS, left=st.sampled_from(WEAK), right=st.sampled_from(WEAK))
    def decide_on_weak_identifiers(self, kind: DecisionKind, left: str, right: str) -> None:
        """Their carriers are often of several components."""
        self._decide(kind, left, right, in_earnest=True)

    @rule(kind=KINDS, left=ENDPOINTS, right=ENDPOINTS, in_earnest=st.booleans())
    def decide_on_anything(self, kind: DecisionKind, left: str, right: str, in_earnest: bool) -> None:
        self._decide(kind, left, right, in_earnest=in_earnest)

    def _decide(self, kind: DecisionKind, left: str, right: str, *, in_earnest: bool) -> None:
        """A trial changes nothing and says what would happen; a refusal changes nothing either."""
        before = self._all_that_is()
        try:
            tried = self.resolver.decide(kind, left, right, by="ann", reason="seen", dry_run=True)
        except REFUSED as error:
            note(str(error))
            in_earnest = False
        assert self._all_that_is() == before
        if in_earnest:
            self._live(lambda: self._decided(kind, left, right, tried))

    def _decided(self, kind: DecisionKind, left: str, right: str, tried: DecisionReport) -> None:
        done = self.resolver.decide(kind, left, right, by="ann", reason="seen")
        assert [replace(its, at=0) for its in done.changes] == [replace(its, at=0) for its in tried.changes]

    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        key = data.draw(self._living())
        before = self._all_that_is()
        others = {other for its in self._customers().values() if key in its for other in its} - {key}
        try:
            self._live(lambda: self.resolver.take_out(key, by="bob", reason="not hers"))
        except REFUSED:
            assert self._all_that_is() == before
        else:
            after = self._customers()
            assert not any(key in its and set(its) & others for its in after.values())

    @precondition(lambda self: self.resolver.decisions())
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from([its.id for its in self.resolver.decisions()]))
        self._live(lambda: self.resolver.withdraw(id, by="cyd"))

    # what changes nothing, or the version

    @rule(again=st.booleans())
    def recluster(self, again: bool) -> None:
        before = self._all_that_is()
        if again:
            self.store.close()
            self.store = self.place.open()
            self.resolver = Resolver(self.store, self.config, self.clock)
        report = self.resolver.recluster()
        assert self._all_that_is() == before
        assert not report.counts.keys() - {"unchanged"}

    @rule(model=st.sampled_from(sorted(MODELS)))
    def recluster_with_another_model(self, model: str) -> None:
        """The simulation changes nothing and says what will happen."""
        before, its = self._all_that_is(), model_for(self.config, *MODELS[model])
        tried = self.resolver.recluster(model=its, dry_run=True)
        assert self._all_that_is() == before
        done = self.resolver.recluster(model=its)
        assert (done.counts, done.customers, done.examples) == (tried.counts, tried.customers, tried.examples)
        self._follow()

    @rule(model=st.none() | st.sampled_from(sorted(MODELS)), stage=st.sampled_from(STAGES), data=st.data())
    def recluster_while_others_work(self, model: str | None, stage: str, data: st.DataObject) -> None:
        """What comes in between its read and its write is there when it ends."""

        def watch(name: str, *_: int | None) -> None:
            for _time in range(data.draw(st.integers(1, 4)) if name == stage else 0):
                self._meanwhile(data)

        its = None if model is None else model_for(self.config, *MODELS[model])
        self.resolver.recluster(model=its, progress=watch)
        self._follow()

    def _meanwhile(self, data: st.DataObject) -> None:
        match data.draw(st.sampled_from(["send", "change", "delete", "decide", "decide on weak", "withdraw"])):
            case "send":
                self.send(data.draw(batches()))
            case "change":
                self.change(data, data.draw(batches(1)))
            case "delete":
                self.delete(data, early=False)
            case "decide":
                self.decide(data.draw(KINDS), data)
            case "decide on weak":
                left, right = data.draw(st.sampled_from(WEAK)), data.draw(st.sampled_from(WEAK))
                self.decide_on_weak_identifiers(data.draw(KINDS), left, right)
            case "withdraw" if self.resolver.decisions():
                self.withdraw(data)

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

    def _ingest(self, source: str, rows: list[Row]) -> None:
        self._live(lambda: self._answers(self.resolver.ingest(source, rows)))

    def _answers(self, outcomes: list[Outcome]) -> None:
        """Each names the customer that the record is in now."""
        with self.store.read() as snapshot:
            now = snapshot.assignments({its.record_key for its in outcomes if its.record_key})
        for its in outcomes:
            found = now.get(its.record_key or "")
            assert (its.customer_id, its.confidence) == (
                (found.customer_id, found.confidence) if found else (None, None)
            )

    def _living(self) -> st.SearchStrategy[str]:
        with self.store.read() as snapshot:
            keys = [record.key for chunk in snapshot.scan_records() for record, _ in chunk]
        return st.sampled_from(keys or ["crm:1"])

    def _carried(self) -> st.SearchStrategy[str]:
        with self.store.read() as snapshot:
            records = [record for chunk in snapshot.scan_records() for record, _ in chunk]
        names = self.config.identifiers
        keys = {f"{name}:{text}" for its in records for name in names for text in its.fields.get(name, ())}
        return st.sampled_from(sorted(keys) or IDENTIFIERS)

    def _live(self, work: Callable[[], Any]) -> None:
        """Work, and see that the feed tells exactly what it did."""
        try:
            work()
        except NotFoundError as error:
            if error.kind != "record" or self._known(error.name):
                raise
        self._follow()

    def _known(self, key: str) -> bool:
        with self.store.read() as snapshot:
            found = snapshot.records([key])
        return key in found and not found[key].deleted

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
            )


def _ids_are_kept(old: dict[str, Members], new: dict[str, Members]) -> None:
    """A customer that keeps most of itself, and is most of what it now is, keeps its id."""
    was = {key: id for id, keys in old.items() for key in keys}
    for id, keys in new.items():
        came = {other: sum(was.get(key) == other for key in keys) for other in {was[key] for key in keys if key in was}}
        for other, shared in came.items():
            rest = max((n for third, n in came.items() if third != other), default=0)
            if 2 * shared > len(old[other]) and shared > rest:
                assert id == other, f"{other} with {old[other]} became {id} with {keys}"
