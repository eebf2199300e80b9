"""One SQLite store among threads and processes: waiting, forking, being killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from graph.errors import StoreError, StoreUnavailableError
from graph.sqlite_store import SqliteStore
from tests.support.builders import indexed, put

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from graph.sqlite_store import SqliteStore
from tests.support.builders import indexed

store = SqliteStore.open(Path(sys.argv[1]))
print("started", flush=True)
while True:
    with store.write() as transaction:
        number = int(transaction.meta("written") or 0)
        transaction.put_records(indexed(f"crm:{number + n}", [n, number + n], [-n]) for n in range(300))
        transaction.put_meta("written", str(number + 300))
"""

COUNT_UP = """
import sys
from pathlib import Path
from graph.sqlite_store import SqliteStore

store = SqliteStore.open(Path(sys.argv[1]))
for _ in range(50):
    with store.write() as transaction:
        transaction.put_meta("count", str(int(transaction.meta("count") or 0) + 1))
"""


def python(program: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)


def test_several_processes_write_to_one_file_and_lose_nothing(tmp_path: Path) -> None:
    processes = [python(COUNT_UP, tmp_path / "whograph.db") for _ in range(3)]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    with SqliteStore.open(tmp_path / "whograph.db").read() as snapshot:
        assert snapshot.meta("count") == "150"


def test_a_writer_that_is_killed_at_any_moment_leaves_a_sound_store_without_half_a_transaction(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    moments = random.Random(0)
    for _ in range(10):
        process = python(WRITE_FOR_EVER, path)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moments.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        store = SqliteStore.open(path)
        assert store.check() == []
        with store.read() as snapshot:
            assert snapshot.counts().records == int(snapshot.meta("written") or 0)
        store.close()


def test_a_writer_that_waits_too_long_for_another_process_says_that_it_may_try_again(tmp_path: Path) -> None:
    first = SqliteStore.open(tmp_path / "whograph.db")
    second = SqliteStore.open(tmp_path / "whograph.db", timeout=0.05)
    with first.write() as transaction:
        transaction.put_meta("a", "1")
        with pytest.raises(StoreUnavailableError, match="try again"), second.write():
            pass
    put(second, "crm:1")


def test_a_writer_that_waits_too_long_for_another_thread_says_that_it_may_try_again(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db", timeout=0.05)
    errors = []

    def write() -> None:
        try:
            put(store, "crm:1")
        except StoreUnavailableError as error:
            errors.append(error)

    with store.write():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(errors) == 1


def test_a_write_within_a_write_is_refused_instead_of_waiting_for_itself(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db")
    with store.write(), pytest.raises(StoreError, match="within"), store.write():
        pass
    put(store, "crm:1")


def test_snapshots_may_be_nested_and_are_of_their_own_moments(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db")
    with store.read() as outer:
        put(store, "crm:1")
        with store.read() as inner:
            assert (outer.counts().records, inner.counts().records) == (0, 1)


def test_a_forked_child_works_on_connections_of_its_own(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db")
    put(store, "crm:1")
    with store.read() as snapshot:
        child = os.fork()
        if child == 0:
            os._exit(_in_the_child(store, snapshot))
        _, status = os.waitpid(child, 0)
        assert snapshot.counts().records == 1
    assert os.waitstatus_to_exitcode(status) == 0
    put(store, "crm:3")
    with store.read() as now:
        assert now.counts().records == 3
    assert store.check() == []


def _in_the_child(store: SqliteStore, snapshot: object) -> int:
    try:
        put(store, "crm:2")
        with store.read() as own:
            seen = own.counts().records
        store.close()
        try:
            snapshot.counts()  # type: ignore[attr-defined]
        except StoreError:
            return 0 if seen == 2 else 1
    except BaseException:
        return 2
    return 3


class InTheChildError(Exception):
    """Leaves the transaction's block in the forked child."""


def test_a_fork_within_a_transaction_leaves_it_to_the_parent(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db", timeout=0.05)
    try:
        with store.write() as transaction:
            transaction.put_meta("a", "parent")
            _fork_and_wait()
    except InTheChildError:
        os._exit(0)
    with store.read() as snapshot:
        assert snapshot.meta("a") == "parent"
    put(store, "crm:1")
    assert store.check() == []


def _fork_and_wait() -> None:
    child = os.fork()
    if child == 0:
        raise InTheChildError
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_closing_while_others_read_lets_them_finish(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whograph.db")
    put(store, "crm:1")
    with store.read() as snapshot:
        store.close()
        assert snapshot.counts().records == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["whograph.db"]


def test_what_was_written_is_copied_into_the_file_while_the_store_is_open(tmp_path: Path) -> None:
    path = tmp_path / "whograph.db"
    store = SqliteStore.open(path)
    with store.read() as before:
        with store.write() as transaction:
            transaction.put_records(indexed(f"crm:{n:04}", [n, n + 1, n + 2], [-n]) for n in range(2_000))
        store._pool.log.wait()
        assert before.counts().records == 0
    with store.write() as transaction:
        transaction.put_records(indexed(f"web:{n:04}", [n, n + 1, n + 2], [-n]) for n in range(2_000))
    store._pool.log.wait()
    file_alone = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    assert file_alone.execute("SELECT count(*) FROM records").fetchone() == (4_000,)
    file_alone.close()
    with store.read() as snapshot:
        assert snapshot.counts().records == 4_000
    assert store.check() == []
    store.close()
    assert sorted(its.name for its in tmp_path.iterdir()) == ["whograph.db"]
