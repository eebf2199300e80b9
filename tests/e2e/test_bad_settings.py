"""Configurations, stores, folders and arguments that cannot be used: one clear line, exit code 2, nothing changed."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, in_process_of_its_own

HEADER, ROW = "id,first_name,last_name,email", "1,Ana,García,ana@example.com"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[resolution]\nlink_treshold = 3\n", ("resolution.link_treshold", "Extra inputs")),
        ("[resolution]\nlink_threshold = 400\n", ("link_threshold", "less than or equal to 60")),
        ("[identifiers.email]\nmatch_probability = 1.5\n", ("identifiers.email.match_probability", "less than 1")),
        ("[identifiers.e-mail]\n[identifiers.'E mail']\n", ("'e-mail' and 'E mail'", "one name, or two")),
        ("[identifiers.phone]\nhalf_life_days = 0\n", ("identifiers.phone.half_life_days", "greater than 0")),
        ("[identifiers.phone]\nhalf_life_days = 9\n[sources.crm]\n", ("no source has a time", "[sources.NAME]")),
        ("[attributes.dob]\nkind = 'date'\nhalf_life_days = 9\n", ("attributes.dob.half_life_days", "Extra inputs")),
        ("[identifiers.whograph_seen_day]\n", ("'whograph_seen_day'",)),
        ("[sources.crm.columns]\nemail = 'mail'\n", ("sources.crm.columns.email", "neither")),
        ("[resolution\n", ("is not TOML", "line 1")),
        ("service = 3\n", ("service",)),
        ("[service]\nprot = 80\n", ("prot",)),
        ("[service]\nport = 99999\n", ("port", "65535")),
        (b"\xff\xfe\x00", ("cannot be read",)),
    ],
)
def test_a_bad_configuration_is_told_by_its_key(cli: CommandLine, content: str | bytes, words: tuple[str, ...]) -> None:
    cli.write("whograph.toml", content)
    cli("load", cli.write_rows("crm.csv", HEADER, ROW)).refused(*words)
    assert not (cli.folder / "whograph.db").exists()


def test_a_configuration_that_is_named_must_exist(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("load", path, "--config", "other.toml").refused("other.toml", "no such config", "whograph init")


def test_a_file_whose_source_is_not_configured_is_told(cli: CommandLine) -> None:
    cli("init", cli.write_rows("crm.csv", HEADER, ROW)).ok()
    shop = cli.write_rows("shop.csv", HEADER, ROW)
    cli("load", shop).refused("whograph.toml", "'shop'", "whograph init --add shop.csv")
    cli("cluster", shop, "--out", "out.csv").refused("'shop'", "whograph init --add shop.csv")


def test_a_file_with_none_of_the_configured_columns_is_told(cli: CommandLine) -> None:
    cli("init", cli.write_rows("crm.csv", HEADER, ROW)).ok()
    other = cli.write_rows("other.csv", "a,b", "1,2")
    cli("load", other, "--source", "crm").refused("other.csv", "none of the columns")


def test_a_file_without_the_configured_id_column_is_told(cli: CommandLine) -> None:
    cli("init", cli.write_rows("crm.csv", HEADER, ROW)).ok()
    other = cli.write_rows("other.csv", "first_name,last_name,email", "Ana,García,ana@example.com")
    cli("load", other, "--source", "crm").refused("other.csv", "no id column 'id'")


def test_init_does_not_replace_a_configuration_unasked(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli.write("whograph.toml", "# mine\n")
    cli("init", path).refused("whograph.toml", "exists already", "--add", "--force")
    assert (cli.folder / "whograph.toml").read_text() == "# mine\n"


def test_init_add_refuses_a_source_that_is_there_already(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("init", path).ok()
    cli("init", "--add", path).refused("'crm'", "already")


def test_a_store_that_is_not_one_is_told_and_stays_as_it_is(cli: CommandLine) -> None:
    cli.write("whograph.db", "my diary, not a database")
    cli("load", cli.write_rows("crm.csv", HEADER, ROW)).refused("whograph.db", "not a whograph store")
    assert (cli.folder / "whograph.db").read_text() == "my diary, not a database"


def test_a_database_of_another_program_is_told_and_stays_as_it_is(cli: CommandLine) -> None:
    with sqlite3.connect(cli.folder / "whograph.db") as other:
        other.execute("CREATE TABLE diary (page TEXT)")
    other.close()
    before = (cli.folder / "whograph.db").read_bytes()
    cli("load", cli.write_rows("crm.csv", HEADER, ROW)).refused("whograph.db", "of another program")
    assert (cli.folder / "whograph.db").read_bytes() == before


def test_a_store_of_a_newer_schema_is_told(company: CommandLine) -> None:
    with sqlite3.connect(company.folder / "whograph.db") as store:
        store.execute("PRAGMA user_version = 9999")
    store.close()
    company("check").refused("schema 9999", "upgrade whograph")


@pytest.mark.parametrize(
    "command", [("who", "email=ana@example.com"), ("check",), ("recluster",), ("export", "clusters", "--out", "c.csv")]
)
def test_a_store_that_does_not_exist_is_told_and_not_made(cli: CommandLine, command: tuple[str, ...]) -> None:
    cli(*command).refused("whograph.db")
    assert not (cli.folder / "whograph.db").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://somewhere", ("mysql", "sqlite:///FILE")),
        ("whograph.db", ("sqlite:///FILE",)),
        ("sqlite:///", ("names no file",)),
        ("neo4j://host", ("password",)),
        ("neo4j://user:secret@", ("host",)),
    ],
)
def test_a_store_url_that_names_no_store_is_told(cli: CommandLine, url: str, words: tuple[str, ...]) -> None:
    done = cli("check", "--store", url).refused(*words)
    assert "secret" not in done.err


def test_a_neo4j_server_that_is_not_there_is_told_without_the_password(cli: CommandLine) -> None:
    done = cli("check", "--store", "neo4j://neo4j:secret@127.0.0.1:9/neo4j?connect=1").refused("127.0.0.1:9")
    assert "secret" not in done.err


def test_a_missing_folder_is_told(cli: CommandLine) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("load", path, "--store", "sqlite:///nowhere/whograph.db").refused("nowhere")
    cli("cluster", path, "--out", "nowhere/out.csv").refused("nowhere/out.csv", "folder does not exist")
    cli("init", path, "--out", "nowhere/whograph.toml").refused("nowhere/whograph.toml")


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that takes no files. Permissions do not stop the administrator: there it is one of the kernel's own."""
    if os.geteuid() == 0:
        yield Path("/proc/self")
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        yield Path(folder)
        Path(folder).chmod(0o755)


