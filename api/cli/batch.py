"""``whograph cluster``: files in, clusters out, without a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, time_ns
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

from api.cli import options
from api.cli.guessing import GUESSED, SourceFile, say_guesses, see_configured, source_files, with_guesses
from api.cli.output import note, number, print_json, progress
from api.cli.reading import readers_of
from api.files import write_rows
from api.settings import load_settings
from resolver.answering.export import cluster_rows
from resolver.batch.in_memory import Batch, choose_model, cluster_table, confidences, prepare_batch
from resolver.clustering.resolution import Resolution
from resolver.config import Config, load_config
from resolver.garbage import paused_collection
from resolver.progress import Progress
from resolver.version import Version

#: Rows of an output table that are made at once.
_CHUNK = 200_000
#: Refused rows and values that are shown; the others are counted.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What ``cluster`` did: rows read, records clustered, what was refused, and seconds of wall time by stage."""

    out: str
    records: int
    customers: int
    refused_rows: int
    refused_values: int
    seconds: dict[str, float]


def register(app: typer.Typer) -> None:
    app.command("cluster")(cluster)


def cluster(
    files: options.Files,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="F", help="Where the clusters go: .csv, .tsv, .parquet or .jsonl.")
    ],
    source: options.Source = None,
    encoding: options.Encoding = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Resolve files without a store: one row per record with its customer and how sure that is."""
    path = load_settings(config=config).config_path
    given = load_config(path) if path is not None else None
    its_files = source_files(files, source, encoding)
    if given is not None:
        see_configured(its_files, given, str(path))
    with progress() as tell, paused_collection():
        report, refused = cluster_files(its_files, given, out, tell)
    if as_json:
        print_json(report)
        return
    for place, field, _, reason in refused[:SHOWN]:
        note(f"refused: {place}: {field or 'the row'}: {reason}")
    if len(refused) > SHOWN:
        note(f"refused: {number(len(refused) - SHOWN)} more")
    print(
        f"{number(report.records)} records are {number(report.customers)} customers "
        f"({sum(report.seconds.values()):.1f} s): {out}"
    )


def cluster_files(
    files: Sequence[SourceFile], given: Config | None, out: Path, tell: Progress
) -> tuple[ClusterReport, list[tuple[str, str | None, str, str]]]:
    """Read, resolve, write into ``out``. Answers what was refused, too."""
    clock = _Clock()
    config, guesses = with_guesses(given, files)
    if guesses:
        say_guesses(guesses, config, why=GUESSED)
    readers = readers_of(files, config, only_known=True)
    clock.lap("guess")
    batch = prepare_batch(((reader.source, reader.tables(tell)) for reader in readers), config, time_ns() // 1000)
    clock.lap("read and prepare")
    tell("resolving", 0, None)
    version = Version(config, choose_model(batch.table, config))
    clock.lap("model")
    resolution = cluster_table(batch.table, version)
    clock.lap("resolve")
    write_rows(out, _tables(batch, resolution))
    clock.lap("write")
    unreadable = [(row.place, None, row.value, row.reason) for reader in readers for row in reader.refused]
    refused = unreadable + batch.refused
    rows = sum(1 for _, field, _, _ in refused if field is None)
    customers = len(np.unique(resolution.cluster))
    return ClusterReport(str(out), len(batch.table), customers, rows, len(refused) - rows, clock.seconds), refused


def _tables(batch: Batch, resolution: Resolution) -> Iterator[pa.Table]:
    """One row per record, in key order; a cluster is named after its smallest record key."""
    keys = batch.table.keys
    names = np.array(keys, dtype=object)
    of_records, of_customers = confidences(resolution)
    for start in range(0, max(len(keys), 1), _CHUNK):
        part = slice(start, start + _CHUNK)
        yield cluster_rows(keys[part], names[resolution.cluster[part]].tolist(), (of_records[part], of_customers[part]))


class _Clock:
    """Seconds of wall time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
