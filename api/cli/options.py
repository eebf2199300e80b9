"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="sqlite:///FILE (default: whograph.db here) or neo4j://user:password@host:7687/db.",
    ),
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="TOML", help="The configuration (default: whograph.toml here).")
]
Mask = Annotated[
    str | None,
    typer.Option("--mask", metavar="ROLE", help="Mask personal values: analyst, or a role under masks in the config."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILES...", help="CSV, TSV, JSON lines (also .gz, .zst) or Parquet.")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="For text that is neither UTF-8 nor UTF-16, e.g. windows-1252.")
]
Source = Annotated[str | None, typer.Option("--source", help="The source's name (default: the file's stem).")]
