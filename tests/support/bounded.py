"""A store that must not write many rows in one transaction, as a small server must not, and what happens between
them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graph.store import Store, Transaction


class Bounded:
    """The same store with another bound. ``between`` is called before each of its write transactions, with its
    number."""

    def __init__(
        self, store: Store, rows_at_once: int | None, between: Callable[[int], object] = lambda _: None
    ) -> None:
        self._store, self.rows_at_once, self._between = store, rows_at_once, between
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._between(self.transactions)
        self.transactions += 1
        with self._store.write() as tx:
            yield tx
