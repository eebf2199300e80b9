"""A pytest plugin: the Neo4j of this test session. ``tests/conftest.py`` registers it for all tests.

``neo4j_server`` is the server, started when the first test asks for it. ``neo4j_url`` is the store URL of its empty
database; the database is emptied before each test, and no other test process uses it meanwhile. Where no server can be
had, the tests are skipped and one line at the end says what is missing; with ``CI=true`` they fail.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import neo4j
import pytest

from tests.support.neo4j_server import GivenServer, Neo4jMissingError, Server, jars, server

_missing: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask for the server itself may restart it, and a restarted one is slow until it has planned every
    statement again: they come first."""
    items.sort(key=lambda item: "neo4j_server" not in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in _missing:
        terminalreporter.write_line(f"Neo4j tests were skipped: {reason}", yellow=True)


def running_server() -> Server:
    """The server of this process, started when first asked for. Skips or fails the test that asks in vain."""
    if _missing:
        pytest.skip(f"no Neo4j: {_missing[0]}")
    with _or_skipping():
        return server()


def server_jars() -> Path:
    """The jars of a server, for tests that need one of their own. Skips or fails the test that asks in vain."""
    with _or_skipping():
        return jars()


@contextlib.contextmanager
def _or_skipping() -> Iterator[None]:
    try:
        yield
    except Neo4jMissingError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs a Neo4j: {missing}", pytrace=False)
        _missing.append(str(missing))
        pytest.skip(f"no Neo4j: {missing}")


@pytest.fixture(scope="session")
def neo4j_server() -> Server:
    return running_server()


@pytest.fixture
def neo4j_url() -> Iterator[str]:
    with empty_database() as url:
        yield url


@contextlib.contextmanager
def empty_database() -> Iterator[str]:
    """The store URL of the server's database, emptied; no other test process uses it within."""
    running = running_server()
    with _alone_on(running):
        wipe(running.url)
        yield running.url


@contextlib.contextmanager
def _alone_on(running: Server) -> Iterator[None]:
    """A server given by its address may be shared by several test workers: one test at a time."""
    if not isinstance(running, GivenServer):
        yield
        return
    name = hashlib.sha256(running.url.encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"whograph-test-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def driver_of(url: str) -> tuple[neo4j.Driver, str]:
    """A plain driver, and the database's name, for a store URL."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or "neo4j"), unquote(parts.password or "")
    address = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
    return neo4j.GraphDatabase.driver(address, auth=(user, password)), parts.path.strip("/") or "neo4j"


def wipe(url: str) -> None:
    """Delete every node in batches; the constraints and indexes stay."""
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
