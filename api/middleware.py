"""What every request passes: the log line, and the limit on its size."""

from __future__ import annotations

import logging
import time

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Limits
from api.metrics import Requests

#: Others are counted together: what clients make up must not fill the memory.
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
NDJSON = "application/x-ndjson"
#: So many times the limit is still read of a body that is refused.
DISCARDED = 10

_log = logging.getLogger("whograph.access")


class AccessLog:
    """One line per request: method, path as the routes declare it, status, milliseconds. Query strings and the values
    in paths may be personal, so neither is ever logged. The same is counted for monitoring."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, start = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - start
            path = getattr(scope.get("route"), "path_format", "(no such path)")
            _log.info("%s %s %d %.1f ms", scope["method"], path, status, seconds * 1_000)
            self._requests.answered(scope["method"] if scope["method"] in METHODS else "(other)", path, status, seconds)


class BodyLimit:
    """Refuses what is larger than the limits: by its declared length before reading, else while reading; and what is
    compressed, whose size nobody declares."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        streamed = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == NDJSON.encode()
        limit = self._limits.stream if streamed else self._limits.body
        declared = headers.get(b"content-length", b"0")
        too_large = declared.isdigit() and int(declared) > limit
        compressed = headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity")
        read = 0

        async def counted() -> Message:
            nonlocal read
            if compressed:
                raise compressed_error()
            if too_large and b"expect" in headers:  # the client has not begun to send, and need not
                raise too_large_error(limit)
            message = await receive()
            read += len(message.get("body", b""))
            if too_large or read > limit:
                await _discard(message, receive, DISCARDED * limit)
                raise too_large_error(limit)
            return message

        await self._app(scope, counted, send)


async def _discard(message: Message, receive: Receive, most: int) -> None:
    """Read on and forget: a client that is still sending when the connection closes would never see the answer."""
    while message.get("more_body") and most > 0:
        message = await receive()
        most -= len(message.get("body", b""))


def compressed_error() -> HTTPException:
    detail = "a compressed body (Content-Encoding) is not read here; send it as it is"
    return HTTPException(415, detail, {"Accept-Encoding": "identity"})


def too_large_error(limit: int) -> HTTPException:
    detail = f"the body is larger than {limit:,} bytes; send fewer records at once, or a stream ({NDJSON}) of them"
    return HTTPException(413, detail)
