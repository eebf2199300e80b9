"""Statements in transactions of their own, beside a writer's and under its lock: two at a time, while it goes on.

They are for what nobody reads before the writer commits, or nobody reads at all, and what takes no memory of its
transaction then. Each touches nodes and relationships that no other does.
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

    def __init__(self, run: Callable[[str, dict[str, Any]], object]) -> None:
        """``run``: one statement, in a transaction of its own; called from threads."""
        self._run = run
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: deque[Future[object]] = deque()

    def put(self, name: str, parameters: dict[str, Any]) -> None:
        """Begin a statement, once less than so many are under way. Raises the error of an earlier one."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="whograph-beside")
        self._under_way.append(self._pool.submit(self._run, name, parameters))
        while len(self._under_way) > AT_A_TIME:
            self._under_way.popleft().result()

    def settle(self) -> None:
        """Wait until all have ended. Raises the error of the first that failed."""
        while self._under_way:
            self._under_way.popleft().result()

    def end(self) -> None:
        """Wait until none runs any more, however they ended."""
        wait(self._under_way)
        self._under_way.clear()
        if self._pool is not None:
            self._pool.shutdown()
