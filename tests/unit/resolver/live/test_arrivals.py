"""What several callers sent is prepared together, and nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInputError, UnknownSourceError
from resolver.config import Config
from resolver.live.arrivals import Arrivals, Message, arrivals
from tests.support.companies import CONFIG as COMPANY
from tests.support.core import TIME

CONFIG = Config.model_validate(
    {
        **COMPANY.model_dump(),
        "sources": {
            **{name: its.model_dump() for name, its in COMPANY.sources.items()},
            "leads": {"columns": {"email": "email", "given_name": "given_name"}},
        },
    }
)
SOURCES = [*CONFIG.sources, "nobody"]
CELLS = st.one_of(st.sampled_from(["1", "2", "", "ana@example.com", "Ana", "2023-11-14", "\ud800"]), st.none())
VALUES = st.one_of(CELLS, st.lists(CELLS, max_size=2), st.just({"deep": "1"}), st.just(object()))
COLUMNS = sorted({name for its in CONFIG.sources.values() for name in (*its.columns, its.id, its.time) if name})
ROWS = st.one_of(st.dictionaries(st.sampled_from([*COLUMNS, "note"]), VALUES, max_size=5), st.just("no row"))
MESSAGES = st.builds(Message, st.sampled_from(SOURCES), st.lists(ROWS, max_size=3), st.integers(TIME, TIME + 3))


def told(its: Arrivals | BadInputError) -> Any:
    return (type(its), str(its)) if isinstance(its, BadInputError) else its


@given(messages=st.lists(MESSAGES, min_size=1, max_size=5))
def test_a_message_becomes_the_same_beside_others_as_alone(messages: list[Message]) -> None:
    alone = [told(arrivals([its], CONFIG)[0]) for its in messages]
    assert [told(its) for its in arrivals(messages, CONFIG)] == alone


def crm(id: str, **cells: str) -> Mapping[str, str]:
    return {"id": id, **cells}


def test_each_message_is_stamped_for_itself() -> None:
    found = arrivals([Message("crm", [crm("1")], TIME), Message("crm", [crm("1")], TIME + 1)], CONFIG)
    assert [its.records[0].observed_at for its in found if isinstance(its, Arrivals) and its.records[0]] == [
        TIME,
        TIME + 1,
    ]


def test_an_unknown_source_is_told_to_its_caller_alone() -> None:
    good, bad = arrivals([Message("crm", [crm("1")], TIME), Message("nobody", [crm("1")], TIME)], CONFIG)
    assert isinstance(good, Arrivals)
    assert isinstance(bad, UnknownSourceError)


def test_who_sends_no_column_of_ids_is_told_so_whoever_else_does() -> None:
    good, bad = arrivals([Message("crm", [crm("1")], TIME), Message("crm", [{"email": "a@b.example"}], TIME)], CONFIG)
    assert isinstance(good, Arrivals)
    assert "has no column 'id'" in str(bad)


def test_equal_rows_without_ids_in_two_messages_are_one_record() -> None:
    found = arrivals([Message("leads", [{"email": "a@b.example"}], TIME) for _ in range(2)], CONFIG)
    one, two = [its.records[0] for its in found if isinstance(its, Arrivals)]
    assert one == two
    assert one is not None
