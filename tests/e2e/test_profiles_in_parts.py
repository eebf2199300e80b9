"""What the feed tells of profiles while a re-cluster goes over in parts, is stopped between them and done again: who
reads on in the feed, and looks at the profiles that it names, sees every change, and none twice."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from graph.errors import ContradictionError, VersionError
from graph.model import ChangeKind, DecisionKind
from graph.store import Store
from resolver.config import Config
from resolver.customers.profile import golden_profile
from resolver.service import Resolver
from resolver.unfinished import UNTOLD, is_unfinished
from tests.e2e.test_in_parts import (
    AMERICAN,
    CONFIG,
    MOST,
    PEOPLE,
    START,
    Resolving,
    by_clock,
    first_rows,
    later_rows,
    model,
    rows,
    see_sound,
)
from tests.support.bounded import Bounded
from tests.support.neutrality import adopted, batch_over, clusters, differences, verdict_of
from tests.support.people import WORLDS
from tests.support.places import Place

Profiles = dict[str, dict[str, list[str]]]


def _shown_otherwise() -> Config:
    """The same records in the same normal form; other values survive."""
    its = CONFIG.model_dump()
    for name, definition in (its["identifiers"] | its["attributes"]).items():
        definition["survivorship"] = "longest" if name == "given_name" else "all"
    its["identifiers"]["phone"]["survivorship"] = its["identifiers"]["device"]["survivorship"] = "latest"
    return Config.model_validate(its)


CONFIGS = {"shown otherwise": _shown_otherwise(), "read otherwise": WORLDS["read otherwise"], "american": AMERICAN}
#: Rows of one transaction, so that events are told in several.
FEW = 3
#: The transactions before which it is stopped, one after the other.
STOPS = (0, 1, 2, 3, 5, 8, 13, 21)


class _StopError(Exception):
    """The process dies."""


class _Reader:
    """Reads on in the feed, and looks at all profiles."""

    def __init__(self, store: Store) -> None:
        self._resolver, self._store = Resolver(store), store
        self._cursor: str | None = None
        self._seen: Profiles = {}
        self._told: list[tuple[str, frozenset[str]]] = []
        #: Those who were created since: all of their profile is new to the reader.
        self._born: set[str] = set()
        self.changed = 0
        self.look(exactly=False)

    def _profiles(self) -> Profiles:
        with self._store.read() as snapshot:
            config, groups = adopted(snapshot).config, clusters(snapshot)
            stored = snapshot.records([key for keys in groups.values() for key in keys])
        live = {key: record for key, record in stored.items() if not record.deleted}
        return {
            id: {
                field.name: [value.value for value in field.values]
                for field in golden_profile([live[key] for key in keys if key in live], config).fields
            }
            for id, keys in groups.items()
        }

    def look(self, *, exactly: bool = True) -> None:
        """What was told since the last time is what has changed since then; or more, where it is not ``exactly``
        known. Not while events are yet to be told."""
        page = self._resolver.changes(self._cursor, 100_000)
        self._cursor = page.cursor
        self._told += [
            (its.customer_id, frozenset(its.details["fields"]))
            for its in page.changes
            if its.kind is ChangeKind.PROFILE
        ]
        self._born |= {its.customer_id for its in page.changes if its.kind is ChangeKind.CREATED}
        if untold(self._store):
            return
        now, then = self._profiles(), {id: its for id, its in self._seen.items() if id not in self._born}
        changed = {
            (id, name)
            for id in now.keys() & then.keys()
            for name in now[id].keys() | then[id].keys()
            if now[id].get(name) != then[id].get(name)
        }
        told = Counter((id, name) for id, fields in self._told for name in fields if id in now and id in then)
        assert changed <= told.keys()
        if exactly:
            assert told == Counter(changed)
        self._seen, self.changed = now, self.changed + len(changed)
        self._told.clear()
        self._born.clear()


def resolved(store: Store) -> Resolving:
    resolving = by_clock()
    first_rows(resolving(store))
    resolving(store).recluster(model=model("strict"))
    return resolving


def unfinished(store: Store) -> bool:
    with store.read() as snapshot:
        return is_unfinished(snapshot)


def untold(store: Store) -> bool:
    with store.read() as snapshot:
        return snapshot.meta(UNTOLD) is not None


@pytest.mark.parametrize(
    ("config", "name"), list(zip(CONFIGS.values(), ["lax", "strict", "lax"], strict=True)), ids=CONFIGS
)
def test_every_change_of_a_profile_is_told_once_however_often_the_re_cluster_is_stopped(
    place: Place, config: Config, name: str
) -> None:
    store = place.open()
    resolved(store)
    later_rows(by_clock()(store))
    clock, reader = count(START + 1_000_000, 1_000), _Reader(place.open())
    stopped = 0
    for at in (*STOPS, 1_000):

        def between(number: int, at: int = at) -> None:
            reader.look()
            if number == at:
                raise _StopError

        try:
            Resolver(Bounded(store, MOST, between), CONFIG, lambda: next(clock)).recluster(
                config=config, model=model(name)
            )
        except _StopError:
            stopped += 1
        see_sound(store)
    assert stopped > 4
    assert not unfinished(store)
    reader.look()
    assert reader.changed > 10


def test_what_was_not_told_when_it_was_stopped_is_told_by_the_next_whatever_that_is_for(place: Place) -> None:
    store = place.open()
    resolving = resolved(store)
    reader = _Reader(place.open())
    told = 0

    def between(_: int) -> None:
        nonlocal told
        reader.look()
        told += untold(store)
        if untold(store) and told in (1, 3):
            raise _StopError

    for _ in range(2):
        with pytest.raises(_StopError):
            resolving(Bounded(store, FEW, between)).recluster(config=CONFIGS["shown otherwise"])
        assert unfinished(store)
        resolving(Bounded(store, FEW)).recluster(config=CONFIGS["shown otherwise"], dry_run=True)
        assert unfinished(store)
    resolving(Bounded(store, FEW, between)).recluster()
    assert not unfinished(store)
    reader.look()
    assert reader.changed > 10


def test_who_gives_a_config_up_halfway_has_been_told_nothing_of_it(place: Place) -> None:
    store = place.open()
    resolving = resolved(store)
    reader = _Reader(place.open())

    def stop(number: int) -> None:
        reader.look()
        if number == 12:
            raise _StopError

    with pytest.raises(_StopError):
        resolving(Bounded(store, MOST, stop)).recluster(config=CONFIGS["shown otherwise"], model=model("lax"))
    resolving(Bounded(store, MOST, lambda _: reader.look())).recluster(model=model("strict"))
    reader.look()
    assert not unfinished(store)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_what_comes_live_between_the_parts_hides_no_change(place: Place, tmp_path: Path, config: Config) -> None:
    store, other = place.open(), place.open()
    resolving, chosen, reader = resolved(store), random.Random(0), _Reader(place.open())
    late = 0

    def live(number: int) -> None:
        its = Resolver(other, clock=lambda: next(ticks))
        with suppress(VersionError, ContradictionError):  # not while records take another form
            its.ingest("crm", rows(100 + number, iter(chosen.sample(range(PEOPLE), 3))))
            reader.look(exactly=not late)
            ends = [f"crm:{its}" for its in chosen.sample(range(PEOPLE), 2)]
            its.decide(chosen.choice(list(DecisionKind)), *ends, by="ann", reason="seen")

    ticks = count(START + 1_000_000, 1_000)

    def between(number: int) -> None:
        nonlocal late
        late += untold(store)
        reader.look(exactly=not late)
        if number % 2 == 0:
            live(number)
            reader.look(exactly=not late)

    resolving(Bounded(store, MOST, between)).recluster(config=config, model=model("lax"))
    assert not unfinished(store)
    assert late
    reader.look(exactly=False)
    assert reader.changed > 10
    see_sound(store)
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []


def test_what_came_live_is_told_with_what_one_transaction_changes(place: Place) -> None:
    """Columns that are ignored from then on are gone from the records by the time that it has caught up."""
    store, other = place.open(), place.open()
    resolving, reader = resolved(store), _Reader(place.open())

    def came(stage: str, *_: int | None) -> None:
        if stage == "name":
            live = Resolver(other, clock=lambda: START + 1_000_000)
            live.ingest("crm", [{"no": str(number), "device": f"d{number}"} for number in range(3)])
            reader.look()

    bounded = Bounded(store, None)
    resolving(bounded).recluster(config=CONFIGS["read otherwise"], progress=came)
    assert bounded.transactions == 1
    reader.look()
    assert reader.changed > 10
