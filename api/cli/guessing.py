"""The configuration that a command works with: what ``whograph.toml`` says, or what the files' columns look like."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from api.cli.output import PIPED_WIDTH, note, table, warn
from api.files import read_sample, source_name
from api.settings import DEFAULT_CONFIG
from graph.errors import BadInputError
from resolver.config import Config
from resolver.guess import SourceGuess, guess_source, propose

#: Below this certainty a guess is shown as doubtful.
DOUBTFUL = 0.8


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A data file, the source that its rows belong to, and its encoding where it is neither UTF-8 nor UTF-16."""

    path: Path
    source: str
    encoding: str | None = None


def source_files(files: Sequence[Path], source: str | None = None, encoding: str | None = None) -> list[SourceFile]:
    """Each file with its source: its stem, unless ``source`` names one."""
    if source is not None and (not source or ":" in source or source != source.strip()):
        raise BadInputError(
            f"source name {source!r} cannot be used", "it must hold no colon and no outer blanks", place="--source"
        )
    return [SourceFile(path, source or source_name(path), encoding) for path in files]


def see_configured(files: Sequence[SourceFile], config: Config, place: str) -> None:
    """Raises BadInputError for a source that is not in the configuration, which stands in the file ``place``."""
    for file in files:
        if file.source not in config.sources:
            remedy = f"add it with: whograph init --add {file.path}"
            raise BadInputError(f"source {file.source!r} is not in it", remedy, place=place)


def guess_files(files: Sequence[SourceFile]) -> list[SourceGuess]:
    """One guess for each source, from the first of its files."""
    guesses: dict[str, SourceGuess] = {}
    for file in files:
        if file.source not in guesses:
            guesses[file.source] = guess_source(file.source, read_sample(file.path, encoding=file.encoding))
    return list(guesses.values())


def with_guesses(config: Config | None, files: Sequence[SourceFile]) -> tuple[Config, list[SourceGuess]]:
    """The configuration with every source that it lacked guessed from its file, and those guesses."""
    known = config.sources if config is not None else {}
    guesses = guess_files([file for file in files if file.source not in known])
    return (config if config is not None and not guesses else propose(guesses, config)), guesses


def with_guess_of_rows(config: Config | None, source: str, rows: pa.Table) -> tuple[Config, list[SourceGuess]]:
    """The same from rows at hand."""
    if config is not None and source in config.sources:
        return config, []
    guesses = [guess_source(source, rows)]
    return propose(guesses, config), guesses


def say_guesses(guesses: Sequence[SourceGuess], config: Config, *, why: str | None = None) -> None:
    """Tell people, on stderr, what was guessed and how sure that is."""
    if why:
        note(why)
    shown = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPED_WIDTH)
    for guess in guesses:
        its = config.sources[guess.source]
        rows = table("column", "is taken for", ">sure", "because", title=f"{guess.source} ({its.role})")
        for column in guess.columns:
            meaning = its.columns.get(column.column, "")
            taken = {
                "id": "the record's id",
                "time": "the time of the row",
                "customer": "our customer id",
                "ignore": "ignored",
            }.get(column.role, meaning)
            style = "yellow" if column.certainty < DOUBTFUL and column.role != "ignore" else None
            rows.add_row(column.column, taken, f"{column.certainty:.0%}", column.why, style=style)
        shown.print(rows)
        for warning in guess.warnings:
            warn(f"{guess.source}: {warning}")


GUESSED = f"no {DEFAULT_CONFIG}: the columns were guessed (write it with `whograph init FILES` to change them)"
