"""Where a store lives, for tests that run on every kind of store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from api.settings import Settings
from api.wiring import open_store
from graph.store import Store
from tests.support.neo4j_fixtures import empty_database, wipe


class Place(Protocol):
    """A place that holds one store at a time."""

    @property
    def url(self) -> str:
        """The URL of its store, for other processes."""

    def open(self) -> Store:
        """Open the store of this place, made if there is none; opening twice gives two ways into the same store."""

    def clear(self) -> None:
        """Close what was opened here; the next ``open`` makes a new, empty store."""


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_at(url: str) -> Store:
    return open_store(Settings(store=url))


class SqlitePlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._opened: list[Store] = []

    @property
    def url(self) -> str:
        return sqlite_url(self._folder / f"store{self._number}.db")

    def open(self) -> Store:
        self._opened.append(open_at(self.url))
        return self._opened[-1]

    def clear(self) -> None:
        while self._opened:
            self._opened.pop().close()
        self._number += 1


@contextmanager
def sqlite_place(folder: Path) -> Iterator[Place]:
    place = SqlitePlace(folder)
    yield place
    place.clear()


class Neo4jPlace:
    """The database of the test server. Opening twice gives two drivers, as two processes would have."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[Store] = []

    def open(self) -> Store:
        self._opened.append(open_at(self.url))
        return self._opened[-1]

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def clear(self) -> None:
        self.close()
        wipe(self.url)


@contextmanager
def neo4j_place(_folder: Path) -> Iterator[Place]:
    with empty_database() as url:
        place = Neo4jPlace(url)
        yield place
        place.close()  # whoever comes next empties it


#: One factory for each kind of store: given an empty folder, a context that yields an empty place.
PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "sqlite": sqlite_place,
    "neo4j": neo4j_place,
}

#: The kinds as parameters of a fixture or test.
KINDS = [pytest.param("sqlite"), pytest.param("neo4j", marks=pytest.mark.neo4j)]
