"""What stewards do, within one transaction: decide, take a record out of its customer, take a decision back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from graph.errors import NotFoundError
from graph.model import Change, Decision, DecisionKind, ReviewKind
from graph.store import Transaction
from resolver.answers import DecisionReport
from resolver.clustering.decided import bringer
from resolver.live.applying import apply_decisions
from resolver.live.deciding import Standing, check_consistent, check_name, endpoint, new_decision, standing_around
from resolver.neighbourhood.affected import carriers_of
from resolver.version import Version


@dataclass(frozen=True, slots=True)
class Steward:
    """Who decides, why, when (microseconds), and under which version that is resolved."""

    by: str
    reason: str
    now: int
    version: Version


def decide(tx: Transaction, kind: DecisionKind, ends: tuple[str, str], steward: Steward) -> DecisionReport:
    """One that stands already is answered as it is. Raises ContradictionError, BadInputError, NotFoundError."""
    left, right = (endpoint(end, steward.version, tx) for end in ends)
    report = _take(tx, kind, [(left, right)], steward)[0]
    return replace(report, sleeps=not all(carriers_of(tx, end, steward.version.config) for end in (left, right)))


def take_out(tx: Transaction, key: str, steward: Steward) -> list[DecisionReport]:
    """``different`` from each other record of its customer; none where it is alone. Raises ContradictionError,
    BadInputError, NotFoundError."""
    own = tx.assignments([key]).get(key)
    if own is None:
        raise NotFoundError("record", key, "give the key of a live record, such as crm:42")
    others = [its for its in tx.members_of_customers([own.customer_id])[own.customer_id] if its != key]
    return _take(tx, DecisionKind.DIFFERENT, [(key, other) for other in others], steward)


def withdraw(tx: Transaction, ids: Collection[str], steward: Steward) -> list[DecisionReport]:
    """The tombstones of decisions, each with what is resolved otherwise without all of them. Raises BadInputError,
    NotFoundError."""
    check_name(steward.by)
    withdrawn = [_withdrawn(tx, id, steward) for id in dict.fromkeys(ids)]
    for its in withdrawn:
        tx.put_decision(its)
    changes = _resolve(tx, withdrawn, steward)
    return [DecisionReport(its, changes=changes) for its in withdrawn]


def _withdrawn(tx: Transaction, id: str, steward: Steward) -> Decision:
    decision = tx.decision(id)
    if decision is None or decision.withdrawn_at is not None:
        raise NotFoundError("standing decision", id, "list them with: whograph decisions, or GET /v1/decisions")
    return replace(decision, withdrawn_at=steward.now, reason=f"{decision.reason} (withdrawn by {steward.by})")


def _take(
    tx: Transaction, kind: DecisionKind, pairs: Sequence[tuple[str, str]], steward: Steward
) -> list[DecisionReport]:
    """Take a decision, or several ``different``, which do not contradict each other; resolve what the new ones touch.
    Each is answered with the changes of all."""
    ends = {end for both in pairs for end in both}
    standing = standing_around(tx, ends, steward.version.config)
    taken = [_put(tx, kind, both, steward, standing) for both in pairs]
    changes = _resolve(tx, [decision for decision, repeated in taken if not repeated], steward)
    review = tx.review_of(ends) if ends else []
    skipped = {its.details["decision"] for its in review if its.kind is ReviewKind.SKIPPED_DECISION}
    return [
        DecisionReport(decision, changes=changes, skipped=decision.id in skipped, repeated=repeated)
        for decision, repeated in taken
    ]


def _resolve(tx: Transaction, changed: Collection[Decision], steward: Steward) -> tuple[Change, ...]:
    """What changed decisions change."""
    ends = {end for its in changed for end in (its.left, its.right)}
    return tuple(apply_decisions(tx, ends, steward.version, steward.now).changes) if ends else ()


def _put(
    tx: Transaction, kind: DecisionKind, ends: tuple[str, str], steward: Steward, standing: Standing
) -> tuple[Decision, bool]:
    """The decision, and whether it is one of those ``standing`` already. A decision that a record has brought does not
    count as such: it goes when the record brings another one, and a steward's word stays."""
    number, said = 0, (steward.by, steward.reason)
    decision = new_decision(kind, ends, said, steward.now)
    for its in standing.decisions:
        alike = (its.kind, its.left, its.right) == (kind, decision.left, decision.right)
        if alike and bringer(its) is None:
            return its, True
    check_consistent(decision, standing)
    while tx.decision(decision.id) is not None:  # it was taken before, and withdrawn
        number += 1
        decision = new_decision(kind, ends, said, steward.now, number)
    tx.put_decision(decision)
    return decision, False
