"""What the rows of both stores have in common. What must come back exactly is JSON text; orjson escapes a NUL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from graph.errors import BadInputError
from graph.model import Change, ChangeKind, Decision, DecisionKind, Quarantined


def to_json(value: Any, place: str) -> str:
    """JSON text. Raises BadInputError, naming the place, for what JSON cannot hold."""
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        raise BadInputError(f"a value that JSON cannot hold ({error})", "mend that value", place=place) from error


def change_from_row(row: Sequence[Any]) -> Change:
    """From sequence, kind, customer, time, and details as JSON text."""
    sequence, kind, customer_id, at, details = row
    return Change(ChangeKind(kind), customer_id, at, orjson.loads(details), sequence)


def decision_to_row(its: Decision) -> tuple[Any, ...]:
    return (its.id, its.kind.value, its.left, its.right, its.by, its.reason, its.at, its.withdrawn_at)


def decision_from_row(row: Sequence[Any]) -> Decision:
    id, kind, *rest = row
    return Decision(id, DecisionKind(kind), *rest)


def in_order(decisions: Iterable[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda decision: (decision.at, decision.id))


def quarantined_to_row(its: Quarantined) -> tuple[Any, ...]:
    return (its.source, its.record_id, its.place, its.field, its.value, its.reason, its.at)


def quarantined_digest(its: Quarantined) -> bytes:
    """Names a quarantine entry by all but its time."""
    identity = to_json(quarantined_to_row(its)[:-1], "a quarantine entry")
    return hashlib.blake2b(identity.encode(), digest_size=16).digest()
