"""Two processes of the API on one store, of either kind, told of the same people at once."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.service import Resolver
from tests.support.command_line import command, environment
from tests.support.company import CONFIG, CRM, SHOP, table
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.places import KINDS, PLACES

CLIENTS, PEOPLE = 4, 6


@contextmanager
def serving(url: str, folder: Path) -> Iterator[httpx.Client]:
    process = subprocess.Popen(
        command("serve", "--port", "0"),
        cwd=folder,
        env={**environment(), "WHOGRAPH_STORE": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "running on" in line)
        threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never waits for a reader
        with httpx.Client(base_url=line.split("running on ")[1].split()[0], timeout=120) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def _records(client: int) -> list[dict[str, Any]]:
    """Every client knows the same people, each by a row of its own."""
    rows = [
        {"account": f"C{client}-{person}", "email": f"person{person}@example.net", "seen": f"2024-03-0{client + 1}"}
        for person in range(PEOPLE)
    ]
    return [{"source": "shop", "row": {**row, "first_name": "Robin", "last_name": "Sea"}} for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_two_services_that_are_told_of_the_same_people_at_once_end_as_batch_would(kind: str, tmp_path: Path) -> None:
    with PLACES[kind](tmp_path) as place, ExitStack() as stack:
        store = place.open()
        for source, rows in (("crm", CRM), ("shop", SHOP)):
            Resolver(store, CONFIG).load(source, [(table(rows), str)])
        Resolver(store, CONFIG).recluster()
        services = [stack.enter_context(serving(place.url, tmp_path)) for _ in range(2)]

        def send(client: int) -> list[int]:
            """Some clients send all at once, others one by one."""
            records = _records(client)
            parts: list[Any] = [records] if client >= CLIENTS // 2 else list(records)
            return [services[client % 2].post("/v1/records", json=part).status_code for part in parts]

        with ThreadPoolExecutor(CLIENTS) as pool:
            answered = [status for its in pool.map(send, range(CLIENTS)) for status in its]
        assert set(answered) == {200}
        assert store.check() == []
        verdict = verdict_of(store)
        assert len(verdict.records) == len(CRM) + len(SHOP) - 2 + CLIENTS * PEOPLE
        assert differences(verdict, batch_over(store, tmp_path / "batch.db")) == []
