"""A state machine over one store: everything that a resolver can be told, in any order, and what must hold after it.

Neutral is what follows from the state: the live records, the standing decisions and the adopted version. Some messages
mean what they mean by the moment at which they come, and are neutral from then on:

- One of our customer ids on a record is a steward's word, written by a system: it becomes a ``same`` with the record
  that the id stands for at that moment. Which one that is tells when it came, as it does with every decision; what it
  does from then on does not. So the batch has the decision, not the message.
- What the columns of a new source mean is guessed from its first rows, and is part of the version from then on.
- A record that is taken out of its customer is kept apart, by decisions, from those who were in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from graph.errors import BadInputError, ContradictionError, NotFoundError, UnknownSourceError, VersionError
from graph.model import Decision, DecisionKind
from resolver.answers import DecisionReport, Outcome
from resolver.config import Config
from resolver.live.sources import fields_of, in_force, registered
from resolver.preparing.rows import table_of_payloads
from resolver.scoring.model import Model
from resolver.service import Resolver
from tests.support.neutrality import adopted
from tests.support.people import (
    IDENTIFIERS,
    MODELS,
    NEW_SOURCES,
    OURS,
    TIMES,
    WORLDS,
    Row,
    adopt,
    batches,
    crowds,
    model_for,
    newcomers,
    record_keys,
    twins,
)
from tests.support.watched import START, Watched

KINDS = st.sampled_from([DecisionKind.SAME, DecisionKind.DIFFERENT])
ENDPOINTS = record_keys() | st.sampled_from(IDENTIFIERS)
#: Of a re-cluster, before its write.
STAGES = ["read", "resolve", "name"]
WEAK = ["cookie:c1", "cookie:c2", "device:d1", "device:d2"]
REFUSED = (BadInputError, ContradictionError, NotFoundError)
#: An id that no customer ever had.
NOBODY = "nobodynobodynobo"
MEANWHILE = [
    "send",
    "send with our id",
    "send from a new source",
    "change",
    "delete",
    "decide",
    "decide on weak",
    "take out",
    "withdraw",
]


class NeutralMachine(Watched):
    """Live work on one store. In the end, and now and then before, a fresh batch must say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, list[Row]]] = []

    @initialize(
        world=st.sampled_from(sorted(WORLDS)),
        model=st.sampled_from(sorted(MODELS)),
        first=st.lists(batches(6), min_size=1, max_size=3),
    )
    def start(self, world: str, model: str, first: list[tuple[str, list[Row]]]) -> None:
        self.place.clear()
        self.store = self.place.open()
        config = WORLDS[world]
        adopt(self.store, config, model_for(config, *MODELS[model]), self.clock())
        self._resolve_under(config)
        for batch in first:
            self.send(batch)

    # what comes in

    @rule(batch=batches())
    def send(self, batch: tuple[str, list[Row]]) -> None:
        self.sent.append(batch)
        self._ingest(*batch)

    @rule(batch=twins())
    def send_twins(self, batch: tuple[str, list[Row]]) -> None:
        self.send(batch)

    @rule(batch=crowds())
    def send_crowd(self, batch: tuple[str, list[Row]]) -> None:
        self.send(batch)

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
        source, _, id = key.partition(":")
        fresh = data.draw(newcomers(1))[1][0] if source in NEW_SOURCES else others[1][0]
        row = {**found[key].payload, **fresh} if key in found else fresh
        self._ingest(source, [{**row, "no": id} if source in ("crm", "shop") else row])

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

    # what tells of customers, or of sources, that it has heard of us

    @rule(batch=batches(1), data=st.data())
    def send_with_our_id(self, batch: tuple[str, list[Row]], data: st.DataObject) -> None:
        """Of a customer that lives, that went into another or that is gone; one that never was; two at once."""
        source, (row,) = batch
        ids = st.sampled_from([*sorted(self.ever), NOBODY])
        sent = data.draw(st.lists(ids, min_size=1, max_size=2))
        row |= {OURS[source]: sent if len(sent) > 1 else sent[0]}
        self.sent.append((source, [row]))
        before = {its.id: its for its in self.resolver.decisions(withdrawn=True)}

        def work() -> None:
            (outcome,) = self.resolver.ingest(source, [row])
            self._answers([outcome])
            self._heeded(outcome, list(dict.fromkeys(sent)), before)

        self._live(work)

    def _heeded(self, its: Outcome, sent: list[str], before: dict[str, Decision]) -> None:
        """The id became the one decision that this record brings, on a record of the customer that it stood for."""
        decisions = {one.id: one for one in self.resolver.decisions(withdrawn=True)}
        key, standing = its.record_key, [one for one in decisions.values() if one.withdrawn_at is None]
        new = [one for one in standing if before.get(one.id) != one]
        if its.kind in ("stale", "quarantined"):
            assert decisions == before
            return
        heir = self.replay.heir(sent[0]) if len(sent) == 1 else None
        others = set(self._seen[0].get(heir or "", ())) - {key}
        said = [one for one in decisions.values() if one.reason.startswith(f"{key} carries customer id ")]
        assert len([one for one in said if one in standing]) <= 1
        if not new:
            known = any(one.reason.startswith(f"{key} carries customer id {sent[0]}") for one in said)
            no_news = its.kind == "unchanged"  # such as a touch that was seen later, too: that version counts
            assert its.refused or known or no_news or (heir and not others)
            return
        (decision,) = new
        (anchor,) = {decision.left, decision.right} - {key}
        assert (decision.kind, anchor in others) == (DecisionKind.SAME, True)
        skipped = {item.details.get("decision") for item in self.resolver.review(1_000).items}
        assert decision.id in skipped or any({key, anchor} <= set(keys) for keys in self._customers().values())

    @rule(batch=newcomers(3), allowed=st.booleans())
    def send_from_a_new_source(self, batch: tuple[str, list[Row]], allowed: bool) -> None:
        """It is registered by its first rows, if that is allowed; later ones are like those of any source."""
        before, known = self._all_that_is(), batch[0] in self._adopted_config().sources
        try:
            self._ingest(*batch, new=allowed)
        except UnknownSourceError:
            assert not allowed
            assert not known
            assert self._all_that_is() == before
        except BadInputError:  # the rows have other columns than those by which it was registered
            assert known
            assert self._all_that_is() == before
        else:
            assert batch[0] in self._adopted_config().sources
            self.sent.append(batch)

    # what goes

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
        standing = {its.id: its for its in self.resolver.decisions()}
        done = self.resolver.decide(kind, left, right, by="ann", reason="seen")
        assert [replace(its, at=0) for its in done.changes] == [replace(its, at=0) for its in tried.changes]
        assert (done.decision.id, done.repeated) == (tried.decision.id, tried.repeated)
        assert done.decision == standing.get(done.decision.id, done.decision)
        assert len(self.resolver.decisions()) == len(standing) + (not done.repeated)

    @precondition(lambda self: self.resolver.decisions())
    @rule(data=st.data())
    def decide_again(self, data: st.DataObject) -> None:
        """What stands stands once; unless it was a record that brought it."""
        its = data.draw(st.sampled_from(self.resolver.decisions()))
        self._decide(its.kind, its.left, its.right, in_earnest=True)

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
        standing = [its.id for its in self.resolver.decisions()]
        ids = data.draw(st.lists(st.sampled_from(standing), min_size=1, max_size=3))
        self._live(lambda: self.resolver.withdraw_all(ids, by="cyd"))

    # what changes nothing, or the version

    @rule(again=st.booleans())
    def recluster(self, again: bool) -> None:
        """Where nothing but the version's number could be new, nothing is."""
        if again:
            self.store.close()
            self.store = self.place.open()
            self._resolve_under(self.config)
        before, awaited = self._all_that_is(), self._wanted_config() != self._adopted_config()
        report = self.resolver.recluster()
        if awaited:  # fields of new sources come in
            self._follow()
            return
        assert self._all_that_is() == before
        assert not report.counts.keys() - {"unchanged"}

    @rule(model=st.sampled_from(sorted(MODELS)))
    def recluster_with_another_model(self, model: str) -> None:
        self._recluster_as_tried(model=model_for(self.config, *MODELS[model]))

    @rule()
    def recluster_with_a_trained_model(self) -> None:
        self._recluster_as_tried(retrain=True)

    @rule(world=st.sampled_from(sorted(WORLDS)), model=st.none() | st.sampled_from(sorted(MODELS)))
    def recluster_with_another_config(self, world: str, model: str | None) -> None:
        """Until then live work under it is refused."""
        config = WORLDS[world]
        its = None if model is None else model_for(config, *MODELS[model])
        self._resolve_under(config)
        if in_force(config, self._registered(), fields_of(self._adopted_config())) != self._adopted_config():
            before = self._all_that_is()
            with pytest.raises(VersionError, match="whograph recluster"):
                self.resolver.ingest("crm", [{"no": "1", "first": "Anna"}])
            assert self._all_that_is() == before
        self._recluster_as_tried(model=its)

    @rule(data=st.data())
    def recluster_with_a_former_version(self, data: st.DataObject) -> None:
        with self.store.read() as snapshot:
            former = data.draw(st.sampled_from(snapshot.versions()))
        self._resolve_under(Config.from_json(former.config))
        self._recluster_as_tried(model=Model.from_json(former.model))

    def _recluster_as_tried(self, **wish: Any) -> None:
        """The simulation changes nothing and says what will happen."""
        before = self._all_that_is()
        tried = self.resolver.recluster(dry_run=True, **wish)
        assert self._all_that_is() == before
        done = self.resolver.recluster(**wish)
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
        match data.draw(st.sampled_from(MEANWHILE)):
            case "send":
                self.send(data.draw(batches()))
            case "send with our id":
                self.send_with_our_id(data.draw(batches(1)), data)
            case "send from a new source":
                self.send_from_a_new_source(data.draw(newcomers(2)), allowed=True)
            case "change":
                self.change(data, data.draw(batches(1)))
            case "delete":
                self.delete(data, early=False)
            case "decide":
                self.decide(data.draw(KINDS), data)
            case "decide on weak":
                left, right = data.draw(st.sampled_from(WEAK)), data.draw(st.sampled_from(WEAK))
                self.decide_on_weak_identifiers(data.draw(KINDS), left, right)
            case "take out":
                self.take_out(data)
            case "withdraw" if self.resolver.decisions():
                self.withdraw(data)

    def _resolve_under(self, config: Config) -> None:
        self.config, self.resolver = config, Resolver(self.store, config, self.clock)

    def _adopted_config(self) -> Config:
        with self.store.read() as snapshot:
            return adopted(snapshot).config

    def _registered(self) -> Config | None:
        with self.store.read() as snapshot:
            return registered(snapshot)

    def _wanted_config(self) -> Config:
        """What a re-cluster adopts: with all that registered sources bring."""
        return in_force(self.config, self._registered())
