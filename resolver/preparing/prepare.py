"""Preparation: rows of a source become normalised values in columns, and records; what cannot be used is refused with
its reason, and the rest of the row still counts.

Each distinct cell is normalised once per vocabulary. Nothing here reads a clock: the caller stamps the time of entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pyarrow as pa

from graph.errors import BadInputError, UnknownSourceError
from resolver.blocking.signatures import Kind
from resolver.columns import Codes, Ints, Texts, texts_array
from resolver.config import IGNORE, OBSERVED_AT, SEEN_DAY, AttributeKind, Config, SourceConfig
from resolver.normalise import Normalised, NormaliseSettings, day_of, normaliser, parse_time, split_full_name
from resolver.preparing.cells import SHOWN, PreparedField, Refused, Vocabulary, entries_of, joined_entries

#: A cell that people left empty.
BLANK = Normalised(())
#: Times later than the time of entry by more than this (microseconds: one day) are refused as being in the future.
FUTURE = 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class Prepared:
    """Rows of one source, in the order of input. ``ids`` and ``times`` (microseconds) are None where the row has none;
    ``payload`` are the delivered columns, less the ignored ones."""

    source: str
    ids: list[str | None]
    times: list[int | None]
    fields: dict[str, PreparedField]
    payload: pa.Table
    refused: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


class Preparer:
    """Prepares the rows of one source. Raises BadInputError where the config names columns that cannot work."""

    def __init__(self, source: str, config: Config) -> None:
        if source not in config.sources:
            raise UnknownSourceError(source)
        self.source, self._config, self._its = source, config, config.sources[source]
        self._kinds: dict[str, Kind] = {name: its.kind for name, its in config.identifiers.items()}
        self._kinds |= {name: its.kind for name, its in config.attributes.items()}
        self._normalisers = {name: self._normaliser(name) for name in set(self._its.columns.values()) - {IGNORE}}
        self._name_parts = name_parts_of(config)

    def _normaliser(self, name: str) -> Callable[[str], Normalised]:
        resolution = self._config.resolution
        junk = (self._config.identifiers | self._config.attributes)[name].junk
        settings = NormaliseSettings(
            self._its.region or resolution.region, self._its.date_order or resolution.date_order, frozenset(junk)
        )
        return normaliser(self._kinds[name], settings)

    def prepare(self, table: pa.Table, vocabulary: Vocabulary, now: int) -> Prepared:
        """Normalise these rows (columns of string or list<string>). ``now``: the time of entry, microseconds."""
        refused: list[Refused] = []
        parts: defaultdict[str, list[tuple[Ints, Codes, Texts]]] = defaultdict(list)
        for name, meaning in self._its.columns.items():
            if meaning == IGNORE or name not in table.column_names:
                continue
            column = (self.source, name, meaning)
            parts[meaning].append(
                entries_of(table.column(name), column, vocabulary, (self._normalisers[meaning], refused))
            )
        fields = {name: joined_entries(entries) for name, entries in parts.items()}
        self._derive_name_parts(fields, vocabulary)
        payload = table.select([name for name in table.column_names if self._its.columns.get(name) != IGNORE])
        ids = self._ids(table, refused)
        times = _times(table, self._its, now, refused)
        if self._config.fades:
            fields[SEEN_DAY] = _days_of(times, vocabulary)
        return Prepared(self.source, ids, times, fields, payload, refused)

    def _ids(self, table: pa.Table, refused: list[Refused]) -> list[str | None]:
        if self._its.id is None:
            return [None] * len(table)
        if self._its.id not in table.column_names:
            raise BadInputError(
                f"has no column {self._its.id!r}, which sources.{self.source}.id names",
                "give the rows their ids, or leave id out of the config: then content tells rows apart",
                place=self.source,
            )
        ids: list[str | None] = []
        column = table.column(self._its.id)
        several = _several(column)
        for row, raw in enumerate(_texts(column)):
            its = raw.strip() if raw else ""
            if row in several:
                ids.append(None)
                refused.append(Refused(row, None, its[:SHOWN], f"several record ids in column {self._its.id!r}"))
                continue
            ids.append(its or None)
            if not its:
                refused.append(Refused(row, None, "", f"no record id in column {self._its.id!r}"))
            elif problem := why_no_id(its):
                ids[-1] = None
                refused.append(Refused(row, None, its[:SHOWN], problem))
        return ids

    def _derive_name_parts(self, fields: dict[str, PreparedField], vocabulary: Vocabulary) -> None:
        """Rows that have a full name and lack a name part get that part from it."""
        if self._name_parts is None:
            return
        full, given, family = self._name_parts
        if full not in fields:
            return
        having = {name: _texts_by_row(fields.get(name), vocabulary, name) for name in (given, family)}
        texts = list(vocabulary.codes[full])
        its = fields[full]
        entries = list(zip(its.rows.tolist(), its.codes.tolist(), its.shown.tolist(), strict=True))
        split = {(code, text): split_full_name(texts[code], text) for code, text in {its[1:] for its in entries}}
        for name, part, other in ((given, 0, family), (family, 1, given)):
            rows, codes, shown = [], [], []
            for row, code, text in entries:
                value = " ".join(split[code, text][part])
                if value and row not in having[name] and value != having[other].get(row):
                    rows.append(row)
                    codes.append(vocabulary.code(name, value))
                    shown.append(_as_written(value, text))
            if rows:
                derived = (np.array(rows, dtype=np.int64), np.array(codes, dtype=np.int32), texts_array(shown))
                own = fields.get(name)
                fields[name] = joined_entries([derived] if own is None else [(own.rows, own.codes, own.shown), derived])


def why_no_id(its: str) -> str | None:
    """Why a text cannot be a record's id; None if it can."""
    return "a record id that is too long or holds NUL" if len(its) > 1000 or "\0" in its else None


