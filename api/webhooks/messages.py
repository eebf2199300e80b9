"""What is sent: messages made of events of the feed, and the headers of the Standard Webhooks specification 1.0.

A message covers a stretch of the feed and is the same at each try. Its id is the feed's cursor at its end, which
`GET /v1/changes?after=…` takes, too. It tells record keys and customer ids, never values of records.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

import orjson

from api.schemas.base import time_of
from api.schemas.webhooks import DeliveredChange
from api.webhooks.hooks import Hook, Place, secret_bytes
from graph.model import Change
from graph.store import Snapshot
from resolver.answering.feed import cursor_at

#: Events of one message, and bytes of them beyond which no further one is added.
MOST_EVENTS = 100
MOST_BYTES = 100_000
#: Events of the feed that are looked at in one go.
PAGE = 1_000
CHANGED, TEST = "customers.changed", "webhook.test"


@dataclass(frozen=True, slots=True)
class Message:
    """``id``: the idempotency key."""

    id: str
    body: bytes

    def headers(self, secret: str, seconds: int) -> Mapping[str, str]:
        """``seconds`` since 1970: when this try is made."""
        signed = f"{self.id}.{seconds}.".encode() + self.body
        signature = base64.b64encode(hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()).decode()
        return {
            "content-type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{signature}",
        }


def plan(hook: Hook, cursor: int, snapshot: Snapshot) -> tuple[int, int]:
    """The stretch of the next message: (cursor, upto). Both are equal where there is nothing to send; the cursor has
    then moved over what the webhook does not want."""
    found, size, store = 0, 0, snapshot.store_id()
    page = snapshot.changes(cursor, PAGE)
    upto = cursor
    for change in page:
        if hook.wants(change.kind):
            size += len(_written(change, store))
            if found and (found == MOST_EVENTS or size > MOST_BYTES):
                return cursor, upto
            found += 1
        upto = change.sequence
    return (cursor, upto) if found else (upto, upto)


def message(hook: Hook, place: Place, snapshot: Snapshot) -> Message | None:
    """The message of a planned stretch; None where nothing is left of it."""
    changes = takewhile(lambda its: its.sequence <= place.upto, snapshot.changes(place.cursor, PAGE))
    wanted = [its for its in changes if hook.wants(its.kind)]
    if not wanted:
        return None
    store = snapshot.store_id()
    cursor = cursor_at(store, place.upto)
    events = b",".join(_written(its, store) for its in wanted)
    head = orjson.dumps({"type": CHANGED, "timestamp": time_of(wanted[-1].at)}, option=orjson.OPT_UTC_Z)
    data = orjson.dumps({"store": store, "cursor": cursor})
    return Message(cursor, head[:-1] + b',"data":' + data[:-1] + b',"changes":[' + events + b"]}}")


def test_message(hook: Hook, store_id: str, name: str, at: int) -> Message:
    """A message that only shows that messages arrive; it is no part of the feed. ``at`` in microseconds."""
    body = {"type": TEST, "timestamp": time_of(at), "data": {"store": store_id, "webhook": hook.id}}
    return Message(f"{store_id}:test-{name}", orjson.dumps(body, option=orjson.OPT_UTC_Z))


def _written(change: Change, store: str) -> bytes:
    return DeliveredChange.of(change, cursor_at(store, change.sequence)).model_dump_json().encode()
