"""The service is killed between delivering a message and keeping that it did."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import httpx

from tests.api.test_serving import free_port
from tests.api.test_webhooks import feed, register, strangers
from tests.support.company import company
from tests.support.places import Place
from tests.support.receiver import Received, Receiver, receiving, until

SERVE = """
import sys
from functools import partial
import uvicorn
from api.app import create_app
from api.serving import options
from api.settings import load_settings
from api.webhooks.delivery import Pace
from api.wiring import open_resolver

pace = Pace(look=0.02, send=0.5, first=0.02, longest=0.05, lease=2.0, end=1.0)
app = create_app(partial(open_resolver, load_settings()), pace=pace)
uvicorn.run(app, **options("127.0.0.1", int(sys.argv[1])))
"""


class Service:
    """The API in a process of its own, started anew after each death."""

    def __init__(self, url: str) -> None:
        self._url, self.port = url, free_port()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.port)],
            env=os.environ | {"WHOGRAPH_STORE": self._url},
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health").status_code == 200
        except httpx.TransportError:
            return False


def test_a_crash_between_delivery_and_cursor_repeats_a_message_and_loses_none(place: Place) -> None:
    with company(place.url):
        pass
    receiver, service = Receiver(), Service(place.url)
    deadly = {2, 3, 7}  # of these messages the service never learns that they were taken

    def behave(_: Received) -> int:
        if len(receiver.received) in deadly:
            service.kill()
        return 200

    receiver.behave = behave
    try:
        with (
            receiving(receiver),
            httpx.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as client,
        ):
            until(service.answers)
            strangers(client, range(450))
            register(client, receiver, from_start=True)
            for _ in deadly:
                until(lambda: service.process.poll() is not None)
                service.start()
                until(service.answers)
            wanted = feed(client)
            until(lambda: len(receiver.sequences) == len(wanted))
            assert receiver.sequences == wanted
            until(lambda: len(receiver.received) == len({one.id for one in receiver.received}) + len(deadly))
            ids = [one.id for one in receiver.received]
            assert {ids[place - 1] == ids[place] for place in deadly} == {True}
    finally:
        service.kill()