def name_parts_of(config: Config) -> tuple[str, str, str] | None:
    """The full name, given name and family name attributes of one person, where the config has all three: a
    ``mother_full_name`` has no parts in ``given_name`` and ``family_name``."""
    wanted = (AttributeKind.FULL_NAME, AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME)
    names = {kind: [name for name, its in config.attributes.items() if its.kind is kind] for kind in wanted}
    for full, given, family in product(*names.values()):
        if _whose(full, wanted[0]) == _whose(given, wanted[1]) == _whose(family, wanted[2]):
            return full, given, family
    return None


def _whose(name: str, kind: AttributeKind) -> str:
    """``mother_`` of ``mother_full_name``; nothing of ``full_name``, and of a name that is made in another way."""
    return name.removesuffix(kind.value) if name.endswith(kind.value) else ""


def _texts_by_row(field: PreparedField | None, vocabulary: Vocabulary, name: str) -> dict[int, str]:
    """One text of each row that has any."""
    if field is None:
        return {}
    texts = list(vocabulary.codes[name])
    return {row: texts[code] for row, code in zip(field.rows.tolist(), field.codes.tolist(), strict=True)}


def _as_written(value: str, text: str) -> str:
    """A part of a full name in the spelling of the full name where that is easily found, else capitalised."""
    at = text.casefold().find(value)
    return text[at : at + len(value)] if at >= 0 else value.title()


def _days_of(times: list[int | None], vocabulary: Vocabulary) -> PreparedField:
    """The day on which each row was seen at its source, where it says so."""
    rows = [row for row, time in enumerate(times) if time is not None]
    days = [day_of(time) for time in times if time is not None]
    codes = [vocabulary.code(SEEN_DAY, day) for day in days]
    return PreparedField(np.array(rows, dtype=np.int64), np.array(codes, dtype=np.int32), texts_array(days))


def _several(column: pa.ChunkedArray) -> set[int]:
    """The rows whose cell is a list of more than one value."""
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        return set()
    return {row for row, values in enumerate(column.to_pylist()) if values and len(values) > 1}


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return [values[0] if values else None for values in column.to_pylist()]
    texts: list[str | None] = column.to_pylist()
    return texts


def _times(table: pa.Table, its: SourceConfig, now: int, refused: list[Refused]) -> list[int | None]:
    times: list[int | None] = [None] * len(table)
    for column in (its.time, OBSERVED_AT):  # what a row itself says, stands over the column of its source
        if column is None or column not in table.column_names:
            continue
        known: dict[str, int | None] = {}
        for row, raw in enumerate(_texts(table.column(column))):
            if not (text := (raw or "").strip()):
                continue
            if text not in known:
                known[text] = parse_time(text)
            time = known[text]
            if time is None:
                refused.append(Refused(row, column, text[:SHOWN], "not a time; the time of entry is taken instead"))
            elif time > now + FUTURE:
                refused.append(Refused(row, column, text[:SHOWN], "in the future; the time of entry is taken instead"))
                time = None
            times[row] = time
    return times
