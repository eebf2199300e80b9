"""Naming a whole store at once says what naming its clusters one by one says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Assignment
from graph.sqlite_store import SqliteStore
from graph.store import Snapshot, Store
from resolver.ask import asking
from resolver.customers.identity import Cluster, Identities, identify_clusters
from resolver.customers.naming import Named, name_partition
from resolver.customers.outcome import before_of
from resolver.customers.partition import Assigned, Partition

KEYS = [f"crm:{number}" for number in range(8)]
#: Of each record the number of its cluster; None: there is no such record.
Labels = list[int | None]
LABELS = st.lists(st.none() | st.integers(0, 5), min_size=len(KEYS), max_size=len(KEYS))


def partition_of(labels: Labels) -> Partition:
    keys = [key for key, label in zip(KEYS, labels, strict=True) if label is not None]
    present = [label for label in labels if label is not None]
    cluster = np.array([present.index(label) for label in present], dtype=np.int64)
    sure = np.array([np.nan if present.count(label) == 1 else 0.5 + label / 20 for label in present], dtype=np.float64)
    return Partition(keys, cluster, cluster, sure, sure)


def held(store: Store) -> Assigned:
    with store.read() as snapshot:
        return Assigned.of(snapshot.scan_assignment_columns())


def one_by_one(snapshot: Snapshot, partition: Partition, before: Assigned, now: int) -> Identities:
    heads = np.unique(partition.cluster)
    clusters = [
        Cluster(records, None if len(records) == 1 else sure)
        for records, sure in zip(partition.members(heads), partition.sureness[heads].tolist(), strict=True)
    ]
    owner = dict(zip(before.keys, before.customers, strict=True))
    return identify_clusters(clusters, before_of(snapshot, owner), now)


def write(store: Store, named: Named, old: Assigned) -> None:
    its = named.assigned()
    with store.write() as tx:
        tx.drop_assignments(set(old.keys) - set(its.keys))
        tx.put_assignments(Assignment(*row, None) for row in zip(its.keys, its.components, its.customers, strict=True))
        tx.put_customers(named.customers)


@settings(max_examples=60, deadline=None)
@given(history=st.lists(LABELS, min_size=1, max_size=5))
def test_all_at_once_is_as_one_by_one(history: list[Labels]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "names.db")
        gone: set[str] = set()
        for now, labels in enumerate(history):
            partition = partition_of([None if key in gone else its for key, its in zip(KEYS, labels, strict=True)])
            before = held(store)
            named = name_partition(partition, before, asking(store), now)
            with store.read() as snapshot:
                expected = one_by_one(snapshot, partition, before, now)
            ids = dict(zip(np.unique(partition.cluster).tolist(), expected.ids, strict=True))
            assert named.ids == [ids[head] for head in partition.cluster.tolist()]
            assert (named.customers, named.changes) == (expected.customers, expected.changes)
            write(store, named, before)
            gone |= set(before.keys) - set(partition.keys)  # for good
        store.close()
