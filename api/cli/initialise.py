"""``whograph init``: look at files and propose the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.guessing import guess_files, say_guesses, source_files
from api.cli.output import note, print_json
from api.settings import DEFAULT_CONFIG
from graph.errors import BadInputError
from resolver.config import Config, load_config
from resolver.guess import SourceGuess, add_to_toml, propose, to_toml


def register(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    files: options.Files,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="TOML", help="Where the configuration goes.")
    ] = DEFAULT_CONFIG,
    add: Annotated[bool, typer.Option("--add", help="Extend the configuration by these files' sources.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a configuration that exists.")] = False,
    source: options.Source = None,
    encoding: options.Encoding = None,
    as_json: options.Json = False,
) -> None:
    """Look at the files' columns and values, and propose a commented whograph.toml."""
    if out.exists() and not add and not force:
        raise BadInputError("exists already", "extend it with --add, or replace it with --force", place=str(out))
    guesses = guess_files(source_files(files, source, encoding))
    if add:
        base = load_config(out)
        known = sorted({guess.source for guess in guesses} & base.sources.keys())
        if known:
            raise BadInputError(
                f"source {known[0]!r} is in it already",
                "change its columns there, or name another --source",
                place=str(out),
            )
        config = propose(guesses, base)
        text = add_to_toml(out.read_text(encoding="utf-8"), config, guesses)
    else:
        config = propose(guesses)
        text = to_toml(config, guesses)
    write_text(out, text)
    if as_json:
        print_json(_document(out, config, guesses))
        return
    say_guesses(guesses, config)
    note(f"wrote {out}: look through it, then: whograph load {' '.join(str(file) for file in files)}")


def write_text(path: Path, text: str) -> None:
    """Write a small text file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInputError(
            f"cannot be written ({error.strerror or error})",
            "free space or permissions, or write elsewhere",
            place=str(path),
        ) from error


def _document(out: Path, config: Config, guesses: list[SourceGuess]) -> dict[str, object]:
    return {"config": str(out), "guesses": guesses, "content": config.model_dump(mode="json")}
