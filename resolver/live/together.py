"""Requests that wait for the one writer are done together: a transaction costs about as much for ten as for one.

Whoever comes alone begins at once. Those who came together are likely to come together again, as clients do that send
one request after the other: the first of them who is back waits for the others, but only as long as doing all at once
saves. Without that they would take turns, one alone and then the others, and each turn would cost a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import TIMEOUT_MAX, Condition
from time import monotonic
from typing import Generic, TypeVar

from graph.errors import StoreError

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long those who came together last time are waited for: a share of the time that the last group took, but not
    longer than so many seconds, since a group may itself have waited for another writer."""

    share: float = 0.25
    longest: float = 0.05


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Asked, Answer]):
    """A request on its way: with its size, and its answer or error once it has one."""

    asked: Asked
    size: int
    answer: Answer | Exception | None = None


class Together(Generic[Asked, Answer]):
    """Does what several threads ask for in groups, in the order of their arrival."""

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Answer | Exception]],
        most: int,
        patience: Patience = Patience(),
    ) -> None:
        """``work`` does a whole group or, with an exception, nothing of it; its answers, or their errors, come in the
        order of the group. ``most``: the sizes of a group of several sum up to this at most."""
        self._work, self._most, self._patience = work, most, patience
        self._changed = Condition()
        self._waiting: list[_Waiting[Asked, Answer]] = []
        self._busy = False
        self._company, self._company_until = 0, 0.0  # the size of the group that is waited for, and until when

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
            while its.answer is None and (pause := self._pause()) > 0:
                self._changed.wait(pause)
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

    def _pause(self) -> float:
        """Seconds until the next group may begin, if nothing changes before."""
        if self._busy:
            return TIMEOUT_MAX
        return 0.0 if _size(self._waiting) >= self._company else self._company_until - monotonic()

    def _do(self, group: list[_Waiting[Asked, Answer]]) -> None:
        started = monotonic()
        try:
            self._answer(group)
        finally:
            with self._changed:
                self._busy, ended = False, monotonic()
                together = _size(group) + _size(self._waiting)
                self._company = together if together <= self._most else 0  # so many need not be waited for
                self._company_until = ended + min(self._patience.share * (ended - started), self._patience.longest)
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


def _size(requests: Sequence[_Waiting[Asked, Answer]]) -> int:
    return sum(its.size for its in requests)
