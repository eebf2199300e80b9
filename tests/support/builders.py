"""Short ways to make the model's values in tests; what a test does not name has a harmless default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.model import (
    Assignment,
    Change,
    ChangeKind,
    Customer,
    IndexedRecord,
    Key,
    Record,
    ReviewItem,
    ReviewKind,
    record_key,
)
from graph.store import Store

TIME = 1_700_000_000_000_000


def record(key: str = "crm:1", *, at: int = TIME, **others: Any) -> Record:
    source, _, id = key.partition(":")
    others.setdefault("fields", {"email": (f"{id}@example.com",)})
    return Record(source, id, at, others.pop("digest", "d1"), **others)


def tombstone(key: str = "crm:1", *, at: int = TIME) -> Record:
    return record(key, at=at, fields={}, deleted=True)


def identifier(hash: int) -> Key:
    return Key(hash, "email", f"{hash}@example.com")


def blocking(hash: int) -> Key:
    return Key(hash, "surname+year")


def indexed(
    of: str | Record = "crm:1", identifiers: Iterable[int] = (), blocked: Iterable[int] = (), *, signature: int = 0
) -> IndexedRecord:
    """A record with identifiers and blocking keys of these hashes."""
    keys = (*map(identifier, identifiers), *map(blocking, blocked))
    return IndexedRecord(record(of) if isinstance(of, str) else of, signature, keys)


def put(store: Store, *records: str | Record | IndexedRecord, pending: bool = False) -> None:
    """Write records in one transaction; a key stands for a plain record without keys."""
    with store.write() as transaction:
        transaction.put_records(
            [one if isinstance(one, IndexedRecord) else indexed(one) for one in records], pending=pending
        )


def resolve(store: Store, clusters: Mapping[str, Sequence[str]], *, confidence: float | None = 0.9) -> None:
    """Write records, and customers that hold them; the smallest key names the component."""
    with store.write() as transaction:
        transaction.put_records(indexed(key) for keys in clusters.values() for key in keys)
        transaction.put_customers(Customer(id, len(keys), confidence, TIME, TIME) for id, keys in clusters.items())
        transaction.put_assignments(
            Assignment(key, min(keys), id, confidence) for id, keys in clusters.items() for key in keys
        )


def tied_together(store: Store) -> None:
    """A little of everything that the integrity check looks at."""
    resolve(store, {"c1": ["crm:1", "crm:2"]})
    put(store, indexed("crm:1", [1], [2]), indexed(tombstone("crm:3")))
    with store.write() as transaction:
        transaction.put_customers([retired("c0", "c1", "crm:1")])
        transaction.put_review([ReviewItem("r", ReviewKind.WEAK_CUSTOMER, 0.5, "crm:1", ("crm:1", "crm:2"))])
        transaction.append_changes([Change(ChangeKind.GROWN, "c1", TIME)])
    assert store.check() == []


def retired(id: str, into: str, *former: str) -> Customer:
    return Customer(id, 0, None, TIME, TIME, into, former)


def keys_of(records: Iterable[Record]) -> list[str]:
    return [record_key(one.source, one.id) for one in records]
