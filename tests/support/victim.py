"""A process that works on a store until it is killed, and goes on where it was.

Its work is a list of steps made from a seed. How far it came is in a file beside the store, written after each step; a
step that was done but not yet noted is done again, which must do no harm.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from graph.errors import BadInputError, ContradictionError, NotFoundError
from graph.model import DecisionKind
from graph.store import Store
from resolver.preparing.rows import table_of_payloads
from resolver.service import Resolver
from tests.support.people import IDS, VALUES, WORLDS, Row, adopt, model_for
from tests.support.places import open_at

CONFIG = WORLDS["plain"]
START = 1_750_000_000_000_000
#: Microseconds between steps: within one the clock ticks, so that a repeated step says the same times again.
STEP = 1_000_000_000
HARMLESS = (BadInputError, ContradictionError, NotFoundError)
Step = Callable[[Resolver], Any]


def new_store(url: str) -> Store:
    store = open_at(url)
    adopt(store, CONFIG, model_for(CONFIG), START)
    return store


def random_row(chosen: random.Random, source: str) -> Row:
    columns = chosen.sample(sorted(VALUES), chosen.randint(1, 4))
    number = chosen.choice([str(number) for number in range(25)])
    return {"no": f"{chosen.choice(IDS[source])}{number}", **{name: chosen.choice(VALUES[name]) for name in columns}}


def steps(seed: int, number: int) -> list[Step]:
    """What is to be done: batches, decisions, withdrawals, deletes; now and then a bulk load with its re-cluster."""
    chosen = random.Random(seed)
    made: list[Step] = []
    while len(made) < number:
        source, kind = chosen.choice(["crm", "shop"]), chosen.randrange(10)
        rows = [random_row(chosen, source) for _ in range(chosen.choice([1, 2, 10, 40]))]
        if kind < 5:
            made.append(partial(_ingest, source, rows))
        elif kind < 7:
            ends = chosen.choice(["same", "different"]), chosen.random(), chosen.random()
            made.append(partial(_decide, *ends))
        elif kind == 7:
            at = chosen.random()
            made.append(partial(_withdraw, at))
        elif kind == 8:
            made.append(partial(_delete, source, rows[0]["no"]))
        else:
            made.append(partial(_load, source, rows))
            made.append(Resolver.recluster)
    return made


def _ingest(source: str, rows: list[Row], resolver: Resolver) -> None:
    resolver.ingest(source, rows)


def _delete(source: str, id: str, resolver: Resolver) -> None:
    resolver.delete(source, id)


def _load(source: str, rows: list[Row], resolver: Resolver) -> None:
    resolver.load(source, [(table_of_payloads(rows), str)])


def _decide(kind: str, left: float, right: float, resolver: Resolver) -> None:
    with resolver.store.read() as snapshot:
        keys = [record.key for chunk in snapshot.scan_records() for record, _ in chunk]
    if keys:
        ends = [keys[int(at * len(keys))] for at in (left, right)]
        resolver.decide(DecisionKind(kind), *ends, by="ann", reason="seen")


def _withdraw(at: float, resolver: Resolver) -> None:
    """One of all that were ever taken: so a repeated step chooses the same one, which is withdrawn already."""
    taken = resolver.decisions(withdrawn=True)
    if taken:
        resolver.withdraw(taken[int(at * len(taken))].id, by="cyd")


def work(url: str, made: list[Step], noted: Callable[[int], object], done: int = 0) -> None:
    """Do the steps from number ``done`` on; tell of each that it is done."""
    store = open_at(url)
    for number in range(done, len(made)):
        ticks = count(START + number * STEP)
        with suppress(*HARMLESS):
            made[number](Resolver(store, CONFIG, partial(next, ticks)))
        noted(number + 1)
    store.close()


def done_at(progress: Path) -> int:
    return len(progress.read_bytes()) if progress.exists() else 0


def victim(url: str, progress: Path, seed_and_number: tuple[int, int], ready: Connection) -> None:
    """The process: says that it begins, then works on from where the last one was killed."""
    made = steps(*seed_and_number)
    file = os.open(progress, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ready.send("ready")
    work(url, made, lambda _: os.write(file, b"."), done_at(progress))
