"""Questions to a store: on a snapshot of its own each, or within a transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction

T = TypeVar("T")


class Ask(Protocol):
    """Answers what a question makes of a snapshot. The question does nothing but read: it may be asked again."""

    def __call__(self, question: Callable[[Snapshot], T], /) -> T: ...


def asking(store: Store) -> Ask:
    """Each question on a snapshot of its own."""

    def ask(question: Callable[[Snapshot], T], /) -> T:
        return read_again(store, question)

    return ask


def asking_within(tx: Transaction) -> Ask:
    """All questions of what the transaction sees."""

    def ask(question: Callable[[Snapshot], T], /) -> T:
        return question(tx)

    return ask
