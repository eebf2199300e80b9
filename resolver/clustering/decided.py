"""Decisions as constraints on rows: a steward's word on records or identifiers, for those whose endpoints are there.

An identifier stands for the records that carry it: ``same`` joins the smallest of each side, ``different`` keeps every
pair of them apart. A decision sleeps while an endpoint is absent. ``same`` joins the customers of its ends as wholes,
but where a record has brought it, which speaks for itself alone: of that record the customer is not held together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from graph.model import Decision, DecisionKind
from resolver.clustering.resolution import DecidedPairs


def pair(left: str, right: str) -> tuple[str, str]:
    """An unordered pair, the smaller first."""
    return (left, right) if left <= right else (right, left)


def decided_pairs(
    decisions: Sequence[Decision], row_of: Mapping[str, int], carriers: Callable[[str], Sequence[str]]
) -> tuple[DecidedPairs, set[tuple[str, str]]]:
    """The standing decisions as pairs of rows, in (time, id) order, and as pairs of record keys. ``carriers`` answers
    the live records that an endpoint stands for, in key order (of a record key: itself)."""
    same: list[tuple[int, int, int]] = []
    different: list[tuple[int, int, int]] = []
    whole: set[int] = set()
    keys: set[tuple[str, str]] = set()
    for position, its in sorted(enumerate(decisions), key=lambda entry: (entry[1].at, entry[1].id)):
        left, right, joins = carriers(its.left), carriers(its.right), its.kind is DecisionKind.SAME
        if joins:  # the smallest of all that there are, whichever of them are rows
            left, right = left[:1], right[:1]
        for a, b in product(left, right):
            if a == b or a not in row_of or b not in row_of:
                continue
            first, second = pair(a, b)
            keys.add((first, second))
            (same if joins else different).append((row_of[first], row_of[second], position))
            if joins:
                whole |= {row_of[end] for end in (a, b) if end != bringer(its)}
    return DecidedPairs(same, different, whole), keys


def bringer(decision: Decision) -> str | None:
    """The record that has brought this decision by a customer id of ours; None where a steward has decided."""
    return next((end for end in (decision.left, decision.right) if decision.reason.startswith(brought(end, ""))), None)


def brought(key: str, customer_id: str) -> str:
    """The reason of a decision that a record brings."""
    return f"{key} carries customer id {customer_id}"
