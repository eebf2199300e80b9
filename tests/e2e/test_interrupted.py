"""A user who stops, a reader who leaves, a program that embeds: nothing half done, no traceback."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import CRM
from tests.support.command_line import CommandLine, command, environment, in_process_of_its_own

SECONDS = 60


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Who runs the tests in the background of a shell has Ctrl-C ignored, and hands that down to all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def started(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_being_written(store: Path) -> bool:
    """Whether another process is within a write transaction."""
    connection = sqlite3.connect(store, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


def test_ctrl_c_ends_a_stream_with_130_and_keeps_what_was_answered(company: CommandLine) -> None:
    with started(company.folder, "ingest", "--source", "crm", "--lines") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"id": "50", "email": "fifty@example.com", "first_name": "Fay"}\n')
        process.stdin.flush()
        assert '"crm:50"' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert said.strip().splitlines()[-1].startswith("whograph: stopped")
    assert "Traceback" not in said
    assert company("check", "--json").ok().json["sources"]["crm"] == 5


def test_ctrl_c_in_a_load_leaves_the_store_as_it_was(company: CommandLine) -> None:
    rows = (f"{number},Ana,García,ana{number}@example.com,,1980-05-17,Madrid,2024-01-05" for number in range(300_000))
    big = company.write_rows("big.csv", CRM[0], *rows)
    before = company("check", "--json").ok().json["counts"]
    with started(company.folder, "load", big, "--source", "crm") as process:
        deadline = time.monotonic() + SECONDS
        while not is_being_written(company.folder / "whograph.db") and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in said
    after = company("check", "--json").ok().json
    assert after["sound"]
    assert after["counts"]["records"] == before["records"]


def test_a_reader_that_leaves_early_is_no_error(company: CommandLine) -> None:
    with started(company.folder, "changes", "--json", "--limit", "1000") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        process.wait(SECONDS)
    assert process.returncode == 0
    assert said == ""


def test_the_answer_alone_is_on_stdout(company: CommandLine) -> None:
    done = in_process_of_its_own(company.folder, "load", "crm.csv", "--json").ok()
    assert [report["source"] for report in done.json] == ["crm"]


def test_serve_answers_until_it_is_stopped(company: CommandLine) -> None:
    with started(company.folder, "serve", "--port", "0") as process:
        assert process.stderr is not None
        address = ""
        for line in process.stderr:
            if "running on" in line:
                address = line.split("running on ")[1].split()[0]
                break
        answer = httpx.get(f"{address}/v1/identify", params={"email": "ana.garcia@example.com"})
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
    assert answer.json()["candidates"][0]["customer"]["records"] == ["crm:1", "shop:S1"]


def test_a_port_that_is_taken_is_told(company: CommandLine) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        in_process_of_its_own(company.folder, "serve", "--port", port).refused(str(port))


@pytest.mark.parametrize(("pressed", "code"), [(True, 130), (False, 1)])
def test_an_error_that_a_library_makes_of_ctrl_c_is_ctrl_c(pressed: bool, code: int) -> None:
    program = f"""
import signal
from api.cli import app

def run():
    try:
        {"signal.raise_signal(signal.SIGINT)" if pressed else "..."}
    except KeyboardInterrupt:
        pass
    raise ValueError("a library's own error")

app.run = run
app.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert ("Traceback" in done.stderr) is not pressed
