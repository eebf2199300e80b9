"""``whograph copy``: a store moves into another, of whatever kind; or is shown to those who look, masked."""

from __future__ import annotations

import secrets
from contextlib import closing
from hashlib import blake2b
from typing import Annotated

import typer

from api.cli import options
from api.cli.output import console, note, number, print_json, progress
from api.settings import Settings, load_settings
from api.wiring import open_store
from graph.reading import read_again
from resolver.masks import load_mask
from resolver.moving.copying import copy_store, see_copyable
from resolver.moving.masking import Masking

#: What is told of a copy after its records, in this order, and how.
TOLD = {
    "customers": "customer ids",
    "links": "links",
    "review": "review items",
    "decisions": "decisions",
    "feed": "events",
    "versions": "versions",
    "quarantine": "quarantined",
}

_URL = "sqlite:///FILE or neo4j://user:password@host:7687/db."


def register(app: typer.Typer) -> None:
    app.command("copy")(copy)


def copy(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=f"The store to copy: {_URL}")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"An empty store, made if there is none: {_URL}")],
    mask: options.Mask = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Copy a whole store into an empty one: the same records, customers, ids, decisions and feed. Compares both at the
    end. A copy that was interrupted goes on when it is repeated. With --mask, personal values are masked, and the copy
    is for looking only."""
    settings = load_settings(store=source, config=config)
    masking = masking_for(mask, settings)
    password = settings.target_password or settings.store_password
    with closing(open_store(settings, create=False)) as origin:
        read_again(origin, lambda snapshot: see_copyable(snapshot, masking))  # before a target is made
        target_settings = load_settings(store=target, config=config, store_password=password)
        with closing(open_store(target_settings)) as destination, progress() as tell:
            report = copy_store(origin, destination, tell, masking)
    if as_json:
        print_json(report)
        return
    live, gone = report.copied["signatures"], report.copied["records"] - report.copied["signatures"]
    told = ", ".join(f"{number(report.copied[name])} {words}" for name, words in TOLD.items())
    records = f"{number(live)} records, {number(gone)} deleted ones"
    console().print(f"copied and compared: {records}, {told} ({report.seconds:.1f} s)")


def masking_for(role: str | None, settings: Settings) -> Masking | None:
    """The masking of a role, with the secret of the settings or one that nobody will know; None where there is no role.
    Raises BadInputError for an unknown role."""
    if role is None:
        return None
    mask = load_mask(role, settings.config_path)
    if settings.mask_secret is not None:
        secret = blake2b(settings.mask_secret.get_secret_value().encode(), digest_size=32).digest()
    else:
        secret = secrets.token_bytes(32)
        note("masked with a secret of its own: values in it equal those of no other copy (see WHOGRAPH_MASK_SECRET)")
    return Masking(role, mask, secret)
