"""The change feed: cursors and what they continue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import BadInputError
from graph.sqlite_store import SqliteStore
from resolver.service import Resolver
from tests.support.companies import CONFIG, TIME


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    store = SqliteStore.open(tmp_path / "feed.db")
    its = Resolver(store, CONFIG, lambda: TIME)
    its.ingest("crm", [{"id": "1", "email": "ana@example.com"}, {"id": "2", "email": "zoe@example.com"}])
    yield its
    store.close()


def test_the_cursor_of_a_page_continues_behind_it_and_at_the_end_stays(resolver: Resolver) -> None:
    first = resolver.changes(limit=1)
    second = resolver.changes(first.cursor)
    assert [len(page.changes) for page in (first, second)] == [1, 1]
    assert resolver.changes(second.cursor) == resolver.changes(resolver.changes(second.cursor).cursor)
    assert resolver.changes(second.cursor).changes == ()


@pytest.mark.parametrize("number", ["1000", str(2**63), "9" * 5_000])
def test_a_cursor_beyond_the_end_of_the_feed_is_refused(resolver: Resolver, number: str) -> None:
    store, _, _ = resolver.changes().cursor.partition(":")
    with pytest.raises(BadInputError, match="beyond the end"):
        resolver.changes(f"{store}:{number}")


@pytest.mark.parametrize("cursor", ["", "7", ":7", "other:7", "{}:", "{}:-1", "{}:1.5", "{}:\N{SUPERSCRIPT TWO}"])
def test_a_cursor_that_this_store_never_gave_is_refused(resolver: Resolver, cursor: str) -> None:
    store, _, _ = resolver.changes().cursor.partition(":")
    with pytest.raises(BadInputError, match="not of this store"):
        resolver.changes(cursor.format(store))
