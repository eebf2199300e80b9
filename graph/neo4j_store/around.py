"""What comes along with a component while a writer has written nothing: all of its records, with their customers, links
and review items. Live work asks for each of these next, so each would be a statement that seeks the same nodes again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from graph.model import Assignment, Fields, Link, Record, ReviewItem
from graph.neo4j_store.nearby import rest
from graph.neo4j_store.reader import Reading, looked_up
from graph.neo4j_store.rows import record_from_row, review_from_row
from graph.neo4j_store.statements import Statements

V = TypeVar("V")

#: Components that one statement looks up: a few thousand records, complete.
COMPONENTS = 500


class Around:
    """What is known of record keys; of those without a node, that there is nothing."""

    def __init__(self) -> None:
        #: Keys that have been asked for, and that have no node.
        self.absent: set[str] = set()
        self.records: dict[str, Record | None] = {}
        self.assignments: dict[str, Assignment | None] = {}
        self.links: dict[str, list[Link]] = {}
        self.review: dict[str, list[ReviewItem]] = {}

    def add_absent(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.absent.add(key)
            self.records[key] = self.assignments[key] = None
            self.links[key], self.review[key] = [], []

    def add(self, component: str, members: Iterable[list[Any]]) -> None:
        for key, record, extra, owners, links, review in members:
            self.records[key] = None if record is None else record_from_row([record, extra])
            self.assignments[key] = Assignment(key, component, *owners[0]) if owners else None
            self.links[key] = [Link(min(key, other), max(key, other), weight) for other, weight in links]
            self.review[key] = list(map(review_from_row, review))


class ReadingAround(Reading):
    """``Reading`` for a writer. What came along is forgotten with its first write."""

    def __init__(self, statements: Statements) -> None:
        super().__init__(statements)
        self._statements = statements
        self._known = Around()

    @property
    def _around(self) -> Around:
        if not self._statements.nothing_written:
            self._known = Around()
        return self._known

    def _record_rows(self, keys: Collection[str]) -> Iterator[list[Any]]:
        rows = list(super()._record_rows(keys))
        if self._statements.nothing_written:
            self._known.add_absent(set(keys) - {row[0] for row in rows})
        return iter(rows)

    def members_of_components(self, components: Collection[str]) -> dict[str, list[str]]:
        if not self._statements.nothing_written:
            return super().members_of_components(components)
        members = {}
        for component, rows in looked_up(self._reads, "whole_components", "components", components, COMPONENTS):
            self._known.add(component, rows)
            members[component] = sorted(row[0] for row in rows)
        return members

    def records(self, keys: Collection[str]) -> dict[str, Record]:
        return rest(keys, self._around.records, super().records)

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        known = self._around.records
        near = {key: its.fields if (its := known[key]) and not its.deleted else None for key in keys if key in known}
        return rest(keys, near, super().live_fields)

    def assignments(self, record_keys: Collection[str]) -> dict[str, Assignment]:
        return rest(record_keys, self._around.assignments, super().assignments)

    def links(self, record_keys: Collection[str]) -> list[Link]:
        its = _touching(record_keys, self._around.links, super().links)
        return sorted(set(its), key=lambda link: (link.left, link.right))

    def review_of(self, record_keys: Collection[str]) -> list[ReviewItem]:
        its = _touching(record_keys, self._around.review, super().review_of)
        return [item for _, item in sorted({item.id: item for item in its}.items())]


def _touching(
    keys: Collection[str], known: Mapping[str, list[V]], read: Callable[[Collection[str]], list[V]]
) -> list[V]:
    """What touches these keys, known or read; what touches several comes several times."""
    found = [its for key in keys for its in known.get(key, ())]
    missing = [key for key in keys if key not in known]
    return found + read(missing) if missing else found
