"""The same messages in any order and grouping leave the same records, and so the same customers."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import Record
from graph.sqlite_store import SqliteStore
from resolver.service import Resolver
from tests.support.neutrality import Verdict, differences, verdict_of
from tests.support.people import IDS, TIMES, WORLDS, Row, adopt, model_for, rows_of

CONFIG = WORLDS["plain"]
NOW = 1_750_000_000_000_000
#: Microseconds of 2024-05-01 12:00, the first of ``TIMES``, and of a day.
FIRST, DAY = 1_714_564_800_000_000, 86_400_000_000


@dataclass(frozen=True)
class Message:
    """A row of a source, or (``row`` None) the deletion of a record as of a time."""

    source: str
    row: Row | None = None
    id: str = ""
    at: int = 0


@st.composite
def upserts(draw: st.DrawFn) -> Message:
    source = draw(st.sampled_from(["crm", "shop", "web", "web"]))
    return Message(source, {**draw(rows_of(source)), "at": draw(st.sampled_from(TIMES[:3])), "note": draw(NOTES)})


NOTES = st.sampled_from(["here", "there"])
DELETIONS = st.builds(
    Message,
    st.just("crm"),
    st.none(),
    st.sampled_from(IDS["crm"][:3]),
    st.sampled_from([FIRST, FIRST + DAY, FIRST + 2 * DAY]),
)


def sent(messages: list[Message], sizes: list[int], folder: Path) -> tuple[list[Record], Verdict]:
    """All live records and the verdict after these messages, rows of one source in batches of these sizes."""
    store = SqliteStore.open(folder / "store.db")
    try:
        adopt(store, CONFIG, model_for(CONFIG), NOW)
        resolver = Resolver(store, CONFIG, lambda: NOW)
        waiting: list[Message] = []
        room = list(sizes)

        def flush() -> None:
            if waiting:
                resolver.ingest(waiting[0].source, [its.row for its in waiting if its.row is not None])
                waiting.clear()

        for message in messages:
            if waiting and (message.row is None or message.source != waiting[0].source or len(waiting) >= room[0]):
                flush()
                room = [*room[1:], room[0]]
            if message.row is None:
                resolver.delete(message.source, message.id, at=message.at)
            else:
                waiting.append(message)
        flush()
        with store.read() as snapshot:
            return [its for chunk in snapshot.scan_full_records() for its in chunk], verdict_of(store)
    finally:
        store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages=st.lists(upserts(), min_size=2, max_size=8), deletions=st.lists(DELETIONS, max_size=3), data=st.data())
def test_messages_in_any_order_leave_the_same_records(
    messages: list[Message], deletions: list[Message], data: st.DataObject
) -> None:
    first, second = (data.draw(st.permutations([*messages, *deletions])) for _ in range(2))
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    found: list[Any] = []
    for order, batches in ((first, [1]), (second, sizes)):
        with tempfile.TemporaryDirectory() as folder:
            found.append(sent(list(order), batches, Path(folder)))
    assert [replace(its, digest="") for its in found[0][0]] == [replace(its, digest="") for its in found[1][0]]
    assert differences(found[0][1], found[1][1]) == []


def test_a_row_is_the_same_whatever_other_rows_come_with_it(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "store.db")
    adopt(store, CONFIG, model_for(CONFIG), NOW)
    resolver = Resolver(store, CONFIG, lambda: NOW)
    alone, other = {"no": "1", "mail": "ann@example.com"}, {"no": "2", "mail": ["b@example.com", "c@example.com"]}
    resolver.ingest("crm", [alone])
    assert [its.kind for its in resolver.ingest("crm", [alone, other])] == ["unchanged", "new"]
    store.close()


def test_a_row_without_an_id_has_the_same_one_whatever_other_rows_come_with_it(tmp_path: Path) -> None:
    crm = CONFIG.sources["crm"].model_copy(update={"id": None})
    config = CONFIG.model_copy(update={"sources": {**CONFIG.sources, "crm": crm}})
    store = SqliteStore.open(tmp_path / "store.db")
    adopt(store, config, model_for(config), NOW)
    resolver = Resolver(store, config, lambda: NOW)
    alone, other = {"mail": "ann@example.com"}, {"mail": ["b@example.com", "c@example.com"], "tel": "020 7946 0018"}
    resolver.ingest("crm", [alone])
    assert [its.kind for its in resolver.ingest("crm", [alone, other])] == ["unchanged", "new"]
    store.close()
