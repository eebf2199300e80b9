"""Columns: the one form that every stage works on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from resolver.columns import column_of, distinct, table_of

ROWS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "é", ""]), max_size=3), max_size=8)


@given(ROWS)
def test_a_column_gives_back_each_rows_distinct_values_in_their_order(rows: list[list[str]]) -> None:
    column = column_of(rows)
    assert [column.texts_of(row) for row in range(len(rows))] == [tuple(dict.fromkeys(row)) for row in rows]


@given(ROWS, st.data())
def test_taken_rows_have_the_values_that_they_had(rows: list[list[str]], data: st.DataObject) -> None:
    column = column_of(rows)
    which = data.draw(st.lists(st.integers(0, len(rows) - 1), unique=True) if rows else st.just([]))
    taken = column.take(np.array(which, dtype=np.int64))
    assert [taken.texts_of(place) for place in range(len(which))] == [column.texts_of(row) for row in which]


def test_a_column_counts_in_how_many_rows_each_value_is() -> None:
    column = column_of([["a", "b"], [], ["a"], ["a", "a"]])
    assert dict(zip(column.values, column.frequencies.tolist(), strict=True)) == {"a": 3, "b": 1}
    assert column.counts.tolist() == [2, 0, 1, 1]
    assert column.rows.tolist() == [0, 0, 2, 3]


def test_a_column_is_single_only_where_no_row_has_two_values() -> None:
    assert column_of([["a"], [], ["b"]]).is_single
    assert column_of([]).is_single
    assert not column_of([["a"], ["a", "b"]]).is_single


def test_the_dense_form_marks_rows_without_a_value() -> None:
    column = column_of([["b"], [], ["a"]])
    assert column.dense.tolist() == [0, -1, 1]


def test_a_table_is_sorted_by_record_key_whatever_the_order_of_input() -> None:
    rows = [("crm:b", {"x": ["2"]}), ("crm:a", {"x": ["1"]}), ("crm:B", {"y": ["3"]})]
    table = table_of(rows, ("x", "y"))
    assert table.keys == ["crm:B", "crm:a", "crm:b"]
    assert [table.columns["x"].texts_of(row) for row in range(3)] == [(), ("1",), ("2",)]
    assert table.columns["y"].texts_of(0) == ("3",)


def test_a_table_has_a_column_for_a_field_that_nobody_has() -> None:
    table = table_of([("crm:1", {})], ("email",))
    assert len(table) == 1
    assert table.columns["email"].texts_of(0) == ()


def test_a_part_of_a_table_keeps_keys_and_values_together() -> None:
    table = table_of([(f"crm:{n}", {"x": [str(n)]}) for n in range(5)], ("x",)).take(np.array([1, 4]))
    assert table.keys == ["crm:1", "crm:4"]
    assert [table.columns["x"].texts_of(row) for row in range(2)] == [("1",), ("4",)]


@given(st.lists(st.integers(-5, 5)))
def test_distinct_values_ascend(values: list[int]) -> None:
    assert distinct(np.array(values, dtype=np.int64)).tolist() == sorted(set(values))
