"""Everything that can be read (``graph.store.Snapshot``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from graph.model import Assignment, Change, Counts, Customer, Decision, Link, ResolutionVersion, ReviewItem
from graph.rows import change_from_row, decision_from_row, in_order
from graph.sqlite_store.connection import Session
from graph.sqlite_store.record_reader import SCAN_CHUNK, RecordReads
from graph.sqlite_store.rows import (
    ASSIGNMENT_COLUMNS,
    CHANGE_COLUMNS,
    CUSTOMER_COLUMNS,
    DECISION_COLUMNS,
    REVIEW_COLUMNS,
    assignment_from_row,
    customer_from_row,
    review_from_row,
)
from graph.sqlite_store.scans import SCAN_ASSIGNMENTS, SCAN_LINKS, ColumnScans

# UNION also ends the walk where redirects should ever form a ring.
_RETIRED_INTO = f"""
WITH RECURSIVE redirected (id) AS (
    SELECT id FROM customers WHERE merged_into IN ({{marks}}) AND size = 0
    UNION
    SELECT c.id FROM redirected JOIN customers c ON c.merged_into = redirected.id WHERE c.size = 0
)
SELECT {CUSTOMER_COLUMNS} FROM customers WHERE id IN redirected
"""


def _grouped(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for group, member in rows:
        grouped.setdefault(group, []).append(member)
    return grouped


class AssignmentReads:
    _session: Session

    def assignments(self, record_keys: Collection[str]) -> dict[str, Assignment]:
        sql = f"SELECT {ASSIGNMENT_COLUMNS} FROM assignments WHERE record_key IN ({{marks}})"
        return {row[0]: assignment_from_row(row) for row in self._session.rows_in(sql, record_keys)}

    def members_of_components(self, components: Collection[str]) -> dict[str, list[str]]:
        sql = (
            "SELECT component, record_key FROM assignments WHERE component IN ({marks}) ORDER BY component, record_key"
        )
        return _grouped(self._session.rows_in(sql, set(components)))

    def members_of_customers(self, customer_ids: Collection[str]) -> dict[str, list[str]]:
        sql = "SELECT customer, record_key FROM assignments WHERE customer IN ({marks}) ORDER BY customer, record_key"
        return _grouped(self._session.rows_in(sql, set(customer_ids)))

    def scan_assignments(self) -> Iterator[list[Assignment]]:
        for rows in self._session.scan(SCAN_ASSIGNMENTS, SCAN_CHUNK):
            yield list(map(assignment_from_row, rows))

    def customers(self, ids: Collection[str]) -> dict[str, Customer]:
        sql = f"SELECT {CUSTOMER_COLUMNS} FROM customers WHERE id IN ({{marks}})"
        return {row[0]: customer_from_row(row) for row in self._session.rows_in(sql, ids)}

    def retired_into(self, customer_ids: Collection[str]) -> list[Customer]:
        found = {row[0]: row for row in self._session.rows_in(_RETIRED_INTO, customer_ids)}
        return [customer_from_row(found[id]) for id in sorted(found)]

    def page_customers(self, after: str | None, limit: int) -> list[Customer]:
        sql = f"SELECT {CUSTOMER_COLUMNS} FROM customers WHERE id > ? AND size > 0 ORDER BY id LIMIT ?"
        return list(map(customer_from_row, self._session.rows(sql, (after or "", limit))))

    def links(self, record_keys: Collection[str]) -> list[Link]:
        found: dict[tuple[str, str], int] = {}
        for end in ("left", "right"):
            sql = f"SELECT left, right, weight FROM links WHERE {end} IN ({{marks}})"
            found.update(((left, right), weight) for left, right, weight in self._session.rows_in(sql, record_keys))
        return [Link(left, right, weight) for (left, right), weight in sorted(found.items())]

    def scan_links(self) -> Iterator[list[Link]]:
        for rows in self._session.scan(SCAN_LINKS, SCAN_CHUNK, keys=2):
            yield [Link(*row) for row in rows]

    def review(self, limit: int) -> list[ReviewItem]:
        sql = f"SELECT {REVIEW_COLUMNS} FROM review ORDER BY severity DESC, id LIMIT ?"
        return list(map(review_from_row, self._session.rows(sql, (limit,))))

    def review_of(self, record_keys: Collection[str]) -> list[ReviewItem]:
        sql = "SELECT review_id FROM review_records WHERE record_key IN ({marks})"
        ids = {id for (id,) in self._session.rows_in(sql, record_keys)}
        sql = f"SELECT {REVIEW_COLUMNS} FROM review WHERE id IN ({{marks}})"
        return sorted(map(review_from_row, self._session.rows_in(sql, ids)), key=lambda item: item.id)

    def scan_review(self) -> Iterator[list[ReviewItem]]:
        sql = f"SELECT {REVIEW_COLUMNS} FROM review WHERE id > ? ORDER BY id LIMIT ?"
        for rows in self._session.scan(sql, SCAN_CHUNK):
            yield list(map(review_from_row, rows))


class DecisionReads:
    _session: Session

    def decisions(self, *, withdrawn: bool = False) -> list[Decision]:
        standing = "" if withdrawn else "WHERE withdrawn_at IS NULL"
        sql = f"SELECT {DECISION_COLUMNS} FROM decisions {standing} ORDER BY at, id"
        return list(map(decision_from_row, self._session.rows(sql)))

    def decision(self, id: str) -> Decision | None:
        rows = self._session.rows(f"SELECT {DECISION_COLUMNS} FROM decisions WHERE id = ?", (id,))
        return decision_from_row(rows[0]) if rows else None

    def decisions_on(self, keys: Collection[str]) -> list[Decision]:
        found: dict[str, Decision] = {}
        for end in ("left", "right"):
            sql = f"SELECT {DECISION_COLUMNS} FROM decisions WHERE {end} IN ({{marks}}) AND withdrawn_at IS NULL"
            found.update((row[0], decision_from_row(row)) for row in self._session.rows_in(sql, keys))
        return in_order(found.values())


class FeedReads:
    _session: Session

    def sequence(self) -> int:
        return int(self._session.value("SELECT sequence FROM store"))

    def changes(self, after: int, limit: int) -> list[Change]:
        sql = f"SELECT {CHANGE_COLUMNS} FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return list(map(change_from_row, self._session.rows(sql, (after, limit))))

    def history(self, customer_id: str) -> list[Change]:
        sql = f"SELECT {CHANGE_COLUMNS} FROM changes WHERE customer = ? ORDER BY sequence"
        return list(map(change_from_row, self._session.rows(sql, (customer_id,))))


_VERSION = "SELECT number, config, model, normaliser, created_at FROM versions"
_COUNTS = """
SELECT (SELECT ifnull(sum(live), 0) FROM sources), (SELECT ifnull(sum(tombstones), 0) FROM sources),
       (SELECT count(*) FROM customers WHERE size > 0), (SELECT count(*) FROM pending),
       (SELECT count(*) FROM quarantine), (SELECT sequence FROM store)
