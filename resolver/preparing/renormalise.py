"""Stored records in another normal form: what their payloads become under another config or normaliser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from graph.model import Record
from resolver.config import IGNORE, OBSERVED_AT, SEEN_DAY, Config
from resolver.normalise import day_of, parse_time
from resolver.preparing.cells import Vocabulary
from resolver.preparing.prepare import Preparer
from resolver.preparing.records import digest_of, rows_of
from resolver.preparing.rows import table_of_payloads


def renormalised(records: Sequence[Record], config: Config) -> list[Record]:
    """The same records with fields and display made anew, and without the columns that are ignored now, in the same
    order. A source that the config no longer names keeps what it has of the config's fields."""
    made: dict[str, Record] = {}
    by_source: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_source[record.source].append(record)
    names = frozenset(config.stored_fields)
    for source, its in by_source.items():
        if source not in config.sources:
            for record in its:
                kept = {name: values for name, values in record.fields.items() if name in names}
                made[record.key] = replace(record, fields=kept)
            continue
        vocabulary = Vocabulary()
        prepared = Preparer(source, _without_entry(source, config)).prepare(
            table_of_payloads([record.payload for record in its]), vocabulary, 0
        )
        fields, display = rows_of(prepared, vocabulary)
        for record, its_fields, its_display in zip(its, fields, display, strict=True):
            if config.fades and (day := _day_seen(record, config)):
                its_fields[SEEN_DAY] = day
            made[record.key] = replace(_without_ignored(record, config), fields=its_fields, display=its_display)
    return [made[record.key] for record in records]


def _day_seen(record: Record, config: Config) -> tuple[str, ...]:
    """The day on which the record was seen, if it is the record that says so: what does not is of the time of entry.
    (Once told it stays: a payload need not hold the column.)"""
    if SEEN_DAY in record.fields:
        return record.fields[SEEN_DAY]
    told = record.payload.get(OBSERVED_AT) or record.payload.get(config.sources[record.source].time or "")
    text = str(told[0] if isinstance(told, list) else told or "").strip()
    return (day_of(record.observed_at),) if text and parse_time(text) == record.observed_at else ()


def _without_ignored(record: Record, config: Config) -> Record:
    """The record as it would have been delivered without the columns that are now ignored: those are never stored."""
    columns = config.sources[record.source].columns
    payload = {name: its for name, its in record.payload.items() if columns.get(name) != IGNORE}
    if len(payload) == len(record.payload):
        return record
    digest = digest_of(payload) if record.digest == digest_of(record.payload) else record.digest  # a touch has another
    return replace(record, payload=payload, digest=digest)


def _without_entry(source: str, config: Config) -> Config:
    """The config without what was judged at entry: ids (whose column a payload need not hold) and times."""
    its = config.sources[source].model_copy(update={"id": None, "time": None})
    return config.model_copy(update={"sources": {**config.sources, source: its}})
