"""Webhooks: who is told of changes."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from api.schemas.webhooks import RegisteredOut, TriedOut, WebhookIn, WebhookOut, WebhooksOut
from api.service import Its
from api.webhooks.hooks import Wish
from api.webhooks.messages import test_message
from api.webhooks.sending import Sender
from api.webhooks.telling import registered, told
from resolver.service import wall_clock

router = APIRouter(prefix="/v1/webhooks", tags=["changes"])


@router.post("", status_code=HTTPStatus.CREATED)
def register(asked: WebhookIn, service: Its, response: Response) -> RegisteredOut:
    """Send the change feed to an address from now on, in order, each message until it is taken (any 2xx). Messages are
    signed as the Standard Webhooks specification says; the `secret` for that is shown in this answer only."""
    hook, place = service.webhooks.add(Wish(**dict(asked)))
    response.headers["Location"] = f"/v1/webhooks/{hook.id}"
    return registered(hook, place, service.webhooks.store_id())


@router.get("")
def webhooks(service: Its) -> WebhooksOut:
    """The webhooks and how they go."""
    store = service.webhooks.store_id()
    return WebhooksOut(webhooks=[told(*one, store) for one in service.webhooks.all()])


@router.get("/{id}")
def webhook(id: str, service: Its) -> WebhookOut:
    """One webhook and how it goes."""
    return told(*service.webhooks.get(id), service.webhooks.store_id())


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
def remove(id: str, service: Its) -> None:
    """Send nothing more there."""
    service.webhooks.remove(id)


@router.post("/{id}/resume")
def resume(id: str, service: Its) -> WebhookOut:
    """Forget the failures, and try the message that waits at once."""
    return told(*service.webhooks.resume(id), service.webhooks.store_id())


@router.post("/{id}/test")
async def test(id: str, service: Its) -> TriedOut:
    """Send one message of type `webhook.test` now, and tell how that went. The webhook's place in the feed stays."""
    hook, _ = await run_in_threadpool(service.webhooks.get, id)
    store = await run_in_threadpool(service.webhooks.store_id)
    message = test_message(hook, store, uuid.uuid4().hex, wall_clock())
    async with Sender(service.pace.send, wall_clock) as sender:
        return TriedOut.model_validate(await sender.send(hook, message))
