"""``whograph ingest --allow-new-sources``, and what later commands make of a registered source."""

from __future__ import annotations

import json

from tests.e2e.conftest import CRM
from tests.support.command_line import CommandLine

CLUB = "\n".join(
    json.dumps({"source": "club", "row": {"member_id": f"M{n}", "e_mail": f"m{n}@example.org", "device": f"d{n}d{n}"}})
    for n in range(3)
)


def configured(cli: CommandLine) -> None:
    crm = cli.write_rows("crm.csv", *CRM)
    cli("init", crm).ok()
    cli("load", crm).ok()
    cli("recluster").ok()


def test_a_new_source_is_refused_line_by_line_unless_it_is_allowed(cli: CommandLine) -> None:
    configured(cli)
    refused = cli("ingest", stdin=CLUB).ok()
    assert refused.out.strip() == "3 refused"
    assert "--allow-new-sources" in refused.err
    allowed = cli("ingest", "--allow-new-sources", stdin=CLUB).ok()
    assert "3 new" in allowed.out
    assert "registered source club" in allowed.err
    assert "e_mail as email" in allowed.err
    assert "left out until the next re-cluster, because they are new: device (device)" in allowed.err
    assert "3 unchanged" in cli("ingest", stdin=CLUB).ok().out


def test_a_registered_source_may_be_loaded_from_files(cli: CommandLine) -> None:
    configured(cli)
    cli("ingest", "--allow-new-sources", stdin=CLUB).ok()
    path = cli.write("club.jsonl", '{"member_id": "M9", "e_mail": "m9@example.org", "device": "d9d9"}\n')
    assert cli("load", path, "--json").ok().json[0]["new"] == 1
    cli("recluster").ok()
    assert "3 unchanged" in cli("ingest", stdin=CLUB).ok().out
    assert "club:M9" in cli("who", "device=d9d9").ok().out
