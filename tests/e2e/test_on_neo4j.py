"""The same commands on a Neo4j server: every command behaves the same on both stores."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import CRM, SHOP
from tests.support.command_line import CommandLine, Done


@pytest.mark.neo4j
def test_the_commands_work_on_neo4j_as_on_the_embedded_store(cli: CommandLine, neo4j_url: str) -> None:
    crm, shop = cli.write_rows("crm.csv", *CRM), cli.write_rows("shop.csv", *SHOP)

    def both(*arguments: object) -> tuple[Done, Done]:
        """The same command on the embedded store and on the server."""
        return cli(*arguments).ok(), cli(*arguments, "--store", neo4j_url).ok()

    both("load", crm, shop)
    both("recluster")
    embedded, server = both("who", "email=ana.garcia@example.com", "--json")
    assert embedded.json["candidates"][0]["customer"]["records"] == ["crm:1", "shop:S1"]
    assert server.json["candidates"][0]["evidence"] == embedded.json["candidates"][0]["evidence"]
    embedded, server = both("explain", "crm:1", "shop:S1", "--json")
    assert embedded.json == server.json
    both("decide", "different", "crm:1", "shop:S1", "--reason", "mother and daughter", "--by", "ann")
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
