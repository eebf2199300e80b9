"""What a re-cluster reads: a whole store, in columns.

Nothing here relies on one moment. Where writers come in between, what they wrote since ``sequence`` is told by the
store, and the re-cluster catches up with it before it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph.errors import BadInputError
from graph.model import Decision, Record, ResolutionVersion, ReviewItem
from graph.store import Snapshot
from resolver.ask import Ask
from resolver.batch.loaded import is_other_form, loaded_under
from resolver.clustering.decided import decided_pairs
from resolver.clustering.resolution import DecidedPairs
from resolver.columns import Ints, Table, TableBuilder
from resolver.config import Config
from resolver.customers.partition import Assigned
from resolver.customers.profile_changes import Reading
from resolver.live.sources import in_force, known_fields, registered
from resolver.normalise import NORMALISER_VERSION
from resolver.preparing.renormalise import renormalised
from resolver.scoring.model import Model
from resolver.unfinished import RECORDS, UNFINISHED
from resolver.version import Version


@dataclass(frozen=True)
class Beginning:
    """Where a re-cluster begins: the change sequence number that all it reads is of, or later; the adopted version
    (None before the first), the config that is wanted, and the standing decisions. ``unfinished``: what an earlier
    re-cluster has left (``resolver.unfinished``). ``loaded``: under what rows were loaded since (``batch.loaded``)."""

    sequence: int
    adopted: ResolutionVersion | None
    config: Config
    decisions: list[Decision]
    unfinished: str | None
    loaded: str | None

    @cached_property
    def _adopted_config(self) -> Config | None:
        return None if self.adopted is None else Config.from_json(self.adopted.config)

    @cached_property
    def learned_alike(self) -> bool:
        """Whether what is stored, records and model, was made under a config that makes them alike."""
        its = self._adopted_config
        return its is not None and its.learned_from() == self.config.learned_from()

    @cached_property
    def renormalises(self) -> bool:
        """Whether stored records must be brought into another normal form."""
        if is_other_form(self.loaded, self.config):
            return True
        its = self.adopted
        if its is None:
            return False
        return not self.learned_alike or its.normaliser != NORMALISER_VERSION or self.unfinished == RECORDS

    @cached_property
    def reading(self) -> Reading:
        """How profiles read before and after."""
        return Reading(self._adopted_config or self.config, self.config, self.renormalises)


def beginning(snapshot: Snapshot, config: Config | None, model: Model | None) -> Beginning:
    """``config``: None for that of the adopted version. Sources that were registered are added, with their fields;
    where a ``model`` is given, with those that it knows."""
    sequence, adopted = snapshot.sequence(), snapshot.version()
    if config is None:
        if adopted is None:
            raise BadInputError("the store has no resolution version yet", "give a config: whograph init FILES")
        config = Config.from_json(adopted.config)
    its = registered(snapshot)
    names = None if model is None or its is None else known_fields(config, its, model)
    wanted = in_force(config, its, names)
    return Beginning(sequence, adopted, wanted, snapshot.decisions(), snapshot.meta(UNFINISHED), loaded_under(snapshot))


def read_table(snapshot: Snapshot, begin: Beginning) -> tuple[Table, list[Record]]:
    """All live records under the wanted config, and those that are to be rewritten for it."""
    builder = TableBuilder(begin.config.stored_fields)
    rewritten: list[Record] = []
    if not begin.renormalises:
        for part in snapshot.scan_record_columns():
            builder.add(part.keys, part.fields)
    else:
        for chunk in snapshot.scan_full_records():
            renewed = renormalised(chunk, begin.config)
            rewritten += renewed
            builder.add([record.key for record in renewed], [record.fields for record in renewed])
    return builder.table(), rewritten


@dataclass(frozen=True)
class Held:
    """What a store holds of the last resolution: assignments, weights of links by ends, and review items by id."""

    assigned: Assigned
    links: dict[tuple[str, str], int]
    review: dict[str, ReviewItem]


def read_held(ask: Ask) -> Held:
    return Held(
        ask(lambda snapshot: Assigned.of(snapshot.scan_assignment_columns())),
        ask(_links),
        ask(lambda snapshot: {its.id: its for chunk in snapshot.scan_review() for its in chunk}),
    )


def _links(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    links: dict[tuple[str, str], int] = {}
    for part in snapshot.scan_link_columns():
        links.update(zip(zip(part.left, part.right, strict=True), part.weights, strict=True))
    return links


def decisions_in(
    table: Table, decisions: Sequence[Decision], version: Version
) -> tuple[DecidedPairs, set[tuple[str, str]]]:
    """The standing decisions on rows of a table that holds all live records."""
    row_of = {key: row for row, key in enumerate(table.keys)} if decisions else {}
    indexes: dict[str, _Index] = {}

    def carriers(endpoint: str) -> list[str]:
        type, _, value = endpoint.partition(":")
        if type not in version.config.identifiers or type in version.config.sources:
            return [endpoint] if endpoint in row_of else []
        if type not in indexes:
            indexes[type] = _Index(table, type)
        rows = indexes[type].rows(value).tolist()
        return [table.keys[row] for row in rows] if len(rows) <= version.cap(type) else []

    return decided_pairs(decisions, row_of, carriers)


class _Index:
    """The rows of each value of one column."""

    def __init__(self, table: Table, name: str) -> None:
        self._column = table.columns[name]
        self._order = np.argsort(self._column.codes, kind="stable")
        self._ends = np.cumsum(self._column.frequencies)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {text: code for code, text in enumerate(self._column.values)}

    def rows(self, value: str) -> Ints:
        """Ascending."""
        code = self._codes.get(value)
        if code is None:
            return np.zeros(0, dtype=np.int64)
        start = self._ends[code] - self._column.frequencies[code]
        return self._column.rows[self._order[start : self._ends[code]]]
