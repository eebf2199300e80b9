"""One plain sentence for people: why two records are one customer, or why they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph.model import Decision, DecisionKind
from resolver.answers import PairEvidence
from resolver.scoring.model import MICRO


@dataclass(frozen=True, slots=True)
class Findings:
    """What is found on two records.

    ``one``: they are one customer. ``resolved``: both have been resolved. ``linked``: a chain of links joins them, be
    they one customer or not. ``against``: what all pairs between their two customers say on the whole, less the
    conflict threshold (microbits; 0 within one customer). ``exclusive``: the types of which their customers hold
    different values, where a customer can have only one. ``threshold``: the link threshold in microbits.
    """

    one: bool
    resolved: bool
    linked: bool
    direct: PairEvidence
    path: Sequence[PairEvidence]
    conflicts: Sequence[PairEvidence]
    decisions: Sequence[Decision]
    against: int
    exclusive: Sequence[str]
    threshold: int


def verdict(found: Findings) -> str:
    """Why, or why not, in a sentence without an end mark."""
    if found.direct.left == found.direct.right:
        return f"one customer: both names mean the record {found.direct.left}"
    if not found.resolved:
        return f"not resolved yet: a re-cluster comes first; {_reached(found)}"
    return _why_one(found) if found.one else _why_two(found)


def bits(weight: int) -> str:
    """Microbits as bits with one decimal and a true minus sign."""
    return f"{round(weight / MICRO, 1) + 0.0:.1f}".replace("-", "−")  # + 0.0: no minus zero


def _reached(found: Findings) -> str:
    return f"the pair reaches {bits(found.direct.weight)} bits, {bits(found.threshold)} are needed"


def _decided(found: Findings, kind: DecisionKind) -> str | None:
    its = next((decision for decision in found.decisions if decision.kind is kind), None)
    if its is None:
        return None
    return f"a steward decided so ({its.by}: {its.reason})" if its.reason else f"a steward decided so ({its.by})"


def _why_one(found: Findings) -> str:
    decided = _decided(found, DecisionKind.SAME)
    if decided is not None:
        return f"one customer: {decided}"
    if len(found.path) > 1:
        weakest = min(found.path, key=lambda its: its.weight)
        others = len(found.path) - 1
        return (
            f"one customer through {others} other {'record' if others == 1 else 'records'}: the weakest link, "
            f"{weakest.left} – {weakest.right}, reaches {bits(weakest.weight)} bits ({_percent(weakest)}); "
            f"the pair alone reaches {bits(found.direct.weight)}"
        )
    return f"one customer: {_reached(found)} ({_percent(found.direct)} sure)"


def _percent(its: PairEvidence) -> str:
    """Never rounded up to certainty."""
    return f"{min(int(its.probability * 1000), 999) / 10:.1f} %"


def _why_two(found: Findings) -> str:
    decided = _decided(found, DecisionKind.DIFFERENT)
    if decided is not None:
        return f"kept apart: {decided}"
    if found.linked:
        return f"kept apart although linked: {_contradiction(found)}"
    if found.direct.candidate or found.direct.weight < found.threshold:
        against = min(found.direct.fields, key=lambda its: its.weight, default=None)
        why = (
            f"; {against.field} speaks most against ({bits(against.weight)})" if against and against.weight < 0 else ""
        )
        return f"not one customer: {_reached(found)}{why}"
    return (
        "not one customer: they share no active identifier or blocking key, so that they were never compared; "
        f"the pair would reach {bits(found.direct.weight)} bits, {bits(found.threshold)} are needed"
    )


def _contradiction(found: Findings) -> str:
    if found.exclusive:
        return f"they hold different values of {' and '.join(found.exclusive)}, of which a customer has one"
    mine = {found.direct.left, found.direct.right}
    worst = next((its for its in found.conflicts if {its.left, its.right} == mine), None)
    worst = worst or next(iter(found.conflicts), None)
    if worst is not None:
        where = "" if {worst.left, worst.right} == mine else f" between {worst.left} and {worst.right}"
        field = min(worst.fields, key=lambda its: its.weight, default=None)
        if field is not None and field.weight < 0:
            return f"{field.field} contradicts{where} ({bits(field.weight)} bits)"
        return f"too little agrees{where} ({bits(worst.weight)} bits)"
    if found.against < 0:
        return f"the other records of the two customers speak against ({bits(found.against)} bits in all)"
    return "what links them is weaker than what holds each of them together"
