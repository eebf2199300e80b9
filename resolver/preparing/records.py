"""From prepared rows to records: ids for rows that bring none, versions, and the columns of a whole batch.

A row without an id column has its content's hash plus its ordinal among equal rows as its id; a touch has the hash of
its normalised identifiers, so that repeats land on one touch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from graph.model import Record
from resolver.columns import Column, Table
from resolver.config import Config
from resolver.preparing.cells import Refused, Vocabulary
from resolver.preparing.prepare import Prepared


def digest_of(payload: Mapping[str, Any]) -> str:
    """The content hash of a delivered row: 32 hexadecimal digits, whatever the order of its columns."""
    return blake2b(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def delivered(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it was delivered, whatever the others of its batch: columns without a value are left out, and a list of
    one value is that value."""
    payload = {}
    for name, value in cells.items():
        its = value
        if isinstance(its, list) and len(its) < 2:
            its = its[0] if its else None
        if its is not None:
            payload[name] = its
    return payload


def delivered_rows(payload: pa.Table) -> list[dict[str, Any]]:
    """Every row as it was delivered (see ``delivered``)."""
    if not payload.num_columns:
        return [{} for _ in range(len(payload))]
    names = payload.column_names
    columns = [
        column.to_numpy().tolist() if pa.types.is_string(column.type) else column.to_pylist()
        for column in payload.columns
    ]
    if all(pa.types.is_string(column.type) for column in payload.columns):
        return [
            {name: value for name, value in zip(names, cells, strict=True) if value is not None}
            for cells in zip(*columns, strict=True)
        ]
    return [delivered(dict(zip(names, cells, strict=True))) for cells in zip(*columns, strict=True)]


class RecordMaker:
    """Makes the records of one source from its prepared rows; remembers which rows without id it has seen."""

    def __init__(self, source: str, config: Config) -> None:
        self._its = config.sources[source]
        self._identifiers = [name for name in config.identifiers if name in set(self._its.columns.values())]
        self._seen: Counter[str] = Counter()

    def ids(self, prepared: Prepared, fields: Sequence[Mapping[str, tuple[str, ...]]]) -> list[str | None]:
        """The id of each row; None for a row that cannot have one."""
        if self._its.id is not None:
            return prepared.ids
        if self._its.role == "touch":
            return [self._touch_id(values) for values in fields]
        return [self._content_id(payload) for payload in delivered_rows(prepared.payload)]

    def _touch_id(self, values: Mapping[str, tuple[str, ...]]) -> str | None:
        its = sorted(f"{name}:{text}" for name in self._identifiers for text in values.get(name, ()))
        return blake2b(orjson.dumps(its), digest_size=12).hexdigest() if its else None

    def _content_id(self, payload: Mapping[str, Any]) -> str:
        digest = digest_of(payload)[:24]
        self._seen[digest] += 1
        return digest if self._seen[digest] == 1 else f"{digest}-{self._seen[digest]}"

    def make(self, prepared: Prepared, vocabulary: Vocabulary, now: int | Sequence[int]) -> list[Record | None]:
        """The record of each row; None for a row without id (it is among ``prepared.refused``). ``now``: the time of
        entry of all rows, or of each (microseconds)."""
        entered = [now] * len(prepared) if isinstance(now, int) else now
        fields, display = rows_of(prepared, vocabulary)
        payloads = delivered_rows(prepared.payload)
        touch = self._its.id is None and self._its.role == "touch"
        records: list[Record | None] = []
        for row, id in enumerate(self.ids(prepared, fields)):
            if id is None:
                if touch:
                    reason = "a touch without a usable identifier"
                    prepared.refused.append(Refused(row, None, "", reason))
                records.append(None)
                continue
            payload = payloads[row]
            time = prepared.times[row]
            record = Record(
                prepared.source,
                id,
                entered[row] if time is None else time,
                digest_of(payload),
                fields[row],
                display[row],
                payload,
            )
            records.append(_touch(record, time) if touch else record)
        return records


def _touch(record: Record, time: int | None) -> Record:
    """A touch's version is its identifiers' alone; what was observed is a set of times (or contents)."""
    observation = record.digest if time is None else f"{time:020d}"
    return replace(record, digest=record.id, observations=(observation,))


def rows_of(
    prepared: Prepared, vocabulary: Vocabulary
) -> tuple[list[dict[str, tuple[str, ...]]], list[dict[str, tuple[str, ...]]]]:
    """Row by row the normalised values by field, and the values as they were written, where these differ."""
    fields: list[dict[str, tuple[str, ...]]] = [{} for _ in range(len(prepared))]
    display: list[dict[str, tuple[str, ...]]] = [{} for _ in range(len(prepared))]
    for name, its in prepared.fields.items():
        texts = list(vocabulary.codes[name])
        several: set[int] = set()
        for row, code, shown in zip(its.rows.tolist(), its.codes.tolist(), its.shown.tolist(), strict=True):
            text, values = texts[code], fields[row]
            if name in values:
                values[name] = (*values[name], text)
                display[row][name] = (*display[row].get(name, (values[name][0],)), shown)
                several.add(row)
            else:
                values[name] = (text,)
                if shown != text:
                    display[row][name] = (shown,)
        for row in several:
            if display[row][name] == fields[row][name]:
                del display[row][name]
    return fields, display


def merge_observations(new: Record, old: Record | None) -> Record:
    """A touch seen again keeps all its observations and the latest time; of several rows of that time, the one whose
    content hashes highest, since arrival must not matter."""
    if old is None or old.deleted or not new.observations:
        return new
    together = tuple(sorted({*new.observations, *old.observations}))
    newer = max(old, new, key=lambda its: (its.version, digest_of(its.payload)))
    return replace(newer, observations=together)


def table_from(parts: Sequence[tuple[Prepared, Sequence[str]]], vocabulary: Vocabulary, config: Config) -> Table:
    """The table of all prepared rows, given with their record keys, which must be distinct; sorted by key."""
    keys = np.array([key for _, its in parts for key in its], dtype=object)
    order = np.argsort(keys, kind="stable")
    columns = _columns([prepared for prepared, _ in parts], vocabulary, config)
    return Table(keys[order].tolist(), {name: column.take(order) for name, column in columns.items()})


def table_of_rows(prepared: Prepared, vocabulary: Vocabulary, rows: Sequence[int], config: Config) -> Table:
    """The columns of some rows of one prepared part, in this order and without keys: for signatures and keys only."""
    columns = _columns([prepared], vocabulary, config)
    which = np.array(rows, dtype=np.int64)
    return Table([""] * len(rows), {name: column.take(which) for name, column in columns.items()})


def _columns(parts: Sequence[Prepared], vocabulary: Vocabulary, config: Config) -> dict[str, Column]:
    """One column for each field that the config stores, over the rows of all parts in their order."""
    offsets = np.cumsum([0, *(len(prepared) for prepared in parts)]).tolist()
    n, none = offsets[-1], np.zeros(0, dtype=np.int64)
    columns = {}
    for name in config.stored_fields:
        its = [(part.fields[name], at) for part, at in zip(parts, offsets, strict=False) if name in part.fields]
        rows = np.concatenate([part.rows + at for part, at in its] or [none])
        codes = np.concatenate([part.codes for part, _ in its] or [none.astype(np.int32)])
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]).astype(np.int64)
        columns[name] = Column(vocabulary.values(name), indptr, codes)
    return columns
