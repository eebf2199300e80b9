"""Everything that can be written (``graph.store.Transaction``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graph.all_or_nothing import all_or_nothing
from graph.chunks import chunks
from graph.model import Assignment, Change, Counts, Customer, Decision, Link, ResolutionVersion, ReviewItem
from graph.neo4j_store.around import ReadingAround
from graph.neo4j_store.connection import Counters
from graph.neo4j_store.record_writer import RecordWrites
from graph.neo4j_store.rows import (
    change_to_row,
    customer_to_row,
    decision_to_properties,
    indexable,
    indexable_key,
    link_to_row,
    review_to_row,
)
from graph.neo4j_store.statements import Statements
from graph.neo4j_store.transaction import CHUNK, Writing


class AssignmentWrites(Writing):
    @all_or_nothing
    def put_assignments(self, assignments: Iterable[Assignment]) -> None:
        for chunk in chunks(assignments, CHUNK):
            latest = {assignment.record_key: assignment for assignment in chunk}
            rows = [
                {
                    "key": indexable_key(a.record_key, "the record key"),
                    "component": a.component,
                    "customer": a.customer_id,
                    "confidence": a.confidence,
                }
                for a in latest.values()
            ]
            self._write("put_assignments", rows=rows)

    @all_or_nothing
    def drop_assignments(self, record_keys: Iterable[str]) -> None:
        self._write_rows("drop_assignments", record_keys, parameter="keys")

    @all_or_nothing
    def put_customers(self, customers: Iterable[Customer]) -> None:
        for chunk in chunks(customers, CHUNK):
            latest = {customer.id: customer for customer in chunk}
            live = [customer_to_row(customer) for customer in latest.values() if not customer.retired]
            retired = [customer_to_row(customer) for customer in latest.values() if customer.retired]
            if live:
                self._write("put_live_customers", rows=live)
            if retired:
                self._write("put_retired_customers", rows=retired)
            if redirects := [row for row in live + retired if row["merged_into"] is not None]:
                self._write("put_redirects", rows=redirects)

    @all_or_nothing
    def put_links(self, links: Iterable[Link]) -> None:
        self._write_rows("put_links", map(link_to_row, links))

    @all_or_nothing
    def drop_links(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._write_rows("drop_links", ({"left": left, "right": right} for left, right in pairs))

    @all_or_nothing
    def put_review(self, items: Iterable[ReviewItem]) -> None:
        for chunk in chunks(items, CHUNK):
            latest = {item.id: item for item in chunk}
            self._write("put_review", rows=list(map(review_to_row, latest.values())))

    @all_or_nothing
    def drop_review(self, ids: Iterable[str]) -> None:
        self._write_rows("drop_review", ids, parameter="ids")


class DecisionWrites(Writing):
    @all_or_nothing
    def put_decision(self, decision: Decision) -> None:
        self._write("put_decision", id=decision.id, properties=decision_to_properties(decision))
        self._write("link_decisions", keys=[indexable(decision.left), indexable(decision.right)])
        self._has_decisions = True


class FeedWrites(Writing):
    @all_or_nothing
    def append_changes(self, changes: Iterable[Change]) -> int:
        for chunk in chunks(changes, CHUNK):
            first = self._advance(len(chunk))
            rows = [change_to_row(change, number) for number, change in enumerate(chunk, start=first)]
            self._write("append_changes", rows=rows)
        return self._sequence

    @all_or_nothing
    def put_changes(self, changes: Iterable[Change]) -> None:
        for chunk in chunks(changes, CHUNK):
            self._write("put_changes", rows=[change_to_row(change, change.sequence) for change in chunk])
            missing = max(change.sequence for change in chunk) - self._sequence
            if missing > 0:
                self._advance(missing)


class VersionWrites(Writing):
    @all_or_nothing
    def adopt_version(self, version: ResolutionVersion) -> None:
        self._write(
            "adopt_version",
            number=version.number,
            config=version.config,
            model=version.model,
            normaliser=version.normaliser,
            created_at=version.created_at,
        )
        self._adopted = version.number

    @all_or_nothing
    def put_meta(self, name: str, value: str | None) -> None:
        self._holds_nothing = False
        if value is None:  # run, not written: it raises no number
            self._statements.run("drop_meta", {"name": name})
        else:
            self._statements.run("put_meta", {"name": indexable_key(name, "the name"), "value": value})


class Neo4jTransaction(ReadingAround, RecordWrites, AssignmentWrites, DecisionWrites, FeedWrites, VersionWrites):
    """``graph.store.Transaction`` over one transaction that has the store's lock."""

    def __init__(self, statements: Statements, counters: Counters) -> None:
        super().__init__(statements)
        self._begin(counters)

    def version_number(self) -> int | None:
        return self._adopted

    def pending(self, limit: int) -> list[str]:
        return super().pending(limit) if self._has_pending else []

    def decisions_on(self, keys: Collection[str]) -> list[Decision]:
        return super().decisions_on(keys) if self._has_decisions else []

    def sequence(self) -> int:
        self._settle()
        return self._sequence

    def counts(self) -> Counts:
        self._settle()
        self._save_counters()
        return super().counts()
