"""A small company on whom tests of the surfaces agree: two systems, a couple with one phone, a call centre's number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pyarrow as pa

from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.service import Resolver
from tests.support.places import open_at

CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB"},
        "identifiers": {
            "email": {"kind": "email"},
            "phone": {"kind": "phone", "max_records": 3},
            "loyalty": {"kind": "code", "exclusive": True},
        },
        "attributes": {
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "birth_date": {"kind": "date"},
            "city": {"kind": "place"},
        },
        "sources": {
            "crm": {
                "id": "no",
                "time": "changed",
                "trust": 2,
                "columns": {
                    "mail": "email",
                    "phone": "phone",
                    "first": "given_name",
                    "last": "family_name",
                    "born": "birth_date",
                    "town": "city",
                },
            },
            "shop": {
                "id": "account",
                "time": "seen",
                "columns": {
                    "email": "email",
                    "mobile": "phone",
                    "card": "loyalty",
                    "first_name": "given_name",
                    "last_name": "family_name",
                    "dob": "birth_date",
                },
            },
        },
    }
)

CRM = (
    ("no", "mail", "phone", "first", "last", "born", "town", "changed"),
    ("1", "ana.reyes@example.com", "020 7946 0101", "Ana", "Reyes", "1984-03-12", "London", "2024-01-05T10:00:00Z"),
    ("2", "b.reyes@example.com", "020 7946 0101", "Bruno", "Reyes", "1981-11-30", "London", "2024-01-06T10:00:00Z"),
    ("3", "carla@example.org", "020 7946 0999", "Carla", "Okafor", "1990-07-01", "Leeds", "2024-01-07T10:00:00Z"),
    ("4", "dmitri@example.org", "020 7946 0999", "Dmitri", "Weiss", "1972-02-19", "York", "2024-01-08T10:00:00Z"),
    ("5", None, "020 7946 0999", "Ewa", "Novak", "1969-09-09", "Hull", "2024-01-09T10:00:00Z"),
)
SHOP = (
    ("account", "email", "mobile", "card", "first_name", "last_name", "dob", "seen"),
    ("W1", "Ana.Reyes@example.com", None, "L-100", "Anna", "Reyes", "12/03/1984", "2024-02-01T09:00:00Z"),
    ("W2", "carla.o@example.net", None, "L-200", "Carla", "Okafor", "01/07/1990", "2024-02-02T09:00:00Z"),
    ("W3", None, "020 7946 0999", "L-300", "Femi", "Adeyemi", None, "2024-02-03T09:00:00Z"),
)


def table(rows: tuple[tuple[str | None, ...], ...]) -> pa.Table:
    """The first row names the columns."""
    names, *cells = rows
    return pa.table(
        {str(name): pa.array(column, pa.string()) for name, column in zip(names, zip(*cells, strict=True), strict=True)}
    )


def ticking_clock() -> Iterator[int]:
    """Microseconds that grow by a second with each look, so that what is answered does not depend on the day."""
    return count(1_717_200_000_000_000, 1_000_000)


def loaded(store: Store, clock: Iterator[int] | None = None) -> Resolver:
    """A resolver on this store, into which the company has been loaded and resolved."""
    ticks = clock or ticking_clock()
    resolver = Resolver(store, CONFIG, lambda: next(ticks))
    for source, rows in (("crm", CRM), ("shop", SHOP)):
        resolver.load(source, [(table(rows), lambda row: f"row {row + 1}")])
    resolver.recluster()
    return resolver


@contextmanager
def company(at: Path | str, *, resolved: bool = True, timeout: float = 60) -> Iterator[Resolver]:
    """A resolver on a store that holds the company; not ``resolved``: the store as it is. ``at``: the path of an
    embedded store, or the URL of any; ``timeout``: seconds to wait for another writer of an embedded one."""
    store = open_at(at) if isinstance(at, str) else SqliteStore.open(at, timeout=timeout)
    clock = ticking_clock()
    try:
        yield loaded(store, clock) if resolved else Resolver(store, CONFIG, lambda: next(clock))
    finally:
        store.close()
