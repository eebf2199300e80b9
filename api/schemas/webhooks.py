"""Webhooks: what is registered, how it goes, and the events that are sent."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import Answered, Asked, Time
from api.schemas.customers import ChangeOut
from graph.model import Change, ChangeKind


class WebhookIn(Asked):
    """Where to send which ``kinds`` of events (none named: all). It begins with what happens from now on; with
    ``from_start`` at the beginning of the feed, with ``after`` after a cursor of it. ``insecure`` allows an address in
    plain http. ``secret``: one that exists already (`whsec_…`); else one is made."""

    url: str
    kinds: list[ChangeKind] = Field(default=[], max_length=len(ChangeKind))
    after: str | None = None
    from_start: bool = False
    insecure: bool = False
    secret: str | None = None


class WebhookOut(Answered):
    """A webhook and how it goes. ``cursor``: everything up to here was delivered. ``state``: `retrying` after a
    failure, `failing` after many in a row; it keeps its place and is tried again at ``next_try_at``."""

    id: str
    url: str
    kinds: list[ChangeKind]
    created_at: Time
    state: Literal["delivering", "retrying", "failing"]
    cursor: str
    attempts: int
    next_try_at: Time | None
    problem: str | None
    delivered_at: Time | None


class RegisteredOut(WebhookOut):
    """A new webhook with its ``secret``, which is shown only here: messages are signed with it."""

    secret: str


class WebhooksOut(Answered):
    """All webhooks, the oldest first."""

    webhooks: list[WebhookOut]


class TriedOut(Answered):
    """How a test message went: the receiver's ``status``, or the ``problem``."""

    taken: bool
    status: int | None
    problem: str | None


class DeliveredChange(ChangeOut):
    """An event of the feed as webhooks send it; ``id`` is the cursor of the feed after it."""

    id: str

    @classmethod
    def of(cls, change: Change, id: str) -> DeliveredChange:
        return cls(**dict(ChangeOut.model_validate(change)), id=id)
