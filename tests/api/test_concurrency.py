"""Many clients at once: nothing is lost, readers never see half a merge, and the end is what batch makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

WRITERS, READERS, RECORDS = 6, 4, 15


def record(writer: int, number: int) -> dict[str, Any]:
    """Writers share people: the same number is the same person to all of them."""
    row = {"account": f"C{writer}-{number}", "email": f"person{number}@example.net", "seen": "2024-03-01T12:00:00Z"}
    return {"source": "shop", "row": row | {"first_name": "Robin", "last_name": f"Sea{number}"}}


def write(client: httpx.Client, writer: int) -> list[int]:
    def send(asked: Any) -> int:
        return client.post("/v1/records", json=asked).status_code

    mine = [record(writer, number) for number in range(RECORDS)]
    return [send(mine)] if writer % 2 else [send(one) for one in mine]


def read(client: httpx.Client, until: list[bool]) -> Iterator[bool]:
    """Whether each answer that was seen was whole: one customer, whose size is its number of records."""
    while not until:
        response = client.get("/v1/identify", params={"email": "person1@example.net"})
        assert response.status_code in (200, 404), response.text
        for one in response.json().get("candidates", []):
            yield one["customer"]["size"] == len(one["customer"]["records"])


def test_overlapping_writers_and_readers_end_as_batch_would(fresh: httpx.Client) -> None:
    done: list[bool] = []
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(lambda: all(read(fresh, done))) for _ in range(READERS)]
        try:
            written = list(pool.map(lambda writer: write(fresh, writer), range(WRITERS)))
        finally:
            done.append(True)  # the readers would read for ever
    assert {status for one in written for status in one} == {200}
    assert all(reader.result() for reader in readers)
    assert fresh.get("/ready").json()["records"] == 8 + WRITERS * RECORDS
    job = fresh.post("/v1/jobs", json={"dry_run": True}).json()
    while (job := fresh.get(f"/v1/jobs/{job['id']}").json())["state"] == "running":
        time.sleep(0.02)
    changed = {kind: count for kind, count in job["result"]["counts"].items() if kind != "unchanged" and count}
    assert changed == {}
