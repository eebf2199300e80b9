"""What came with an answer beyond what was asked: so a lookup, which asks step by step, is one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from graph.model import Assignment, Carrier, Customer, Fields, KeyKind, Record
from graph.neo4j_store.reader import Reading
from graph.neo4j_store.rows import carriers_from_rows, customer_from_row, record_from_row
from graph.neo4j_store.snapshot import Reads

V = TypeVar("V")

#: Carriers whose customers come along, and records that such a customer has at most: as many as a key has that is not
#: over its cap, since a lookup reads all of these.
NEAR = 100
#: Carriers of an identifier that reaches the limit whose customers come along, as many as a lookup shows of one.
FEW_OF_HUB = 10
#: Keys that are asked for at once by a lookup, not by a batch, at most.
FEW = 64

_CARRIERS_WITH_CUSTOMERS = {
    KeyKind.IDENTIFIER: "identifiers_with_customers",
    KeyKind.BLOCKING: "blocking_keys_with_customers",
}


class Nearby:
    """Customers that a snapshot has asked for, or whose records it has, with all their records."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.assignments: dict[str, Assignment] = {}
        self.customers: dict[str, Customer] = {}
        self.members: dict[str, list[str]] = {}

    def add(self, rows: list[list[Any]]) -> None:
        """``rows``: customers, each with its records, or without any if it is retired or has too many."""
        for customer_row, member_rows in rows:
            customer = customer_from_row(customer_row)
            self.customers[customer.id] = customer
            if not member_rows or customer.size != len(member_rows):
                continue
            self.members[customer.id] = sorted(row[0] for row in member_rows)
            for key, component, confidence, record, extra in member_rows:
                self.assignments[key] = Assignment(key, component, customer.id, confidence)
                if key not in self.records and record is not None:
                    self.records[key] = record_from_row([record, extra])


def rest(
    keys: Collection[str], known: Mapping[str, V | None], read: Callable[[Collection[str]], Mapping[str, V]]
) -> dict[str, V]:
    """What is known of these keys (None: that there is nothing), and what is read of the others."""
    found = {key: its for key in keys if (its := known.get(key)) is not None}
    if missing := [key for key in keys if key not in known]:
        found |= read(missing)
    return found


class Neo4jSnapshot(Reading):
    """``graph.store.Snapshot``. Lookups of one snapshot are of one moment, or a SnapshotMovedError; each part of a scan
    is of one moment in itself, and of the snapshot's or a later one (``changed_since`` tells what came after).

    With the carriers of a few keys their customers come along, complete with records, and so do the records of a few
    customers: a lookup is one statement, and so is a view of a customer.
    """

    def __init__(self, reads: Reads) -> None:
        super().__init__(reads)
        self._nearby = Nearby()

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind | None = None) -> dict[int, list[Carrier]]:
        if kind is None or not hashes or len(hashes) > FEW:
            return super().carriers(hashes, limit, kind)
        parameters = {"hashes": list(dict.fromkeys(hashes)), "limit": limit, "near": NEAR, "few": FEW_OF_HUB}
        ((found, customers, others),) = self._reads.rows(_CARRIERS_WITH_CUSTOMERS[kind], **parameters)
        self._nearby.add(customers)
        self._nearby.assignments |= {row[0]: Assignment(*row) for row in others}
        return carriers_from_rows(found, limit)

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        return rest(keys, self._nearby.records, super().records)

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        near = {key: its.fields for key in keys if (its := self._nearby.records.get(key)) and not its.deleted}
        return rest(keys, near, super().live_fields)

    def assignments(self, record_keys: Collection[str]) -> dict[str, Assignment]:
        return rest(record_keys, self._nearby.assignments, super().assignments)

    def members_of_customers(self, customer_ids: Collection[str]) -> dict[str, list[str]]:
        self._look_around(customer_ids)
        return rest(customer_ids, self._nearby.members, super().members_of_customers)

    def customers(self, ids: Collection[str]) -> dict[str, Customer]:
        self._look_around(ids)
        return rest(ids, self._nearby.customers, super().customers)

    def _look_around(self, ids: Collection[str]) -> None:
        """What can be known of these customers with one statement, if they are few and none is known yet."""
        if 0 < len(ids) <= FEW and self._nearby.customers.keys().isdisjoint(ids):
            self._nearby.add(self._reads.rows("customers_with_records", ids=list(dict.fromkeys(ids)), near=NEAR))
