"""The command line in an empty folder, and with a small company in its store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine

CRM = (
    "id,first_name,last_name,email,phone,dob,city,updated_at",
    "1,Ana,García,ana.garcia@example.com,+34 612 345 678,1980-05-17,Madrid,2024-01-05",
    "2,Bernd,Schulz,bernd@schulz.example,+49 151 23456789,1975-11-02,Berlin,2024-02-11",
    "3,Claire,Dubois,claire.dubois@example.org,+33 6 12 34 56 78,1990-03-30,Lyon,2024-03-09",
    "4,Dmitri,Ivanov,d.ivanov@example.net,+49 160 98765432,1968-07-21,Hamburg,2024-01-20",
)
SHOP = (
    "order_customer,given_name,surname,e_mail,birth_date,town",
    "S1,Anna,Garcia,ana.garcia@example.com,17.05.1980,Madrid",
    "S2,Bernd,Schulz,bernd.schulz@example.com,02.11.1975,Berlin",
    "S3,Clara,Neumann,clara.neumann@example.com,11.08.1999,Bonn",
)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line in an empty folder, with no settings from outside."""
    for name in ("STORE", "CONFIG", "STORE_PASSWORD", "TARGET_PASSWORD", "HOST", "PORT", "WORKERS", "MASK_SECRET"):
        monkeypatch.delenv(f"WHOGRAPH_{name}", raising=False)
    return CommandLine(tmp_path, capsys, monkeypatch)


@pytest.fixture
def company(cli: CommandLine) -> CommandLine:
    """Two systems, loaded and resolved."""
    crm, shop = cli.write_rows("crm.csv", *CRM), cli.write_rows("shop.csv", *SHOP)
    cli("load", crm, shop).ok()
    cli("recluster").ok()
    return cli
