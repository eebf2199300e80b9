"""Kills a process at random moments of its work on a store, over and over, and sees what is left each time."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from pathlib import Path
from typing import Any

from graph.model import Change, Customer, Decision
from graph.store import Store
from resolver.service import Resolver
from tests.support.feed import Replay, as_members
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.places import Place, open_at, sqlite_url
from tests.support.victim import CONFIG, done_at, new_store, steps, victim, work

#: A process gets this long at most (seconds) after it began; the steps that each store is worked on with. By kind.
LONGEST = {"sqlite": 0.15, "neo4j": 3.0}
STEPS = {"sqlite": 100, "neo4j": 12}


def kill_often(kind: str, place: Place, folder: Path, kills: int, seed: int) -> None:
    """Kill as often as wanted, on one store after another: each is worked on until all steps are done."""
    while kills > 0:
        round = _Round(kind, place, folder / str(seed), seed)
        kills -= round.run(kills)
        place.clear()
        seed += 1


class _Round:
    """One list of steps, done to its end however often the process is killed."""

    def __init__(self, kind: str, place: Place, folder: Path, seed: int) -> None:
        folder.mkdir()
        self._url, self._folder, self._progress = place.url, folder, folder / "progress"
        self._seed, self._steps, self._longest = seed, STEPS[kind], LONGEST[kind]

    def run(self, kills: int) -> int:
        """How often it was killed, at most ``kills`` times."""
        killed, chosen = 0, random.Random(self._seed)
        new_store(self._url).close()
        while killed < kills and done_at(self._progress) < self._steps:
            killed += self._live_and_die(chosen.uniform(0, self._longest))
            self._look(f"batch{killed}.db")
        work(self._url, steps(self._seed, self._steps), lambda _: None, done_at(self._progress))
        self._look("batch.db")
        undisturbed = sqlite_url(self._folder / "undisturbed.db")
        new_store(undisturbed).close()
        work(undisturbed, steps(self._seed, self._steps), lambda _: None)
        assert _everything(self._url) == _everything(undisturbed)
        return killed

    def _live_and_die(self, seconds: float) -> int:
        """Whether it was killed, or had done all before."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.support.victim"])
        ours, theirs = context.Pipe()
        process = context.Process(target=victim, args=(self._url, self._progress, (self._seed, self._steps), theirs))
        process.start()
        assert ours.poll(60), "the process did not begin"
        time.sleep(seconds)
        process.kill()  # unless it has done all by now
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL), "it ended by an error of its own"
        return int(process.exitcode == -signal.SIGKILL)

    def _look(self, batch: str) -> None:
        see_sound(self._url, self._folder / batch)


def see_sound(url: str, batch: Path) -> None:
    """The store opens, is sound, its feed tells who lives, and its customers are those of a batch (unless records wait
    for one)."""
    store = open_at(url)
    try:
        assert store.check() == []
        replay = Replay()
        replay.apply(_feed(store))
        with store.read() as snapshot:
            waiting = snapshot.pending(1)
            assert replay.members == as_members(clusters(snapshot))
        if not waiting:
            assert differences(verdict_of(store), batch_over(store, batch)) == []
    finally:
        store.close()
        batch.unlink(missing_ok=True)


def _feed(store: Store) -> list[Change]:
    with store.read() as snapshot:
        return snapshot.changes(0, 1_000_000)


def _everything(url: str) -> tuple[list[Any], list[Customer], list[Decision]]:
    """The feed (but for its numbers), customers and decisions: the whole history."""
    store = open_at(url)
    try:
        resolver = Resolver(store, CONFIG)
        feed = [(its.kind, its.customer_id, its.at, its.details) for its in _feed(store)]
        return feed, resolver.customers(limit=1_000_000), resolver.decisions(withdrawn=True)
    finally:
        store.close()
