"""The store's contract in the plainest way there is: dictionaries, and every read a search through them.

The state machine of the contract tests compares every kind of store with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from graph.model import Assignment, Carrier, Customer, Decision, IndexedRecord, Link, Record, ReviewItem


@dataclass
class ModelStore:
    records: dict[str, IndexedRecord] = field(default_factory=dict)
    identifiers: dict[str, set[int]] = field(default_factory=dict)
    blocking: dict[str, set[int]] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    review: dict[str, ReviewItem] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    def copy(self) -> ModelStore:
        copied = {name: type(value)(value) for name, value in vars(self).items()}
        copied["identifiers"] = {key: set(hashes) for key, hashes in self.identifiers.items()}
        copied["blocking"] = {key: set(hashes) for key, hashes in self.blocking.items()}
        return ModelStore(**copied)

    def live(self) -> list[IndexedRecord]:
        return [self.records[key] for key in sorted(self.records) if not self.records[key].record.deleted]

    def put_record(self, indexed: IndexedRecord, *, pending: bool) -> None:
        key = indexed.record.key
        keys = () if indexed.record.deleted else indexed.keys
        self.records[key] = indexed
        self.identifiers[key] = {one.hash for one in keys if one.value is not None}
        self.blocking[key] = {one.hash for one in keys if one.value is None}
        self.changed.add(key)
        (self.pending.add if pending else self.pending.discard)(key)

    def put_blocking_keys(self, key: str, hashes: Collection[int]) -> None:
        if key in self.records and not self.records[key].record.deleted:
            self.blocking[key] = set(hashes)

    def put_assignments(self, assignments: Iterable[Assignment]) -> None:
        self.assignments.update((one.record_key, one) for one in assignments)

    def carriers(self, hash: int) -> list[Carrier]:
        return [
            Carrier(one.record.key, one.signature)
            for one in self.live()
            if hash in self.identifiers[one.record.key] | self.blocking[one.record.key]
        ]

    def members(self, *, component: str | None = None, customer: str | None = None) -> list[str]:
        return sorted(
            key for key, one in self.assignments.items() if one.component == component or one.customer_id == customer
        )

    def retired_into(self, ids: Collection[str]) -> list[Customer]:
        targets, found = set(ids), set[str]()
        while new := {one.id for one in self.customers.values() if one.retired and one.merged_into in targets} - found:
            found |= new
            targets = new
        return [self.customers[id] for id in sorted(found)]

    def review_of(self, key: str) -> list[ReviewItem]:
        return [one for _, one in sorted(self.review.items()) if key in one.records]

    def scanned(self) -> list[tuple[Record, int]]:
        return [(replace(one.record, display={}, payload={}), one.signature) for one in self.live()]
