"""Reading Parquet: typed columns become text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.files import count_hint, read_chunks, read_columns, read_sample
from graph.errors import BadInputError
from tests.support.files import lines, read_all, rows, write

UTC_NOON = dt.datetime(2024, 5, 1, 12, 30, tzinfo=dt.UTC)


def parquet(path: Path, columns: dict[str, pa.Array], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array([1, -2, None], pa.int8()), ["1", "-2", None]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([42.0, 0.1, 1e20, float("nan"), None, -3.0]), ["42", "0.1", "1e+20", None, None, "-3"]),
        (pa.array([0.1, 7.0], pa.float32()), ["0.1", "7"]),
        (pa.array([float("inf")]), ["inf"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array(["", " x ", None]), [None, " x ", None]),
        (pa.array(["é"], pa.large_string()), ["é"]),
        (pa.array([dt.date(1980, 2, 29)]), ["1980-02-29"]),
        (pa.array([dt.date(1980, 2, 29)], pa.date64()), ["1980-02-29"]),
        (pa.array([dt.time(9, 30)]), ["09:30:00"]),
        (pa.array([dt.datetime(1980, 2, 29)], pa.timestamp("ns")), ["1980-02-29"]),
        (pa.array([dt.datetime(2024, 5, 1, 12, 30, 0, 250_000)]), ["2024-05-01T12:30:00.25"]),
        (pa.array([UTC_NOON], pa.timestamp("us", "UTC")), ["2024-05-01T12:30:00Z"]),
        (pa.array([UTC_NOON], pa.timestamp("ms", "Europe/Berlin")), ["2024-05-01T12:30:00Z"]),
        (pa.array([Decimal("12.00"), Decimal("12.30"), Decimal("100.00")]), ["12", "12.3", "100"]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([b"abc", b"\xff\x00"]), ["abc", "ff00"]),
        (pa.array([b"ab"], pa.binary(2)), ["6162"]),
        (pa.nulls(2), [None, None]),
        (pa.array([["a", None, ""], [], None, ["b"]]), [["a"], None, None, ["b"]]),
        (pa.array([[1, 2.5]]), [["1", "2.5"]]),
        (pa.array([[["a"], ["b", "c"]]]), [["a", "b", "c"]]),
        (pa.array([["a", "b"]], pa.list_(pa.string(), 2)), [["a", "b"]]),
    ],
)
def test_a_typed_column_becomes_text(tmp_path: Path, array: pa.Array, texts: list[Any]) -> None:
    assert [row["x"] for row in rows(parquet(tmp_path / "a.parquet", {"x": array}))] == texts


def test_a_column_is_text_or_a_list_of_text(tmp_path: Path) -> None:
    columns = {"x": pa.array([1]), "y": pa.array([["a"]], pa.large_list(pa.large_string()))}
    chunk = read_all(parquet(tmp_path / "a.parquet", columns))
    assert chunk.table.schema.types == [pa.string(), pa.list_(pa.string())]


def test_structs_maps_and_lists_of_structs_are_flattened(tmp_path: Path) -> None:
    columns = {
        "address": pa.array([{"city": "Rome", "geo": {"lat": 1.0}}, None]),
        "phones": pa.array([[{"n": "1"}, {"n": "2"}], []]),
        "tags": pa.array([[("vip", "yes")], None], pa.map_(pa.string(), pa.string())),
    }
    path = parquet(tmp_path / "a.parquet", columns)
    assert read_columns(path) == ["address.city", "address.geo.lat", "phones.n", "tags.key", "tags.value"]
    empty = dict.fromkeys(read_columns(path))
    assert rows(path) == [
        {
            "address.city": "Rome",
            "address.geo.lat": "1",
            "phones.n": ["1", "2"],
            "tags.key": ["vip"],
            "tags.value": ["yes"],
        },
        empty,
    ]


def test_rows_are_numbered_from_one(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": pa.array([str(i) for i in range(25)])}, row_group_size=7)
    chunks = list(read_chunks(path, 10))
    assert [(chunk.first_line, chunk.table.num_rows) for chunk in chunks] == [(1, 10), (11, 10), (21, 5)]
    assert chunks[1].place(2) == "a.parquet row 13"


def test_only_the_columns_asked_for_are_delivered(tmp_path: Path) -> None:
    columns = {" id ": pa.array(["1"]), "a": pa.array([{"b": 1, "c": 2}]), "d": pa.array([3])}
    path = parquet(tmp_path / "a.parquet", columns)
    assert rows(path, columns=["id", "a.c"]) == [{"id": "1", "a.c": "2"}]


def test_rows_with_huge_cells_or_nul_bytes_are_refused(tmp_path: Path) -> None:
    columns = {
        "id": pa.array(["1", "2", "3", "4"]),
        "note": pa.array([["ok"], ["ok", "x" * 2_000_000], ["a\0b"], None]),
    }
    chunk = read_all(parquet(tmp_path / "a.parquet", columns))
    assert chunk.table["id"].to_pylist() == ["1", "4"]
    assert lines(chunk) == [1, 4]
    assert [(refused.place, refused.reason) for refused in chunk.refused] == [
        ("a.parquet row 2", "note holds 2,000,000 bytes, more than 1,000,000"),
        ("a.parquet row 3", "note holds a NUL byte"),
    ]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["id", "id "]), tmp_path / "a.parquet")
    with pytest.raises(BadInputError, match="columns 1 and 2 are both called 'id'"):
        read_columns(tmp_path / "a.parquet")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": pa.array([], pa.string())})
    assert read_columns(path) == ["id"]
    with pytest.raises(BadInputError, match="has no rows"):
        list(read_chunks(path))


def test_a_cut_file_is_broken(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": pa.array(["1"] * 1000)})
    write(path, path.read_bytes()[:-20])
    with pytest.raises(BadInputError, match=r"is a broken Parquet file .*; fetch or export it again"):
        read_columns(path)


def test_a_file_that_is_damaged_inside_is_broken(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": pa.array([f"{i * 7919}" for i in range(10_000)])})
    data = bytearray(path.read_bytes())
    data[40:4000] = bytes(3960)
    write(path, bytes(data))
    with pytest.raises(BadInputError, match="broken Parquet file"):
        list(read_chunks(path))


def test_text_under_the_suffix_of_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is not a Parquet file"):
        read_columns(write(tmp_path / "a.parquet", "id,name\n1,Ana\n"))


def test_parquet_is_told_by_content_not_by_suffix(tmp_path: Path) -> None:
    assert rows(parquet(tmp_path / "a.csv", {"id": pa.array([1])})) == [{"id": "1"}]


def test_rows_are_counted_and_sampled_from_all_row_groups(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": pa.array(range(10_000))}, row_group_size=500)
    sample = read_sample(path, 1_000)
    assert count_hint(path) == 10_000
    assert sample.num_rows == 1_000
    assert max(int(id) for id in sample["id"].to_pylist()) >= 9_000
