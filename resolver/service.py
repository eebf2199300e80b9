"""The resolver: one object with every operation, for programs that embed whograph; command line and API call nothing else.

Each method parses nothing and prints nothing: it takes raw values or rows, and answers values of ``answers``. All
methods raise children of WhographError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter, time_ns

import pyarrow as pa

from graph.errors import VersionError
from graph.model import Change, Customer, Decision
from graph.store import Snapshot, Store
from resolver.answers import (
    Answer,
    CustomerGraph,
    CustomerView,
    Explanation,
    LoadReport,
    ReclusterReport,
)
from resolver.bulk import BulkLoad
from resolver.config import Config
from resolver.model import Model
from resolver.recluster import recluster
from resolver.version import Version

#: Told of progress on long work: the stage's name, how much is done, how much there is (None: not known).
Progress = Callable[[str, int, int | None], None]


def _silent(stage: str, done: int, total: int | None) -> None:
    """No one watches."""


def wall_clock() -> int:
    """Microseconds since 1970 UTC."""
    return time_ns() // 1000


class Resolver:
    """Resolves records in one store. Safe to share between threads."""

    def __init__(self, store: Store, config: Config | None = None, clock: Callable[[], int] = wall_clock) -> None:
        """``config``: what ``whograph.toml`` says; None to use that of the store's adopted version. ``clock`` answers
        microseconds since 1970 UTC."""
        self.store, self._config, self._clock = store, config, clock
        self._version: tuple[int, Version] | None = None

    # bulk

    def load(
        self,
        source: str,
        tables: Iterable[tuple[pa.Table, Callable[[int], str]]],
        *,
        full: bool = False,
        progress: Progress = _silent,
    ) -> LoadReport:
        """Bulk-load the rows of one source: tables of text columns, each with a function from row number to its place
        in the file. One transaction: all or nothing. ``full``: records of the source that are absent are deleted.
        What was loaded waits for the next re-cluster."""
        started = perf_counter()
        with self.store.write() as tx:
            load = BulkLoad(tx, source, self._config_for(tx), self._clock())
            done = 0
            for table, place in tables:
                load.add(table, place)
                done += len(table)
                progress("load", done, None)
            if full:
                load.delete_absent()
            return load.report(started)

    def recluster(
        self,
        *,
        config: Config | None = None,
        model: Model | None = None,
        retrain: bool = False,
        dry_run: bool = False,
        progress: Progress = _silent,
    ) -> ReclusterReport:
        """Resolve everything anew. Adopts a new version where config, model or normaliser changed; a dry run
        changes nothing and tells what would."""
        wanted = config or self._config
        return recluster((self.store, self._clock, progress), wanted, model, retrain=retrain, dry_run=dry_run)

    def _config_for(self, snapshot: Snapshot) -> Config:
        """The config in force: the caller's, else the adopted one."""
        return self._config or self._adopted(snapshot).config

    def _adopted(self, snapshot: Snapshot) -> Version:
        """The adopted version, made ready once. Raises VersionError before the first re-cluster."""
        its = snapshot.version()
        if its is None:
            raise VersionError("the store has no resolution version yet", "load records and run: whograph recluster")
        if self._version is None or self._version[0] != its.number:
            self._version = (its.number, Version(Config.from_json(its.config), Model.from_json(its.model)))
        return self._version[1]
