"""``whograph check`` and ``whograph serve``."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Annotated

import typer

from api.cli import options
from api.cli.output import note, number, print_json
from api.settings import load_settings
from api.wiring import open_store
from graph.errors import BadInputError
from resolver.unfinished import is_unfinished, is_unfinished_copy

#: The exit code of a check that found faults.
FAULTY = 1


def register(app: typer.Typer) -> None:
    app.command("check")(check)
    app.command("serve")(serve)


def check(store: options.Store = None, config: options.Config = None, as_json: options.Json = False) -> None:
    """Whether the store agrees with itself, and what it holds. Exit code 1 if it does not."""
    with closing(open_store(load_settings(store=store, config=config), create=False)) as opened:
        faults = opened.check()
        with opened.read() as snapshot:
            counts, sources, version = snapshot.counts(), snapshot.source_counts(), snapshot.version()
            unfinished, copied = is_unfinished(snapshot), is_unfinished_copy(snapshot)
    if as_json:
        print_json(
            {
                "sound": not faults,
                "faults": faults,
                "counts": counts,
                "sources": sources,
                "version": version and version.number,
                "unfinished_recluster": unfinished,
                "unfinished_copy": copied,
            }
        )
    else:
        for fault in faults:
            print(f"fault: {fault}")
        what = f"{number(counts.records)} records of {len(sources)} sources, {number(counts.customers)} customers"
        print(f"{'sound' if not faults else f'{len(faults)} faults'}: {what}, {number(counts.quarantined)} quarantined")
        if counts.pending:
            note(f"{number(counts.pending)} records wait for: whograph recluster")
        if unfinished:
            note("a re-cluster is unfinished: unless one runs just now, run: whograph recluster")
        if copied:
            note("it is an unfinished copy of another store: unless that runs just now, do the same copy again")
    if faults:
        raise typer.Exit(FAULTY)


def serve(
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on (default: 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The port (default: 8000; 0: any free one).")] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes that serve it together (default: 1).")
    ] = None,
    store: options.Store = None,
    config: options.Config = None,
) -> None:
    """Serve the API until Ctrl-C."""
    from api.serving import serve as run  # the web framework takes a second to import

    settings = load_settings(store=store, config=config, host=host, port=port, workers=workers)
    _check_free(settings.host, settings.port)
    run(settings)


def _check_free(host: str, port: int) -> None:
    """Raises BadInputError where nothing could listen, before the server logs that in many lines."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise BadInputError(
            f"{host}:{port} cannot be listened on ({error.strerror or error})",
            "stop what listens there, or choose another --host or --port",
        ) from error
