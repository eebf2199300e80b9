"""Everything that can be read (``graph.store.Snapshot``), over rows that are of one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

from graph.columns import AssignmentColumns, LinkColumns, RecordColumns
from graph.model import (
    Assignment,
    Carrier,
    Change,
    Counts,
    Customer,
    Decision,
    Fields,
    KeyKind,
    Link,
    Quarantined,
    Record,
    ResolutionVersion,
    ReviewItem,
)
from graph.neo4j_store.connection import Rows
from graph.neo4j_store.rows import (
    carriers_from_rows,
    customer_from_row,
    decision_from_properties,
    fields_from_row,
    indexable,
    quarantined_from_properties,
    record_from_row,
    review_from_row,
    scanned_from_row,
)
from graph.neo4j_store.snapshot import Reads
from graph.rows import change_from_row, in_order

#: Rows of one part of a scan. Complete records hold the rows as they were delivered, which may be wide.
SCAN_CHUNK = 5_000
FULL_CHUNK = 1_000
#: Records whose links are one part: a record may have many.
LINK_CHUNK = 1_000
#: Keys that one statement looks up.
GROUP = 2_000
#: Fewer than so many are not worth a second statement at the same time.
WORTH_HALVING = 200

_CARRIERS = {
    None: "carriers",
    KeyKind.IDENTIFIER: "carriers_of_identifiers",
    KeyKind.BLOCKING: "carriers_of_blocking_keys",
}


def looked_up(
    reads: Reads, name: str, parameter: str, values: Collection[Any], most: int = GROUP, **others: Any
) -> Iterator[list[Any]]:
    """The rows of a statement for all of these values: the distinct ones in groups, of at most so many, for one
    statement each."""
    distinct = list(dict.fromkeys(values))
    size = min(most, -(-len(distinct) // 2)) if reads.two_at_a_time and len(distinct) >= WORTH_HALVING else most
    groups = [{parameter: distinct[start : start + size], **others} for start in range(0, len(distinct), size)]
    return chain.from_iterable(reads.all_rows(name, groups))


def _scan(reads: Reads, name: str, size: int, key: Callable[[list[Any]], str] = itemgetter(0)) -> Iterator[Rows]:
    """The rows of a statement in key order, ``size`` at a time; none is empty. ``key``: where a row says what it is."""
    last = ""
    while rows := reads.chunk(name, after=last, limit=size):
        last = key(rows[-1])
        yield rows


def _key_of_record(row: list[Any]) -> str:
    return fields_from_row(row)[0]


def _unwrapped(fields: Fields) -> dict[str, str | tuple[str, ...]]:
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


class RecordReads:
    _reads: Reads

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        rows = self._record_rows(keys)
        return {key: record_from_row(row) for key, *row in rows if row[0] is not None}

    def _record_rows(self, keys: Collection[str]) -> Iterator[list[Any]]:
        """Of each of these keys that has a node: the key, ``record`` (None: it is only referred to) and ``extra``."""
        return looked_up(self._reads, "records", "keys", keys)

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        rows = looked_up(self._reads, "live_fields", "keys", keys)
        return dict(map(fields_from_row, rows))

    def scan_records(self) -> Iterator[list[tuple[Record, int]]]:
        for rows in _scan(self._reads, "scan_records", SCAN_CHUNK, _key_of_record):
            yield list(map(scanned_from_row, rows))

    def scan_full_records(self) -> Iterator[list[Record]]:
        for rows in _scan(self._reads, "scan_full_records", FULL_CHUNK, _key_of_record):
            yield list(map(record_from_row, rows))

    def scan_record_columns(self) -> Iterator[RecordColumns]:
        for chunk in self.scan_records():
            yield RecordColumns([record.key for record, _ in chunk], [_unwrapped(record.fields) for record, _ in chunk])

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind | None = None) -> dict[int, list[Carrier]]:
        return carriers_from_rows(looked_up(self._reads, _CARRIERS[kind], "hashes", hashes, limit=limit), limit)

    def degree(self, hash: int) -> int:
        return int(self._reads.rows("degree", hash=hash)[0][0])

    def changed_since(self, sequence: int) -> list[str]:
        found: set[str] = set()
        rows: Rows = [[sequence, None]]
        more = True
        while more:  # in parts, since the server holds each answer in its heap
            sequence, after = rows[-1]
            rows = self._reads.rows("changed_since", sequence=sequence, after=after, limit=SCAN_CHUNK)
            found.update(key for _, key in rows)
            more = len(rows) == SCAN_CHUNK
        return sorted(found)

    def pending(self, limit: int) -> list[str]:
        found: list[str] = []
        while len(found) < limit:
            wanted = min(SCAN_CHUNK, limit - len(found))
            rows = self._reads.rows("pending", after=found[-1] if found else "", limit=wanted)
            found += [key for (key,) in rows]
            if len(rows) < wanted:
                break
        return sorted(found)

    def source_counts(self) -> dict[str, int]:
        counted: list[tuple[str, int]] = [(source, number) for source, number in self._reads.rows("source_counts")]
        return dict(sorted(counted))

    def quarantined(self, after: int, limit: int) -> list[tuple[int, Quarantined]]:
        return list(map(quarantined_from_properties, self._reads.rows("quarantined", after=after, limit=limit)))


class AssignmentReads:
    _reads: Reads

    def assignments(self, record_keys: Collection[str]) -> dict[str, Assignment]:
        rows = looked_up(self._reads, "assignments", "keys", record_keys)
        return {row[0]: Assignment(*row) for row in rows}

    def members_of_components(self, components: Collection[str]) -> dict[str, list[str]]:
        rows = looked_up(self._reads, "members_of_components", "components", components)
        return {component: sorted(keys) for component, keys in rows}

    def members_of_customers(self, customer_ids: Collection[str]) -> dict[str, list[str]]:
        rows = looked_up(self._reads, "members_of_customers", "ids", customer_ids)
        return {id: sorted(keys) for id, keys in rows}

    def scan_assignments(self) -> Iterator[list[Assignment]]:
        for rows in _scan(self._reads, "scan_assignments", SCAN_CHUNK):
            if chunk := [Assignment(*row) for row in rows if row[2] is not None]:
                yield chunk

    def scan_assignment_columns(self) -> Iterator[AssignmentColumns]:
        for chunk in self.scan_assignments():
            rows = [(its.record_key, its.component, its.customer_id, its.confidence) for its in chunk]
            yield AssignmentColumns(*zip(*rows, strict=True))

    def customers(self, ids: Collection[str]) -> dict[str, Customer]:
        rows = looked_up(self._reads, "customers", "ids", ids)
        return {row[0]: customer_from_row(row) for row in rows}

    def retired_into(self, customer_ids: Collection[str]) -> list[Customer]:
        rows = looked_up(self._reads, "retired_into", "ids", customer_ids)
        found = {row[0]: customer_from_row(row) for row in rows}
        return [found[id] for id in sorted(found)]

    def page_customers(self, after: str | None, limit: int) -> list[Customer]:
        return list(map(customer_from_row, self._reads.rows("page_customers", after=after or "", limit=limit)))

    def links(self, record_keys: Collection[str]) -> list[Link]:
        rows = looked_up(self._reads, "links", "keys", record_keys)
        found = {(left, right): weight for left, right, weight in rows}
        return [Link(left, right, weight) for (left, right), weight in sorted(found.items())]

    def scan_links(self) -> Iterator[list[Link]]:
        for rows in _scan(self._reads, "scan_links", LINK_CHUNK):
            links = [Link(left, right, weight) for left, others in rows for right, weight in sorted(others)]
            for start in range(0, len(links), SCAN_CHUNK):
                yield links[start : start + SCAN_CHUNK]

    def scan_link_columns(self) -> Iterator[LinkColumns]:
        for chunk in self.scan_links():
            yield LinkColumns([its.left for its in chunk], [its.right for its in chunk], [its.weight for its in chunk])

    def review(self, limit: int) -> list[ReviewItem]:
        return list(map(review_from_row, self._reads.rows("review", limit=limit)))

    def review_of(self, record_keys: Collection[str]) -> list[ReviewItem]:
        rows = looked_up(self._reads, "review_of_records", "keys", record_keys)
        found = {item.id: item for item in map(review_from_row, rows)}
        return [item for _, item in sorted(found.items())]

    def scan_review(self) -> Iterator[list[ReviewItem]]:
        for rows in _scan(self._reads, "scan_review", SCAN_CHUNK):
            yield list(map(review_from_row, rows))


class DecisionReads:
    _reads: Reads

    def decisions(self, *, withdrawn: bool = False) -> list[Decision]:
        found = map(decision_from_properties, self._reads.rows("decisions"))
        return in_order(decision for decision in found if withdrawn or decision.withdrawn_at is None)

    def decision(self, id: str) -> Decision | None:
        rows = self._reads.rows("decision", id=id)
        return decision_from_properties(rows[0]) if rows else None

    def decisions_on(self, keys: Collection[str]) -> list[Decision]:
        wanted = set(keys)
        indexed = [indexable(key) for key in wanted]
        rows = looked_up(self._reads, "decisions_on", "keys", indexed)
        found = {decision.id: decision for decision in map(decision_from_properties, rows)}
        return in_order(
            decision
            for decision in found.values()
            if decision.withdrawn_at is None and (decision.left in wanted or decision.right in wanted)
        )


class FeedReads:
    _reads: Reads

    def sequence(self) -> int:
        return int(self._reads.rows("sequence")[0][0])

    def changes(self, after: int, limit: int) -> list[Change]:
        return list(map(change_from_row, self._reads.rows("changes", after=after, limit=limit)))

    def history(self, customer_id: str) -> list[Change]:
        return list(map(change_from_row, self._reads.rows("history", customer_id=customer_id)))


class VersionReads:
    _reads: Reads

    def version(self) -> ResolutionVersion | None:
        rows = self._reads.rows("adopted_version")
        return ResolutionVersion(*rows[0]) if rows else None

    def version_number(self) -> int | None:
        return self._reads.version()

    def versions(self) -> list[ResolutionVersion]:
        return [ResolutionVersion(*row) for row in self._reads.rows("versions")]

    def counts(self) -> Counts:
        return Counts(*self._reads.rows("counts")[0])

    def store_id(self) -> str:
        return str(self._reads.rows("store_id")[0][0])

    def meta(self, name: str) -> str | None:
        rows = self._reads.rows("meta", name=name)
        return str(rows[0][0]) if rows else None

    def named_texts(self) -> dict[str, str]:
        return dict(self._reads.rows("named_texts"))


class Reading(RecordReads, AssignmentReads, DecisionReads, FeedReads, VersionReads):
    """Everything that can be read, one statement for each question."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
