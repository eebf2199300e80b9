"""What stewards do, within one transaction: decide, take a record out of its customer, take a decision back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graph.errors import NotFoundError
from graph.model import Change, Decision, DecisionKind, ReviewKind
from graph.store import Transaction
from resolver.live.applying import apply_decisions
from resolver.live.deciding import check_consistent, check_name, endpoint, new_decision, standing_around
from resolver.version import Version


@dataclass(frozen=True, slots=True)
class Steward:
    """Who decides, why, when (microseconds), and under which version that is resolved."""

    by: str
    reason: str
    now: int
    version: Version


def decide(
    tx: Transaction, kind: DecisionKind, ends: tuple[str, str], steward: Steward
) -> tuple[Decision, tuple[Change, ...], bool]:
    """The decision, what it changed, and whether it is skipped because others contradict it through what records carry.
    Raises ContradictionError, BadInputError, NotFoundError."""
    left, right = (endpoint(end, steward.version, tx) for end in ends)
    decision = _put(tx, kind, (left, right), steward)
    applied = apply_decisions(tx, (left, right), steward.version, steward.now)
    review = tx.review_of((left, right))
    skipped = {its.details["decision"] for its in review if its.kind is ReviewKind.SKIPPED_DECISION}
    return decision, tuple(applied.changes), decision.id in skipped


def take_out(tx: Transaction, key: str, steward: Steward) -> tuple[list[Decision], tuple[Change, ...]]:
    """``different`` from each other record of its customer; none where it is alone. Raises NotFoundError."""
    own = tx.assignments([key]).get(key)
    if own is None:
        raise NotFoundError("record", key, "give the key of a live record, such as crm:42")
    others = [its for its in tx.members_of_customers([own.customer_id])[own.customer_id] if its != key]
    decisions = [_put(tx, DecisionKind.DIFFERENT, (key, other), steward) for other in others]
    if not others:
        return [], ()
    return decisions, tuple(apply_decisions(tx, [key, *others], steward.version, steward.now).changes)


def withdraw(tx: Transaction, id: str, steward: Steward) -> tuple[Decision, tuple[Change, ...]]:
    """The tombstone of a decision, and what is resolved otherwise without it. Raises BadInputError, NotFoundError."""
    check_name(steward.by)
    decision = tx.decision(id)
    if decision is None or decision.withdrawn_at is not None:
        raise NotFoundError("standing decision", id, "list them with: whograph decisions, or GET /v1/decisions")
    withdrawn = replace(decision, withdrawn_at=steward.now, reason=f"{decision.reason} (withdrawn by {steward.by})")
    tx.put_decision(withdrawn)
    applied = apply_decisions(tx, (decision.left, decision.right), steward.version, steward.now)
    return withdrawn, tuple(applied.changes)


def _put(tx: Transaction, kind: DecisionKind, ends: tuple[str, str], steward: Steward) -> Decision:
    decision = new_decision(kind, ends, (steward.by, steward.reason), steward.now)
    check_consistent(decision, standing_around(tx, (decision.left, decision.right)))
    tx.put_decision(decision)
    return decision
