"""The Neo4j server dies as by ``kill -9`` in the middle of work: it comes back sound, and the work, done again, ends
where undisturbed work ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.service import Resolver
from tests.support.any_order import DataSet, data_set
from tests.support.contents import contents, differences
from tests.support.neo4j_server import GivenServer, Server
from tests.support.places import open_at

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

START, STEP = 1_750_000_000_000_000, 1_000_000_000
ROWS, LIVE = 300, 20
#: Does a step; asks for a resolver by the number of its part, so that a part which is repeated is told the same times.
Step = Callable[[Callable[[int], Resolver]], object]


def _steps(data: DataSet) -> dict[str, Step]:
    """A load, its re-cluster, live work: each may be done twice."""
    (source,), (table,) = data.tables.keys(), data.tables.values()
    rows = table.to_pylist()[-LIVE:]

    def ingest(resolver_at: Callable[[int], Resolver]) -> None:
        for start in range(0, LIVE, 4):
            resolver_at(start).ingest(source, rows[start : start + 4])

    return {
        "load": lambda resolver_at: resolver_at(0).load(source, [(table.slice(0, ROWS - LIVE), str)]),
        "re-cluster": lambda resolver_at: resolver_at(0).recluster(),
        "ingest": ingest,
    }


def _work(store: Store, data: DataSet, around: Callable[[str, Callable[[], object]], None]) -> None:
    """All steps."""
    for number, (name, step) in enumerate(_steps(data).items()):

        def resolver_at(part: int, number: int = number) -> Resolver:
            ticks = count(START + number * STEP + part * STEP // 1000)
            return Resolver(store, data.config, partial(next, ticks))

        around(name, partial(step, resolver_at))


@contextmanager
def _dying(server: Server, seconds: float) -> Iterator[None]:
    """Within the block the server is killed after so many seconds; afterwards it is there again."""
    killer = threading.Timer(seconds, server.kill)
    killer.start()
    try:
        yield
    finally:
        killer.join()
        server.restart()


def test_a_server_that_is_killed_in_the_middle_of_anything_leaves_a_sound_store(
    neo4j_server: Server, neo4j_url: str, tmp_path: Path
) -> None:
    if isinstance(neo4j_server, GivenServer):
        pytest.skip("a given server cannot be killed")
    data = data_set("fake_1000", ROWS)
    store = open_at(neo4j_url)
    took: dict[str, float] = {}
    undisturbed = SqliteStore.open(tmp_path / "undisturbed.db")

    def timed(name: str, do: Callable[[], object]) -> None:
        started = time.monotonic()
        do()
        took[name] = time.monotonic() - started

    def killed(name: str, do: Callable[[], object]) -> None:
        """Killed at about half of the time that the step may take, or after it; then done again."""
        with _dying(neo4j_server, 0.2 + 2 * took[name]):
            try:
                while True:
                    do()
            except StoreError:
                pass
        assert store.check() == []
        do()

    _work(undisturbed, data, timed)
    _work(store, data, killed)
    assert store.check() == []
    assert differences(contents(store), contents(undisturbed)) == []
    store.close()
    undisturbed.close()
