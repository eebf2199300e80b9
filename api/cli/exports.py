"""``whograph export``: clusters and profiles into files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.output import number, print_json, warn
from api.files import write_rows
from api.settings import load_settings
from api.wiring import open_store, read_config
from graph.errors import VersionError
from graph.reading import read_again
from graph.store import Snapshot
from resolver.export import cluster_tables, profile_tables


class What(StrEnum):
    CLUSTERS = "clusters"
    PROFILES = "profiles"


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    what: Annotated[
        What, typer.Argument(help="clusters: the customer of every record. profiles: the golden profiles.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="F", help="Parquet, CSV, TSV or JSON lines, by its suffix.")],
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Write the clusters or the profiles into a file, whole or not at all."""
    settings = load_settings(store=store, config=config)
    opened = open_store(settings, create=False)
    try:
        its_config = read_config(settings, opened)

        def write(snapshot: Snapshot) -> tuple[int, int]:
            if its_config is None or snapshot.version() is None:
                raise VersionError("nothing is resolved yet", "load records and run: whograph recluster")
            tables = cluster_tables(snapshot) if what is What.CLUSTERS else profile_tables(snapshot, its_config)
            return write_rows(out, tables), snapshot.counts().pending

        rows, pending = read_again(opened, write)
    finally:
        opened.close()
    if as_json:
        print_json({"out": str(out), "rows": rows, "pending": pending})
        return
    if pending:
        warn(f"{number(pending)} loaded records wait for `whograph recluster` and are not up to date in it")
    print(f"{number(rows)} rows: {out}")
