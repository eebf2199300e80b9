"""``whograph copy``: a store moves into another, of whatever kind."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli import options
from api.cli.output import console, number, print_json, progress
from api.settings import load_settings
from api.wiring import open_store
from resolver.copying import copy_store

#: What is told of a copy, in this order.
TOLD = ("records", "customers", "links", "review", "decisions", "feed", "versions", "quarantine")

_URL = "sqlite:///FILE or neo4j://user:password@host:7687/db."


def register(app: typer.Typer) -> None:
    app.command("copy")(copy)


def copy(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=f"The store to copy: {_URL}")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"An empty store, made if there is none: {_URL}")],
    as_json: options.Json = False,
) -> None:
    """Copy a whole store into an empty one: the same records, customers, ids, decisions and feed. Compares both at the
    end. A copy that was interrupted goes on when it is repeated."""
    origin = open_store(load_settings(store=source), create=False)
    try:
        destination = open_store(load_settings(store=target))
        try:
            with progress() as tell:
                report = copy_store(origin, destination, tell)
        finally:
            destination.close()
    finally:
        origin.close()
    if as_json:
        print_json(report)
        return
    told = ", ".join(f"{number(report.copied[name])} {name}" for name in TOLD)
    console().print(f"copied and compared: {told} ({report.seconds:.1f} s)")
