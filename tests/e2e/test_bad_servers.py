"""Neo4j servers and databases that cannot be used: one clear line, exit code 2, no password, nothing changed."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import CRM
from tests.e2e.test_interrupted import SECONDS, started
from tests.support.command_line import CommandLine
from tests.support.neo4j_fixtures import driver_of
from tests.support.neo4j_server import GivenServer, Server

COMMANDS = [("load", "crm.csv"), ("who", "email=ana.garcia@example.com"), ("recluster",), ("check",), ("serve",)]
FOREIGN = "CREATE (:Diary {page: 'mine'})"
NEWER = "MATCH (s:WhographStore {name: 'store'}) SET s.schema = 999"


def asked(url: str, statement: str) -> list[object]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        return session.run(statement).values()  # type: ignore[arg-type]  # a test's own literal


@pytest.fixture
def crm(cli: CommandLine) -> CommandLine:
    """A file to load."""
    cli.write_rows("crm.csv", *CRM)
    return cli


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_down_is_told(crm: CommandLine, command: tuple[str, ...]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"neo4j://neo4j:s3cret@127.0.0.1:{unused.getsockname()[1]}/neo4j"
        assert crm(*command, "--store", url).refused("does not answer").err.splitlines() == [
            f"whograph: Neo4j at neo4j://127.0.0.1:{unused.getsockname()[1]}/neo4j does not answer; "
            "start it, or mend the store URL's scheme, host or port"
        ]


@pytest.mark.neo4j
@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_password_is_told(crm: CommandLine, neo4j_url: str, command: tuple[str, ...]) -> None:
    parts = urlsplit(neo4j_url)
    url = f"{parts.scheme}://neo4j:s3cret@{parts.hostname}:{parts.port}/neo4j"
    assert "s3cret" not in crm(*command, "--store", url).refused("user name or password").err


@pytest.mark.neo4j
@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_does_not_exist_is_told(crm: CommandLine, neo4j_url: str, command: tuple[str, ...]) -> None:
    crm(*command, "--store", neo4j_url.rpartition("/")[0] + "/nowhere").refused("no database 'nowhere'")


@pytest.mark.neo4j
@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_with_other_data_is_told_and_left_alone(
    crm: CommandLine, neo4j_url: str, command: tuple[str, ...]
) -> None:
    asked(neo4j_url, FOREIGN)
    crm(*command, "--store", neo4j_url).refused("holds other data")
    assert asked(neo4j_url, "MATCH (n) RETURN labels(n), n.page") == [[["Diary"], "mine"]]


@pytest.mark.neo4j
@pytest.mark.parametrize("command", COMMANDS)
def test_a_newer_schema_is_told_and_left_alone(crm: CommandLine, neo4j_url: str, command: tuple[str, ...]) -> None:
    crm("load", "crm.csv", "--store", neo4j_url).ok()
    asked(neo4j_url, NEWER)
    crm(*command, "--store", neo4j_url).refused("schema 999", "newer")
    assert asked(neo4j_url, "MATCH (r:Record) RETURN count(r)") == [[len(CRM) - 1]]


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_server_that_goes_away_in_a_stream_ends_it_and_what_was_answered_stays(
    crm: CommandLine, neo4j_server: Server, neo4j_url: str
) -> None:
    if isinstance(neo4j_server, GivenServer):
        pytest.skip("a given server cannot be killed")
    for command in (("load", "crm.csv"), ("recluster",)):
        crm(*command, "--store", neo4j_url).ok()
    rows = [f'{{"id": "{number}", "email": "p{number}@example.com"}}\n' for number in range(50, 53)]
    with started(crm.folder, "ingest", "--source", "crm", "--lines", "--store", neo4j_url) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(rows[0])
        process.stdin.flush()
        assert '"crm:50"' in process.stdout.readline()
        neo4j_server.kill()
        _, said = process.communicate(rows[1], timeout=SECONDS)
    neo4j_server.restart()
    assert process.returncode == 2
    assert said.strip().splitlines()[-1].startswith("whograph: ")
    assert "does not answer" in said
    assert "Traceback" not in said
    crm("ingest", "--source", "crm", "--store", neo4j_url, stdin="".join(rows)).ok()
    report = crm("check", "--json", "--store", neo4j_url).ok().json
    assert report["sources"]["crm"] == len(CRM) - 1 + len(rows)
