"""A receiver of webhooks over real HTTP, which answers as a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A message as it came in."""

    id: str
    timestamp: str
    signature: str
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def sequences(self) -> list[int]:
        return [one["sequence"] for one in self.body["data"]["changes"]]

    def signed_with(self, secret: str) -> bool:
        """Checks the signature as the Standard Webhooks specification tells receivers to."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        made = hmac.new(key, f"{self.id}.{self.timestamp}.".encode() + self.raw, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(made).decode()}" in self.signature.split(" ")


#: What a receiver does with a message: the status (with a header) that it answers.
Behave = Callable[[Received], int | tuple[int, dict[str, str]]]


@dataclass
class Receiver:
    """What came in, and how to behave."""

    behave: Behave = lambda _: 204
    received: list[Received] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)
    url: str = ""
    port: int = 0

    @property
    def sequences(self) -> list[int]:
        """Of the events that were taken, in the order of their arrival; a message that was taken twice counts once."""
        seen: dict[str, Received] = {}
        for one in self.taken:
            seen.setdefault(one.id, one)
        return [sequence for one in seen.values() for sequence in one.sequences]


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that happens in another thread or process; ``seconds``: in case that it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """The receiver at work; on the port that it had before, if it had one."""

    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            its = Received(*(self.headers[name] for name in names), raw)
            receiver.received.append(its)
            answer = receiver.behave(its)
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            if 200 <= status < 300:
                receiver.taken.append(its)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:  # the sender has not waited
                self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", receiver.port), Handler) as server:
        receiver.port = server.server_address[1]
        receiver.url = f"http://127.0.0.1:{receiver.port}/hook?team=crm"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
            for connection in connections:  # those that are kept open, too
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
