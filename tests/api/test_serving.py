"""The service as a process of its own: what it logs, how it starts and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.company import company
from tests.support.receiver import Receiver, receiving, until

SERVE = "from api.serving import serve; from api.settings import load_settings; serve(load_settings())"


def free_port() -> int:
    with socket.socket() as its:
        its.bind(("127.0.0.1", 0))
        port: int = its.getsockname()[1]
        return port


@contextmanager
def process(store: Path, workers: int = 1) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    port = free_port()
    chosen = {"WHOGRAPH_STORE": f"sqlite:///{store}", "WHOGRAPH_PORT": str(port), "WHOGRAPH_WORKERS": str(workers)}
    its = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env=os.environ | chosen,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            while its.poll() is None:
                try:
                    client.get("/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield its, client
    finally:
        its.send_signal(signal.SIGTERM)
        its.communicate(timeout=60)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "whograph.db"
    with company(path):
        pass
    return path


def test_the_log_holds_neither_query_strings_nor_values_in_paths(store: Path) -> None:
    with process(store) as (its, client):
        client.get("/v1/identify", params={"email": "ana.reyes@example.com"})
        client.get("/v1/records/crm/ana.reyes@example.com")
        client.get("/ana.reyes@example.com")
        its.send_signal(signal.SIGTERM)
        written, told = its.communicate(timeout=60)
    served = [line.split("whograph.access ")[1] for line in told.splitlines() if "whograph.access" in line]
    assert [line.rsplit(" ", 3)[0] for line in served if "/health" not in line] == [
        "GET /v1/identify",
        "GET /v1/records/{source}/{id}",
        "GET (no such path)",
    ]
    assert "ana.reyes" not in written + told


def test_a_client_that_goes_away_in_the_middle_is_no_failure_of_the_service(store: Path) -> None:
    half = b'{"source":"crm","row":{"no":"9"}}\n'
    with process(store) as (its, client):
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as leaving:
            head = "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
            leaving.sendall(f"{head}Content-Length: {2 * len(half)}\r\n\r\n".encode() + half)
        until(lambda: 'route="/v1/records",status="400"' in client.get("/metrics").text)
        its.send_signal(signal.SIGTERM)
        _, told = its.communicate(timeout=60)
    assert "POST /v1/records 400" in told
    assert "Traceback" not in told


def each_on_its_own(url: httpx.URL, path: str) -> Iterator[httpx.Response]:
    """Answers over new connections, so that any of the workers may have them."""
    while True:
        yield httpx.get(f"{url}{path}", headers={"connection": "close"}, timeout=60)


def count(text: str, name: str) -> float:
    """The sum of a metric's samples."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.slow
def test_several_workers_serve_one_store(store: Path) -> None:
    with receiving(Receiver()) as receiver, process(store, workers=2) as (_, client):
        asking = each_on_its_own(client.base_url, "/ready")
        assert [next(asking).json()["customers"] for _ in range(10)] == [6] * 10
        told = next(each_on_its_own(client.base_url, "/metrics")).text
        assert count(told, 'whograph_request_seconds_count{method="GET",route="/ready"') == 10
        client.post("/v1/webhooks", json={"url": receiver.url})
        rows = [{"source": "shop", "row": {"account": f"N{n}", "email": f"n{n}@example.net"}} for n in range(20)]
        for row in rows:
            httpx.post(f"{client.base_url}/v1/records", json=row, timeout=60)
        until(lambda: len(receiver.sequences) == 20)
        assert len({one.id for one in receiver.received}) == len(receiver.received)
        job = client.post("/v1/jobs", json={"dry_run": True}).json()
        jobs = each_on_its_own(client.base_url, f"/v1/jobs/{job['id']}")
        until(lambda: next(jobs).json()["state"] == "done")
        assert {next(jobs).json()["state"] for _ in range(6)} == {"done"}
        assert {len(next(jobs).json()["result"]["warnings"]) for _ in range(6)} == {0}


def test_a_store_that_is_none_ends_the_start_before_anything_listens(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    path.write_text("these are not the customers you are looking for" * 100)
    its = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "serve", "--store", f"sqlite:///{path}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (its.returncode, its.stdout) == (2, "")
    assert its.stderr.splitlines() == [
        f"whograph: {path} is not a whograph store; name another file, or move this one away"
    ]


def test_a_waiting_client_does_not_hold_up_the_end(store: Path) -> None:
    with process(store) as (its, client):
        cursor = client.get("/v1/changes?limit=1000").json()["cursor"]
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as waiting:
            waiting.sendall(f"GET /v1/changes?after={cursor}&wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            its.send_signal(signal.SIGTERM)
            its.communicate(timeout=30)
        assert its.returncode is not None
