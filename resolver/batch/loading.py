"""A bulk load from its first row to its last: one transaction; or where the store cannot hold all rows in one, parts
that are each complete in themselves. Then the same load, done again, goes on: rows that are in already change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import pyarrow as pa

from graph.chunks import chunks
from graph.errors import VersionError
from graph.store import Store, Transaction
from resolver.answers import LoadReport
from resolver.batch.bulk import BulkLoad
from resolver.batch.loaded import note_load
from resolver.config import Config
from resolver.preparing.rows import Place
from resolver.progress import Progress


@dataclass(frozen=True, slots=True)
class Delivery:
    """Tables of text columns of one source, each with a function from row number to place; and what is asked
    afterwards: the rows that could not be read, as (place, value, reason). ``full``: that is all there is of the
    source."""

    source: str
    tables: Iterable[tuple[pa.Table, Place]]
    refused: Callable[[], Iterable[tuple[str, str, str]]]
    full: bool


def load(
    tools: tuple[Store, Callable[[], int], Progress], config: Callable[[Transaction], Config], delivery: Delivery
) -> LoadReport:
    """Load all of it. ``tools``: the store, its clock, and who watches; ``config``: under which configuration a
    transaction has to load. Raises VersionError where that changes between two parts."""
    return _Loading(tools, config, delivery).run()


class _Loading:
    def __init__(
        self, tools: tuple[Store, Callable[[], int], Progress], config: Callable[[Transaction], Config], its: Delivery
    ) -> None:
        self._store, self._clock, self._progress = tools
        self._config_of, self._its = config, its
        self._load: BulkLoad | None = None
        self._config: Config | None = None
        #: Rows that are in, of parts that are committed.
        self._kept = 0

    def run(self) -> LoadReport:
        started, most = perf_counter(), self._store.rows_at_once
        if most is None:
            with self._part() as load:
                return self._run(lambda: nullcontext(load), None).report(started)
        try:
            return self._run(self._part, most).report(started)
        except BaseException as stopped:
            if self._kept:
                note = f"{self._kept:,} rows of {self._its.source} are in; the same load goes on from there"
                stopped.add_note(note)
            raise

    @contextmanager
    def _part(self) -> Iterator[BulkLoad]:
        """One transaction."""
        with self._store.write() as tx:
            config = self._config_of(tx)
            if self._load is None:
                self._load, self._config = BulkLoad(self._its.source, config, self._clock()), config
            elif config != self._config:
                raise VersionError("the configuration has changed while rows were loaded under it", "load them again")
            note_load(tx, self._its.source, config)
            self._load.begin(tx)
            yield self._load
            self._load.finish()

    def _run(self, part: Callable[[], AbstractContextManager[BulkLoad]], most: int | None) -> BulkLoad:
        done = 0
        for table, place in _sliced(self._its.tables, most):
            with part() as load:
                load.add(table, place)
            done += len(table)
            self._kept = done
            self._progress("load", done, None)
        for refused in chunks(self._its.refused(), most):
            with part() as load:
                load.refuse(refused)
        with part() as load:
            absent = load.absent() if self._its.full else []
        for records in chunks(absent, most):
            with part() as load:
                load.delete(records)
        return load


def _sliced(tables: Iterable[tuple[pa.Table, Place]], most: int | None) -> Iterator[tuple[pa.Table, Place]]:
    """The same rows, at most so many at once."""
    for table, place in tables:
        for start in range(0, len(table), most or max(1, len(table))):
            yield table.slice(start, most), partial(_place, place, start) if start else place


def _place(place: Place, start: int, row: int) -> str:
    return place(start + row)
