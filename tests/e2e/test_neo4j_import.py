"""First loads by Neo4j's own import: the imported graph is the one that a copy writes."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from graph.errors import BadInputError
from graph.model import DecisionKind
from graph.neo4j_store import ImportFiles, Neo4jStore
from graph.sqlite_store import SqliteStore
from resolver.masks import BUILT_IN
from resolver.moving.copying import copy_store
from resolver.moving.graph_files import write_graph
from resolver.moving.masking import Masking
from resolver.progress import silent
from resolver.service import Resolver
from tests.support.command_line import CommandLine
from tests.support.company import SHOP, loaded, table
from tests.support.contents import contents, differences
from tests.support.neo4j_fixtures import driver_of, server_jars
from tests.support.neo4j_server import OwnServer

#: What is the store's own, not its graph's: counters, and the number of the write that a record came with.
OWN = {"WhographStore": {"id", "sequence", "locked", "begun", "done", "staged"}, "RecordKey": {"changed"}}
NASTY = (
    'She said "no"',
    'ends with a quote"',
    "back\\slash\\",
    "comma, semicolon; tab\t|",
    "line\nbreak\r\nand another\rone",
    "owl 🦉 and $param {curly} `tick`",
    "' OR 1=1 //",
    "nul \0 inside",
    "  blanks around  ",
    "1e5",
    "true",
)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store that holds some of everything."""
    store = SqliteStore.open(tmp_path / "embedded.db")
    resolver = loaded(store)
    for number, text in enumerate(NASTY):
        names = [text, f"Ewa {text}"] if number % 3 == 0 else text
        row = {"account": f"N{number} {text}".replace("\0", "0").strip(), "first_name": names, "last_name": text}
        resolver.ingest("shop", [{**row, "email": f"nasty{number}@example.com", "card": text, "note": text}])
    resolver.ingest("shop", [{"account": "W9", "email": "not an e-mail", "last_name": "Reyes", "seen": "1999-04-01"}])
    resolver.decide(DecisionKind.SAME, "crm:4", "crm:5", by="ana", reason='married, "at last"\n🦉')
    resolver.decide(DecisionKind.DIFFERENT, "crm:1", "email:b.reyes@example.com", by="ana", reason="seen")
    gone = resolver.decide(DecisionKind.DIFFERENT, "crm:1", "shop:W1", by="ana", reason="sisters")
    resolver.withdraw(gone.decision.id, by="bo")
    resolver.decide(DecisionKind.SAME, "shop:W2", "shop:W3", by="ana", reason="twins")
    resolver.delete("crm", "3")
    resolver.load("shop", [(table((SHOP[0], ("W7", "x@example.org", *[None] * 5, "2024-06-01"))), "row {}".format)])
    with store.write() as tx:
        tx.put_meta("note", '{"a": "🦉"}')
    yield store
    store.close()


def _graph(url: str) -> tuple[Counter[str], Counter[str]]:
    """All nodes and all edges, each as a text of its labels and properties."""
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        nodes = [its["n"] for its in session.run("MATCH (n) RETURN n")]
        edges = [its["e"] for its in session.run("MATCH (a)-[e]->(b) RETURN a, e, b")]
        told = {node.element_id: _told(node) for node in nodes}
        ends = [(told[its.start_node.element_id], told[its.end_node.element_id]) for its in edges]
    return Counter(told.values()), Counter(
        f"{start} -{edge.type} {_values(dict(edge))}-> {end}" for edge, (start, end) in zip(edges, ends, strict=True)
    )


def _told(node: neo4j.graph.Node) -> str:
    own: set[str] = set().union(*(OWN.get(label, set()) for label in node.labels))
    return f"{sorted(node.labels)} {_values({name: its for name, its in node.items() if name not in own})}"


def _values(properties: dict[str, Any]) -> str:
    return repr([(name, type(its).__name__, its) for name, its in sorted(properties.items())])


def _schema(url: str) -> list[list[Any]]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        statement = "SHOW INDEXES YIELD name, state, labelsOrTypes, properties, owningConstraint"
        return sorted(session.run(f"{statement} WHERE name STARTS WITH 'whograph' RETURN *").values(), key=str)


def _assert_same_graph(imported: tuple[Counter[str], Counter[str]], copied: tuple[Counter[str], Counter[str]]) -> None:
    for left, right in zip(imported, copied, strict=True):
        assert sorted((left - right).elements()) == []
        assert sorted((right - left).elements()) == []


@pytest.mark.neo4j
def test_the_imported_graph_is_the_copied_one(embedded: SqliteStore, neo4j_url: str, tmp_path: Path) -> None:
    with_jars = server_jars()
    folder = tmp_path / "files"
    folder.mkdir()
    command = write_graph(embedded, ImportFiles(folder), silent)
    server = OwnServer(with_jars, heap="600m", imports=(folder, command))
    try:
        target = Neo4jStore.open(server.url)
        imported, schema = _graph(server.url), _schema(server.url)
        assert target.check() == []
        assert differences(contents(embedded), contents(target)) == []
        target.close()
    finally:
        server.stop()
    target = Neo4jStore.open(neo4j_url)
    copy_store(embedded, target, silent)
    target.close()
    copied = _graph(neo4j_url)
    assert copied[0].total() > 100
    _assert_same_graph(imported, copied)
    assert schema == _schema(neo4j_url) != []


def test_masked_files_hold_no_values(embedded: SqliteStore, tmp_path: Path) -> None:
    write_graph(embedded, ImportFiles(tmp_path), silent, Masking("analyst", BUILT_IN["analyst"], b"secret of the test"))
    text = "".join(its.read_text() for its in tmp_path.glob("*.csv"))
    assert "crm:1" in text
    for value in ("ana.reyes", "Okafor", "okafor", "7946", "1984-03-12", "L-100", "married", "at last"):
        assert value not in text


def test_the_command_writes_a_folder_and_says_how_to_import_it(company: CommandLine) -> None:
    done = company("export", "neo4j-import", "--out", "files").ok()
    line = shlex.split(done.out)
    assert line[:7] == ["cd", "files", "&&", "neo4j-admin", "database", "import", "full"]
    written = {path.name for path in (company.folder / "files").iterdir()}
    assert {its.rpartition("=")[2] for its in line if its.endswith(".csv")} == written
    company("export", "neo4j-import", "--out", "files").refused("files", "is there already")


def test_what_cannot_be_imported_is_told_and_leaves_nothing(company: CommandLine) -> None:
    row = {"id": "9", "first_name": "Ana \uffff", "email": "nine@example.com"}
    Resolver(SqliteStore.open(company.folder / "whograph.db")).ingest("crm", [row])
    company("export", "neo4j-import", "--out", "files").refused("U+FFFF", "whograph copy")
    assert not [path for path in company.folder.iterdir() if "files" in path.name]
    company("export", "clusters", "--out", "c.csv", "--mask", "analyst").refused("neo4j-import only")


def test_a_store_that_was_never_resolved_has_no_graph(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "empty.db")
    with pytest.raises(BadInputError, match="whograph recluster"):
        write_graph(store, ImportFiles(tmp_path), silent)
    store.close()
