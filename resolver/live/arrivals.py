"""Messages as they come in, made into records: their rows are judged, normalised, and stamped with the time of entry.

What several callers sent is prepared together, since a table costs about as much for ten rows as for one; each row
becomes the record that it would become alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.errors import BadInputError
from graph.model import Quarantined, Record
from resolver.config import Config
from resolver.preparing.cells import Vocabulary
from resolver.preparing.prepare import FUTURE, Preparer, why_no_id
from resolver.preparing.records import RecordMaker
from resolver.preparing.rows import Cells, cells_of, size_of, table_of_cells

#: A record whose row is longer than this (bytes of JSON) is refused, and so is one with more identifiers than that.
MAX_ROW = 1_000_000
MAX_IDENTIFIERS = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """Rows of one source that a caller sent together, and when they came (microseconds)."""

    source: str
    rows: Sequence[Mapping[str, Any]]
    now: int


@dataclass
class Arrivals:
    """A message on its way in: the record of each row (None: refused), and what was refused of it."""

    records: list[Record | None]
    refused: dict[int, list[Quarantined]] = field(default_factory=dict)

    def refuse(self, index: int, its: Quarantined) -> None:
        self.refused.setdefault(index, []).append(its)


def arrivals(messages: Sequence[Message], config: Config) -> list[Arrivals | BadInputError]:
    """What each message holds, or why nothing of it can be used, such as a source that the config does not name."""
    read = [_Read(its) for its in messages]
    shared: defaultdict[tuple[str, int], list[_Read]] = defaultdict(list)
    for place, its in enumerate(read):
        shared[its.message.source, 0 if its.may_share(config) else 1 + place].append(its)
    for those in shared.values():
        _prepare(those, config)
    return [its.error or its.arrivals for its in read]


class _Read:
    """A message with the cells of those rows that have usable ones."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.arrivals = Arrivals([None] * len(message.rows))
        self.error: BadInputError | None = None
        self.usable: list[int] = []
        self.cells: list[Cells] = []
        for index, row in enumerate(message.rows):
            cells = _cells_or_problem(row)
            if isinstance(cells, str):
                self.refuse(index, (None, None, "", cells))
            else:
                self.usable.append(index)
                self.cells.append(cells)

    def refuse(self, index: int, what: tuple[str | None, str | None, str, str]) -> None:
        """``what``: the record's id, the field, the value, the reason."""
        id, name, value, reason = what
        its = self.message
        self.arrivals.refuse(index, Quarantined(its.source, id, f"record {index}", name, value, reason, its.now))

    def may_share(self, config: Config) -> bool:
        """Whether its rows are the same beside those of others. Rows without ids are numbered among the equal ones of
        their message, and one that lacks the column of ids is told so."""
        its = config.sources.get(self.message.source)
        if its is None or its.id is None:
            return its is not None and its.role == "touch"
        return any(its.id in cells for cells in self.cells)


def _prepare(those: Sequence[_Read], config: Config) -> None:
    """Fill the arrivals of messages of one source, or say why they cannot be used."""
    source, rows = those[0].message.source, [(its, index) for its in those for index in its.usable]
    try:
        preparer, maker, vocabulary = Preparer(source, config), RecordMaker(source, config), Vocabulary()
        if not rows:
            return
        table = table_of_cells([cells for its in those for cells in its.cells])
        prepared = preparer.prepare(table, vocabulary, those[-1].message.now)
        made = maker.make(prepared, vocabulary, [its.message.now for its, _ in rows])
    except BadInputError as error:
        if len(those) == 1:
            those[0].error = error
            return
        for its in those:
            _prepare([its], config)
        return
    for refused in prepared.refused:
        its, index = rows[refused.row]
        its.refuse(index, (prepared.ids[refused.row], refused.field, refused.value, refused.reason))
    for (its, index), record in zip(rows, made, strict=True):
        if record and sum(len(record.fields.get(name, ())) for name in config.identifiers) > MAX_IDENTIFIERS:
            its.refuse(index, (record.id, None, "", f"the record carries more than {MAX_IDENTIFIERS:,} identifiers"))
        else:
            its.arrivals.records[index] = record


def tombstone(source: str, id: str, at: int | None, now: int) -> Record:
    """The version of a record that says that it is gone, as of a time (None: now). Raises BadInputError for an id that
    no record can have, and for a time in the future, which would keep the record away until then."""
    its = id.strip()
    if problem := "no record id" if not its else why_no_id(its):
        raise BadInputError(problem, "name the record by its id at its source", place="id")
    if at is not None and at > now + FUTURE:
        raise BadInputError(
            "the time of the deletion is in the future", "say when it was deleted, or leave the time out", place="at"
        )
    return Record(source, its, now if at is None else at, "", deleted=True)


def _cells_or_problem(row: Any) -> Cells | str:
    """The cells of a row, or why it has none that can be used."""
    if not isinstance(row, Mapping):
        return "not an object with columns"
    try:
        cells = cells_of(row)
        return cells if size_of(cells) <= MAX_ROW else "the record is longer than 1,000,000 bytes"
    except BadInputError as error:
        return str(error)
