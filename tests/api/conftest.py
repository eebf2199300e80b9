"""The API over real HTTP: uvicorn in a thread on a free port, a real store behind it, an ordinary client before it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.limits import Limits
from api.serving import options
from tests.support.company import company
from tests.support.places import KINDS, PLACES, Place

Serve = Callable[[FastAPI], httpx.Client]


@contextmanager
def running(app: FastAPI) -> Iterator[httpx.Client]:
    """The app at work, and a client with its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, **options("127.0.0.1", port) | {"log_config": None}))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
                while not server.started and thread.is_alive():
                    thread.join(0.01)
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The company, resolved, for tests that only read; one server per module."""
    path = tmp_path_factory.mktemp("company") / "whograph.db"
    with running(create_app(partial(company, path))) as its:
        yield its


@pytest.fixture(scope="module", params=KINDS)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The same on every kind of store. Its module must not ask for another store: a server has one database."""
    with (
        PLACES[request.param](tmp_path_factory.mktemp("company")) as place,
        running(create_app(partial(company, place.url))) as its,
    ):
        yield its


@pytest.fixture
def fresh(place: Place) -> Iterator[httpx.Client]:
    """A company of its own for a test that writes, on every kind of store."""
    with running(create_app(partial(company, place.url))) as its:
        yield its


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[httpx.Client]:
    """The same on the embedded store only, for tests that do not come to a store."""
    with running(create_app(partial(company, tmp_path / "whograph.db"))) as its:
        yield its


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[httpx.Client]:
    """A store in which nothing was resolved yet."""
    with running(create_app(partial(company, tmp_path / "whograph.db", resolved=False))) as its:
        yield its


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[httpx.Client]:
    """A company behind small limits."""
    limits = Limits(body=2_000, record=500, stream=4_000, batch=2, questions=3)
    with running(create_app(partial(company, tmp_path / "whograph.db"), limits)) as its:
        yield its
