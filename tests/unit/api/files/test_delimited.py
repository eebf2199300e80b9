"""Reading CSV and its kin."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from api.files import count_hint, read_chunks, read_columns, read_sample
from api.files.delimited import BLOCK_BYTES
from api.files.records import MAX_OPEN_BYTES
from tests.support.files import lines, read_all, rows, write


def test_cells_arrive_as_text_and_empty_ones_as_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", 'id,phone,note\n007,,NA\n8," 5 ",""\n')
    assert rows(path) == [{"id": "007", "phone": None, "note": "NA"}, {"id": "8", "phone": " 5 ", "note": None}]


def test_all_columns_are_strings_even_an_empty_one(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "id,empty\n1,\n2,\n"))
    assert chunk.table.schema.types == [pa.string(), pa.string()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [("id", "name"), ("1", "Ana"), ("2", "Bob")])
    assert rows(write(tmp_path / "crm.txt", text)) == [{"id": "1", "name": "Ana"}, {"id": "2", "name": "Bob"}]


def test_a_delimiter_within_cells_does_not_win(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", 'id;price, net;note\n1;2,50;"a,b,c,d"\n2;3,50;x\n')
    assert read_columns(path) == ["id", "price, net", "note"]


def test_a_file_of_one_column_keeps_its_commas(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "names.csv", "name\nSmith, John\nDoe\n")) == [{"name": "Smith, John"}, {"name": "Doe"}]


def test_excels_own_line_that_names_the_delimiter_is_understood(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "sep=;\r\nid;a,b\r\n1;x\r\n"))
    assert chunk.table.to_pylist() == [{"id": "1", "a,b": "x"}]
    assert lines(chunk) == [3]


def test_headers_are_stripped_and_cells_are_not(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "crm.csv", " id , name\n 1, Ana \n")) == [{"id": " 1", "name": " Ana "}]


def test_a_column_without_a_name_is_named_by_its_position(tmp_path: Path) -> None:
    assert read_columns(write(tmp_path / "crm.csv", ",id, \n0,1,2\n")) == ["column_1", "id", "column_3"]


def test_a_made_up_name_does_not_clash_with_a_real_one(tmp_path: Path) -> None:
    assert read_columns(write(tmp_path / "crm.csv", "column_2,,x\n0,1,2\n")) == ["column_2", "column_2_", "x"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_understood(tmp_path: Path, end: str) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", end.join(["id,name", "1,Ana", "2,Bob", ""])))
    assert chunk.table.to_pylist() == [{"id": "1", "name": "Ana"}, {"id": "2", "name": "Bob"}]
    assert lines(chunk) == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_in_utf_8_and_utf_16(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n1,Zoë 🎉 李\n2,Ærøskøbing\n".encode(encoding))
    assert rows(path) == [{"id": "1", "name": "Zoë 🎉 李"}, {"id": "2", "name": "Ærøskøbing"}]


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n1,Zoë\n".encode("cp1252"))
    assert rows(path, encoding="windows-1252") == [{"id": "1", "name": "Zoë"}]


def test_a_named_encoding_is_for_the_files_that_are_not_unicode(tmp_path: Path) -> None:
    for name, content in (("utf8", "id,name\n1,Zoë Cížková\n".encode()), ("utf16", "id,name\n1,Zoë".encode("utf-16"))):
        path = write(tmp_path / f"{name}.csv", content)
        assert rows(path, encoding="windows-1252") == rows(path)


def test_seven_bit_text_in_a_named_encoding_is_not_taken_for_utf_8(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n1,田中\n".encode("iso2022_jp"))
    assert rows(path, encoding="iso2022_jp") == [{"id": "1", "name": "田中"}]


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv.gz", gzip.compress(b"id,name\n1,Ana\n"))
    assert rows(path) == [{"id": "1", "name": "Ana"}]


def test_a_file_compressed_with_zstd_is_read_also_of_several_frames(tmp_path: Path) -> None:
    frames = [pa.compress(part, codec="zstd", asbytes=True) for part in (b"id,name\n1,A", b"", b"na\n2,Bo\n")]
    path = write(tmp_path / "crm.csv.zst", b"".join(frames))
    assert rows(path) == [{"id": "1", "name": "Ana"}, {"id": "2", "name": "Bo"}]


def test_a_large_file_compressed_with_zstd_gives_the_rows_of_the_plain_one(tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{n},name {n * n}\n" for n in range(60_000))
    packed = write(tmp_path / "packed.csv.zst", pa.compress(text.encode(), codec="zstd", asbytes=True))
    plain = write(tmp_path / "plain.csv", text)
    assert rows(packed) == rows(plain)
    assert read_sample(packed).num_rows == 20_000
    assert count_hint(packed)


def test_gzip_is_told_by_content_not_by_suffix(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "crm.csv", gzip.compress(b"id,name\n1,Ana\n"))) == [{"id": "1", "name": "Ana"}]
    assert rows(write(tmp_path / "web.csv.gz", b"id,name\n1,Ana\n")) == [{"id": "1", "name": "Ana"}]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,note\n1,"a, ""b""\nc"\n2,"x\r\n\r\ny"\n3,z\n'))
    assert chunk.table["note"].to_pylist() == ['a, "b"\nc', "x\r\n\r\ny", "z"]
    assert lines(chunk) == [2, 4, 7]


def test_a_quote_within_an_unquoted_cell_is_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", 'id,note\n1,5" pipe\n2,6" x 7"\n3,"a" b\n')
    assert [row["note"] for row in rows(path)] == ['5" pipe', '6" x 7"', "a b"]


def test_a_header_may_span_lines(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,"first\nname"\n1,Ana\n'))
    assert chunk.table.to_pylist() == [{"id": "1", "first\nname": "Ana"}]
    assert lines(chunk) == [3]


def test_blank_lines_are_skipped_and_lines_stay_exact(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "\n\nid,name\n\n1,Ana\n   \n2,Bob\n\n"))
    assert chunk.table["id"].to_pylist() == ["1", "2"]
    assert lines(chunk) == [5, 7]
    assert chunk.refused == ()


def test_consecutive_lines_need_only_the_first(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "id,name\n1,Ana\n2,Bob\n"))
    assert (chunk.first_line, chunk.lines) == (2, None)
    assert chunk.place(1) == "crm.csv line 3"


def test_a_row_with_too_few_cells_is_filled_up(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,name,city\n1\n2,"B\nb"\n3,c,d\n'))
    assert chunk.table.to_pylist() == [
        {"id": "1", "name": None, "city": None},
        {"id": "2", "name": "B\nb", "city": None},
        {"id": "3", "name": "c", "city": "d"},
    ]
    assert chunk.refused == ()


def test_a_row_with_too_many_cells_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "id,name\n1,Ana\n2,Bob,x\n3,Cem\n"))
    assert chunk.table["id"].to_pylist() == ["1", "3"]
    assert lines(chunk) == [2, 4]
    (refused,) = chunk.refused
    assert (refused.place, refused.value) == ("crm.csv line 3", "2,Bob,x")
    assert refused.reason == "has 3 cells, but the header has 2"


def test_surplus_cells_that_are_blank_do_no_harm(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,name\n1,Ana,\n2,"B, b", ,""\n'))
    assert chunk.table.to_pylist() == [{"id": "1", "name": "Ana"}, {"id": "2", "name": "B, b"}]
    assert chunk.refused == ()


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,name\n1,Ana\n2,"Bob\n3,Cem\n4,Dee\n'))
    assert chunk.table["id"].to_pylist() == ["1", "3", "4"]
    (refused,) = chunk.refused
    assert refused.place == "crm.csv line 3"
    assert "quote opened at line 3 is never closed" in refused.reason


def test_a_stray_quote_is_not_closed_by_the_opening_quote_of_a_later_row(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,name\n1,"Ana\n2,Bob\n3,"Cem"\n'))
    assert chunk.table["name"].to_pylist() == ["Bob", "Cem"]
    assert [refused.place for refused in chunk.refused] == ["crm.csv line 2"]


def test_a_quote_left_open_over_much_text_is_given_up(tmp_path: Path) -> None:
    filler = b"2,%s\n" % (b"x" * 999)
    count = MAX_OPEN_BYTES // len(filler) + 20_000
    path = write(tmp_path / "crm.csv", b'id,name\n1,"Ana\n' + filler * count + b'3,"Bob"\n')
    chunks = list(read_chunks(path))
    assert sum(chunk.table.num_rows for chunk in chunks) == count + 1
    assert [refused.place for chunk in chunks for refused in chunk.refused] == ["crm.csv line 2"]


def test_a_quoted_cell_may_lie_across_blocks(tmp_path: Path) -> None:
    filler = b"1,%s\n" % (b"x" * 995)
    count = BLOCK_BYTES // len(filler) - 1
    note = b"line\n" * 500
    path = write(tmp_path / "crm.csv", b"id,note\n" + filler * count + b'2,"' + note + b'"\n3,end\n')
    chunks = list(read_chunks(path))
    assert [row for chunk in chunks for row in chunk.table["note"].to_pylist()][-2:] == [note.decode(), "end"]
    assert lines(chunks[-1])[-2:] == [count + 2, count + 503]


def test_a_row_with_a_cell_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", "id,name\n1,Ana\n2," + "x" * 10_000_000 + "\n3,Cem\n"))
    assert chunk.table["id"].to_pylist() == ["1", "3"]
    (refused,) = chunk.refused
    assert refused.reason == "name holds 10,000,000 bytes, more than 1,000,000"
    assert len(refused.value) == 200


def test_a_quoted_cell_of_ten_megabytes_over_many_lines_is_one_refused_row(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", 'id,name\n1,"' + "x\n" * 5_000_000 + '"\n3,Cem\n'))
    assert chunk.table["id"].to_pylist() == ["3"]
    assert lines(chunk) == [5_000_003]
    assert [refused.place for refused in chunk.refused] == ["crm.csv line 2"]


def test_a_row_with_a_nul_byte_is_refused(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "crm.csv", b"id,name\n1,A\0na\n2,Bob\n"))
    assert chunk.table["id"].to_pylist() == ["2"]
    assert chunk.refused[0].reason == "name holds a NUL byte"


def test_only_the_columns_asked_for_are_delivered(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name,city\n1,Ana,Rome\n2,Bob\n")
    assert rows(path, columns={"city", "id", "absent"}) == [{"id": "1", "city": "Rome"}, {"id": "2", "city": None}]


def test_a_byte_order_mark_within_the_data_belongs_to_its_cell(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "crm.csv", "id,name\n\ufeff1,Ana\n"))[0]["id"] == "\ufeff1"


def test_chunks_have_the_size_asked_for_and_exact_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "crm.csv", "id,name\n" + "".join(f"{i},n\n" for i in range(25)) + "x,y,z\n")
    chunks = list(read_chunks(path, 10))
    assert [chunk.table.num_rows for chunk in chunks] == [10, 10, 5]
    assert [chunk.first_line for chunk in chunks] == [2, 12, 22]
    assert sum(len(chunk.refused) for chunk in chunks) == 1


def test_a_file_of_one_row_is_read(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "crm.csv", "id,name\n1,Ana")) == [{"id": "1", "name": "Ana"}]


def test_a_sample_of_a_large_file_comes_from_all_over_it(tmp_path: Path) -> None:
    count = 200_000
    text = "id,note\n" + "".join(f"{i},some text that makes the row longer\n" for i in range(count))
    path = write(tmp_path / "crm.csv", text)
    sample = read_sample(path, 1_000)
    ids = [int(id) for id in sample["id"].to_pylist()]
    assert sample.num_rows == 1_000
    assert ids[0] == 0
    assert max(ids) > count * 0.8
    assert sample.equals(read_sample(path, 1_000))


def test_the_number_of_rows_is_estimated_from_the_first_lines(tmp_path: Path) -> None:
    text = "id,note\n" + "".join(f"{i:06},some text of equal length\n" for i in range(100_000))
    assert count_hint(write(tmp_path / "crm.csv", text)) == pytest.approx(100_000, rel=0.01)
    assert count_hint(write(tmp_path / "small.csv", "id\n1\n2\n3")) == 3


@pytest.mark.parametrize("rows", [30_000, 60_000, 90_000, 200_000])
def test_no_row_is_in_a_sample_twice(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "people.csv"
    lines = "\n".join(
        f"{row},{'x' * (row % 7)},some text that makes the file large enough to be spread" for row in range(rows)
    )
    path.write_text(f"id,name,text\n{lines}\n", encoding="utf-8")
    ids = read_sample(path).column("id").to_pylist()
    assert len(ids) == len(set(ids)) == 20_000
