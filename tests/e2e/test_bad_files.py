"""Files that cannot be used: one clear line that names the file and says what to do, exit code 2, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine

ROW = "1,Ana,García,ana@example.com,Madrid"
HEADER = "id,first_name,last_name,email,city"

CONFIG = """
[sources.crm]
id = "id"
time = "updated_at"
[sources.crm.columns]
first_name = "given_name"
last_name = "family_name"
email = "email"
city = "city"
[identifiers.email]
kind = "email"
[attributes.given_name]
kind = "given_name"
[attributes.family_name]
kind = "family_name"
[attributes.city]
kind = "place"
"""

#: Each bad file: its name and content, and words that the message must hold.
BAD_FILES: dict[str, tuple[str, bytes | None, tuple[str, ...]]] = {
    "missing": ("crm.csv", None, ("crm.csv", "no such file", "check the path")),
    "empty": ("crm.csv", b"", ("crm.csv", "is empty")),
    "only a header": ("crm.csv", f"{HEADER}\n".encode(), ("crm.csv", "header but no rows")),
    "binary": ("crm.csv", bytes(range(256)) * 20, ("crm.csv", "binary")),
    "an Excel workbook": ("crm.csv", b"PK\x03\x04" + bytes(500), ("crm.csv", "save the sheet as CSV")),
    "a wrong encoding": (
        "crm.csv",
        f"{HEADER}\n".encode() + ROW.encode("latin-1") + b"\n",
        ("crm.csv line 2", "not UTF-8", "save it as UTF-8"),
    ),
    "an unknown suffix": ("crm.xyz", f"{HEADER}\n{ROW}\n".encode(), ("crm.xyz", "known are")),
    "a broken Parquet file": ("crm.parquet", b"PAR1 and nothing more", ("crm.parquet",)),
}

COMMANDS: dict[str, Callable[[Path], tuple[object, ...]]] = {
    "init": lambda path: ("init", path),
    "load": lambda path: ("load", path),
    "cluster": lambda path: ("cluster", path, "--out", "clusters.csv"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_in_one_line(cli: CommandLine, case: str, command: str) -> None:
    name, content, words = BAD_FILES[case]
    if content is not None:
        cli.write(name, content)
    before = sorted(cli.folder.iterdir())
    cli(*COMMANDS[command](Path(name))).refused(*words)
    assert [path for path in sorted(cli.folder.iterdir()) if not path.name.startswith("whograph.db")] == before


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_among_good_ones_leaves_the_store_as_it_was(company: CommandLine, case: str) -> None:
    name, content, words = BAD_FILES[case]
    name = name.replace("crm", "support")
    if content is not None:
        company.write(name, content)
    good = company.write_rows("loyalty.csv", HEADER, ROW)
    before = company("check", "--json").ok().json
    company("load", good, name).refused(*(word.replace("crm", "support") for word in words))
    assert company("check", "--json").ok().json["sources"] == before["sources"]


def test_a_directory_is_told(cli: CommandLine) -> None:
    (cli.folder / "crm.csv").mkdir()
    cli("load", "crm.csv").refused("crm.csv", "is a directory")


def test_a_broken_json_line_in_the_middle_is_quarantined_and_counted(cli: CommandLine) -> None:
    rows = (
        '{"id": 1, "email": "ana@example.com", "city": "Madrid"}',
        '{"id": 2, "email": ',
        '{"id": 3, "email": "bo@example.com", "city": "Lund"}',
    )
    done = cli("load", cli.write_rows("crm.jsonl", *rows), "--json").ok()
    (report,) = done.json
    assert (report["new"], report["refused_rows"]) == (2, 1)
    assert report["examples"][0]["place"] == "crm.jsonl line 2"


def test_a_row_with_too_many_cells_is_quarantined_and_counted(cli: CommandLine) -> None:
    path = cli.write_rows(
        "crm.csv", HEADER, ROW, "2,too,many,bo@example.com,Lund,cells,here", "3,Cy,Lee,cy@example.com,York"
    )
    (report,) = cli("load", path, "--json").ok().json
    assert (report["new"], report["refused_rows"]) == (2, 1)
    assert report["examples"][0]["place"] == "crm.csv line 3"


def test_a_cell_of_ten_megabytes_is_quarantined(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW, f"2,Bo,{'x' * 10_000_000},bo@example.com,Lund")
    (report,) = cli("load", path, "--json").ok().json
    assert (report["new"], report["refused_rows"]) == (1, 1)
    assert "more than 1,000,000" in report["examples"][0]["reason"]
    assert len(report["examples"][0]["value"]) <= 200


def test_of_duplicate_ids_within_a_file_one_counts_and_the_other_is_quarantined(cli: CommandLine) -> None:
    cli.write("whograph.toml", CONFIG.replace('time = "updated_at"\n', ""))
    path = cli.write_rows("crm.csv", HEADER, ROW, "1,Bo,Ek,bo@example.com,Lund", "2,Cy,Lee,cy@example.com,York")
    (report,) = cli("load", path, "--json").ok().json
    assert (report["rows"], report["new"], report["refused_rows"]) == (3, 2, 1)
    assert "appears again" in report["examples"][0]["reason"]


def test_ids_that_differ_only_by_case_are_two_records_with_a_warning(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, "a1,Ana,García,ana@example.com,Madrid", "A1,Bo,Ek,bo@example.com,Lund")
    done = cli("load", path).ok()
    assert "differ" in done.err
    assert "case" in done.err
    assert cli("check", "--json").ok().json["counts"]["records"] == 2


def test_a_time_in_2099_is_refused_and_the_row_still_counts(cli: CommandLine) -> None:
    path = cli.write_rows(
        "crm.csv",
        f"{HEADER},updated_at",
        f"{ROW},2099-01-01",
        "2,Bo,Ek,bo@example.com,Lund,2024-01-01",
        "3,Cy,Lee,cy@example.com,York,2024-02-01",
    )
    cli.write("whograph.toml", CONFIG)
    (report,) = cli("load", path, "--json").ok().json
    assert (report["new"], report["refused_values"]) == (3, 1)
    assert "future" in report["examples"][0]["reason"]


def test_a_birth_date_in_2099_is_refused_and_the_row_still_counts(cli: CommandLine) -> None:
    path = cli.write_rows(
        "crm.csv", "id,first_name,last_name,dob", "1,Ana,García,2099-05-17", "2,Bo,Ek,1980-01-01", "3,Cy,Lee,1990-02-02"
    )
    (report,) = cli("load", path, "--json").ok().json
    assert (report["new"], report["refused_values"]) == (3, 1)


def test_an_entirely_empty_column_does_no_harm(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", f"{HEADER},fax", f"{ROW},", "2,Bo,Ek,bo@example.com,Lund,")
    cli("load", path).ok()
    assert cli("recluster", "--json").ok().json["customers"] == 2


def test_a_file_of_one_row_is_one_customer(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("load", path).ok()
    assert cli("recluster", "--json").ok().json["customers"] == 1
    assert cli("cluster", path, "--out", "clusters.csv", "--json").ok().json["customers"] == 1


def test_a_row_without_an_id_is_quarantined(cli: CommandLine) -> None:
    cli.write("whograph.toml", CONFIG.replace('time = "updated_at"\n', ""))
    path = cli.write_rows("crm.csv", HEADER, ROW, ",Bo,Ek,bo@example.com,Lund")
    (report,) = cli("load", path, "--json").ok().json
    assert (report["new"], report["refused_rows"]) == (1, 1)


def test_windows_text_is_read_when_its_encoding_is_named(cli: CommandLine) -> None:
    path = cli.write("crm.csv", f"{HEADER}\n{ROW}\n".encode("windows-1252"))
    cli("load", path, "--encoding", "windows-1252").ok()


def test_an_encoding_that_nobody_knows_is_told(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("load", path, "--encoding", "klingon").refused("klingon")
