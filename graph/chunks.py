"""What comes one by one, in lists of a bounded length: for statements, transactions and memory that have a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(values: Iterable[T], size: int | None) -> Iterator[list[T]]:
    """The values in their order, ``size`` at once and in the end what is left, never none; with None all at once."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
