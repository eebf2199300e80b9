"""Records of the sources: in as they come, out, and away."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from json import JSONDecodeError
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor

from api.exact import parsed
from api.intake import Batch, batches, ingest, read_line, read_list
from api.middleware import NDJSON
from api.problems import ProblemError
from api.schemas.base import microseconds_of, time_of
from api.schemas.records import OutcomeOut, OutcomesOut, RecordIn, RecordOut
from api.service import Its, Service
from graph.errors import NotFoundError
from graph.model import Assignment, Record, record_key
from graph.reading import read_again
from graph.store import Snapshot


class _RecordId(PathConvertor):
    """All that is left of a path: ids may hold slashes, and, unlike Starlette's ``path``, line ends."""

    regex = "(?s:.*)"


register_url_convertor("record_id", _RecordId())
router = APIRouter(prefix="/v1/records", tags=["records"])

_RECORD = RecordIn.model_json_schema()
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}]}},
            NDJSON: {"schema": {"type": "string", "description": "One record, as in application/json, per line."}},
        },
    }
}


_ALLOW = "A source that the configuration does not name is registered, with columns guessed from its first records."
_Allow = Annotated[bool, Query(description=_ALLOW)]


@router.post("", openapi_extra=_BODY, response_model=OutcomeOut | OutcomesOut)
async def post(request: Request, service: Its, allow_new_sources: _Allow = False) -> Response:
    """Resolve records as they come: one object, a list, or a stream of lines (`application/x-ndjson`), answered alike.
    Of a list or stream the good ones land when others are bad, and each is answered for by its index. Sending the same
    again does no harm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == NDJSON:
        return await _stream(request, service, allowed=allow_new_sources)
    if kind not in ("", "application/json"):
        detail = f"send application/json or {NDJSON}"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad-input", detail)
    return await run_in_threadpool(_document, service, await request.body(), allow_new_sources)


def _document(service: Service, body: bytes, allowed: bool) -> Response:
    try:
        asked = parsed(body)
    except JSONDecodeError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "bad-input", f"the body is not JSON ({error})") from error
    if isinstance(asked, list):
        items = read_list(asked, len(body), service.limits)
        outcomes = ingest(service.resolver, items, allow_new_sources=allowed)
        return _json(OutcomesOut.of(outcomes).model_dump_json())
    (item,) = read_list([asked], len(body), service.limits)
    (outcome,) = ingest(service.resolver, [item], allow_new_sources=allowed)
    if not outcome.landed:
        reasons = "; ".join(f"{one.field}: {one.reason}" if one.field else one.reason for one in outcome.refused)
        more = outcome.model_dump(mode="json", include={"outcome", "record"})
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", reasons or "the record was refused", **more)
    return _json(outcome.model_dump_json())


async def _stream(request: Request, service: Service, *, allowed: bool) -> Response:
    """Resolves while it reads; the answer comes at the end, because most clients read none before they have sent
    all."""
    answered: list[str] = []
    async for batch in batches(request.stream(), service.limits):
        outcomes = await run_in_threadpool(_resolve, service, batch, allowed)
        answered.extend(outcome.model_dump_json() + "\n" for outcome in outcomes)
    return Response("".join(answered), media_type=NDJSON)


def _resolve(service: Service, batch: Batch, allowed: bool) -> list[OutcomeOut]:
    items = [read_line(line, service.limits) for line in batch.lines]
    return ingest(service.resolver, items, batch.first, allow_new_sources=allowed)


def _json(body: str) -> Response:
    return Response(body, media_type="application/json")


def _named(request: Request, source: str, id: str) -> tuple[str, str]:
    """Source and id as they were sent: in the path that the framework has decoded, a slash that is part of the source's
    name (%2F) is like the one behind it."""
    sent: bytes = request.scope["raw_path"]
    source, _, id = sent.decode("ascii").partition(f"{router.prefix}/")[2].partition("/")
    return unquote(source), unquote(id)


_Named = Annotated[tuple[str, str], Depends(_named)]


@router.get("/{source}/{id:record_id}")
def get(named: _Named, service: Its) -> RecordOut:
    """One record: its row as it was delivered, its normalised fields, and the customer it belongs to."""
    source, id = named
    key = record_key(source, id)

    def find(snapshot: Snapshot) -> tuple[Record | None, Assignment | None]:
        return snapshot.records([key]).get(key), snapshot.assignments([key]).get(key)

    record, assignment = read_again(service.store, find)
    if record is None or record.deleted:
        raise NotFoundError("record", key, "check the source and the id; letters' case counts")
    return RecordOut(
        record=key,
        source=source,
        id=id,
        observed_at=time_of(record.observed_at),
        customer=assignment.customer_id if assignment else None,
        confidence=assignment.confidence if assignment else None,
        fields={name: list(values) for name, values in record.fields.items()},
        row=dict(record.payload),
    )


_At = Annotated[datetime | None, Query(description="When it was deleted at its source; now, if left out.")]


@router.delete("/{source}/{id:record_id}")
def delete(named: _Named, service: Its, at: _At = None) -> OutcomeOut:
    """The record is gone at its source. Its customer is resolved anew without it; a version older than the deletion
    stays away when it comes late, also where the deletion is the first that is heard of the record."""
    outcome = service.resolver.delete(*named, at=None if at is None else microseconds_of(at))
    return OutcomeOut.model_validate(outcome)
