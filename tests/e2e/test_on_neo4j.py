"""The same commands on a Neo4j server: every command behaves the same on both stores."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import CRM, SHOP
from tests.support.command_line import CommandLine, Done


def _lines(customer: str) -> str:
    """A record that sends the id of a customer back, two that are bad, and one of a source that registers itself."""
    rows = [
        {"source": "crm", "row": {"id": "9", "first_name": "Bernd", "whograph_customer_id": customer}},
        '{"source": "crm", "row": ',
        {"source": "crm", "row": {"first_name": "nobody"}},
        {"source": "club", "row": {"member_id": "M1", "e_mail": "m1@example.org"}},
    ]
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


def _without_times(its: Any) -> Any:
    """Of a document what does not depend on the clock, or on which store it is."""
    if isinstance(its, dict):
        clocked = ("at", "cursor", "id", "observed_at", "created_at", "updated_at", "decision")
        return {name: _without_times(value) for name, value in its.items() if name not in clocked}
    return [_without_times(one) for one in its] if isinstance(its, list) else its


@pytest.mark.neo4j
def test_the_commands_work_on_neo4j_as_on_the_embedded_store(cli: CommandLine, neo4j_url: str) -> None:
    crm, shop = cli.write_rows("crm.csv", *CRM), cli.write_rows("shop.csv", *SHOP)

    def both(*arguments: object, stdin: str = "") -> tuple[Done, Done]:
        """The same command on the embedded store and on the server."""
        return cli(*arguments, stdin=stdin).ok(), cli(*arguments, "--store", neo4j_url, stdin=stdin).ok()

    def both_refused(word: str, *arguments: object) -> None:
        cli(*arguments).refused(word)
        cli(*arguments, "--store", neo4j_url).refused(word)

    both("load", crm, shop)
    both("recluster")
    embedded, server = both("who", "email=ana.garcia@example.com", "--json")
    assert embedded.json["candidates"][0]["customer"]["records"] == ["crm:1", "shop:S1"]
    assert server.json["candidates"][0]["evidence"] == embedded.json["candidates"][0]["evidence"]
    embedded, server = both("explain", "crm:1", "shop:S1", "--json")
    assert embedded.json == server.json
    both("take-out", "shop:S2", "--reason", "another Bernd", "--dry-run")
    both("decide", "different", "crm:1", "shop:S1", "--reason", "mother and daughter", "--by", "ann")
    both_refused("withdraw one of", "decide", "same", "crm:1", "shop:S1", "--reason", "one person")
    both_refused("crm:99", "decide", "same", "crm:1", "crm:99", "--reason", "one person")
    both_refused("crm:1", "decide", "same", "crm:1", "crm:1", "--reason", "one person")
    both_refused("nothing", "withdraw", "nothing", "--by", "ann")
    both_refused("cursor", "changes", "--after", "other:7")
    customer = both("who", "crm:2", "--json")[0].json["id"]
    embedded, server = both("ingest", "--lines", "--allow-new-sources", stdin=_lines(customer))
    outcomes = [json.loads(line) for line in embedded.out.splitlines()]
    assert outcomes == [json.loads(line) for line in server.out.splitlines()]
    assert [one["outcome"] for one in outcomes] == ["joined", "refused", "quarantined", "new"]
    for command in (("changes",), ("review",), ("decisions",), ("customer", customer)):
        embedded, server = both(*command, "--json")
        assert _without_times(embedded.json) == _without_times(server.json)
    both("decisions")
    both("recluster", "--retrain")
    cli("export", "clusters", "--out", "embedded.csv").ok()
    cli("export", "clusters", "--out", "server.csv", "--store", neo4j_url).ok()
    assert (cli.folder / "embedded.csv").read_text() == (cli.folder / "server.csv").read_text()
    assert all(done.json["sound"] for done in both("check", "--json"))


@pytest.mark.neo4j
def test_a_wrong_password_is_told_and_not_repeated(cli: CommandLine, neo4j_url: str) -> None:
    scheme, _, rest = neo4j_url.partition("://")
    host = rest.rpartition("@")[2]
    done = cli("check", "--store", f"{scheme}://neo4j:not-the-password@{host}").refused()
    assert "not-the-password" not in done.err
