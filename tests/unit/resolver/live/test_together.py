"""Requests that wait are done together, and each is answered for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from graph.errors import BadInputError, StoreError
from resolver.live.together import Patience, Together

FOR_EVER = Patience(share=1e6, longest=1e6)


class Writer:
    """Doubles numbers, and remembers in which groups; the first group waits until it may go on."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.go_on = Event(), Event()

    def work(self, asked: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(asked))
        self.begun.set()
        assert self.go_on.wait(30)
        if any(number == 13 for number in asked):
            raise BadInputError("thirteen", "take another")
        if any(number == 0 for number in asked):
            raise StoreError("the disk is full", "free some space")
        return [number * 2 if number > 0 else BadInputError("negative", "take another") for number in asked]


def told(ask: Callable[[], int]) -> int | str:
    try:
        return ask()
    except (BadInputError, StoreError) as error:
        return str(error).partition(";")[0].partition(":")[0]


def done_together(numbers: Sequence[int], most: int = 100) -> tuple[Writer, list[int | str]]:
    """One request begins alone; those of these numbers come while it is under way."""
    writer = Writer()
    together = Together(writer.work, most)
    with ThreadPoolExecutor(len(numbers) + 1) as pool:
        first = pool.submit(together.ask, 1, 1)
        assert writer.begun.wait(30)
        others = []
        for position, number in enumerate(numbers, start=1):
            others.append(pool.submit(told, lambda number=number: together.ask(number, 1)))  # type: ignore[misc]
            while len(together._waiting) < position:
                pass
        writer.go_on.set()
        assert first.result() == 2
        return writer, [its.result() for its in others]


def test_a_request_alone_is_done_at_once() -> None:
    writer = Writer()
    writer.go_on.set()
    assert Together(writer.work, 100).ask(4, 1) == 8


def test_those_who_wait_are_done_together_in_the_order_of_their_arrival() -> None:
    writer, answers = done_together([2, 3, 4])
    assert answers == [4, 6, 8]
    assert writer.groups == [[1], [2, 3, 4]]


def test_a_group_is_no_larger_than_it_may_be() -> None:
    writer, answers = done_together([2, 3, 4, 5, 6], most=2)
    assert answers == [4, 6, 8, 10, 12]
    assert writer.groups == [[1], [2, 3], [4, 5], [6]]


def test_one_that_is_refused_leaves_the_others_of_its_group_alone() -> None:
    writer, answers = done_together([2, -3, 4])
    assert answers[::2] == [4, 8]
    assert "negative" in str(answers[1])
    assert writer.groups == [[1], [2, -3, 4]]


def test_where_one_makes_the_group_fail_each_is_done_alone() -> None:
    writer, answers = done_together([2, 13, 4])
    assert answers[::2] == [4, 8]
    assert "thirteen" in str(answers[1])
    assert writer.groups == [[1], [2, 13, 4], [2], [13], [4]]


def test_a_store_that_fails_fails_for_all_of_the_group_at_once() -> None:
    writer, answers = done_together([2, 0, 4])
    assert all("disk is full" in str(its) for its in answers)
    assert writer.groups == [[1], [2, 0, 4]]


def test_after_an_error_the_next_request_is_done() -> None:
    writer = Writer()
    writer.go_on.set()
    together = Together(writer.work, 100)
    with pytest.raises(BadInputError):
        together.ask(13, 1)
    assert together.ask(5, 1) == 10


def test_the_first_who_is_back_of_those_who_came_together_waits_for_the_others() -> None:
    writer = Writer()
    together = Together(writer.work, 100, FOR_EVER)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.ask, 1, 1)
        assert writer.begun.wait(30)
        second = pool.submit(together.ask, 2, 1)
        while not together._waiting:
            pass
        writer.go_on.set()
        assert first.result() == 2  # two have come: the second waits for the first
        assert writer.groups == [[1]]
        assert pool.submit(together.ask, 3, 1).result() == 6
        assert second.result() == 4
    assert writer.groups == [[1], [2, 3]]


def test_who_came_alone_waits_for_nobody() -> None:
    writer = Writer()
    writer.go_on.set()
    together = Together(writer.work, 100, FOR_EVER)
    assert [together.ask(number, 1) for number in (1, 2)] == [2, 4]
    assert writer.groups == [[1], [2]]


def test_more_than_a_group_holds_are_not_waited_for() -> None:
    writer = Writer()
    together = Together(writer.work, 2, FOR_EVER)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(together.ask, 1, 1)
        assert writer.begun.wait(30)
        others = [pool.submit(together.ask, number, 1) for number in (2, 3)]
        while len(together._waiting) < 2:
            pass
        writer.go_on.set()
        assert [first.result(), *(its.result() for its in others)] == [2, 4, 6]


def test_those_who_do_not_come_back_are_not_waited_for_longer_than_so() -> None:
    writer = Writer()
    together = Together(writer.work, 100, Patience(share=1e6, longest=0.01))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.ask, 1, 1)
        assert writer.begun.wait(30)
        second = pool.submit(together.ask, 2, 1)
        while not together._waiting:
            pass
        writer.go_on.set()
        assert [first.result(), second.result()] == [2, 4]  # the first does not come again
    assert writer.groups == [[1], [2]]
