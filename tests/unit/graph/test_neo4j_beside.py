"""Statements that run beside a transaction."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from graph.errors import StoreError
from graph.neo4j_store.beside import AT_A_TIME, Beside


def test_all_have_ended_when_they_are_settled() -> None:
    done: list[int] = []
    beside = Beside(lambda _, parameters: done.append(parameters["number"]))
    for number in range(20):
        beside.put("some", {"number": number})
    beside.settle()
    assert sorted(done) == list(range(20))
    beside.end()


def test_no_more_run_at_the_same_time_than_are_allowed() -> None:
    running: list[int] = []
    together = threading.Barrier(AT_A_TIME)
    lock, now = threading.Lock(), [0]

    def run(_: str, __: dict[str, Any]) -> None:
        with lock:
            now[0] += 1
            running.append(now[0])
        together.wait(timeout=60)  # so many do run at once
        with lock:
            now[0] -= 1

    beside = Beside(run)
    for _ in range(5 * AT_A_TIME):
        beside.put("some", {})
    beside.settle()
    beside.end()
    assert max(running) == AT_A_TIME


def test_the_error_of_one_is_raised_by_what_comes_after_it() -> None:
    def run(name: str, _: dict[str, Any]) -> None:
        if name == "bad":
            raise StoreError("it failed", "mend it")

    beside = Beside(run)
    beside.put("good", {})
    beside.put("bad", {})
    with pytest.raises(StoreError, match="it failed"):
        beside.settle()
    beside.end()


def test_who_gives_up_waits_for_what_is_under_way_and_hears_no_more_of_it() -> None:
    ended: list[str] = []

    def run(name: str, _: dict[str, Any]) -> None:
        ended.append(name)
        raise StoreError("it failed", "mend it")

    beside = Beside(run)
    beside.put("bad", {})
    beside.end()
    assert ended == ["bad"]
