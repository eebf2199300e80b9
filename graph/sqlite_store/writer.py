"""Everything that can be written (``graph.store.Transaction``). A row that is already as given is not written again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import nullcontext
from itertools import chain, islice
from typing import Literal

from graph.all_or_nothing import all_or_nothing
from graph.chunks import chunks
from graph.model import Assignment, Change, Counts, Customer, Decision, Link, ResolutionVersion, ReviewItem
from graph.rows import decision_to_row
from graph.sqlite_store.connection import Row, Session
from graph.sqlite_store.indexes import indexed_afterwards
from graph.sqlite_store.reader import SqliteSnapshot
from graph.sqlite_store.record_writer import CHUNK, RecordWrites
from graph.sqlite_store.rows import (
    ASSIGNMENT_COLUMNS,
    CUSTOMER_COLUMNS,
    DECISION_COLUMNS,
    REVIEW_COLUMNS,
    change_to_row,
    customer_to_row,
    review_to_row,
    texts_from_json,
)
from graph.sqlite_store.transaction import Writing


def _upsert(table: str, columns: str, keys: int) -> str:
    """Insert a row, or replace the one that is equal in the first ``keys`` columns where the rest differs."""
    names = columns.split(", ")
    identity, rest = ", ".join(names[:keys]), names[keys:]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    differs = " OR ".join(f"{table}.{name} IS NOT excluded.{name}" for name in rest)
    return (
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({identity}) DO UPDATE SET {changes} WHERE {differs}"
    )


_PUT_ASSIGNMENT = _upsert("assignments", ASSIGNMENT_COLUMNS, 1)
_PUT_CUSTOMER = _upsert("customers", CUSTOMER_COLUMNS, 1)
_PUT_LINK = _upsert("links", "left, right, weight", 2)
_PUT_REVIEW = _upsert("review", REVIEW_COLUMNS, 1)
_PUT_DECISION = _upsert("decisions", DECISION_COLUMNS, 1)
_PUT_META = _upsert("meta", "name, value", 1)


class AssignmentWrites(Writing):
    def _put(self, sql: str, rows: Iterable[Row]) -> None:
        for chunk in chunks(rows, CHUNK):
            self._session.run_many(sql, chunk)

    def _put_many(self, table: Literal["assignments", "links"], sql: str, rows: Iterable[Row]) -> None:
        """As ``_put``, faster where the rows are many and the first of their table."""
        rows = iter(rows)
        first = list(islice(rows, CHUNK))
        with indexed_afterwards(self._session, table) if len(first) == CHUNK else nullcontext():
            self._session.run_many(sql, chain(first, rows))

    @all_or_nothing
    def put_assignments(self, assignments: Iterable[Assignment]) -> None:
        rows = ((a.record_key, a.component, a.customer_id, a.confidence) for a in assignments)
        self._put_many("assignments", _PUT_ASSIGNMENT, rows)

    @all_or_nothing
    def drop_assignments(self, record_keys: Iterable[str]) -> None:
        self._put("DELETE FROM assignments WHERE record_key = ?", ((key,) for key in record_keys))

    @all_or_nothing
    def put_customers(self, customers: Iterable[Customer]) -> None:
        self._put(_PUT_CUSTOMER, map(customer_to_row, customers))

    @all_or_nothing
    def put_links(self, links: Iterable[Link]) -> None:
        self._put_many("links", _PUT_LINK, ((link.left, link.right, link.weight) for link in links))

    @all_or_nothing
    def drop_links(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._put("DELETE FROM links WHERE left = ? AND right = ?", pairs)

    @all_or_nothing
    def put_review(self, items: Iterable[ReviewItem]) -> None:
        for chunk in chunks(items, CHUNK):
            latest = {item.id: item for item in chunk}
            before = self._review_records(latest)
            after = {(key, item.id) for item in latest.values() for key in item.records}
            self._put(_PUT_REVIEW, map(review_to_row, latest.values()))
            self._put("DELETE FROM review_records WHERE record_key = ? AND review_id = ?", before - after)
            self._put("INSERT INTO review_records VALUES (?, ?)", after - before)

    @all_or_nothing
    def drop_review(self, ids: Iterable[str]) -> None:
        for chunk in chunks(ids, CHUNK):
            touched = self._review_records(chunk)
            self._put("DELETE FROM review_records WHERE record_key = ? AND review_id = ?", touched)
            self._put("DELETE FROM review WHERE id = ?", ((id,) for id in chunk))

    def _review_records(self, ids: Collection[str]) -> set[tuple[str, str]]:
        """What these stored items touch, as (record key, review id)."""
        rows = self._session.rows_in("SELECT id, records FROM review WHERE id IN ({marks})", ids)
        return {(key, id) for id, records in rows for key in texts_from_json(records)}


class DecisionWrites(Writing):
    @all_or_nothing
    def put_decision(self, decision: Decision) -> None:
        self._session.run(_PUT_DECISION, decision_to_row(decision))


class FeedWrites(Writing):
    @all_or_nothing
    def append_changes(self, changes: Iterable[Change]) -> int:
        many = list(changes)
        if many:
            rows = (change_to_row(its, number) for number, its in enumerate(many, start=self._advance(len(many))))
            with indexed_afterwards(self._session, "changes") if len(many) >= CHUNK else nullcontext():
                self._session.run_many("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", rows)
        return int(self._session.value("SELECT sequence FROM store"))

    @all_or_nothing
    def put_changes(self, changes: Iterable[Change]) -> None:
        for chunk in chunks(changes, CHUNK):
            rows = [change_to_row(its, its.sequence) for its in chunk]
            self._session.run_many("INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?)", rows)
            missing = max(its.sequence for its in chunk) - int(self._session.value("SELECT sequence FROM store"))
            if missing > 0:
                self._advance(missing)


class VersionWrites(Writing):
    @all_or_nothing
    def adopt_version(self, version: ResolutionVersion) -> None:
        row = (version.number, version.config, version.model, version.normaliser, version.created_at)
        self._session.run("INSERT INTO versions VALUES (?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING", row)
        self._session.run("UPDATE store SET version = ?1 WHERE version IS NOT ?1", (version.number,))

    @all_or_nothing
    def put_meta(self, name: str, value: str | None) -> None:
        before = self._session.raw.total_changes
        if value is None:
            self._session.run("DELETE FROM meta WHERE name = ?", (name,))
        else:
            self._session.run(_PUT_META, (name, value))
        self._untouched += self._session.raw.total_changes - before  # it raises no number


class SqliteTransaction(SqliteSnapshot, RecordWrites, AssignmentWrites, DecisionWrites, FeedWrites, VersionWrites):
    """``graph.store.Transaction`` over one ``BEGIN IMMEDIATE`` transaction."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._begin()

    def sequence(self) -> int:
        self._settle()
        return super().sequence()

    def counts(self) -> Counts:
        self._settle()
        return super().counts()
