"""Customer ids that come back: a record may carry one of ours, because its system has stored it.

It becomes a ``same`` decision of the record with the customer's anchor: of the customer's records, other than this one,
the one with the smallest key at that time. The decision is by ``source:NAME``, and its id is made from the record and
the id that was sent, so that repeats do nothing, and one that a steward has withdrawn stays withdrawn. A retired id
stands for the customer that it went into. Where a later version of the record carries another id, that takes the place
of the one before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from graph.errors import ContradictionError
from graph.model import Customer, Decision, DecisionKind, Record
from graph.store import Transaction
from resolver.clustering.decided import bringer, brought, pair
from resolver.config import RETURNED_ID, Config
from resolver.live.deciding import check_consistent, standing_around
from resolver.preparing.cells import SHOWN


@dataclass(frozen=True, slots=True)
class RefusedId:
    """A customer id that cannot be used, the column that it came in, and why."""

    column: str
    value: str
    reason: str


def take_returned(tx: Transaction, records: Iterable[Record], config: Config, now: int) -> dict[str, RefusedId]:
    """Store the decisions that these new versions of records bring; by record key, what was refused."""
    sent = {record.key: (record, column, values) for record in records for column, values in _sent(record, config)}
    if not sent:
        return {}
    refused = {
        key: RefusedId(column, ", ".join(values)[:SHOWN], "more than one customer id")
        for key, (_, column, values) in sent.items()
        if len(values) > 1
    }
    wanted = {key: values[0] for key, (_, _, values) in sent.items() if len(values) == 1}
    customers = _Customers(tx, set(wanted.values()))
    former = _former(tx, wanted.keys())
    for key, (record, column, _) in sent.items():
        if key in wanted and (reason := _decide(tx, record, wanted[key], (customers, former[key], config, now))):
            refused[key] = RefusedId(column, wanted[key][:SHOWN], reason)
    return refused


def _sent(record: Record, config: Config) -> list[tuple[str, list[str]]]:
    """The column and the customer ids in it, if there are any."""
    if record.deleted or not record.payload:
        return []
    its = config.sources.get(record.source)
    for column in (RETURNED_ID, its.customer_id if its else None):
        cell = record.payload.get(column) if column else None
        cells = cell if isinstance(cell, list | tuple) else [cell]
        if column and (values := list(dict.fromkeys(str(one).strip() for one in cells if one and str(one).strip()))):
            return [(column, values)]
    return []


class _Customers:
    """The customers that ids stand for today, and their records."""

    def __init__(self, tx: Transaction, ids: Collection[str]) -> None:
        self._found: dict[str, Customer] = {}
        asked = set(ids)
        while asked:
            found = tx.customers(asked)
            self._found |= found
            asked = {its.merged_into for its in found.values() if its.retired and its.merged_into} - self._found.keys()
        self._members = tx.members_of_customers([id for id, its in self._found.items() if not its.retired])

    def anchor(self, id: str, record: str) -> tuple[str | None, str | None]:
        """The record that the id stands for (None: only this one), or why there is none."""
        if id not in self._found:
            return None, "there is no such customer id"
        seen = {id}
        while (its := self._found[id]).retired:
            if its.merged_into is None or its.merged_into in seen or its.merged_into not in self._found:
                return None, "this customer is no more, and nothing took its place"
            id = its.merged_into
            seen.add(id)
        return next((key for key in self._members.get(id, ()) if key != record), None), None


def _former(tx: Transaction, keys: Collection[str]) -> defaultdict[str, list[Decision]]:
    """The standing decisions that each record has brought so far."""
    former: defaultdict[str, list[Decision]] = defaultdict(list)
    for its in tx.decisions_on(keys):
        if (key := bringer(its)) is not None:
            former[key].append(its)
    return former


def _decide(
    tx: Transaction, record: Record, sent: str, known: tuple[_Customers, list[Decision], Config, int]
) -> str | None:
    """Store what an id says, if that is new; why it cannot be, else None."""
    customers, former, config, now = known
    id, by = _decision_id(record.key, sent), f"source:{record.source}"
    others = [its for its in former if its.id != id]
    before = tx.decision(id)
    taken_back = f" (withdrawn by {by})"  # by the source itself, when it sent another id for a while
    if before is not None and (before.withdrawn_at is None or not before.reason.endswith(taken_back)):
        return None
    anchor, problem = customers.anchor(sent, record.key)
    if problem is not None:
        return problem
    for its in others:
        tx.put_decision(replace(its, withdrawn_at=now, reason=its.reason + taken_back))
    if anchor is None:
        return None
    left, right = pair(record.key, anchor)
    decision = Decision(id, DecisionKind.SAME, left, right, by, brought(record.key, sent), now)
    try:
        check_consistent(decision, standing_around(tx, (left, right), config))
    except ContradictionError as error:
        for its in others:
            tx.put_decision(its)
        return str(error)
    tx.put_decision(decision)
    return None


def _decision_id(key: str, sent: str) -> str:
    return "c" + blake2b(f"{key}\n{sent}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
