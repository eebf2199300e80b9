"""Everything that a store holds, as plain values that two stores can be compared by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graph.store import Snapshot, Store

_ALL = 1_000_000


def contents(store: Store) -> dict[str, Any]:
    """All that the port can read, by name; sequence numbers are left out, the order that they tell is kept."""
    with store.read() as snapshot:
        return _contents(snapshot)


def _contents(snapshot: Snapshot) -> dict[str, Any]:
    assignments = {its.record_key: its for chunk in snapshot.scan_assignments() for its in chunk}
    ids = {its.customer_id for its in assignments.values()}
    changes = snapshot.changes(0, _ALL)
    named = ids | {its.customer_id for its in changes}
    return {
        "records": {its.key: its for chunk in snapshot.scan_full_records() for its in chunk},
        "signatures": {its.key: signature for chunk in snapshot.scan_records() for its, signature in chunk},
        "tombstones": {key: its for key, its in snapshot.records(snapshot.changed_since(0)).items() if its.deleted},
        "pending": snapshot.pending(_ALL),
        "assignments": assignments,
        "customers": snapshot.customers(sorted(named)),
        "retired": snapshot.retired_into(sorted(ids)),
        "links": [its for chunk in snapshot.scan_links() for its in chunk],
        "review": [its for chunk in snapshot.scan_review() for its in chunk],
        "worst": snapshot.review(100),
        "decisions": snapshot.decisions(withdrawn=True),
        "changes": [replace(its, sequence=0) for its in changes],
        "versions": snapshot.versions(),
        "adopted": snapshot.version_number(),
        "quarantined": [entry for _, entry in snapshot.quarantined(0, _ALL)],
        "sources": snapshot.source_counts(),
        "counts": replace(snapshot.counts(), sequence=0),
    }


def differences(left: dict[str, Any], right: dict[str, Any]) -> list[str]:
    """What differs, by name, with the first difference of each; none where all is equal."""
    found = []
    for name, its in left.items():
        other = right[name]
        if its == other:
            continue
        if isinstance(its, dict):
            first: Any = next(key for key in sorted({*its, *other}) if its.get(key) != other.get(key))
            found.append(f"{name} of {first}: {its.get(first)} / {other.get(first)}")
        elif isinstance(its, list):
            pairs = zip([*its, None], [*other, None], strict=False)
            found.append(f"{name}: {next(f'{a} / {b}' for a, b in pairs if a != b)}")
        else:
            found.append(f"{name}: {its} / {other}")
    return found
