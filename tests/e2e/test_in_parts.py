"""Bulk work in parts, as on a server that cannot hold it in one transaction: and it ends as in one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from graph.errors import StoreError, VersionError
from graph.model import Change, ChangeKind, DecisionKind
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.batch.recluster import HALFWAY, LATE_RECORDS
from resolver.config import Config
from resolver.preparing.rows import table_of_payloads
from resolver.scoring.model import Model
from resolver.service import Resolver
from resolver.unfinished import is_unfinished
from tests.e2e.test_recluster_while_live import row
from tests.support.bounded import Bounded
from tests.support.companies import CONFIG as COMPANY
from tests.support.contents import contents
from tests.support.contents import differences as unlike
from tests.support.feed import Replay, as_members
from tests.support.neo4j_fixtures import server_jars
from tests.support.neo4j_server import OwnServer
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.people import MODELS, VALUES, WORLDS, Row, model_for
from tests.support.places import Place, open_at

CONFIG = WORLDS["plain"]
AMERICAN = Config.model_validate(CONFIG.model_dump() | {"resolution": {"region": "US", "review_margin": 3}})
START = 1_750_000_000_000_000
#: Rows of one transaction, and people.
MOST, PEOPLE = 10, 60

Resolving = Callable[[Store], Resolver]


def by_clock() -> Resolving:
    """Resolvers that share a clock."""
    clock = count(START, 1_000)
    return lambda store: Resolver(store, CONFIG, lambda: next(clock))


def model(name: str) -> Model:
    return model_for(CONFIG, *MODELS[name])


def rows(seed: int, numbers: Iterator[int] | range = range(PEOPLE)) -> list[Row]:
    """Rows that share values with a few others each."""
    chosen = random.Random(seed)
    made = []
    for number in numbers:
        row: Row = {name: chosen.choice(VALUES[name]) for name in chosen.sample(sorted(VALUES), chosen.randint(1, 4))}
        near = {"device": f"d{number // 4}", "tel": f"020 7946 0{number // 5:03}", "last": f"Smith{number % 20}"}
        near |= {"mail": f"p{number // 3}@example.com"} if chosen.random() < 0.7 else {}
        made.append({name: near.get(name, value) for name, value in row.items()} | {"no": str(number)})
    return made


def load(resolver: Resolver, source: str, its: list[Row], *, full: bool = False) -> Any:
    return resolver.load(source, [(table_of_payloads(its), "row {}".format)], full=full)


def first_rows(resolver: Resolver) -> None:
    load(resolver, "crm", rows(1))
    load(resolver, "shop", rows(2, range(PEOPLE // 2)))


def later_rows(resolver: Resolver) -> None:
    """Two thirds of the people, with other values; the others are deleted."""
    chosen = random.Random(3)
    load(resolver, "crm", rows(4, (number for number in range(PEOPLE + 10) if chosen.random() < 0.7)), full=True)


#: What a re-cluster may have to do, one after the other.
RECLUSTERS: dict[str, tuple[Callable[[Resolver], object], dict[str, Any]]] = {
    "the first": (first_rows, {"model": model("usual")}),
    "records came, changed and went": (later_rows, {}),
    "a strict model splits": (lambda _: None, {"model": model("strict")}),
    "a lax one merges": (lambda _: None, {"model": model("lax")}),
    "another normal form": (lambda _: None, {"config": AMERICAN}),
}


def in_one_order(store: Store) -> dict[str, Any]:
    """All that it holds, but with the events by customer: those of different customers may follow in another order; and
    with the fields of a profile that changed one after the other as if they had changed at once."""
    its = contents(store)
    events: dict[str, list[Change]] = {}
    profiles: dict[str, set[str]] = {}
    for change in its["changes"]:
        if change.kind is ChangeKind.PROFILE:
            profiles.setdefault(change.customer_id, set()).update(change.details["fields"])
        else:
            events.setdefault(change.customer_id, []).append(change)
    return its | {"changes": events, "profiles": profiles}


def see_sound(store: Store) -> None:
    """It agrees with itself, and the feed has told what it shows."""
    assert store.check() == []
    replay = Replay()
    with store.read() as snapshot:
        replay.apply(snapshot.changes(0, 1_000_000))
        assert replay.members == as_members(clusters(snapshot))


def is_done(store: Store) -> bool:
    with store.read() as snapshot:
        return not is_unfinished(snapshot) and snapshot.pending(1) == []


def ids_of(store: Store) -> dict[str, tuple[str, ...]]:
    """The records of every customer."""
    with store.read() as snapshot:
        return clusters(snapshot)


def groups_of(store: Store) -> set[tuple[str, ...]]:
    return set(ids_of(store).values())


def test_re_clusters_in_parts_end_as_in_one_transaction(place: Place, tmp_path: Path) -> None:
    whole, parts = SqliteStore.open(tmp_path / "whole.db"), Bounded(place.open(), MOST)
    in_whole, in_parts = by_clock(), by_clock()
    for name, (before, wish) in RECLUSTERS.items():
        before(in_whole(whole))
        before(in_parts(Bounded(parts, None)))
        done = parts.transactions
        reports = in_whole(whole).recluster(**wish), in_parts(parts).recluster(**wish)
        assert parts.transactions - done > 3, name
        assert replace(reports[0], seconds={}, examples=()) == replace(reports[1], seconds={}, examples=())
        assert unlike(in_one_order(whole), in_one_order(parts)) == [], name
        assert is_done(parts)
        see_sound(parts)
    whole.close()


def test_the_events_of_a_first_re_cluster_are_in_the_order_of_one_transaction(place: Place, tmp_path: Path) -> None:
    stores = SqliteStore.open(tmp_path / "whole.db"), Bounded(place.open(), MOST)
    for store in stores:
        resolver = by_clock()(store)
        first_rows(resolver)
        resolver.recluster(model=model("usual"))
    assert contents(stores[0])["changes"] == contents(stores[1])["changes"]
    stores[0].close()


def test_a_re_cluster_of_what_did_not_change_writes_nothing(place: Place) -> None:
    store = place.open()
    resolver = by_clock()(Bounded(store, MOST))
    first_rows(resolver)
    resolver.recluster()
    with store.read() as snapshot:
        before = snapshot.sequence()
    resolver.recluster()
    with store.read() as snapshot:
        assert snapshot.sequence() == before


def test_nobody_sees_half_of_a_customer_between_the_parts(place: Place) -> None:
    store, other = place.open(), place.open()
    resolving = by_clock()
    first_rows(resolving(store))
    resolving(store).recluster(model=model("strict"))
    seen: list[set[tuple[str, ...]]] = []

    def look(_: int) -> None:
        see_sound(other)
        seen.append(groups_of(other))

    before = groups_of(store)
    resolving(Bounded(store, MOST, look)).recluster(model=model("lax"))
    allowed = before | groups_of(store)
    assert len({frozenset(groups) for groups in seen}) > 3
    assert all(groups <= allowed for groups in seen)


@pytest.mark.parametrize("seed", range(2))
def test_what_comes_live_between_the_parts_is_neither_lost_nor_undone(place: Place, tmp_path: Path, seed: int) -> None:
    store, other = place.open(), place.open()
    resolving, chosen = by_clock(), random.Random(seed)
    first_rows(resolving(store))
    resolving(store).recluster(model=model("strict"))
    taken: list[str] = []

    def live(number: int) -> None:
        if number % 2:
            return
        live = resolving(other)
        some = [chosen.randrange(PEOPLE + 5) for _ in range(2)]
        live.ingest("crm", rows(100 + number, iter(some)))
        if number % 6 == 0:
            live.delete("shop", str(chosen.randrange(PEOPLE // 4)))
        if number % 6 == 2:
            ends = [f"crm:{its}" for its in chosen.sample(range(PEOPLE), 2)]
            taken.append(live.decide(DecisionKind.DIFFERENT, *ends, by="ann", reason="seen").decision.id)
        see_sound(other)

    report = resolving(Bounded(store, MOST, live)).recluster(model=model("lax"))
    assert report.version == 2
    see_sound(store)
    assert is_done(store)
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []
    assert {its.id for its in resolving(store).decisions()} == set(taken)


def test_a_decision_that_is_taken_between_the_parts_holds_from_then_on(place: Place, tmp_path: Path) -> None:
    whole, store, other = SqliteStore.open(tmp_path / "whole.db"), place.open(), place.open()
    owners = []
    for its in (whole, store):
        first_rows(by_clock()(its))
        by_clock()(its).recluster(model=model("strict"))
        owners.append({key: id for id, keys in ids_of(its).items() for key in keys})
    by_clock()(whole).recluster(model=model("lax"))
    merged = [keys for _, keys in sorted(ids_of(whole).items()) if len({owners[0][key] for key in keys}) > 1]
    first = merged[-1][0]
    pair = first, next(key for key in merged[-1] if owners[0][key] != owners[0][first])
    resolving = by_clock()

    def between(number: int) -> None:
        if number == 1:
            resolving(other).decide(DecisionKind.DIFFERENT, *pair, by="ann", reason="seen")
        assert not any(set(pair) <= set(keys) for keys in groups_of(other))

    parts = Bounded(store, MOST, between)
    resolving(parts).recluster(model=model("lax"))
    assert parts.transactions > 3
    assert not any(set(pair) <= set(keys) for keys in groups_of(store))
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []
    whole.close()


def test_live_work_goes_on_between_the_parts_but_not_while_records_take_another_form(place: Place) -> None:
    store, other = place.open(), place.open()
    resolving = by_clock()
    first_rows(resolving(store))
    resolving(store).recluster(model=model("strict"))
    answers: list[str] = []

    def live(number: int) -> None:
        try:
            answers.append(
                resolving(other).ingest("shop", [{"no": f"{len(answers)}", "device": f"new{number}"}])[0].kind
            )
        except VersionError:
            answers.append("refused")

    resolving(Bounded(store, MOST, live)).recluster(model=model("lax"))
    assert len(answers) > 3
    assert "refused" not in answers
    answers.clear()
    resolving(Bounded(store, MOST, live)).recluster(config=AMERICAN)
    assert answers[0] != "refused"  # before the first part
    assert set(answers[1:]) == {"refused"}
    assert is_done(store)


def test_loads_that_come_between_the_parts_are_in_the_re_cluster_too(place: Place, tmp_path: Path) -> None:
    store, other = place.open(), place.open()
    resolving = by_clock()
    first_rows(resolving(store))
    resolving(store).recluster(model=model("strict"))
    loads = {1: rows(7, range(10, 20)), 3: rows(8, range(15, 30))}

    def between(number: int) -> None:
        if number in loads:
            load(resolving(other), "crm", loads[number])

    resolving(Bounded(store, MOST, between)).recluster(model=model("lax"))
    see_sound(store)
    assert is_done(store)
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []


def test_after_more_than_it_would_catch_up_with_it_begins_again(embedded: SqliteStore, tmp_path: Path) -> None:
    resolving = by_clock()
    first_rows(resolving(embedded))
    resolving(embedded).recluster(model=model("strict"))
    stages: list[str] = []

    def between(number: int) -> None:
        if number == 2:
            its = [{"no": f"late{its}", "mail": f"late{its // 2}@example.com"} for its in range(LATE_RECORDS + 1)]
            load(resolving(embedded), "crm", its)

    def tell(stage: str, _: int, __: int | None) -> None:
        stages.append(stage)

    report = resolving(Bounded(embedded, 2 * MOST, between)).recluster(model=model("lax"), progress=tell)
    assert stages.count("read") == 2
    assert report.records == PEOPLE * 3 // 2 + LATE_RECORDS + 1
    assert is_done(embedded)
    see_sound(embedded)
    assert differences(verdict_of(embedded), batch_over(embedded, tmp_path / "batch.db")) == []


def test_what_is_loaded_while_a_re_cluster_takes_the_marks_away_waits_for_the_next(
    place: Place, tmp_path: Path
) -> None:
    store, other = place.open(), place.open()
    resolving = by_clock()
    first_rows(resolving(store))

    def between(_: int) -> None:
        with other.read() as snapshot:
            adopted, waiting = snapshot.version_number(), snapshot.pending(1_000)
        if adopted is not None and len(waiting) == PEOPLE * 3 // 2 - 2 * MOST:
            load(resolving(other), "crm", [{"no": str(PEOPLE - 1), "mail": "new@example.com"}])

    resolving(Bounded(store, MOST, between)).recluster()
    with store.read() as snapshot:
        assert snapshot.pending(1_000) == [f"crm:{PEOPLE - 1}"]
    resolving(store).recluster()
    assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []


def _dies(url: str, most: int, at: int, wish: dict[str, Any], ready: Connection) -> None:
    """A process that is killed before its transaction of this number."""

    def between(number: int) -> None:
        if number == at:
            ready.send("dies")
            os.kill(os.getpid(), signal.SIGKILL)

    clock = count(START + 1_000_000, 1_000)
    Resolver(Bounded(open_at(url), most, between), CONFIG, lambda: next(clock)).recluster(**wish)
    ready.send("done")


def kill_a_recluster(url: str, at: int, wish: dict[str, Any]) -> str:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.victim"])
    ours, theirs = context.Pipe()
    process = context.Process(target=_dies, args=(url, MOST, at, wish, theirs))
    process.start()
    assert ours.poll(120), "the process did nothing"
    said: str = ours.recv()
    process.join()
    return said


@pytest.mark.parametrize("name", ["records came, changed and went", "a strict model splits", "another normal form"])
def test_a_re_cluster_that_is_killed_between_two_parts_is_done_by_the_next(
    place: Place, tmp_path: Path, name: str
) -> None:
    whole, store = SqliteStore.open(tmp_path / "whole.db"), place.open()
    prepare, wish = RECLUSTERS[name]
    for its in (whole, store):
        resolving = by_clock()
        first_rows(resolving(its))
        resolving(its).recluster(model=model("lax"))
        prepare(resolving(its))
    for at in (1, 3):
        assert kill_a_recluster(place.url, at, wish) == "dies"
        see_sound(store)
        assert not is_done(store)
    one_clock = count(START + 2_000_000, 1_000)
    for its in (whole, Bounded(store, MOST)):
        Resolver(its, CONFIG, lambda: next(one_clock)).recluster(**wish)
    see_sound(store)
    assert is_done(store)
    assert ids_of(store) == ids_of(whole)
    assert differences(verdict_of(store), verdict_of(whole)) == []
    whole.close()


def test_who_gives_up_a_new_normal_form_halfway_gets_the_old_one_back(place: Place) -> None:
    store = place.open()
    resolving = by_clock()
    first_rows(resolving(store))
    resolving(store).recluster(model=model("usual"))
    before = verdict_of(store)
    assert kill_a_recluster(place.url, 4, {"config": AMERICAN}) == "dies"
    assert verdict_of(store).carriers != before.carriers
    resolving(Bounded(store, MOST)).recluster()
    assert differences(verdict_of(store), before) == []
    assert is_done(store)


class _StopError(Exception):
    """Somebody has had enough."""


def test_who_stops_a_re_cluster_between_two_parts_is_told_what_is_left(place: Place) -> None:
    store = place.open()
    resolver = by_clock()(Bounded(store, MOST))
    first_rows(resolver)

    def stop(stage: str, done: int, _: int | None) -> None:
        if stage == "write" and done == 3:
            raise _StopError

    with pytest.raises(_StopError) as stopped:
        resolver.recluster(progress=stop)
    assert stopped.value.__notes__ == [HALFWAY]
    assert not is_done(store)
    resolver.recluster()
    assert is_done(store)


def test_a_load_in_parts_ends_as_in_one_transaction(place: Place, tmp_path: Path) -> None:
    whole, parts = SqliteStore.open(tmp_path / "whole.db"), Bounded(place.open(), MOST)
    reports = []
    for store in (whole, parts):
        resolver = by_clock()(store)
        its = [*rows(1), {"no": "", "mail": "nobody@example.com"}, {"no": "900", "mail": "no e-mail"}, *rows(5)[:7]]
        reports.append(load(resolver, "crm", its))
        resolver.recluster()
        reports.append(load(resolver, "crm", rows(4)[5:40], full=True))
    assert [replace(its, seconds=0.0) for its in reports[:2]] == [replace(its, seconds=0.0) for its in reports[2:]]
    both = [in_one_order(store) for store in (whole, parts)]
    for one in both:
        del one["profiles"]  # that change in one part, and back in another
    assert unlike(*both) == []
    assert parts.check() == []
    whole.close()


def test_a_load_that_stops_between_two_parts_says_how_far_it_came_and_goes_on(place: Place) -> None:
    store, resolving = place.open(), by_clock()

    def stop(number: int) -> None:
        if number == 4:
            raise _StopError

    with pytest.raises(_StopError) as stopped:
        load(resolving(Bounded(store, MOST, stop)), "crm", rows(1))
    assert stopped.value.__notes__ == ["40 rows of crm are in; the same load goes on from there"]
    assert resolving(store).counts().pending == 40
    assert store.check() == []
    report = load(resolving(Bounded(store, MOST)), "crm", rows(1))
    assert (report.unchanged, report.new) == (40, PEOPLE - 40)
    assert resolving(store).counts().pending == PEOPLE


def test_what_others_write_while_a_load_deletes_what_is_absent_stays(place: Place) -> None:
    store, other, resolving = place.open(), place.open(), by_clock()
    load(resolving(store), "crm", rows(1))
    resolving(store).recluster()

    def between(number: int) -> None:
        if number == 3:  # after the rows, and after it was found which are absent
            load(resolving(other), "crm", [{"no": "59", "mail": "back@example.com"}])

    load(resolving(Bounded(store, MOST, between)), "crm", rows(1, range(5)), full=True)
    with store.read() as snapshot:
        live = {record.key for chunk in snapshot.scan_full_records() for record in chunk}
    assert live == {*(f"crm:{number}" for number in range(5)), "crm:59"}


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_small_server_takes_more_than_it_could_hold_in_one_transaction() -> None:
    records, settings = 8_000, "dbms.memory.transaction.total.max=120m\n"
    server = OwnServer(server_jars(), heap="512m", settings=settings)
    try:
        store = open_at(server.url)
        table = table_of_payloads([row(number, random.Random(number)) for number in range(records)])
        with pytest.raises(StoreError, match="larger than the memory"):
            Resolver(Bounded(store, None), COMPANY).load("crm", [(table, str)])
        assert store.check() == []
        resolver = Resolver(store, COMPANY)
        assert resolver.load("crm", [(table, str)]).new == records
        resolver.recluster()
        assert is_done(store)
        assert store.check() == []
        store.close()
    finally:
        server.stop()
