"""Requests that wait for the one writer are done together: a transaction costs about as much for ten as for one.

Nobody waits for company: whoever comes when nobody works begins at once, with all who have come until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Generic, TypeVar

from graph.errors import StoreError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Asked, Answer]):
    """A request on its way: with its size, and its answer or error once it has one."""

    asked: Asked
    size: int
    answer: Answer | Exception | None = None


class Together(Generic[Asked, Answer]):
    """Does what several threads ask for in groups, in the order of their arrival."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer | Exception]], most: int) -> None:
        """``work`` does a whole group or, with an exception, nothing of it; its answers, or their errors, come in the
        order of the group. ``most``: the sizes of a group of several sum up to this at most."""
        self._work, self._most = work, most
        self._changed = Condition()
        self._waiting: list[_Waiting[Asked, Answer]] = []
        self._busy = False

    def ask(self, asked: Asked, size: int) -> Answer:
        """The answer; raises the error that this request meets. Where one of a group makes the whole fail, each is
        done alone, so that the others do not suffer."""
        its: _Waiting[Asked, Answer] = _Waiting(asked, size)
        with self._changed:
            self._waiting.append(its)
        try:
            while group := self._turn(its):
                self._do(group)
        finally:
            with self._changed:
                self._waiting = [other for other in self._waiting if other is not its]  # if we were interrupted
        if isinstance(its.answer, Exception):
            raise its.answer
        assert its.answer is not None
        return its.answer

    def _turn(self, its: _Waiting[Asked, Answer]) -> list[_Waiting[Asked, Answer]]:
        """Wait for an answer, or for one's turn to work: then the next group, which others may fill."""
        with self._changed:
            while its.answer is None and self._busy:
                self._changed.wait()
            if its.answer is not None:
                return []
            self._busy = True
            size, count = 0, 0
            for other in self._waiting:
                size += other.size
                if count and size > self._most:
                    break
                count += 1
            group, self._waiting = self._waiting[:count], self._waiting[count:]
            return group

    def _do(self, group: list[_Waiting[Asked, Answer]]) -> None:
        try:
            self._answer(group)
        finally:
            with self._changed:
                self._busy = False
                self._waiting = [its for its in group if its.answer is None] + self._waiting  # if we were interrupted
                self._changed.notify_all()

    def _answer(self, group: list[_Waiting[Asked, Answer]]) -> None:
        try:
            answers: Sequence[Answer | Exception] = self._work([its.asked for its in group])
        except Exception as error:
            if len(group) > 1 and not isinstance(error, StoreError):  # a store that fails, fails for everybody
                for its in group:
                    self._answer([its])
                return
            answers = [error] * len(group)
        for its, answer in zip(group, answers, strict=True):
            its.answer = answer
