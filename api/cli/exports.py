"""``whograph export``: clusters and profiles into files, and the whole graph for an import into Neo4j."""

from __future__ import annotations

import shlex
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.copy import masking_for
from api.cli.output import note, number, print_json, progress, warn
from api.files import new_folder, write_rows
from api.settings import Settings, load_settings
from api.wiring import graph_files, open_store, read_whole_config
from graph.errors import BadInputError, VersionError
from graph.reading import read_again
from graph.store import Snapshot
from resolver.answering.export import cluster_tables, profile_tables
from resolver.moving.graph_files import write_graph
from resolver.moving.masking import Masking


class What(StrEnum):
    CLUSTERS = "clusters"
    PROFILES = "profiles"
    NEO4J_IMPORT = "neo4j-import"


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    what: Annotated[
        What,
        typer.Argument(
            help="clusters: the customer of every record. profiles: the golden profiles. neo4j-import: the graph, as "
            "files for neo4j-admin."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="F", help="Parquet, CSV, TSV or JSON lines, by its suffix; or a new folder."
        ),
    ],
    store: options.Store = None,
    config: options.Config = None,
    mask: options.Mask = None,
    as_json: options.Json = False,
) -> None:
    """Write the clusters or the profiles into a file, or the graph into a folder (where --mask works as with copy);
    whole or not at all."""
    settings = load_settings(store=store, config=config)
    if what is What.NEO4J_IMPORT:
        _export_graph(out, settings, masking_for(mask, settings), as_json=as_json)
        return
    if mask is not None:
        raise BadInputError("works with neo4j-import only", "export from a masked copy", place="--mask")
    with closing(open_store(settings, create=False)) as opened:
        its_config = read_whole_config(settings, opened)

        def write(snapshot: Snapshot) -> tuple[int, int]:
            if its_config is None or snapshot.version() is None:
                raise VersionError("nothing is resolved yet", "load records and run: whograph recluster")
            tables = cluster_tables(snapshot) if what is What.CLUSTERS else profile_tables(snapshot, its_config)
            return write_rows(out, tables), snapshot.counts().pending

        rows, pending = read_again(opened, write)
    if as_json:
        print_json({"out": str(out), "rows": rows, "pending": pending})
        return
    if pending:
        warn(f"{number(pending)} loaded records wait for `whograph recluster` and are not up to date in it")
    print(f"{number(rows)} rows: {out}")


def _export_graph(folder: Path, settings: Settings, masking: Masking | None, *, as_json: bool) -> None:
    with closing(open_store(settings, create=False)) as opened, new_folder(folder) as temporary, progress() as tell:
        command = shlex.join(write_graph(opened, graph_files(temporary), tell, masking))
    if as_json:
        print_json({"out": str(folder), "command": command})
        return
    note(
        "run the line below with the server stopped; a database that is there already needs --overwrite-destination "
        "too, and loses what it holds. Then start the server: whograph makes the indexes when it first opens it."
    )
    print(f"cd {shlex.quote(str(folder))} && {command}")