def test_a_read_only_folder_is_told(cli: CommandLine, read_only: Path) -> None:
    path = cli.write_rows("crm.csv", HEADER, ROW)
    cli("load", path, "--store", f"sqlite:///{read_only}/whograph.db").refused(str(read_only))
    cli("cluster", path, "--out", read_only / "out.csv").refused("out.csv")
    cli("init", path, "--out", read_only / "whograph.toml").refused("whograph.toml", "cannot be written")


def test_a_full_disk_is_told_and_the_store_is_as_it_was(company: CommandLine) -> None:
    rows = [f"{number},Ana{number},García{number},ana{number}@example.com" for number in range(20_000)]
    big = company.write_rows("loyalty.csv", HEADER, *rows)
    before = company("check", "--json").ok().json["counts"]
    size = (company.folder / "whograph.db").stat().st_size
    in_process_of_its_own(company.folder, "load", big, most_bytes=size + 100_000).refused("disk")
    assert company("check", "--json").ok().json["counts"]["records"] == before["records"]
    company("load", big).ok()


def test_a_full_disk_leaves_no_half_output(company: CommandLine) -> None:
    rows = [f"{number},Ana{number},García{number},ana{number}@example.com" for number in range(5_000)]
    big = company.write_rows("loyalty.csv", HEADER, *rows)
    in_process_of_its_own(company.folder, "cluster", big, "--out", "out.csv", most_bytes=50_000).refused("out.csv")
    assert not list(company.folder.glob("*out.csv*"))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ((), ()),
        (("laod", "x.csv"), ("laod",)),
        (("load",), ("FILES",)),
        (("load", "--fall", "x.csv"), ("--fall",)),
        (("cluster", "x.csv"), ("--out",)),
        (("decide", "perhaps", "crm:1", "crm:2", "--reason", "x"), ("perhaps",)),
        (("decide", "same", "crm:1", "crm:2"), ("--reason",)),
        (("export", "everything", "--out", "x.csv"), ("everything",)),
        (("who",), ("FIELD=VALUE",)),
        (("who", "ana"), ("'ana'", "FIELD=VALUE")),
        (("demo", "--rows", "5"), ("1000",)),
        (("review", "--limit", "0"), ("--limit",)),
        (("serve", "--port", "99999"), ("port", "65535")),
    ],
)
def test_a_usage_error_is_one_line(cli: CommandLine, command: tuple[str, ...], words: tuple[str, ...]) -> None:
    if not command:
        assert cli().code == 2
        return
    cli(*command).refused(*words)


def test_an_output_of_an_unknown_kind_is_told(company: CommandLine) -> None:
    company("export", "clusters", "--out", "clusters.xlsx").refused("clusters.xlsx", ".csv")


def test_a_truth_that_is_about_other_records_is_told(company: CommandLine) -> None:
    company("evaluate", "--truth", company.write_rows("truth.csv", "record_key,person_id", "x:1,p1")).refused("none of")
    company("evaluate", "--truth", "person").refused("'person'", "not stored")
    company("evaluate", "crm.csv", "--truth", "person").refused("crm.csv", "'person'")


def test_a_model_that_is_none_is_told(company: CommandLine) -> None:
    company("model", "import", company.write("model.json", "{}")).refused("model.json", "not a whograph model")
    company("model", "import", "nowhere.json").refused("nowhere.json")
    company("model", "show", "--version", "99").refused("version '99'", "whograph model list")


def test_the_demo_does_not_clear_a_folder_that_is_not_its_own(cli: CommandLine) -> None:
    cli.write("mine.txt", "keep me")
    cli("demo", "--folder", cli.folder, "--replace").refused("not empty")
    assert (cli.folder / "mine.txt").read_text() == "keep me"


def test_a_question_of_which_the_store_knows_no_field_is_told_with_those_that_it_knows(company: CommandLine) -> None:
    company("who", "colour=red").refused("colour", "no such field", "email")
