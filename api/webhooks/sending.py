"""One try to send one message.

Any 2xx is success, everything else a failure: redirects are not followed (the new address must be registered), what is
answered is not looked at, certificates are verified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpx

from api.release import release
from api.webhooks.hooks import Hook
from api.webhooks.messages import Message

#: So much of an answer (bytes, seconds) is read, so that its connection can be used again.
ANSWER_BYTES, ANSWER_SECONDS = 64_000, 1.0


@dataclass(frozen=True, slots=True)
class Try:
    """How a try went. ``problem``: None if the message was taken. ``retry_after``: seconds that the receiver asked for.
    ``gone``: it wants no more."""

    status: int | None
    problem: str | None
    retry_after: float = 0.0
    gone: bool = False

    @property
    def taken(self) -> bool:
        return self.problem is None


class Sender:
    """Sends; keeps connections open between messages. Use it as an asynchronous context."""

    def __init__(self, seconds: float, clock: Callable[[], int]) -> None:
        """``seconds``: the most that a try may take, all in all. ``clock``: microseconds since 1970 UTC."""
        self._seconds, self._clock = seconds, clock
        self._client = httpx.AsyncClient(
            timeout=seconds, follow_redirects=False, headers={"user-agent": f"whograph/{release()}"}
        )

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, hook: Hook, message: Message) -> Try:
        """Never raises for what the receiver or the way to it does."""
        headers = message.headers(hook.secret, self._clock() // 1_000_000)
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", hook.url, content=message.body, headers=dict(headers)) as response,
            ):
                await _drain(response)
                return _judged(response.status_code, response.headers)
        except (TimeoutError, httpx.TimeoutException):
            return Try(None, f"no answer within {self._seconds:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # its text may hold the address
            return Try(None, f"cannot be reached ({type(error).__name__})")


async def _drain(response: httpx.Response) -> None:
    read = 0
    with suppress(httpx.HTTPError, TimeoutError):  # it has answered, that is enough
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > ANSWER_BYTES:
                    return


def _judged(status: int, headers: Mapping[str, str]) -> Try:
    if 200 <= status < 300:
        return Try(status, None)
    asked = headers.get("retry-after", "")
    more = "; register the address that it redirects to" if 300 <= status < 400 else ""
    return Try(
        status,
        f"answered {status} {httpx.codes.get_reason_phrase(status)}".rstrip() + more,
        float(asked) if asked.isascii() and asked.isdigit() else 0.0,
        status == httpx.codes.GONE,
    )
