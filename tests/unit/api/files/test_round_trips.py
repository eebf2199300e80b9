"""Whatever text goes into a file comes out of it, whoever wrote it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files import read_chunks, write_rows
from api.files.delimited import DelimitedReader
from api.files.records import Splitter
from tests.support.files import write

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.text(
    ' ,;"\n\r\tab', max_size=8
)
cells = st.none() | texts.filter(bool)
tables = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))


def as_table(rows: list[list[str | None]]) -> pa.Table:
    return pa.table({f"c{i}": pa.array([row[i] for row in rows], pa.string()) for i in range(len(rows[0]))})


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".jsonl"])
@given(rows=tables)
def test_a_written_table_is_read_back(suffix: str, rows: list[list[str | None]]) -> None:
    table = as_table(rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        write_rows(path, [table])
        chunks = list(read_chunks(path, 3))
    assert [row for chunk in chunks for row in chunk.table.to_pylist()] == table.to_pylist()
    assert not any(chunk.refused for chunk in chunks)


@given(rows=tables, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_a_table_that_pythons_csv_module_wrote_is_read(rows: list[list[str | None]], delimiter: str, end: str) -> None:
    names = [f"c{i}" for i in range(len(rows[0]))]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "in.csv", text.getvalue())
        chunks = list(read_chunks(path))
    assert [row for chunk in chunks for row in chunk.table.to_pylist()] == as_table(rows).to_pylist()


@given(text=st.text(',"\n\rab', max_size=60))
def test_the_fast_way_and_the_exact_way_agree_on_any_text(text: str) -> None:
    """Blocks that are one row a line skip the splitter; that must never change what is read."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "in.csv", "x,y\n" + text)
        reader = DelimitedReader(path)
        fast = reader._parse_lines(text.encode(), ("x", "y"))
        if fast is None:
            return
        found = Splitter(",").split(text.encode(), 2, final=True)
        exact = reader._parse_records(found, ("x", "y"))
    assert exact.table.to_pylist() == fast.to_pylist()
    assert exact.lines.tolist() == list(range(2, 2 + fast.num_rows))
    assert exact.refused == ()


@given(text=st.text(',"\n\rab ', max_size=80))
def test_every_line_of_any_text_is_accounted_for(text: str) -> None:
    found = Splitter(",").split(text.encode(), 1, final=True)
    kept = [*zip(found.lines, found.records, strict=True), *found.unclosed]
    kept_text = b"".join(record for _, record in sorted(kept))
    everything = b"".join(line for line in text.encode().splitlines(keepends=True) if line.strip(b"\r\n"))
    blank_free = b"".join(line for line in kept_text.splitlines(keepends=True) if line.strip(b"\r\n"))
    assert blank_free == everything


@given(text=st.text(',"\n\rab', max_size=80), cut=st.integers(0, 80))
def test_where_a_block_ends_does_not_matter(text: str, cut: int) -> None:
    body = text.encode()
    cut = body.rfind(b"\n", 0, cut) + 1
    splitter = Splitter(",")
    whole = splitter.split(body, 1, final=True)
    first = splitter.split(body[:cut], 1, final=False)
    second = splitter.split(first.rest + body[cut:], first.next_line, final=True)
    assert first.records + second.records == whole.records
    assert first.lines + second.lines == whole.lines
    assert first.unclosed + second.unclosed == whole.unclosed
