"""A small company with a real embedded store: rows are loaded and re-clustered the way the program does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.scoring.model import Model
from resolver.service import Resolver
from resolver.version import Version

TIME = 1_700_000_000_000_000

COLUMNS = {
    "email": "email",
    "phone": "phone",
    "loyalty": "loyalty",
    "device": "device",
    "given_name": "given_name",
    "family_name": "family_name",
    "birth_date": "birth_date",
    "postcode": "postcode",
}
CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB", "link_threshold": 2.0, "conflict_threshold": -2.0},
        "sources": {
            "crm": {"id": "id", "time": "at", "trust": 2, "columns": COLUMNS},
            "shop": {"id": "id", "time": "at", "columns": COLUMNS},
            "web": {"role": "touch", "time": "at", "columns": COLUMNS},
        },
        "identifiers": {
            "email": {"kind": "email"},
            "phone": {"kind": "phone", "max_records": 8},
            "loyalty": {"exclusive": True, "conflict_weight": 20},
            "device": {"max_records": 5},
        },
        "attributes": {
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "birth_date": {"kind": "date"},
            "postcode": {"kind": "postcode"},
        },
    }
)

Row = Mapping[str, str]


def resolved_store(path: Path, rows: Mapping[str, Sequence[Row]], config: Config = CONFIG) -> Store:
    """A store with these rows by source, re-clustered."""
    store = SqliteStore.open(path / "company.db")
    resolver = Resolver(store, config, lambda: TIME)
    for source, its in rows.items():
        names = dict.fromkeys(["id", "at", *(name for row in its for name in row)])
        columns = {name: pa.array([row.get(name) for row in its], type=pa.string()) for name in names}
        if config.sources[source].id is None:
            del columns["id"]
        resolver.load(source, [(pa.table(columns), "row {}".format)])
    resolver.recluster()
    return store


def adopted(store: Store) -> Version:
    """The version that the store was resolved under."""
    with store.read() as snapshot:
        its = snapshot.version()
    assert its is not None
    return Version(Config.from_json(its.config), Model.from_json(its.model))


def owners(store: Store) -> dict[str, str]:
    """Customer ids by record key."""
    with store.read() as snapshot:
        return {its.record_key: its.customer_id for chunk in snapshot.scan_assignments() for its in chunk}
