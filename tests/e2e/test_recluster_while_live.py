"""A service goes on ingesting while it re-clusters everything under a newly learned model."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from api.app import create_app
from graph.store import Store
from resolver.service import Resolver
from tests.api.conftest import running
from tests.api.test_jobs import ended
from tests.support.companies import CONFIG
from tests.support.feed import Replay, as_members
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.places import KINDS, PLACES, open_at

#: By kind of store: enough that records come in while it computes.
ROWS = {"sqlite": 20_000, "neo4j": 1_500}
#: Records of each request that comes in meanwhile.
MESSAGE = 5
GIVEN = [
    f"{start}{end}" for start in ("An", "Ber", "Cla", "Dmi", "El", "Fe", "Gre", "Ha") for end in ("a", "la", "ton")
]
FAMILY = [
    f"{start}{end}" for start in ("Rey", "Schul", "Oka", "Wei", "Nov", "Ade", "Liu", "Mar") for end in ("es", "er")
]

Row = dict[str, str]


def row(id: int, chosen: random.Random) -> Row:
    """One of two or so records of a person; what tells people apart comes from the person's number."""
    person = id // 2
    its = random.Random(person)
    born = f"{its.randint(1940, 2005)}-{its.randint(1, 12):02}-{its.randint(1, 28):02}"
    return {
        "id": str(id),
        "given_name": its.choice(GIVEN),
        "family_name": its.choice(FAMILY),
        "birth_date": born,
        "postcode": f"AB{its.randint(1, 20)} {its.randint(1, 9)}CD",
        **({"email": f"p{person}@example.com"} if chosen.random() < 0.7 else {}),
        **({"phone": f"0207 946 {its.randint(0, 9999):04}"} if chosen.random() < 0.3 else {}),
        "at": f"2024-01-01T00:00:00.{chosen.randint(0, 999_999):06}Z",
    }


@contextmanager
def service(url: str) -> Iterator[Resolver]:
    store = open_at(url)
    try:
        yield Resolver(store, CONFIG)
    finally:
        store.close()


class Shop(threading.Thread):
    """Sends records, of people known and new, until it is told to stop."""

    def __init__(self, url: str, people: int) -> None:
        super().__init__()
        self.url, self.people, self.enough = url, people, threading.Event()
        self.answers: list[str] = []

    def run(self) -> None:
        chosen = random.Random(7)
        with httpx.Client(base_url=self.url, timeout=300) as client:
            while not self.enough.is_set():
                rows = [row(chosen.randrange(self.people), chosen) | {"at": "2024-03-01"} for _ in range(MESSAGE)]
                answer = client.post("/v1/records", json=[{"source": "crm", "row": its} for its in rows])
                self.answers += [its["outcome"] for its in answer.json()["records"]]


def feed_of(resolver: Resolver) -> Replay:
    """Everything that was ever told; numbers ascend."""
    replay, cursor, numbers = Replay(), None, [0]
    while (page := resolver.changes(cursor, 1000)).changes:
        cursor = page.cursor
        numbers += [change.sequence for change in page.changes]
        replay.apply(page.changes)
    assert all(one < next for one, next in pairwise(numbers))
    return replay


def customers_in(store: Store) -> dict[str, set[str]]:
    with store.read() as snapshot:
        return as_members(clusters(snapshot))


@pytest.mark.parametrize("kind", KINDS)
def test_a_recluster_of_a_service_at_work_ends_and_loses_nothing(kind: str, tmp_path: Path) -> None:
    chosen = random.Random(3)
    with PLACES[kind](tmp_path) as place:
        with service(place.url) as resolver:
            rows = [row(id, chosen) for id in range(ROWS[kind])]
            resolver.load("crm", [(pa.Table.from_pylist(rows), str)])
            resolver.recluster()
        with running(create_app(partial(service, place.url))) as client:
            shop = Shop(str(client.base_url), 11 * ROWS[kind] // 10)
            shop.start()
            try:
                job = ended(client, client.post("/v1/jobs", json={"retrain": True}).json()["id"])
            finally:
                shop.enough.set()
                shop.join()
        assert (job["state"], job["result"]["retrained"]) == ("done", True)
        assert len(shop.answers) >= MESSAGE
        assert set(shop.answers) <= {"new", "joined", "merged", "split", "unchanged", "stale"}
        with service(place.url) as resolver:
            assert resolver.store.check() == []
            assert differences(verdict_of(resolver.store), batch_over(resolver.store, tmp_path / "batch.db")) == []
            assert feed_of(resolver).members == customers_in(resolver.store)
