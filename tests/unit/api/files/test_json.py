"""Reading JSON lines and JSON arrays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from api.files import read_chunks, read_columns, read_sample
from graph.errors import BadInputError
from tests.support.files import lines, read_all, rows, write


def test_scalars_become_the_one_text_that_stands_for_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"i":42,"f":42.0,"d":0.5,"t":true,"n":null,"e":"","s":" x "}\n')
    assert rows(path) == [{"i": "42", "f": "42", "d": "0.5", "t": "true", "n": None, "e": None, "s": " x "}]


def test_integers_of_any_size_stay_exact(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"card":12345678901234567890123,"s":"x"}\n{"card":18446744073709551616}\n')
    assert [row["card"] for row in rows(path)] == ["12345678901234567890123", "18446744073709551616"]


def test_nan_is_missing(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.jsonl", '{"id":1,"age":NaN}\n')) == [{"id": "1", "age": None}]


def test_nested_objects_become_dotted_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"id":"1","address":{"city":"Rome","geo":{"lat":1.5}}}\n')
    assert rows(path) == [{"id": "1", "address.city": "Rome", "address.geo.lat": "1.5"}]


def test_lists_become_lists_of_text(tmp_path: Path) -> None:
    chunk = read_all(
        write(tmp_path / "a.jsonl", '{"email":["a@x.org","b@x.org",null,""]}\n{"email":"c"}\n{"email":[]}\n')
    )
    assert chunk.table.schema.field("email").type == pa.list_(pa.string())
    assert chunk.table["email"].to_pylist() == [["a@x.org", "b@x.org"], ["c"], None]


def test_lists_of_objects_become_one_list_for_each_of_their_fields(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"phones":[{"type":"home","number":1},{"type":"work","number":2}]}\n')
    assert rows(path) == [{"phones.type": ["home", "work"], "phones.number": ["1", "2"]}]


def test_a_column_that_appears_later_is_missing_before(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"id":"1"}\n{"id":"2","late":"x"}\n')
    assert rows(path) == [{"id": "1", "late": None}, {"id": "2", "late": "x"}]


def test_names_are_stripped(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.jsonl", '{" id ":"1","id2 ":2}\n')) == [{"id": "1", "id2": "2"}]


def test_a_broken_line_in_the_middle_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "a.jsonl", '{"id":1}\n{"id":2,\n\n{"id":3}\n'))
    assert chunk.table["id"].to_pylist() == ["1", "3"]
    assert lines(chunk) == [1, 4]
    (refused,) = chunk.refused
    assert (refused.place, refused.value) == ("a.jsonl line 2", '{"id":2,')
    assert refused.reason.startswith("broken JSON: ")


@pytest.mark.parametrize("line", ["[1]", "5", '"text"', "null"])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, line: str) -> None:
    chunk = read_all(write(tmp_path / "a.jsonl", '{"id":1}\n' + line + "\n"))
    assert chunk.table.num_rows == 1
    assert chunk.refused[0].reason == "is not a JSON object"


@pytest.mark.parametrize("line", ["{}", '{"a":{}}'])
def test_an_object_without_values_is_refused(tmp_path: Path, line: str) -> None:
    chunk = read_all(write(tmp_path / "a.jsonl", line + '\n{"id":1}\n'))
    assert lines(chunk) == [2]
    assert chunk.refused[0].reason == "is an object without values"


@pytest.mark.parametrize(
    "line",
    [
        '{"id":"\\ud800"}',
        '{"id":"a\\u0000b"}',
        '{"id":' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"id":' + "9" * 5_000 + "}",
        '{"id":"' + "x" * 10_000_000 + '"}',
    ],
    ids=["half a surrogate pair", "NUL", "nested far too deep", "a number of 5,000 digits", "10 MB"],
)
def test_a_line_that_no_store_could_take_is_refused(tmp_path: Path, line: str) -> None:
    chunk = read_all(write(tmp_path / "a.jsonl", '{"id":"1"}\n' + line + '\n{"id":"3"}\n'))
    assert chunk.table["id"].to_pylist() == ["1", "3"]
    (refused,) = chunk.refused
    assert refused.place == "a.jsonl line 2"
    assert len(refused.value) <= 200


def test_an_array_is_read_like_lines_with_the_line_of_each_element(tmp_path: Path) -> None:
    chunk = read_all(write(tmp_path / "a.json", '[\n  {"id": 1},\n  {\n    "id": 2\n  },\n  7,\n  {"id": "é"}\n]\n'))
    assert chunk.table["id"].to_pylist() == ["1", "2", "é"]
    assert lines(chunk) == [2, 3, 7]
    assert [refused.place for refused in chunk.refused] == ["a.json line 6"]


def test_a_long_array_is_delivered_in_chunks(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([{"id": i} for i in range(25_000)]))
    chunks = list(read_chunks(path, 10_000))
    assert [chunk.table.num_rows for chunk in chunks] == [10_000, 10_000, 5_000]
    assert chunks[-1].table["id"][-1].as_py() == "24999"


@pytest.mark.parametrize("text", ['[{"a":1},\n{"a":]', '[{"a":1}\n', '[{"a":1}]\n{"a":2}', '[{"a":1},\n]'])
def test_a_broken_array_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match=r"a\.json line [12]: broken JSON: ") as caught:
        list(read_chunks(write(tmp_path / "a.json", text)))
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["[]", "[ \n ]"])
def test_an_array_without_elements_has_no_rows(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match="has no rows"):
        list(read_chunks(write(tmp_path / "a.json", text)))


@pytest.mark.parametrize("text", ['{\n  "id": 1\n}\n', '{"customers": [\n{"id": 1}\n]}\n'])
def test_one_object_over_several_lines_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInputError, match="spread over several lines; write one object a line"):
        list(read_chunks(write(tmp_path / "a.json", text)))


def test_text_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is not JSON"):
        read_columns(write(tmp_path / "a.jsonl", "id,name\n1,Ana\n"))


def test_json_under_another_suffix_is_still_json(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.txt", '{"id":"1"}\n')) == [{"id": "1"}]
    assert rows(write(tmp_path / "a.csv", '[{"id":"1"}]\n')) == [{"id": "1"}]


def test_gzipped_lines_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ndjson.gz", gzip.compress('\ufeff{"id":"é"}\r\n{"id":"2"}'.encode()))
    assert rows(path) == [{"id": "é"}, {"id": "2"}]


def test_lines_compressed_with_zstd_are_understood(tmp_path: Path) -> None:
    packed = pa.compress('\ufeff{"id":"é"}\r\n{"id":"2"}'.encode(), codec="zstd", asbytes=True)
    assert rows(write(tmp_path / "a.ndjson.zst", packed)) == [{"id": "é"}, {"id": "2"}]


def test_lines_that_are_not_utf_8_are_refused_with_place_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"line 2: byte 8 of the line \(0xE9\) is not UTF-8.*save it as UTF-8"):
        list(read_chunks(write(tmp_path / "a.jsonl", b'{"id":1}\n{"id":"\xe9"}\n')))


def test_only_the_columns_asked_for_are_delivered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"id":"1","b":{"c":2,"d":3}}\n')
    assert rows(path, columns=["id", "b.c"]) == [{"id": "1", "b.c": "2"}]
    assert rows(path, columns=["absent"]) == [{"absent": None}]


def test_a_sample_keeps_columns_that_only_some_rows_have(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, "pad": "x" * 50} | ({"late": "y"} if i > 50_000 else {})) for i in range(100_000)]
    sample = read_sample(write(tmp_path / "a.jsonl", "\n".join(lines)), 1_000)
    assert sample.num_rows == 1_000
    assert sample["late"].null_count < 1_000
