"""Files that cannot be used: each gets one clear line that names the place and says what to do."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from api.files import count_hint, read_chunks, read_columns, read_sample
from graph.errors import BadInputError
from tests.support.files import write

READERS: list[Callable[[Path], Any]] = [read_columns, read_sample, lambda path: list(read_chunks(path))]


def complaint(path: Path, read: Callable[[Path], Any] = lambda path: list(read_chunks(path))) -> str:
    with pytest.raises(BadInputError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert caught.value.remedy
    return message


@pytest.mark.parametrize("read", READERS)
def test_a_missing_file(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    assert "no such file" in complaint(tmp_path / "crm.csv", read)


def test_a_missing_file_is_told_at_once_not_at_the_first_chunk(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        read_chunks(tmp_path / "crm.csv")


def test_a_path_through_a_file(tmp_path: Path) -> None:
    write(tmp_path / "crm.csv", "id\n1\n")
    assert "cannot be read" in complaint(tmp_path / "crm.csv" / "x.csv")


def test_a_directory(tmp_path: Path) -> None:
    assert "is a directory; name the files in it" in complaint(tmp_path)


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "crm.csv")
    assert "is not a regular file" in complaint(tmp_path / "crm.csv")


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf", b"\xff\xfe", gzip.compress(b"", mtime=0)])
@pytest.mark.parametrize("name", ["crm.csv", "crm.jsonl"])
def test_an_empty_file(tmp_path: Path, name: str, content: bytes) -> None:
    assert "is empty" in complaint(write(tmp_path / name, content))


@pytest.mark.parametrize("content", ["id,name\n", "id,name", "id,name\n\n\n"])
def test_only_a_header(tmp_path: Path, content: str) -> None:
    path = write(tmp_path / "crm.csv", content)
    assert "has a header but no rows" in complaint(path)
    assert "has a header but no rows" in complaint(path, read_sample)
    assert read_columns(path) == ["id", "name"]


def test_a_sample_in_which_no_row_can_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n1,2,3\n")
    with pytest.raises(BadInputError, match=r"crm.csv line 2: no row can be read; the first: has 3 cells"):
        read_sample(path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        random.Random(1).randbytes(5_000),
        b"\x7fELF\x02\x01\x01" + bytes(100),
        bytes(1_000),
    ],
    ids=["a picture", "noise", "a program", "zeros"],
)
@pytest.mark.parametrize("name", ["crm.csv", "crm.jsonl", "crm.txt"])
def test_a_binary_file(tmp_path: Path, name: str, content: bytes) -> None:
    assert "is a binary file" in complaint(write(tmp_path / name, content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "is an Excel workbook or a zip archive; save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"SQLite format 3\0", "SQLite database"),
        ("id,name\n1,Ana\n".encode("utf-16-le"), "UTF-16 without its byte order mark"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in complaint(write(tmp_path / "crm.csv", content))


def test_a_wrong_encoding_names_line_byte_and_remedy(tmp_path: Path) -> None:
    message = complaint(write(tmp_path / "crm.csv", "id,name\n1,Ana\n2,Zoë\n".encode("cp1252")))
    assert "line 3: byte 5 of the line (0xEB) is not UTF-8" in message
    assert "--encoding windows-1252" in message


def test_a_wrong_encoding_far_down_names_its_line(tmp_path: Path) -> None:
    count = 600_000
    path = write(tmp_path / "crm.csv", b"id,name\n" + b"1,some name or other\n" * count + b"2,Zo\xeb\n")
    assert f"line {count + 2}: byte 5" in complaint(path)


def test_a_wrong_encoding_in_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,größe\n1,2\n".encode("cp1252"))
    assert "line 1: byte 6" in complaint(path, read_columns)


def test_a_cut_utf_16_file(tmp_path: Path) -> None:
    assert "is not the encoding it claims" in complaint(write(tmp_path / "crm.csv", "id\n1\n".encode("utf-16")[:-1]))


def test_an_unknown_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id\n1\n")
    with pytest.raises(BadInputError, match="unknown encoding"):
        read_columns(path, encoding="klingon")


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id\n1\n")
    path.chmod(0)
    superuser = os.geteuid() == 0  # to whom nothing is forbidden
    if superuser:
        os.seteuid(65534)
    try:
        assert "may not be read" in complaint(path)
    finally:
        if superuser:
            os.seteuid(0)


@pytest.mark.parametrize("name", ["crm.xlsx", "crm.dat", "crm", "crm.parquet.gz", "crm.gz", "crm.zst"])
def test_an_unknown_suffix(tmp_path: Path, name: str) -> None:
    message = complaint(write(tmp_path / name, "id\n1\n"))
    assert "unknown kind of file" in message
    assert "known are .csv, .tsv, .txt, .jsonl" in message


@pytest.mark.parametrize("content", ["id,email,email\n1,2,3\n", "id,email, email \n1,2,3\n"])
def test_two_columns_of_one_name(tmp_path: Path, content: str) -> None:
    message = complaint(write(tmp_path / "crm.csv", content))
    assert "line 1: columns 2 and 3 are both called 'email'; rename one of them" in message


def test_a_header_whose_quote_is_never_closed(tmp_path: Path) -> None:
    message = complaint(write(tmp_path / "crm.csv", 'id,"name\n1,Ana\n'))
    assert "quote opened at line 1 is never closed" in message


def test_a_gzip_file_that_was_cut_off(tmp_path: Path) -> None:
    data = gzip.compress(b"id,name\n" + os.urandom(20_000).hex().encode())
    assert "damaged or cut off" in complaint(write(tmp_path / "crm.csv.gz", data[:-500]))


def test_a_zstd_file_that_was_cut_off_or_changed(tmp_path: Path) -> None:
    data = pa.compress(b"id,name\n" + os.urandom(20_000).hex().encode(), codec="zstd", asbytes=True)
    assert "damaged or cut off" in complaint(write(tmp_path / "cut.csv.zst", data[:-500]))
    assert "damaged or cut off" in complaint(write(tmp_path / "other.csv.zst", data[:4] + b"something else"))
    assert "damaged or cut off" in complaint(write(tmp_path / "longer.jsonl.zst", data + b"something else"))


def test_a_file_that_is_not_what_its_ending_zst_says(tmp_path: Path) -> None:
    assert "is a binary file" in complaint(write(tmp_path / "noise.csv.zst", random.Random(1).randbytes(5_000)))
    assert "is compressed with xz" in complaint(write(tmp_path / "xz.csv.zst", b"\xfd7zXZ\0" + bytes(50)))


def test_none_of_the_columns_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n1,Ana\n")
    with pytest.raises(BadInputError, match="has none of the columns mail but id, name"):
        read_chunks(path, columns=["mail"])


def test_a_row_count_that_cannot_be_told_is_none(tmp_path: Path) -> None:
    assert count_hint(tmp_path / "crm.csv") is None
