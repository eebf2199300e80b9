"""Everything that a store knows, as tables to write into files: who belongs together, and the golden profiles.

Both read one snapshot, in key order, a chunk at a time, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from graph.model import Customer, Record
from graph.store import Snapshot
from resolver.config import AttributeKind, Config
from resolver.customers.profile import golden_profile

#: Customers whose profiles are made at once.
_CUSTOMERS = 2_000


def cluster_rows(
    keys: Sequence[str], customers: Sequence[str], sure: tuple[Sequence[float | None], Sequence[float | None]]
) -> pa.Table:
    """One row per record: its key taken apart, its customer, and the confidences of the record and of its customer
    (``sure``), which are null for a record alone."""
    record_keys = pa.array(keys, pa.string())
    parts = pc.split_pattern(record_keys, ":", max_splits=1)
    return pa.table(
        {
            "record_key": record_keys,
            "source": pc.list_element(parts, 0),
            "id": pc.list_element(parts, 1),
            "customer_id": pa.array(customers, pa.string()),
            "record_confidence": pa.array(sure[0], pa.float64()),
            "customer_confidence": pa.array(sure[1], pa.float64()),
        }
    )


def cluster_tables(snapshot: Snapshot) -> Iterator[pa.Table]:
    """The customer of every resolved record, as ``cluster_rows``; at least one table, which may be empty."""
    yield cluster_rows([], [], ([], []))
    for part in snapshot.scan_assignment_columns():
        sure = {id: its.confidence for id, its in snapshot.customers(set(part.customer_ids)).items()}
        of_customers = [sure[id] for id in part.customer_ids]
        yield cluster_rows(part.record_keys, part.customer_ids, (part.confidences, of_customers))


def profile_tables(snapshot: Snapshot, config: Config) -> Iterator[pa.Table]:
    """The golden profile of every customer: id, status, size, confidence, and one column per field, which holds a list
    where the rule keeps several values. Identifiers and dates are normalised, names and places are as they were
    written. At least one table, which may be empty."""
    lists = {name for name, its in (config.identifiers | config.attributes).items() if its.survivorship == "all"}
    names = [*config.identifiers, *config.attributes]
    yield _profile_rows([], [], (names, lists))
    after: str | None = None
    while customers := snapshot.page_customers(after, _CUSTOMERS):
        after = customers[-1].id
        members = snapshot.members_of_customers([its.id for its in customers])
        records = snapshot.records([key for keys in members.values() for key in keys])
        profiles = [
            _profile([records[key] for key in members.get(its.id, ()) if key in records], config) for its in customers
        ]
        yield _profile_rows(customers, profiles, (names, lists))


def _profile(records: Sequence[Record], config: Config) -> tuple[str, dict[str, list[str]]]:
    profile = golden_profile(records, config)
    exact = config.identifiers.keys() | {
        name for name, its in config.attributes.items() if its.kind is AttributeKind.DATE
    }
    return profile.status, {
        its.name: [value.normalised if its.name in exact else value.value for value in its.values]
        for its in profile.fields
    }


def _profile_rows(
    customers: Sequence[Customer],
    profiles: Sequence[tuple[str, dict[str, list[str]]]],
    fields: tuple[Sequence[str], set[str]],
) -> pa.Table:
    names, lists = fields
    columns: dict[str, pa.Array] = {
        "customer_id": pa.array([its.id for its in customers], pa.string()),
        "status": pa.array([status for status, _ in profiles], pa.string()),
        "records": pa.array([its.size for its in customers], pa.int64()),
        "confidence": pa.array([its.confidence for its in customers], pa.float64()),
    }
    for name in names:
        # A field called like one of the columns above keeps its own column.
        column = name if name not in columns else f"profile_{name}"
        values = [its.get(name) for _, its in profiles]
        if name in lists:
            columns[column] = pa.array(values, pa.list_(pa.string()))
        else:
            columns[column] = pa.array([its[0] if its else None for its in values], pa.string())
    return pa.table(columns)
