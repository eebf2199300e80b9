"""The port between what is decided (``resolver``) and what is stored: small Protocols, one per role.

The contract, for every store:

* ``read()`` opens a snapshot: everything read within it is of one moment, and never half of a write. On a server
  without snapshots (Neo4j) lookups keep to that by a SnapshotMovedError where what was read before has changed since
  (``graph.reading.read_again`` repeats the work); of a scan each chunk is of one moment, and what was written after
  ``sequence()`` is told by ``changed_since``.
* ``write()`` opens a transaction. Writers are serialised: from entry to exit no other writer changes the store, and
  reads within it see the newest committed state plus the transaction's own writes. Leaving the block commits all of it
  durably, leaving by an exception (or a crash) keeps nothing of it.
* Lookups by key return what exists; a missing key is absent from the answer, never an error.
* Writes are idempotent: writing the same value twice leaves the store as writing it once.
* Record keys sort by code point (as UTF-8 bytes); "in key order" means that order.
* Errors of the driver are translated to ``StoreError`` and ``StoreUnavailableError``. Nothing else is caught.
* Adapters store and fetch; they decide nothing. All values are bound as parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from graph.columns import AssignmentColumns, BlockingColumns, LinkColumns, RecordColumns
from graph.model import (
    Assignment,
    Carrier,
    Change,
    Counts,
    Customer,
    Decision,
    Fields,
    IdentifierWeight,
    IndexedRecord,
    KeyKind,
    Link,
    Quarantined,
    Record,
    ResolutionVersion,
    ReviewItem,
)


class RecordReader(Protocol):
    """Records and the keys that find them."""

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        """The records with these record keys, tombstones included."""

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        """The normalised fields of those of these records that are live: what is compared, and no more."""

    def scan_records(self) -> Iterator[list[tuple[Record, int]]]:
        """All live records with their signatures, in key order, in chunks that fit in memory. ``display`` and
        ``payload`` are left empty: this is the fast scan that resolution reads."""

    def scan_full_records(self) -> Iterator[list[Record]]:
        """All live records, complete, in key order, in chunks."""

    def scan_record_columns(self) -> Iterator[RecordColumns]:
        """Keys and fields of all live records, in key order, in chunks that are not empty: what batch reads."""

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind | None = None) -> dict[int, list[Carrier]]:
        """For each key hash its live carriers in key order, at most ``limit`` of them (ask for cap + 1 to learn
        whether a key is over its cap). A hash that no live record carries is absent. Costs at most ``limit`` per
        key, however many carriers there are. (Key order matters only below the limit: above it, any will do.)
        ``kind``: what the caller knows all of them to be; the store need not look for others then."""

    def degree(self, hash: int) -> int:
        """How many live records carry this key, exactly. May cost as much as there are."""

    def changed_since(self, sequence: int) -> list[str]:
        """Keys of the records (tombstones included) written after this change sequence number, in key order."""

    def pending(self, limit: int) -> list[str]:
        """Keys of records that were bulk-loaded and wait for a re-cluster, in key order, at most ``limit``."""

    def source_counts(self) -> dict[str, int]:
        """Live records by source."""

    def quarantined(self, after: int, limit: int) -> list[tuple[int, Quarantined]]:
        """Quarantine entries with their row numbers (ascending, > ``after``), at most ``limit``."""


class RecordWriter(Protocol):
    def put_records(self, records: Iterable[IndexedRecord], *, pending: bool = False) -> None:
        """Insert or replace whole records with all their keys: afterwards exactly these keys are carried. A
        tombstone carries none. The caller has decided that this version wins. ``pending`` marks them as waiting for
        a re-cluster; writing without it takes the mark away."""

    def put_blocking_keys(self, rows: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        """Replace the blocking keys (hashes) of these live records; their identifiers stay."""

    def put_blocking_columns(self, keys: BlockingColumns) -> None:
        """As ``put_blocking_keys``, for very many records at once."""

    def clear_blocking_keys(self) -> None:
        """Forget every record's blocking keys, before new blocking rules are adopted."""

    def put_identifier_weights(self, weights: Iterable[IdentifierWeight]) -> None:
        """For the eye only: what a store whose graph people look at shows on its identifiers. Nothing reads it back,
        and a store that shows nothing leaves the iterable unread. Before all other writes of a transaction it may be
        done at once, and stay when the transaction fails."""

    def clear_pending(self, record_keys: Iterable[str] | None = None) -> None:
        """These records wait for a re-cluster no more; with None, no record does."""

    def put_quarantined(self, entries: Iterable[Quarantined]) -> None:
        """Append refused rows and values; an entry equal in all but ``at`` is kept once."""


