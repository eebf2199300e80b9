"""What a store says of its customers, apart from their ids, and what a fresh batch says of the same input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from graph.model import Link, ReviewItem
from graph.sqlite_store import SqliteStore
from graph.store import Snapshot, Store
from resolver.answers import Profile
from resolver.config import Config
from resolver.customers.profile import golden_profile
from resolver.preparing.indexing import indexed
from resolver.scoring.model import Model
from resolver.service import Resolver
from resolver.version import Version

Members = tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """All that must not depend on history: of each record its component and confidence; of each customer (named by its
    records) its size, confidence and profile; links and review items; and who carries each key."""

    records: Mapping[str, tuple[str, float | None]]
    customers: Mapping[Members, tuple[int, float | None]]
    profiles: Mapping[Members, Profile]
    links: Mapping[tuple[str, str], Link]
    review: Mapping[str, ReviewItem]
    carriers: Mapping[int, list[Any]]


def clusters(snapshot: Snapshot) -> dict[str, Members]:
    """The records of every customer id that has any."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for chunk in snapshot.scan_assignments():
        for its in chunk:
            found[its.customer_id].append(its.record_key)
    return {id: tuple(keys) for id, keys in sorted(found.items())}


def verdict_of(store: Store) -> Verdict:
    with store.read() as snapshot:
        version = adopted(snapshot)
        groups = clusters(snapshot)
        customers = snapshot.customers(groups)
        records = {its.key: its for chunk in snapshot.scan_full_records() for its in chunk}
        keys = {key.hash for its in indexed(list(records.values()), version).values() for key in its.keys}
        return Verdict(
            {its.record_key: (its.component, its.confidence) for chunk in snapshot.scan_assignments() for its in chunk},
            {keys: (customers[id].size, customers[id].confidence) for id, keys in groups.items()},
            {keys: golden_profile([records[key] for key in keys], version.config) for keys in groups.values()},
            {(its.left, its.right): its for chunk in snapshot.scan_links() for its in chunk},
            {its.id: its for chunk in snapshot.scan_review() for its in chunk},
            snapshot.carriers(keys, 1_000_000),
        )


def adopted(snapshot: Snapshot) -> Version:
    its = snapshot.version()
    assert its is not None
    return Version(Config.from_json(its.config), Model.from_json(its.model))


def batch_over(store: Store, path: Path) -> Verdict:
    """What a batch in a new SQLite store says of this store's live records and standing decisions."""
    with store.read() as snapshot:
        version, its = adopted(snapshot), snapshot.version()
        records = [record for chunk in snapshot.scan_full_records() for record in chunk]
        decisions = snapshot.decisions()
    assert its is not None
    fresh = SqliteStore.open(path)
    try:
        with fresh.write() as tx:
            tx.adopt_version(its)
            tx.put_records(indexed(records, version).values(), pending=True)
            for decision in decisions:
                tx.put_decision(decision)
        Resolver(fresh, version.config, lambda: its.created_at).recluster()
        return verdict_of(fresh)
    finally:
        fresh.close()


def differences(live: Verdict, batch: Verdict) -> list[str]:
    """One line for everything that the two say otherwise; none means that they agree."""
    lines = []
    for field in fields(Verdict):
        ours, theirs = getattr(live, field.name), getattr(batch, field.name)
        lines += [
            f"{field.name} {key}: live {ours.get(key)}, batch {theirs.get(key)}"
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key) != theirs.get(key)
        ]
    return lines
