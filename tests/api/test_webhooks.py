"""Webhooks over real HTTP: a receiver that fails, hangs, dies and comes back, and still gets everything in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.webhooks.delivery import Pace
from tests.api.conftest import running
from tests.support.company import company
from tests.support.http_problems import problem
from tests.support.places import Place
from tests.support.receiver import Received, Receiver, receiving, until

QUICK = Pace(look=0.02, send=1.0, first=0.02, longest=0.05, slow=3_600, lease=3.0, end=1.0)


@contextmanager
def serving(url: str, pace: Pace = QUICK, *, resolved: bool = True) -> Iterator[httpx.Client]:
    with running(create_app(partial(company, url, resolved=resolved), pace=pace)) as client:
        yield client


@pytest.fixture
def url(place: Place) -> str:
    return place.url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as its:
        yield its


def register(client: httpx.Client, receiver: Receiver, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/webhooks", json={"url": receiver.url, **more})
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/v1/webhooks/{response.json()['id']}"
    its: dict[str, Any] = response.json()
    return its


def strangers(client: httpx.Client, numbers: range) -> None:
    """So many new customers."""
    rows = [{"account": f"N{number}", "email": f"n{number}@example.net"} for number in numbers]
    assert client.post("/v1/records", json=[{"source": "shop", "row": row} for row in rows]).json()["refused"] == 0


def feed(client: httpx.Client, after: str | None = None) -> list[int]:
    """The sequence numbers of the whole feed after a cursor."""
    numbers: list[int] = []
    while True:
        asked = {"limit": "1000"} | ({"after": after} if after else {})
        page = client.get("/v1/changes", params=asked).json()
        if not page["changes"]:
            return numbers
        numbers += [one["sequence"] for one in page["changes"]]
        after = page["cursor"]


def state(client: httpx.Client, hook: dict[str, Any]) -> dict[str, Any]:
    its: dict[str, Any] = client.get(f"/v1/webhooks/{hook['id']}").json()
    return its


def test_every_event_arrives_once_in_the_order_of_the_feed_in_bounded_messages(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        hook = register(client, receiver, from_start=True)
        for start in range(0, 250, 50):
            strangers(client, range(start, start + 50))
        wanted = feed(client)
        until(lambda: len(receiver.sequences) == len(wanted))
        assert receiver.sequences == wanted
        assert len({one.id for one in receiver.received}) == len(receiver.received)
        assert all(len(one.sequences) <= 100 for one in receiver.received)
        until(lambda: state(client, hook)["cursor"] == receiver.received[-1].id)


def test_a_message_is_signed_and_its_id_is_the_cursor_to_read_on_with(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        hook = register(client, receiver, from_start=True)
        until(lambda: bool(receiver.received))
        its = receiver.received[0]
        assert its.signed_with(hook["secret"])
        assert not its.signed_with("whsec_" + "A" * 44)
        assert its.id == its.body["data"]["cursor"]
        assert its.id == its.body["data"]["changes"][-1]["id"]
        assert feed(client, its.id) == [one for one in feed(client) if one > its.sequences[-1]]
        assert its.body["type"] == "customers.changed"
        assert its.body["timestamp"] == its.body["data"]["changes"][-1]["at"]


def test_by_default_it_begins_with_what_happens_from_now_on(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        before = feed(client)
        register(client, receiver)
        strangers(client, range(3))
        until(lambda: len(receiver.sequences) == 3)
        assert receiver.sequences == feed(client)[len(before) :]


def test_only_the_kinds_that_were_asked_for_are_sent(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        register(client, receiver, kinds=["merged", "erased"], from_start=True)
        strangers(client, range(120))
        assert client.delete("/v1/records/shop/N7").json()["outcome"] == "deleted"
        until(lambda: bool(receiver.received) and receiver.received[-1].body["data"]["changes"][-1]["kind"] == "erased")
        kinds = {one["kind"] for its in receiver.received for one in its.body["data"]["changes"]}
        assert kinds == {"erased"}


def test_a_receiver_that_fails_gets_the_same_message_until_it_takes_it(url: str, receiver: Receiver) -> None:
    answers = iter([500, 429, 301, 404])
    receiver.behave = lambda _: next(answers, 200)
    with serving(url) as client:
        register(client, receiver, from_start=True)
        strangers(client, range(5))
        wanted = feed(client)
        until(lambda: len(receiver.sequences) == len(wanted))
        first = receiver.received[0]
        assert [(one.id, one.raw) for one in receiver.received[:5]] == [(first.id, first.raw)] * 5
        assert receiver.sequences == wanted


def test_a_receiver_that_hangs_is_left_after_the_time_out(url: str, receiver: Receiver) -> None:
    released = threading.Event()
    hanging = iter([True, True])

    def hang(_: Received) -> int:
        if next(hanging, False):
            released.wait(60)
            return 500
        return 200

    receiver.behave = hang
    try:
        with serving(url, Pace(look=0.02, send=0.3, first=0.02, longest=0.05, lease=3.0)) as client:
            hook = register(client, receiver, from_start=True)
            until(lambda: bool(receiver.taken))
            until(lambda: len(receiver.sequences) == len(feed(client)))
            assert receiver.sequences == feed(client)
            assert receiver.received[0].id == receiver.received[2].id
            until(lambda: state(client, hook)["state"] == "delivering")
    finally:
        released.set()


def test_a_redirect_is_not_followed(url: str, receiver: Receiver) -> None:
    with receiving(Receiver()) as other:
        receiver.behave = lambda _: (307, {"location": other.url})
        with serving(url) as client:
            hook = register(client, receiver, from_start=True)
            until(lambda: state(client, hook)["attempts"] > 1)
            assert "307" in state(client, hook)["problem"]
            assert other.received == []


def test_after_many_failures_it_is_failing_keeps_its_place_and_is_resumed(url: str, receiver: Receiver) -> None:
    receiver.behave = lambda _: 500
    with serving(url) as client:
        hook = register(client, receiver)
        strangers(client, range(3))
        until(lambda: state(client, hook)["state"] == "failing")
        tried = len(receiver.received)
        assert {one.id for one in receiver.received} == {receiver.received[0].id}
        assert state(client, hook)["next_try_at"] is not None
        receiver.behave = lambda _: 200
        strangers(client, range(3, 6))
        assert client.post(f"/v1/webhooks/{hook['id']}/resume").json()["state"] == "delivering"
        until(lambda: len(receiver.sequences) == 6)
        assert receiver.received[tried].id == receiver.received[0].id
        assert receiver.sequences == feed(client)[-6:]


def test_a_failing_webhook_is_tried_on_at_a_slow_pace(url: str, receiver: Receiver) -> None:
    receiver.behave = lambda _: 410 if len(receiver.received) < 3 else 200
    with serving(url, Pace(look=0.02, send=1, first=60, slow=0.05, lease=3.0)) as client:
        register(client, receiver, from_start=True)
        until(lambda: len(receiver.sequences) == len(feed(client)))
        assert len(receiver.received) > 2


def test_a_receiver_that_was_away_gets_all_that_it_missed(url: str) -> None:
    receiver = Receiver()
    with serving(url) as client:
        with receiving(receiver):
            hook = register(client, receiver, from_start=True)
            until(lambda: len(receiver.sequences) == len(feed(client)))
        strangers(client, range(30))
        until(lambda: state(client, hook)["attempts"] > 0)
        assert "reached" in state(client, hook)["problem"]
        with receiving(receiver):
            client.post(f"/v1/webhooks/{hook['id']}/resume")
            until(lambda: len(receiver.sequences) == len(feed(client)))
            assert receiver.sequences == feed(client)


def test_one_that_fails_does_not_hold_up_another(url: str, receiver: Receiver) -> None:
    receiver.behave = lambda _: 500
    with receiving(Receiver()) as other, serving(url) as client:
        register(client, receiver, from_start=True)
        register(client, other, from_start=True)
        strangers(client, range(5))
        until(lambda: len(other.sequences) == len(feed(client)))
        assert receiver.taken == []


def test_of_several_processes_on_one_store_one_delivers(url: str, receiver: Receiver) -> None:
    with serving(url) as client, serving(url, resolved=False), serving(url, resolved=False) as third:
        register(third, receiver)
        before = len(feed(client))
        for start in range(0, 40, 10):
            strangers(client, range(start, start + 10))
        until(lambda: len(receiver.sequences) == 40)
        assert receiver.sequences == feed(client)[before:]
        assert len({one.id for one in receiver.received}) == len(receiver.received)


def test_another_process_goes_on_where_one_has_ended(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        with serving(url, resolved=False) as other:
            register(other, receiver, from_start=True)
            strangers(other, range(10))
            until(lambda: len(receiver.sequences) == len(feed(client)))
        strangers(client, range(10, 20))
        until(lambda: len(receiver.sequences) == len(feed(client)))
        assert receiver.sequences == feed(client)


def test_a_secret_is_shown_once(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        hook = register(client, receiver)
        listed = client.get("/v1/webhooks")
        assert listed.json()["webhooks"] == [{name: its for name, its in hook.items() if name != "secret"}]
        assert hook["secret"] not in listed.text + client.get(f"/v1/webhooks/{hook['id']}").text


def test_a_test_message_shows_that_messages_arrive(url: str, receiver: Receiver) -> None:
    with serving(url) as client:
        hook = register(client, receiver)
        tried = client.post(f"/v1/webhooks/{hook['id']}/test").json()
        assert tried == {"taken": True, "status": 204, "problem": None}
        assert (receiver.received[0].body["type"], receiver.received[0].signed_with(hook["secret"])) == (
            "webhook.test",
            True,
        )
        receiver.behave = lambda _: 503
        assert client.post(f"/v1/webhooks/{hook['id']}/test").json()["problem"] == "answered 503 Service Unavailable"
        assert state(client, hook)["state"] == "delivering"


def test_a_removed_webhook_gets_nothing_more(url: str, receiver: Receiver) -> None:
    with receiving(Receiver()) as other, serving(url) as client:
        gone, stays = register(client, receiver), register(client, other)
        assert client.delete(f"/v1/webhooks/{gone['id']}").status_code == 204
        strangers(client, range(3))
        until(lambda: len(other.sequences) == 3)
        assert receiver.received == []
        assert [one["id"] for one in client.get("/v1/webhooks").json()["webhooks"]] == [stays["id"]]
        for answer in (
            client.get(f"/v1/webhooks/{gone['id']}"),
            client.delete(f"/v1/webhooks/{gone['id']}"),
            client.post(f"/v1/webhooks/{gone['id']}/resume"),
            client.post(f"/v1/webhooks/{gone['id']}/test"),
        ):
            problem(answer, 404, "not-found")


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"url": "https://"}, "https://example.com"),
        ({"url": "ftp://example.com/"}, "https://example.com"),
        ({"url": "https://user:secret@example.com/"}, "login"),
        ({"url": "http://example.com/hook"}, "https"),
        ({"url": "https://example.com/" + "a" * 2_000}, "address"),
        ({"url": "https://example.com/ü"}, "address"),
        ({"url": "https://example.com/", "kinds": ["exploded"]}, "created"),
        ({"url": "https://example.com/", "after": "elsewhere:3"}, "cursor"),
        ({"url": "https://example.com/", "after": "elsewhere:3", "from_start": True}, "from_start"),
        ({"url": "https://example.com/", "secret": "whsec_abc"}, "base64"),
    ],
)
def test_what_cannot_be_registered_says_why(alone: httpx.Client, asked: dict[str, Any], word: str) -> None:
    its = problem(alone.post("/v1/webhooks", json=asked), 422, "bad-input")
    assert word in str(its["detail"])
    assert alone.get("/v1/webhooks").json() == {"webhooks": []}


def test_an_address_has_one_webhook(alone: httpx.Client) -> None:
    asked = {"url": "http://example.com/", "insecure": True}
    assert alone.post("/v1/webhooks", json=asked).status_code == 201
    problem(alone.post("/v1/webhooks", json=asked), 422, "bad-input")
