"""A transaction of which a write failed can no longer be committed: the write may have done a part of its work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from graph.errors import StoreError

P = ParamSpec("P")
R = TypeVar("R")


class Spoilable(Protocol):
    """A write transaction that remembers whether one of its writes failed."""

    spoiled: bool


W = TypeVar("W", bound=Spoilable)


def all_or_nothing(method: Callable[Concatenate[W, P], R], /) -> Callable[Concatenate[W, P], R]:
    """A write: where it fails, its transaction is spoiled."""

    @functools.wraps(method)
    def guarded(self: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            self.spoiled = True
            raise

    return guarded


def nothing_kept() -> StoreError:
    """What the commit of a spoiled transaction raises."""
    return StoreError("a write of this transaction had failed, so nothing of it is kept", "start it again")
