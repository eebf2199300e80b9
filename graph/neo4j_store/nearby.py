"""What came with an answer beyond what was asked: so a lookup, which asks step by step, is one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from graph.model import Assignment, Customer, Record
from graph.neo4j_store.rows import customer_from_row, record_from_row

V = TypeVar("V")

#: Carriers whose customers come along, and records that such a customer has at most.
NEAR = 30
#: Keys that are asked for at once by a lookup, not by a batch, at most.
FEW = 64


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
    keys: Collection[str], known: Mapping[str, V], read: Callable[[Collection[str]], Mapping[str, V]]
) -> dict[str, V]:
    """What is known of these keys, and what is read of the others."""
    found = {key: known[key] for key in keys if key in known}
    if missing := [key for key in keys if key not in found]:
        found |= read(missing)
    return found