"""


class VersionReads:
    _session: Session

    def version(self) -> ResolutionVersion | None:
        rows = self._session.rows(f"{_VERSION} WHERE number = (SELECT version FROM store)")
        return ResolutionVersion(*rows[0]) if rows else None

    def version_number(self) -> int | None:
        number = self._session.value("SELECT version FROM store")
        return None if number is None else int(number)

    def versions(self) -> list[ResolutionVersion]:
        return [ResolutionVersion(*row) for row in self._session.rows(f"{_VERSION} ORDER BY number")]

    def counts(self) -> Counts:
        return Counts(*self._session.rows(_COUNTS)[0])

    def store_id(self) -> str:
        return str(self._session.value("SELECT store_id FROM store"))

    def meta(self, name: str) -> str | None:
        value = self._session.value("SELECT value FROM meta WHERE name = ?", (name,))
        return None if value is None else str(value)

    def named_texts(self) -> dict[str, str]:
        return dict(self._session.rows("SELECT name, value FROM meta"))


class SqliteSnapshot(RecordReads, ColumnScans, AssignmentReads, DecisionReads, FeedReads, VersionReads):
    """``graph.store.Snapshot`` over one read transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rid_of = {}

    @property
    def session(self) -> Session:
        """The connection, for the store's own check."""
        return self._session
