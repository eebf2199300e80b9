"""What people and programs are told of a webhook."""

from __future__ import annotations

from typing import Any

from api.schemas.base import time_of
from api.schemas.webhooks import RegisteredOut, WebhookOut
from api.webhooks.hooks import Hook, Place
from resolver.answering.feed import cursor_at


def told(hook: Hook, place: Place, store_id: str) -> WebhookOut:
    """Without the secret."""
    return WebhookOut(**_told(hook, place, store_id))


def registered(hook: Hook, place: Place, store_id: str) -> RegisteredOut:
    """With it, once."""
    return RegisteredOut(**_told(hook, place, store_id), secret=hook.secret)


def _told(hook: Hook, place: Place, store_id: str) -> dict[str, Any]:
    return {
        "id": hook.id,
        "url": hook.url,
        "kinds": list(hook.kinds),
        "created_at": time_of(hook.created_at),
        "state": place.state,
        "cursor": cursor_at(store_id, place.cursor),
        "attempts": place.attempts,
        "next_try_at": time_of(place.not_before) if place.attempts else None,
        "problem": place.problem,
        "delivered_at": time_of(place.delivered_at),
    }
