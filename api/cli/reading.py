"""The rows of a source's files, as the resolver takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from api.cli.guessing import SourceFile
from api.cli.output import warn
from api.files import RefusedRow, count_hint, read_chunks, read_columns
from graph.errors import BadInputError
from resolver.config import IGNORE, Config, SourceConfig
from resolver.progress import Progress

_JSON = (".json", ".jsonl", ".ndjson")


@dataclass
class Reader:
    """Reads the files of one source one after the other; ``refused`` gathers the rows that cannot be read."""

    source: str
    its: SourceConfig
    files: Sequence[SourceFile]
    only_known: bool = False  # deliver only the columns that the config knows: what else there is is not wanted
    refused: list[RefusedRow] = field(default_factory=list)

    def check(self) -> None:
        """Every file can be opened and has columns of this source, before anything is written. Raises BadInputError."""
        wanted = _wanted(self.its)
        for file in self.files:
            columns = read_columns(file.path, encoding=file.encoding)
            missing = [name for name in wanted if name not in columns]
            if not wanted or len(missing) == len(wanted):
                raise BadInputError(
                    f"has none of the columns that source {self.source!r} is configured with",
                    f"name its source with --source, or run: whograph init --add {file.path}",
                    place=str(file.path),
                )
            if self.its.id in missing and file.path.suffixes[:1] != [".json"]:
                raise BadInputError(
                    f"has no id column {self.its.id!r}",
                    f"correct sources.{self.source}.id in the configuration",
                    place=str(file.path),
                )
            if missing and not any(suffix in _JSON for suffix in file.path.suffixes):
                warn(f"{file.path} has no column {', '.join(map(repr, missing))}, which the configuration names")

    def refused_rows(self) -> Iterator[tuple[str, str, str]]:
        """What could not be read of the tables so far: (place, value, reason)."""
        return ((row.place, row.value, row.reason) for row in self.refused)

    def tables(self, progress: Progress | None = None) -> Iterator[tuple[pa.Table, Callable[[int], str]]]:
        """Tables of text columns, each with a function from row number to place."""
        columns = _wanted(self.its) if self.only_known else None
        hints = [count_hint(file.path, encoding=file.encoding) for file in self.files]
        total = None if None in hints else sum(hint or 0 for hint in hints)
        done = 0
        for file in self.files:
            for chunk in read_chunks(file.path, columns=columns, encoding=file.encoding):
                self.refused += chunk.refused
                if chunk.table.num_rows:
                    yield chunk.table, chunk.place
                done += chunk.table.num_rows
                if progress:
                    progress(f"reading {self.source}", done, max(total, done) if total is not None else None)


def _wanted(its: SourceConfig) -> list[str]:
    """The columns of a source that are used, each once."""
    named = [name for name in (its.id, its.time) if name is not None]
    return list(dict.fromkeys(named + [name for name, meaning in its.columns.items() if meaning != IGNORE]))


def readers_of(files: Sequence[SourceFile], config: Config, *, only_known: bool = False) -> list[Reader]:
    """A reader for each source. Raises BadInputError, before anything is read, where a file has not its columns."""
    readers = [Reader(name, config.sources[name], its, only_known) for name, its in by_source(files).items()]
    for reader in readers:
        reader.check()
    return readers


def by_source(files: Sequence[SourceFile]) -> dict[str, list[SourceFile]]:
    """The files of each source, in the order given."""
    grouped: dict[str, list[SourceFile]] = {}
    for file in files:
        grouped.setdefault(file.source, []).append(file)
    return grouped