class AssignmentReader(Protocol):
    """Which customer each record belongs to, and the scored links between them."""

    def assignments(self, record_keys: Collection[str]) -> dict[str, Assignment]:
        """The assignments of these records; a record that was never resolved is absent."""

    def members_of_components(self, components: Collection[str]) -> dict[str, list[str]]:
        """Record keys, in key order, by component id."""

    def members_of_customers(self, customer_ids: Collection[str]) -> dict[str, list[str]]:
        """Record keys, in key order, by customer id; a retired customer has none and is absent."""

    def scan_assignments(self) -> Iterator[list[Assignment]]:
        """All assignments in record-key order, in chunks."""

    def scan_assignment_columns(self) -> Iterator[AssignmentColumns]:
        """As ``scan_assignments``, in columns; no chunk is empty."""

    def customers(self, ids: Collection[str]) -> dict[str, Customer]:
        """Customers by id, retired ones included."""

    def retired_into(self, customer_ids: Collection[str]) -> list[Customer]:
        """Retired customers that redirect to one of these, directly or through a chain, in id order."""

    def page_customers(self, after: str | None, limit: int) -> list[Customer]:
        """Live customers in id order, from the first id greater than ``after``."""

    def links(self, record_keys: Collection[str]) -> list[Link]:
        """Stored links with at least one end among these records, ordered by (left, right)."""

    def review(self, limit: int) -> list[ReviewItem]:
        """Review items, worst first (severity descending, then id)."""

    def review_of(self, record_keys: Collection[str]) -> list[ReviewItem]:
        """Review items about at least one of these records, in id order."""

    def scan_review(self) -> Iterator[list[ReviewItem]]:
        """All review items in id order, in chunks."""

    def scan_links(self) -> Iterator[list[Link]]:
        """All links ordered by (left, right), in chunks."""

    def scan_link_columns(self) -> Iterator[LinkColumns]:
        """As ``scan_links``, in columns; no chunk is empty."""


class AssignmentWriter(Protocol):
    def put_assignments(self, assignments: Iterable[Assignment]) -> None: ...

    def drop_assignments(self, record_keys: Iterable[str]) -> None: ...

    def put_customers(self, customers: Iterable[Customer]) -> None: ...

    def put_links(self, links: Iterable[Link]) -> None: ...

    def drop_links(self, pairs: Iterable[tuple[str, str]]) -> None: ...

    def put_review(self, items: Iterable[ReviewItem]) -> None: ...

    def drop_review(self, ids: Iterable[str]) -> None: ...


class DecisionReader(Protocol):
    """Stewards' decisions."""

    def decisions(self, *, withdrawn: bool = False) -> list[Decision]:
        """All standing decisions (with ``withdrawn``: the tombstones too), ordered by (at, id)."""

    def decision(self, id: str) -> Decision | None: ...

    def decisions_on(self, keys: Collection[str]) -> list[Decision]:
        """Standing decisions with an endpoint (record key or identifier key) among these, ordered by (at, id)."""


class DecisionWriter(Protocol):
    def put_decision(self, decision: Decision) -> None:
        """Insert, or replace the one with this id (a withdrawal is a replacement)."""


class FeedReader(Protocol):
    """The change feed and the history of customers."""

    def sequence(self) -> int:
        """The number of the newest change of any kind: every write transaction that changes something raises it, unless
        it changes nothing but small named texts."""

    def changes(self, after: int, limit: int) -> list[Change]:
        """Feed events with ``sequence > after``, ascending."""

    def history(self, customer_id: str) -> list[Change]:
        """Every event of one customer id, ascending."""


class FeedWriter(Protocol):
    def append_changes(self, changes: Iterable[Change]) -> int:
        """Append to the feed in this order, in this transaction; returns the last sequence number. The given
        ``sequence`` fields are ignored: the store numbers them."""

    def put_changes(self, changes: Iterable[Change]) -> None:
        """Insert or replace events under the numbers that they have, for copies of another store's feed. The store's
        sequence is at least the largest of them afterwards."""


class VersionReader(Protocol):
    """Resolution versions and the store's own identity."""

    def version(self) -> ResolutionVersion | None:
        """The adopted one; None before the first."""

    def version_number(self) -> int | None:
        """The number of the adopted version, without its texts."""

    def versions(self) -> list[ResolutionVersion]:
        """All, ascending by number."""

    def counts(self) -> Counts: ...

    def store_id(self) -> str:
        """A random name given to the store at creation: cursors carry it, so that another store's are told apart."""

    def meta(self, name: str) -> str | None:
        """A small named text (JSON), such as the cursor of a webhook or the state of a job."""

    def named_texts(self) -> dict[str, str]:
        """All small named texts."""


class VersionWriter(Protocol):
    def adopt_version(self, version: ResolutionVersion) -> None:
        """Insert if new, and make it the adopted one (an older one may be adopted again)."""

    def put_meta(self, name: str, value: str | None) -> None:
        """Set, or with None delete, a small named text."""


class Snapshot(RecordReader, AssignmentReader, DecisionReader, FeedReader, VersionReader, Protocol):
    """Everything that can be read, as of one moment."""


class Transaction(Snapshot, RecordWriter, AssignmentWriter, DecisionWriter, FeedWriter, VersionWriter, Protocol):
    """Everything that can be read and written, all or nothing."""


class Store(Protocol):
    """A place that keeps customers. Safe to share between threads; several processes may open the same one."""

    @property
    def rows_at_once(self) -> int | None:
        """How many rows, of any kind, bulk work may write in one transaction, where a server must hold all of it in
        memory; None for any number. It is advice: a larger transaction may fail, and then keeps nothing."""

    def read(self) -> AbstractContextManager[Snapshot]: ...

    def write(self) -> AbstractContextManager[Transaction]: ...

    def check(self) -> list[str]:
        """The store's own integrity check: the faults found, one line each; none means sound."""

    def close(self) -> None:
        """Give back connections. The store may not be used afterwards; closing twice does no harm."""
