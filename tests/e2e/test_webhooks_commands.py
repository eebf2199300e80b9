"""``whograph webhooks``: registering receivers from the command line."""

from __future__ import annotations

from tests.e2e.conftest import CRM
from tests.support.command_line import CommandLine
from tests.support.receiver import Receiver, receiving


def test_a_webhook_is_added_listed_tried_and_removed(cli: CommandLine) -> None:
    cli("load", cli.write_rows("crm.csv", *CRM)).ok()
    with receiving(Receiver()) as receiver:
        its = cli("webhooks", "add", receiver.url, "--kind", "merged", "--json").ok().json
        (listed,) = cli("webhooks", "list", "--json").ok().json
        assert listed == {name: value for name, value in its.items() if name != "secret"}
        assert its["kinds"] == ["merged"]
        assert cli("webhooks", "test", its["id"]).ok().out == "taken\n"
        assert receiver.received[0].signed_with(its["secret"])
        receiver.behave = lambda _: 500
        assert cli("webhooks", "test", its["id"]).code == 1
        assert "delivering" in cli("webhooks", "list").ok().out
        cli("webhooks", "resume", its["id"]).ok()
        cli("webhooks", "remove", its["id"]).ok()
    assert cli("webhooks", "list").ok().out == "no webhook is registered\n"


def test_what_cannot_be_registered_is_one_clear_line(cli: CommandLine) -> None:
    cli("webhooks", "list").refused("no store")
    cli("load", cli.write_rows("crm.csv", *CRM)).ok()
    cli("webhooks", "add", "http://example.com/hook").refused("https")
    cli("webhooks", "add", "https://example.com/hook", "--kind", "exploded").refused("exploded", "merged")
    cli("webhooks", "remove", "nothing").refused("nothing", "whograph webhooks list")


def test_a_copy_of_a_store_sends_nothing(cli: CommandLine) -> None:
    cli("load", cli.write_rows("crm.csv", *CRM)).ok()
    cli("recluster").ok()
    cli("webhooks", "add", "https://example.com/hook").ok()
    cli("copy", "sqlite:///whograph.db", "sqlite:///other.db").ok()
    assert cli("webhooks", "list", "--store", "sqlite:///other.db", "--json").ok().json == []
