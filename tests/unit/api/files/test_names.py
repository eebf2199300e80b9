"""The name of a file's source."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.files import source_name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("data/crm.csv", "crm"),
        ("crm.csv.gz", "crm"),
        ("crm.ndjson.ZST", "crm"),
        ("my crm: 2024.parquet", "my_crm_2024"),
        (" shop\t.jsonl", "shop"),
        ("web.shop.csv", "web.shop"),
        ("Kunden-Ä.CSV.GZ", "Kunden-Ä"),
        (":.csv", "file"),
    ],
)
def test_a_source_is_named_after_the_file_without_colons_and_blanks(file: str, name: str) -> None:
    assert source_name(Path(file)) == name
