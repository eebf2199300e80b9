"""The files for ``neo4j-admin database import``, as they are written."""

from __future__ import annotations

import csv
from pathlib import Path

from graph.model import Assignment, IndexedRecord, Record
from graph.neo4j_store import ImportFiles


def test_fields_may_be_called_as_columns_of_the_files_are(tmp_path: Path) -> None:
    files = ImportFiles(tmp_path)
    fields = {"labels": ("vip",), "component": ("engine",)}
    files.put_fields(list(fields))
    record = IndexedRecord(Record("crm", "1", 0, "digest", fields), 1, ())
    files.put_records([record], {"crm:1": Assignment("crm:1", "crm:1", "c", None)}, ())
    files.finish()
    with (tmp_path / "records.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["labels:string"] == "vip"
    assert row["component:string"] == "engine"
    assert row["component_id"] == "crm:1"
    assert row[":LABEL"].split("\x1f") == ["RecordKey", "Record", "Identifier"]
