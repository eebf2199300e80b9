"""Writing files: whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.files import write_rows
from graph.errors import BadInputError
from tests.support.files import rows

TABLE = pa.table({"id": ["1", "2", "3"], "name": ["Ana", None, 'say "hi",\nZoë 🎉'], "score": [0.5, 1.0, None]})
SUFFIXES = [".parquet", ".csv", ".tsv", ".jsonl", ".ndjson"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_rows(path, [TABLE.slice(0, 2), TABLE.slice(2)]) == 3
    assert rows(path) == [
        {"id": "1", "name": "Ana", "score": "0.5"},
        {"id": "2", "name": None, "score": "1"},
        {"id": "3", "name": 'say "hi",\nZoë 🎉', "score": None},
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    write_rows(tmp_path / "out.parquet", [TABLE])
    assert pq.read_table(tmp_path / "out.parquet").equals(TABLE)


def test_lists_survive_in_parquet_and_json_and_are_json_in_csv(tmp_path: Path) -> None:
    table = pa.table({"id": ["1", "2"], "email": [["a", 'b"'], None]})
    for suffix in (".parquet", ".jsonl"):
        write_rows(tmp_path / f"out{suffix}", [table])
        assert rows(tmp_path / f"out{suffix}") == table.to_pylist()
    write_rows(tmp_path / "out.csv", [table])
    assert [row["email"] for row in rows(tmp_path / "out.csv")] == ['["a","b\\""]', None]


def test_json_lines_keep_numbers_and_write_times_as_text(tmp_path: Path) -> None:
    table = pa.table({"n": [1], "x": [0.5], "at": [dt.datetime(2024, 5, 1, 12)], "ok": [True], "no": pa.nulls(1)})
    write_rows(tmp_path / "out.jsonl", [table])
    written = json.loads((tmp_path / "out.jsonl").read_text())
    assert written == {"n": 1, "x": 0.5, "at": "2024-05-01T12:00:00", "ok": True, "no": None}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_is_a_file_without_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    assert write_rows(path, [TABLE.slice(0, 0)]) == 0
    assert path.exists()


def test_a_missing_value_in_the_only_column_is_still_a_row(tmp_path: Path) -> None:
    write_rows(tmp_path / "out.csv", [pa.table({"id": ["1", None, "3"]})])
    assert rows(tmp_path / "out.csv") == [{"id": "1"}, {"id": None}, {"id": "3"}]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, OSError])
def test_an_interruption_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, suffix: str, error: type[BaseException]
) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("old")

    def chunks() -> Iterator[pa.Table]:
        yield TABLE
        raise error("stop")

    with pytest.raises(error, match="stop"):
        write_rows(path, chunks())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    write_rows(path, [TABLE])
    assert len(rows(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "out.csv").symlink_to(tmp_path / "real.csv")
    write_rows(tmp_path / "out.csv", [TABLE])
    assert (tmp_path / "out.csv").is_symlink()
    assert len(rows(tmp_path / "real.csv")) == 3


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"cannot write .xlsx; use .parquet, .csv"):
        write_rows(tmp_path / "out.xlsx", [TABLE])


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="its folder does not exist"):
        write_rows(tmp_path / "absent" / "out.csv", [TABLE])


def test_a_directory_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(BadInputError, match="is a directory"):
        write_rows(tmp_path / "out.csv", [TABLE])


def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    superuser = os.geteuid() == 0  # to whom nothing is forbidden
    if superuser:
        os.seteuid(65534)
    try:
        with pytest.raises(BadInputError, match="cannot be written"):
            write_rows(folder / "out.csv", [TABLE])
    finally:
        if superuser:
            os.seteuid(0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_disk_that_takes_no_more_is_told_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    big = pa.table({"id": [f"{i * 7919}" for i in range(100_000)]})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(BadInputError, match=r"cannot be written \(.*too large"):
            write_rows(tmp_path / f"out{suffix}", [big])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
