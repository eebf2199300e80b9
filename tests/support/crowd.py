"""Writers and readers at once, as threads and as processes, each with a resolver of its own on one store."""

from __future__ import annotations

import multiprocessing
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from graph.errors import NotFoundError
from graph.reading import read_again
from graph.store import Snapshot, Store
from resolver.answering.views import customer_view
from resolver.answers import CustomerView
from resolver.service import Resolver
from tests.support.people import IDS, VALUES, Row
from tests.support.places import open_at
from tests.support.victim import CONFIG

Batch = tuple[str, list[Row]]


def batches_of(writer: int, batches: int, seed: int) -> list[Batch]:
    """What one writer sends: rows of records and people that others write of too, each version of a time of its own."""
    chosen = random.Random(seed * 100 + writer)
    made = []
    for batch in range(batches):
        source, rows = chosen.choice(["crm", "shop"]), []
        for row in range(chosen.choice([1, 1, 3, 8])):
            columns = chosen.sample(sorted(VALUES), chosen.randint(1, 4))
            number = f"{chosen.choice(IDS[source])}{chosen.randrange(12)}"
            at = f"2024-05-{batch % 28 + 1:02}T{writer:02}:{row:02}:00.{batch:06}Z"
            rows.append({"no": number, "at": at, **{name: chosen.choice(VALUES[name]) for name in columns}})
        made.append((source, rows))
    return made


def write(url: str, batches: Sequence[Batch]) -> None:
    """Every answer names a customer that the record is in at that moment: nothing is lost or refused."""
    store = open_at(url)
    try:
        resolver = Resolver(store, CONFIG)
        for source, rows in batches:
            for outcome in resolver.ingest(source, rows):
                assert outcome.customer_id is not None, outcome
    finally:
        store.close()


def read(url: str, seed: int, go_on: Callable[[], bool]) -> None:
    """Look customers up until told to stop."""
    store = open_at(url)
    chosen = random.Random(seed)
    known: set[str] = set()
    try:
        resolver = Resolver(store, CONFIG)
        while go_on():
            known |= {its.id for its in resolver.customers(limit=1000)}
            for id in chosen.sample(sorted(known), min(5, len(known))):
                with suppress(NotFoundError):
                    _whole(store, id)
            for name, texts in VALUES.items():
                if name in ("mail", "tel"):
                    resolver.identify({{"mail": "email", "tel": "phone"}[name]: [chosen.choice(texts)]})
    finally:
        store.close()


def _whole(store: Store, id: str) -> None:
    """Of one moment: all records of the customer that the id names belong to it, and it has as many as it says."""

    def look(snapshot: Snapshot) -> tuple[CustomerView, set[str]]:
        view = customer_view(snapshot, id, CONFIG)
        assigned = snapshot.assignments([its.record_key for its in view.records])
        return view, {its.customer_id for its in assigned.values()}

    view, owners = read_again(store, look)
    assert owners == {view.customer.id}
    assert len(view.records) == view.customer.size > 0


def _reader(url: str, seed: int, pipe: Connection) -> None:
    pipe.send("ready")
    read(url, seed, lambda: not pipe.poll())


def crowd(url: str, sent: Sequence[Sequence[Batch]], readers_in_all: int) -> None:
    """A writer for each list of batches, and readers: half of each are threads, half processes. Raises what any of them
    raised."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.crowd"])
    failures: list[BaseException] = []
    finished = threading.Event()

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    pipes = [context.Pipe() for _ in range(readers_in_all // 2)]
    apart = [context.Process(target=write, args=(url, its)) for its in sent[::2]]
    readers = [context.Process(target=_reader, args=(url, number, theirs)) for number, (_, theirs) in enumerate(pipes)]
    for process in (*readers, *apart):
        process.start()
    for ours, _ in pipes:
        assert ours.poll(60), "a reader did not begin"
    writing = [threading.Thread(target=guarded, args=(lambda its=its: write(url, its),)) for its in sent[1::2]]
    reading = [
        threading.Thread(target=guarded, args=(lambda seed=seed: read(url, seed, lambda: not finished.is_set()),))
        for seed in range(readers_in_all // 2)
    ]
    for thread in (*reading, *writing):
        thread.start()
    for join in [its.join for its in writing] + [its.join for its in apart]:
        join()
    finished.set()
    for ours, _ in pipes:
        ours.send("stop")
    for join in [its.join for its in reading] + [its.join for its in readers]:
        join()
    assert failures == []
    assert [process.exitcode for process in (*apart, *readers)] == [0] * (len(apart) + len(readers))
