"""The one map from errors to HTTP: every failure is answered as RFC 9457 problem details.

What the client sent is never repeated beyond what an error's own message says, and validation errors leave values out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.jobs import JobRunningError
from graph.errors import (
    BadInputError,
    ContradictionError,
    MaskedError,
    NotFoundError,
    StoreError,
    StoreUnavailableError,
    VersionError,
    WhographError,
)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:problem-type:whograph:"
#: Seconds after which a client may try again while the store does not answer.
RETRY_AFTER = 5
#: The same where a person must mend something before.
RETRY_AFTER_REPAIR = 60

_log = logging.getLogger("whograph.api")


class ProblemError(Exception):
    """A failure that only the HTTP side knows, ready to be answered: ``kind`` ends the problem's type, and ``more`` are
    members of the body."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, **more: Any) -> None:
        self.status, self.kind, self.detail, self.more = status, kind, detail, more
        super().__init__(detail)


def problem(
    status: HTTPStatus, kind: str, detail: str, *, more: Mapping[str, Any] | None = None, retry_after: int | None = None
) -> Response:
    """A response; the title says what kind of problem it is, the detail what it is about this time."""
    body = {"type": _TYPE + kind, "title": _TITLES[kind], "status": status.value, "detail": detail, **(more or {})}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return Response(orjson.dumps(body), status.value, headers, MEDIA_TYPE)


_TITLES = {
    "bad-input": "The request cannot be used",
    "not-found": "There is no such thing",
    "nobody": "Nobody is known by this",
    "refused": "The record was refused",
    "contradiction": "The decision contradicts others",
    "version": "The store waits for a re-cluster",
    "masked": "The store is a masked copy",
    "busy": "Another job is running",
    "unavailable": "The store does not answer just now",
    "not-ready": "The service is not ready",
    "store": "The store cannot do this",
    "too-large": "The request is too large",
    "method-not-allowed": "The method is not allowed here",
    "http": "The request failed",
    "internal": "Something failed in the service",
}


@dataclass(frozen=True, slots=True)
class _Form:
    """How one of whograph's own errors is answered: ``members`` of it that there are tell more in the body. ``logged``:
    somebody must see to it; the service goes on as soon as that is done."""

    status: HTTPStatus
    kind: str
    members: tuple[str, ...] = ()
    retry_after: int | None = None
    logged: bool = False

    def __call__(self, error: WhographError) -> Response:
        if self.logged:
            _log.error("%s", error)
        more = {name: value for name in self.members if (value := getattr(error, name)) is not None}
        return problem(self.status, self.kind, str(error), more=more, retry_after=self.retry_after)


def _own(error: ProblemError) -> Response:
    return problem(error.status, error.kind, error.detail, more=error.more)


def _invalid(error: RequestValidationError) -> Response:
    """Values are left out of the answer: they may be personal, and the client has them."""
    errors = [{"where": ".".join(map(str, one["loc"])), "problem": _plain(one)} for one in error.errors()]
    unreadable = any(one["type"] == "json_invalid" for one in error.errors())
    status = HTTPStatus.BAD_REQUEST if unreadable else HTTPStatus.UNPROCESSABLE_ENTITY
    first = errors[0] if errors else {"where": "request", "problem": "cannot be read"}
    return problem(status, "bad-input", f"{first['where']}: {first['problem']}", more={"errors": errors})


def _plain(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"is not JSON ({error.get('ctx', {}).get('error', 'it cannot be read')})"
    return str(error["msg"]).removeprefix("Value error, ")


def _http(error: HTTPException) -> Response:
    """What the framework itself refuses: unknown paths and methods, bodies that cannot be read."""
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        response = problem(status, "not-found", "no such path; /docs and /openapi.json list the paths")
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        response = problem(status, "method-not-allowed", "this path has other methods; the header Allow names them")
    elif status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        response = problem(status, "too-large", str(error.detail))
    elif status < HTTPStatus.INTERNAL_SERVER_ERROR:
        response = problem(status, "bad-input", str(error.detail))
    else:
        response = problem(status, "http", str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _gone(_: ClientDisconnect) -> Response:
    """Nobody reads it but the log and the figures, in which this is no failure of the service."""
    return problem(HTTPStatus.BAD_REQUEST, "bad-input", "the client went away before it had sent all")


def _unexpected(_: Exception) -> Response:
    """The traceback goes to the server's log, with the framework's own handler."""
    response = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an unexpected error; the service's log says more")
    response.headers["Connection"] = "close"  # as the server does then
    return response


#: The map; of the types that fit an error the nearest is taken.
_RESPONSES: dict[type[Exception], Callable[[Any], Response]] = {
    BadInputError: _Form(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input", ("remedy", "place")),
    NotFoundError: _Form(HTTPStatus.NOT_FOUND, "not-found", ("remedy", "kind", "name")),
    ContradictionError: _Form(HTTPStatus.CONFLICT, "contradiction", ("chain",)),
    VersionError: _Form(HTTPStatus.CONFLICT, "version", ("remedy",)),
    MaskedError: _Form(HTTPStatus.CONFLICT, "masked", ("remedy",)),
    JobRunningError: _Form(HTTPStatus.CONFLICT, "busy", ("remedy", "job"), RETRY_AFTER),
    StoreUnavailableError: _Form(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", ("remedy",), RETRY_AFTER),
    StoreError: _Form(HTTPStatus.SERVICE_UNAVAILABLE, "store", ("remedy",), RETRY_AFTER_REPAIR, logged=True),
    WhographError: _Form(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", logged=True),
    ProblemError: _own,
    RequestValidationError: _invalid,
    HTTPException: _http,
    ClientDisconnect: _gone,
    Exception: _unexpected,
}


def answer_problems(app: FastAPI) -> None:
    """Make the app answer every error as a problem."""
    for kind, respond in _RESPONSES.items():

        async def handle(_: Request, error: Exception, respond: Callable[[Any], Response] = respond) -> Response:
            return respond(error)

        app.add_exception_handler(kind, handle)
