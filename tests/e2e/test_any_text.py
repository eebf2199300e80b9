"""Text of any kind goes in and comes out unchanged, or is refused with a reason; on both stores alike, and none of it
is ever a part of a statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.model import DecisionKind
from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from resolver.config import Config
from resolver.service import Resolver
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.same_work import assert_same_work_same_end

CONFIG = Config.model_validate(
    {
        "identifiers": {"email": {"kind": "email"}, "device": {"kind": "code"}},
        "attributes": {"given_name": {"kind": "given_name"}, "note": {"kind": "text"}},
        "sources": {
            "crm": {
                "id": "no",
                "time": "at",
                "columns": {"mail": "email", "device": "device", "first": "given_name", "note": "note"},
            }
        },
    }
)
COLUMNS = ("no", "mail", "device", "first", "note", "unknown")
LARGE = "x" * 100_000
TEXTS = {
    "quotes": "'O\"Neill`",
    "backslashes": "\\ \\\\ \\u0041 \\'",
    "dollars": "$ $key ${key} $rows",
    "newlines": "one\ntwo\r\nthree\u2028four",
    "emoji": "👩\u200d👩\u200d👧 🦉 🇬🇧",
    "nul": "a\0b",
    "controls": "\x01\x1b[31m\x7f\x85",
    "large": LARGE,
    "large of many bytes": "🦉" * 25_000,
    "sql": "1'); DROP TABLE records; --",
    "cypher": "'}) DETACH DELETE n //",
    "cypher in a name": "`}) MATCH (n) SET n = {} RETURN n //",
    "a colon and a percent sign": "crm:1%_*?[x]",
    "right to left": "\u202eمرحبا",
    "combining": "é e\u0301 \ufb01 ＡＢ",
    "noncharacters": "\ufffe\uffff\U0010ffff",
}


def rows_with(name: str, text: str) -> list[dict[str, Any]]:
    """The text as the value of each column in turn, in lists, and as a column of its own; ``name`` tells the ids of
    texts apart."""
    rows = [{"no": f"{name} {column}", "first": "Ana", column: text} for column in COLUMNS]
    return [
        *rows,
        {"no": f"{name} list", "device": [text, "d1"], "note": [text, "x"]},
        {"no": f"{name} name", text: text},
    ]


def see(resolver: Resolver, rows: list[dict[str, Any]]) -> None:
    """Each was stored as it came, less the columns that are empty, or refused with a reason."""
    for row, outcome in zip(rows, resolver.ingest("crm", rows), strict=True):
        if outcome.kind == "quarantined":
            assert [bool(its.reason) for its in outcome.refused].count(True) == len(outcome.refused) > 0
            continue
        assert outcome.record_key is not None
        assert resolver.record(*outcome.record_key.split(":", 1)).payload == {
            name: its for name, its in row.items() if its != ""
        }


def work_with(resolver: Resolver) -> None:
    resolver.ingest("crm", [{"no": "a", "first": "Ana"}, {"no": "b", "first": "Ben"}])
    for name, text in TEXTS.items():
        see(resolver, rows_with(name, text))
        decision = resolver.decide(DecisionKind.SAME, "crm:a", "crm:b", by=text, reason=text).decision
        assert (decision.by, decision.reason) == (text, text)
        assert decision in resolver.decisions()
        resolver.identify({field: [text] for field in ("device", "note", "given_name")})
        resolver.withdraw(decision.id, by=text)
    resolver.recluster(retrain=True)


@pytest.mark.neo4j
def test_a_text_comes_out_as_it_went_in_and_both_stores_end_alike(
    embedded: SqliteStore, neo4j_url: str, tmp_path: Path
) -> None:
    server = Neo4jStore.open(neo4j_url)
    assert_same_work_same_end((embedded, server), CONFIG, work_with)
    assert differences(verdict_of(server), batch_over(server, tmp_path / "batch.db")) == []
    server.close()


@pytest.fixture
def resolver(embedded: SqliteStore) -> Resolver:
    return Resolver(embedded, CONFIG)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30), min_size=1), st.text(max_size=20))
def test_any_text_comes_out_as_it_went_in(resolver: Resolver, row: dict[str, Any], column: str) -> None:
    see(resolver, [{"no": "1", **row, column: column}])


def test_text_that_is_not_unicode_is_refused(resolver: Resolver) -> None:
    (outcome,) = resolver.ingest("crm", [{"no": "1", "note": "half of a pair: \ud83e"}])
    assert (outcome.kind, "Unicode" in outcome.refused[0].reason) == ("quarantined", True)
    assert resolver.counts().records == 0
