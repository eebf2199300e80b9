"""In what guise a copy shows what it copies: as it is, or masked (``masking``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from graph.model import (
    SERVICE,
    Assignment,
    Change,
    Customer,
    Decision,
    IndexedRecord,
    Key,
    Link,
    Quarantined,
    Record,
    ResolutionVersion,
    ReviewItem,
)
from resolver.preparing.indexing import identifier_key, indexed
from resolver.version import Version


class Guise(Protocol):
    """One function for each kind of thing that a store holds. All are pure: the same thing gives the same thing."""

    @property
    def mark(self) -> str:
        """Tells copies of one store in different guises apart."""

    @property
    def role(self) -> str | None:
        """The role that a masked copy is for; None where nothing is masked."""

    def key(self, key: str) -> str:
        """A record key."""

    def record(self, its: Record) -> Record: ...

    def signature(self, its: int) -> int: ...

    def indexed(self, records: Sequence[Record], version: Version) -> list[IndexedRecord]:
        """The records in this guise, with their keys."""

    def identifier(self, type: str, value: str) -> Key: ...

    def assignment(self, its: Assignment) -> Assignment: ...

    def customer(self, its: Customer) -> Customer: ...

    def link(self, its: Link) -> Link: ...

    def review(self, its: ReviewItem) -> ReviewItem: ...

    def decision(self, its: Decision) -> Decision: ...

    def change(self, its: Change) -> Change: ...

    def refusal(self, its: Quarantined) -> Quarantined: ...

    def version(self, its: ResolutionVersion) -> ResolutionVersion: ...

    def texts(self, its: Mapping[str, str]) -> Mapping[str, str]:
        """The small named texts, less those of the service."""


class AsItIs:
    """Everything as it is."""

    mark = ""
    role: str | None = None

    def key(self, key: str) -> str:
        return key

    def record(self, its: Record) -> Record:
        return its

    def signature(self, its: int) -> int:
        return its

    def indexed(self, records: Sequence[Record], version: Version) -> list[IndexedRecord]:
        return list(indexed(records, version).values())

    def identifier(self, type: str, value: str) -> Key:
        return identifier_key(type, value)

    def assignment(self, its: Assignment) -> Assignment:
        return its

    def customer(self, its: Customer) -> Customer:
        return its

    def link(self, its: Link) -> Link:
        return its

    def review(self, its: ReviewItem) -> ReviewItem:
        return its

    def decision(self, its: Decision) -> Decision:
        return its

    def change(self, its: Change) -> Change:
        return its

    def refusal(self, its: Quarantined) -> Quarantined:
        return its

    def version(self, its: ResolutionVersion) -> ResolutionVersion:
        return its

    def texts(self, its: Mapping[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in its.items() if not name.startswith(SERVICE)}
