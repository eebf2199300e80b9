"""Rows that come as JSON objects become the text columns that files give."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInputError
from resolver.preparing.rows import table_of_payloads


def test_the_columns_are_all_that_any_row_has_in_order_of_appearance() -> None:
    table = table_of_payloads([{"b": "1"}, {"a": "2", "b": None}])
    assert table.column_names == ["b", "a"]
    assert table.to_pylist() == [{"b": "1", "a": None}, {"b": None, "a": "2"}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42"),
        (4.0, "4"),
        (4.5, "4.5"),
        (True, "true"),
        (False, "false"),
        (10**20, "1" + "0" * 20),
        (1e22, "1e+22"),
        ("é", "é"),
        (Decimal("4.50"), "4.50"),
        (Decimal("1e3"), "1000"),
        (date(1984, 3, 9), "1984-03-09"),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), "2024-05-01T12:00:00+00:00"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_what_databases_and_json_hold_becomes_text(value: Any, text: str) -> None:
    assert table_of_payloads([{"x": value}]).to_pylist() == [{"x": text}]


@pytest.mark.parametrize("value", ["", float("nan"), [], [""], [None]])
def test_an_empty_text_is_no_value_as_in_a_file(value: Any) -> None:
    (row,) = table_of_payloads([{"x": value}]).to_pylist()
    assert not row["x"]


def test_objects_may_be_nested_but_not_without_end() -> None:
    row: dict[str, Any] = {"x": "1"}
    for _ in range(99):
        row = {"a": row}
    assert table_of_payloads([row]).num_columns == 1
    with pytest.raises(BadInputError, match="nested"):
        table_of_payloads([{"a": row}])


def test_nested_objects_become_dotted_columns() -> None:
    assert table_of_payloads([{"person": {"name": {"first": "Ana"}}}]).to_pylist() == [{"person.name.first": "Ana"}]


def test_a_column_with_a_list_anywhere_holds_lists_of_texts() -> None:
    table = table_of_payloads([{"mail": ["a@x.org", None, 7]}, {"mail": "b@x.org"}, {}])
    assert table.schema.field("mail").type == pa.list_(pa.string())
    assert table.column("mail").to_pylist() == [["a@x.org", "7"], ["b@x.org"], None]


def test_rows_without_any_column_are_still_rows() -> None:
    assert len(table_of_payloads([{}, {}])) == 2


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"born": {1, 2}}, "born"),
        ({"a": {"b": b"bytes"}}, "a.b"),
        ({"mail": [["nested"]]}, "mail"),
        ({"name": "\ud800"}, "name"),
        ({"names": ["Ana", "\udfff"]}, "names"),
        ({"\ud800": "Ana"}, r"'\ud800'"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(row: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInputError) as caught:
        table_of_payloads([row])
    assert caught.value.place == place


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(PLAIN, lambda its: st.lists(PLAIN, max_size=3) | st.dictionaries(st.text("ab"), its, max_size=3))


@given(st.lists(st.dictionaries(st.text("abc."), VALUES, max_size=4), max_size=4))
def test_any_json_object_becomes_a_row(rows: list[dict[str, Any]]) -> None:
    table = table_of_payloads(rows)
    assert len(table) == len(rows)
    assert {str(its) for its in table.schema.types} <= {"string", "list<item: string>"}
