"""What every write of a transaction shares: the sequence counter, and that a failed write spoils the whole."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from graph.errors import StoreError
from graph.sqlite_store.connection import Session

P = ParamSpec("P")
R = TypeVar("R")
W = TypeVar("W", bound="Writing")


def all_or_nothing(method: Callable[Concatenate[W, P], R], /) -> Callable[Concatenate[W, P], R]:
    """A write that fails may have written a part: the transaction can then no longer be committed."""

    @functools.wraps(method)
    def guarded(self: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            self._spoiled = True
            raise

    return guarded


class Writing:
    """The state of a write transaction. There is one sequence counter: records and feed events take numbers from it,
    and a transaction that changed anything else raises it by one; named texts do not count."""

    _session: Session
    _spoiled: bool
    _untouched: int
    _numbered: bool

    def _begin(self) -> None:
        self._spoiled, self._numbered = False, False
        self._untouched = self._session.raw.total_changes

    @property
    def size(self) -> int:
        """How many rows, named texts aside, were written so far."""
        return self._session.raw.total_changes - self._untouched

    def _advance(self, numbers: int) -> int:
        """Take numbers from the counter; returns the first of them."""
        last = self._session.value("UPDATE store SET sequence = sequence + ? RETURNING sequence", (numbers,))
        self._numbered = True
        return int(last) - numbers + 1

    def _settle(self) -> None:
        if not self._numbered and self.size:
            self._advance(1)

    def finish(self) -> None:
        """To be called before the commit. Raises StoreError if a write had failed."""
        if self._spoiled:
            raise StoreError("a write of this transaction had failed, so nothing of it is kept", "start it again")
        self._settle()
