"""What is stored, as frozen value types. Times are integer microseconds since 1970-01-01 UTC; weights are
integer microbits (millionths of a bit, log2 of the Bayes factor); probabilities and confidences are floats in 0…1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Small named texts whose names begin so belong to the service at work on a store: its copies have none of them.
SERVICE = "service:"

#: Normalised or displayed values by field name; a field without a value is absent.
Fields = Mapping[str, tuple[str, ...]]


def record_key(source: str, id: str) -> str:
    """The key of a record, ``source:id``. Source names hold no colon, so the first colon separates the two."""
    return f"{source}:{id}"


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one row of a source, or of one touch.

    ``fields`` holds the normalised values of identifiers and attributes, ``display`` the values as people wrote
    them (aligned with ``fields``; a field is left out where both are equal), ``payload`` the row as it was
    delivered, less ignored columns. ``observations`` is the sorted set of observation keys of a touch (empty on a
    record with an id of its own). A tombstone (``deleted``) has no fields, no display and no payload.
    """

    source: str
    id: str
    observed_at: int
    digest: str
    fields: Fields = field(default_factory=dict)
    display: Fields = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    observations: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def key(self) -> str:
        return record_key(self.source, self.id)

    @property
    def version(self) -> tuple[int, bool, str]:
        """Orders the versions of one record, whatever their order of arrival: time, delete over upsert, content."""
        return (self.observed_at, self.deleted, self.digest)


class KeyKind(StrEnum):
    """What a key is: an identifier that a record carries, or a blocking key made of it."""

    IDENTIFIER = "identifier"
    BLOCKING = "blocking"


@dataclass(frozen=True, slots=True)
class Key:
    """A value by which records find each other: an identifier, or a blocking key (``value`` is None).

    ``hash`` is a signed 64-bit hash of type and value; equality of identifiers is always verified on the values.
    """

    hash: int
    type: str
    value: str | None = None

    @property
    def name(self) -> str:
        """The identifier's key as people write it, e.g. ``email:ana@example.com``."""
        return f"{self.type}:{self.value}"


@dataclass(frozen=True, slots=True)
class IndexedRecord:
    """A record with what makes it findable. ``signature`` is a signed 64-bit hash, 0 for the empty signature."""

    record: Record
    signature: int
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class IdentifierWeight:
    """What sharing one identifier alone says of a pair: ``degree`` is how many live records carry it, ``weight``
    microbits, None where the key is over its cap and links nothing."""

    hash: int
    degree: int
    weight: int | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A live record that carries a key, with its signature."""

    record_key: str
    signature: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a live record belongs. ``component`` is the smallest record key of its component; ``confidence`` the
    match probability of the record's strongest edge to the rest of its customer, None for a single record."""

    record_key: str
    component: str
    customer_id: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """A scored pair, ``left < right``; ``weight`` in microbits. Links below the link threshold are kept for review."""

    left: str
    right: str
    weight: int


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer id and its state. ``merged_into`` redirects a retired id (follow it until it is None);
    ``former_members`` are the record keys a retired customer had, so that an un-merge can revive its id.
    ``confidence`` is the match probability of the weakest link, None for a single record."""

    id: str
    size: int
    confidence: float | None
    created_at: int
    updated_at: int
    merged_into: str | None = None
    former_members: tuple[str, ...] = ()

    @property
    def retired(self) -> bool:
        return self.size == 0


class DecisionKind(StrEnum):
    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Decision:
    """A steward's word on two records or identifiers (keys such as ``crm:42`` or ``email:ana@example.com``).
    A withdrawn decision stays as a tombstone."""

    id: str
    kind: DecisionKind
    left: str
    right: str
    by: str
    reason: str
    at: int
    withdrawn_at: int | None = None


class ChangeKind(StrEnum):
    CREATED = "created"
    MERGED = "merged"
    SPLIT = "split"
    GROWN = "grown"
    SHRUNK = "shrunk"
    ERASED = "erased"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Change:
    """One event of the change feed. ``sequence`` is assigned by the store, ascending in one total order (gaps mean
    nothing); ``details`` is JSON: record keys that came or went, the other customer ids, the profile fields that
    changed."""

    kind: ChangeKind
    customer_id: str
    at: int
    details: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0


class ReviewKind(StrEnum):
    UNCERTAIN_LINK = "uncertain_link"
    WEAK_CUSTOMER = "weak_customer"
    LARGE_CUSTOMER = "large_customer"
    CONTRADICTORY_CUSTOMER = "contradictory_customer"
    CONFLICT_CUT = "conflict_cut"
    SKIPPED_DECISION = "skipped_decision"


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Something that needs a person's eye: a function of the state, never of the history.

    ``id`` is derived from kind and records, ``severity`` in 0…1 (1 is worst), ``component`` the component it was
    found in, ``records`` the record keys it is about (two for a link), ``details`` JSON evidence."""

    id: str
    kind: ReviewKind
    severity: float
    component: str
    records: tuple[str, ...]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResolutionVersion:
    """Config, blocking rules, trained model and normaliser versions as one immutable numbered thing (JSON texts)."""

    number: int
    config: str
    model: str
    normaliser: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row or a value that was refused on the way in. ``field`` is None where the whole row was refused;
    ``place`` is the file with its line, or the index in the request; ``value`` what was refused, shortened."""

    source: str
    record_id: str | None
    place: str
    field: str | None
    value: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a store holds: live records, tombstones, live customers, records that wait for a re-cluster,
    quarantined rows and values, the last change sequence."""

    records: int
    tombstones: int
    customers: int
    pending: int
    quarantined: int
    sequence: int
