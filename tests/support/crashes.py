"""Kills a process at random moments of its work on a store, over and over, and sees what is left each time."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from graph.model import Change, Customer, Decision
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.service import Resolver
from tests.support.feed import Replay, as_members
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.victim import CONFIG, done_at, new_store, steps, victim, work

#: A process gets this long at most (seconds) after it began.
LONGEST = 0.15
STEPS = 100


def kill_often(folder: Path, kills: int, seed: int) -> None:
    """Kill as often as wanted, on one store after another: each is worked on until all steps are done."""
    while kills > 0:
        kills -= _kill_over_one_list(folder / str(seed), kills, seed)
        seed += 1


def _kill_over_one_list(folder: Path, kills: int, seed: int) -> int:
    folder.mkdir()
    path, progress, killed = folder / "killed.db", folder / "progress", 0
    new_store(path).close()
    chosen = random.Random(seed)
    while killed < kills and done_at(progress) < STEPS:
        killed += _live_and_die(path, progress, seed, chosen.uniform(0, LONGEST))
        _look(path, folder / f"batch{killed}.db")
    work(path, steps(seed, STEPS), lambda _: None, done_at(progress))
    _look(path, folder / "batch.db")
    undisturbed = folder / "undisturbed.db"
    new_store(undisturbed).close()
    work(undisturbed, steps(seed, STEPS), lambda _: None)
    assert _everything(path) == _everything(undisturbed)
    return killed


def _live_and_die(path: Path, progress: Path, seed: int, seconds: float) -> int:
    """Whether it was killed, or had done all before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.victim"])
    ours, theirs = context.Pipe()
    process = context.Process(target=victim, args=(path, progress, (seed, STEPS), theirs))
    process.start()
    assert ours.poll(60), "the process did not begin"
    time.sleep(seconds)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return int(process.exitcode == -signal.SIGKILL)


def _look(path: Path, batch: Path) -> None:
    """The store opens, is sound, its feed tells who lives, and its customers are those of a batch (unless records wait
    for one)."""
    store = SqliteStore.open(path)
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


def _everything(path: Path) -> tuple[list[Any], list[Customer], list[Decision]]:
    """The feed (but for its numbers), customers and decisions: the whole history."""
    store = SqliteStore.open(path)
    try:
        resolver = Resolver(store, CONFIG)
        feed = [(its.kind, its.customer_id, its.at, its.details) for its in _feed(store)]
        return feed, resolver.customers(limit=1_000_000), resolver.decisions(withdrawn=True)
    finally:
        store.close()
