"""Places and stores that tests ask for by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.sqlite_store import SqliteStore
from tests.support.places import KINDS, PLACES, Place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for one store, on every kind of store."""
    with PLACES[request.param](tmp_path) as place:
        yield place


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty embedded store."""
    store = SqliteStore.open(tmp_path / "embedded.db")
    yield store
    store.close()
