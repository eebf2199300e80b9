"""Records indexed: their columns made of what is stored, and their signatures and keys under a resolution version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graph.model import Fields, IndexedRecord, Key, Record
from resolver.blocking.keys import KeyMaker, telling_signatures
from resolver.columns import Table, table_of
from resolver.config import Config
from resolver.hashing import hash_text, signed, signed_one
from resolver.version import Version


def table_of_records(records: Iterable[Record], config: Config) -> Table:
    """The columns of these records, sorted by key."""
    return _table([(record.key, record.fields) for record in records], config)


def table_of_fields(fields: Mapping[str, Fields], config: Config) -> Table:
    """The columns of records given as their fields by key, sorted by key."""
    return _table(list(fields.items()), config)


def _table(records: Sequence[tuple[str, Fields]], config: Config) -> Table:
    return table_of(records, config.stored_fields)


def identifier_key(type: str, value: str) -> Key:
    """The key of an identifier."""
    return Key(signed_one(hash_text(f"{type}:{value}")), type, value)


def index_records(records: Sequence[Record], table: Table, version: Version) -> list[IndexedRecord]:
    """Records with their signatures and keys: identifiers, and blocking keys under the version's rules. ``table`` holds
    the same records' columns in the same order (by key)."""
    signatures = telling_signatures(table, version.signatures).tolist()
    keys: list[list[Key]] = [[] for _ in records]
    for type in version.config.identifiers:
        column = table.columns[type]
        made: dict[int, Key] = {}  # each distinct value that occurs once
        for row, code in zip(column.rows.tolist(), column.codes.tolist(), strict=True):
            key = made.get(code)
            if key is None:
                key = made[code] = identifier_key(type, column.values[code])
            keys[row].append(key)
    entries = KeyMaker(table, version.kinds).pooled(version.model.rules)
    for row, its_hash in zip(entries.rows.tolist(), signed(entries.hashes).tolist(), strict=True):
        keys[row].append(Key(its_hash, ""))
    return [
        IndexedRecord(record, signature, () if record.deleted else tuple(its))
        for record, signature, its in zip(records, signatures, keys, strict=True)
    ]


def indexed(records: Sequence[Record], version: Version) -> dict[str, IndexedRecord]:
    """The records with their signatures and keys under this version, by record key; tombstones carry none."""
    return indexed_both((), records, version)[1] if records else {}


def indexed_both(
    before: Sequence[Record], after: Sequence[Record], version: Version
) -> tuple[dict[str, IndexedRecord], dict[str, IndexedRecord]]:
    """As ``indexed``, of former and of new versions of records, in one table."""
    ordered = sorted([*((its, 0) for its in before), *((its, 1) for its in after)], key=lambda its: its[0].key)
    records = [record for record, _ in ordered]
    both: tuple[dict[str, IndexedRecord], dict[str, IndexedRecord]] = {}, {}
    every = index_records(records, table_of_records(records, version.config), version)
    for (record, which), its in zip(ordered, every, strict=True):
        both[which][record.key] = its
    return both
