"""``whograph ingest`` with streams as they are: compressed, with lines that cannot be used, into commands that end."""

from __future__ import annotations

import codecs
import gzip
import json
import os
import subprocess
import threading

import pyarrow as pa
import pytest

from tests.support.command_line import CommandLine, command, environment


def line(id: object, email: str = "zoe@example.net", customer: str | None = None, **row: object) -> str:
    its = {"source": "crm", "row": {"id": id, "email": email, **row}}
    return json.dumps(its | ({"customer": customer} if customer else {}), ensure_ascii=False)


def outcomes(cli: CommandLine, *lines: str) -> list[tuple[str | None, str]]:
    done = cli("ingest", "--json", stdin="\n".join(lines)).ok()
    return [(its["record"], its["outcome"]) for its in done.json["outcomes"]]


def test_a_line_without_an_id_is_refused_also_where_it_comes_alone(company: CommandLine) -> None:
    bare = json.dumps({"source": "crm", "row": {"email": "zoe@example.net"}})
    done = company("ingest", "--json", stdin=bare).ok()
    (its,) = done.json["outcomes"]
    assert (its["record"], its["outcome"]) == (None, "refused")
    assert "'id'" in its["refused"][0]["reason"]


def test_lines_are_counted_with_the_empty_ones(company: CommandLine) -> None:
    done = company("ingest", "--json", stdin=f"\n\n{line(8)}\n\n[]\n{line(9)}").ok()
    assert [its["index"] for its in done.json["outcomes"]] == [2, 4, 5]


def test_numbers_as_ids_are_kept_to_their_last_digit(company: CommandLine) -> None:
    ids = [12345678901234567890123, 12345678901234567890124]
    assert outcomes(company, *map(line, ids)) == [(f"crm:{ids[0]}", "new"), (f"crm:{ids[1]}", "joined")]


def test_a_line_may_bring_one_of_our_customer_ids(company: CommandLine) -> None:
    customer = company("who", "crm:2", "--json").ok().json["id"]
    done = company("ingest", "--json", stdin=line("8", customer=customer)).ok()
    assert [its["customer"] for its in done.json["outcomes"]] == [customer]


def test_a_line_that_is_nested_without_end_or_too_long_leaves_the_others_to_land(company: CommandLine) -> None:
    deep = '{"source":"crm","row":{"id":"7","a":' + '{"a":' * 1_010 + "1" + "}" * 1_010 + "}}"
    long = line("7", note="a") + " " * 3_000_000 + "x"
    assert outcomes(company, line("8"), deep, long, "{}", line("9")) == [
        ("crm:8", "new"),
        (None, "quarantined"),
        (None, "refused"),
        (None, "refused"),
        ("crm:9", "joined"),
    ]


@pytest.mark.parametrize("form", ["gzip", "zstd", "utf-16", "byte order mark", "crlf"])
def test_a_file_may_come_in_the_forms_that_load_takes(company: CommandLine, form: str) -> None:
    text = f"{line('8')}\n{line('9', note='Żółć')}\n"
    written = {
        "gzip": gzip.compress(text.encode()),
        "zstd": pa.compress(text.encode(), codec="zstd", asbytes=True),
        "utf-16": codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        "byte order mark": codecs.BOM_UTF8 + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
    }
    name = {"gzip": "crm.jsonl.gz", "zstd": "crm.jsonl.zst"}.get(form, "crm.jsonl")
    done = company("ingest", company.write(name, written[form]), "--json").ok()
    assert [its["record"] for its in done.json["outcomes"]] == ["crm:8", "crm:9"]


def test_a_first_line_that_is_bad_does_not_keep_the_columns_from_being_guessed(cli: CommandLine) -> None:
    rows = [
        json.dumps({"id": str(n), "email": f"p{n}@example.com", "names": [["odd"]] if n == 1 else "x"})
        for n in range(3)
    ]
    done = cli("ingest", "--source", "crm", "--json", stdin="\n".join(["{broken", *rows])).ok()
    assert [its["outcome"] for its in done.json["outcomes"]] == ["refused", "new", "quarantined", "new"]


def test_a_pipe_whose_first_part_is_bad_is_read_on(cli: CommandLine) -> None:
    reader, writer = os.pipe()
    path = f"/dev/fd/{reader}"

    def write() -> None:
        with os.fdopen(writer, "wb") as out:
            out.write(b"{broken\n" * 500)
            out.flush()
            out.write(b"".join(json.dumps({"id": str(n), "email": f"p{n}@x.org"}).encode() + b"\n" for n in range(3)))

    thread = threading.Thread(target=write)
    thread.start()
    done = cli("ingest", path, "--source", "crm", "--json").ok()
    thread.join()
    os.close(reader)
    assert done.json["counts"] == {"refused": 500, "new": 3}


def test_all_is_ingested_also_where_nobody_reads_the_answers(company: CommandLine) -> None:
    path = company.write_rows("more.jsonl", *(line(f"N{n}", f"n{n}@example.net") for n in range(2_000)))
    with subprocess.Popen(
        command("ingest", path), cwd=company.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"crm:N0")
        process.stdout.close()
        assert process.wait() == 0
    assert "sound: 2,007 records" in company("check").ok().out


def test_what_was_done_before_an_error_is_said(company: CommandLine) -> None:
    """Half of a compressed file is there."""
    whole = gzip.compress("".join(f"{line(f'N{n}', f'n{n}@example.net')}\n" for n in range(30_000)).encode())
    done = company("ingest", company.write("crm.jsonl.gz", whole[: len(whole) - 10]))
    assert done.code == 2
    assert "lines were done before" in done.err
