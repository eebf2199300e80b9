"""Statements that a writer does not wait for.

In transactions of their own, beside the writer's and under its lock, two at a time: what nobody reads before the writer
commits, or nobody reads at all, and what takes no memory of its transaction then. Each touches nodes and relationships
that no other does. Or behind the writer, in its own transaction, one after the other: writes, while it computes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

#: Statements that run at the same time: a server of two cores has no use for more.
AT_A_TIME = 2


class Beside:
    """The statements of one writer."""

    def __init__(self, run: Callable[[str, dict[str, Any]], object], at_a_time: int = AT_A_TIME) -> None:
        """``run``: one statement; called from threads. With one ``at_a_time`` they run in their order."""
        self._run, self._at_a_time = run, at_a_time
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: deque[Future[object]] = deque()

    def put(self, name: str, parameters: dict[str, Any]) -> None:
        """Begin a statement, once less than so many are under way. Raises the error of an earlier one."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._at_a_time, thread_name_prefix="whograph-beside")
        self._under_way.append(self._pool.submit(self._run, name, parameters))
        while len(self._under_way) > self._at_a_time:
            self._under_way.popleft().result()

    def settle(self) -> None:
        """Wait until all have ended. Raises the error of the first that failed."""
        while self._under_way:
            self._under_way.popleft().result()

    def end(self) -> None:
        """Wait until none runs any more, however they ended; what has not begun is left undone."""
        for its in self._under_way:
            its.cancel()
        wait(self._under_way)
        self._under_way.clear()
        if self._pool is not None:
            self._pool.shutdown()
