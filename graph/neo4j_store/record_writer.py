"""Writes of records, their keys and the quarantine (``graph.store.RecordWriter``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph.all_or_nothing import all_or_nothing
from graph.chunks import chunks
from graph.columns import BlockingColumns
from graph.errors import BadInputError
from graph.model import IdentifierWeight, IndexedRecord, Key, Quarantined
from graph.neo4j_store.around import Around
from graph.neo4j_store.rows import (
    Row,
    identifier_to_row,
    identifier_weight_to_row,
    indexable,
    quarantined_to_properties,
    record_to_row,
    seen,
)
from graph.neo4j_store.transaction import CHUNK, Writing

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Carried:
    """The hashes of the keys that a record carries."""

    identifiers: frozenset[int]
    blocking: frozenset[int]


_NOTHING = _Carried(frozenset(), frozenset())


class RecordWrites(Writing):
    _known: Around

    @all_or_nothing
    def put_records(self, records: Iterable[IndexedRecord], *, pending: bool = False) -> None:
        changed = 0
        for chunk in chunks(records, CHUNK):
            changed = changed or self._advance(1)
            latest = {indexed.record.key: indexed for indexed in sorted(chunk, key=lambda one: one.record.key)}
            before = self._carried(latest)
            new = {key: its for key, its in latest.items() if key not in before and not its.record.deleted}
            others = {key: its for key, its in latest.items() if key not in new}
            self._create(new.values(), changed, pending)
            self._replace_nodes(others.values(), changed)
            self._replace_identifiers(others, before)
            self._replace_blocking({key: _blocking(indexed) for key, indexed in others.items()}, before)
            if pending:
                self._write_rows("mark_pending", others, parameter="keys")
                self._has_pending = True
            elif before and self._has_pending:  # only a record that was there before can be waiting
                self._write("unmark_pending", keys=list(before))
            if self._has_decisions:
                self._draw_decisions(latest.values())

    def _carried(self, keys: Mapping[str, object]) -> dict[str, _Carried]:
        """What these records carry before they are replaced; new ones are absent."""
        if self._statements.nothing_written and self._known.absent.issuperset(keys):
            return {}
        rows = self._statements.run("carried_keys", {"keys": list(keys), "generation": self._generation})
        return {key: _Carried(frozenset(identifiers), frozenset(blocking)) for key, identifiers, blocking in rows}

    def _create(self, records: Iterable[IndexedRecord], changed: int, pending: bool) -> None:
        """Live records that were not there, with all that they carry: most of what a store takes in."""
        rows = [
            {
                **record_to_row(indexed, changed),
                "identifiers": [identifier_to_row(key) for _, key in sorted(_identifiers(indexed).items())],
                "blocking": sorted(_blocking(indexed)),
            }
            for indexed in records
        ]
        if rows:
            labels = ["Pending"] if pending else []
            self._write("create_records", rows=rows, labels=labels, generation=self._generation)

    def _replace_nodes(self, records: Iterable[IndexedRecord], changed: int) -> None:
        rows: dict[str, list[Row]] = {"replace_records": [], "put_tombstones": []}
        for indexed in records:
            name = "put_tombstones" if indexed.record.deleted else "replace_records"
            rows[name].append(record_to_row(indexed, changed))
        for name, those in rows.items():
            if those:
                self._write(name, rows=those)

    def _replace_identifiers(self, records: Mapping[str, IndexedRecord], before: Mapping[str, _Carried]) -> None:
        added: list[Row] = []
        dropped: list[Row] = []
        for key, indexed in records.items():
            carried = before.get(key, _NOTHING).identifiers
            now = _identifiers(indexed)
            if new := [identifier_to_row(now[hash]) for hash in sorted(now.keys() - carried)]:
                added.append({"key": key, "identifiers": new, "seen": seen(indexed.record)})
            if gone := sorted(carried - now.keys()):
                dropped.append({"key": key, "hashes": gone})
        if dropped:
            self._write("drop_identifiers", rows=dropped)
        if added:
            self._write("add_identifiers", rows=added)
        if dropped:
            self._write("sweep_identifiers", hashes=sorted({hash for row in dropped for hash in row["hashes"]}))

    def _replace_blocking(self, hashes: Mapping[str, frozenset[int]], before: Mapping[str, _Carried]) -> None:
        added: list[Row] = []
        dropped: list[Row] = []
        for key, now in hashes.items():
            carried = before.get(key, _NOTHING).blocking
            if new := sorted(now - carried):
                added.append({"key": key, "hashes": new})
            if gone := sorted(carried - now):
                dropped.append({"key": key, "hashes": gone})
        if dropped:
            self._write("drop_blocking_keys", rows=dropped, generation=self._generation)
        if added:
            self._write("add_blocking_keys", rows=added, generation=self._generation)

    def _draw_decisions(self, records: Collection[IndexedRecord]) -> None:
        """The edges of decisions on records and identifiers that may just have appeared."""
        appeared = {indexed.record.key for indexed in records if not indexed.record.deleted}
        for indexed in records:
            appeared.update(indexable(key.name) for key in _identifiers(indexed).values())
        for chunk in chunks(sorted(appeared), CHUNK):
            self._write("link_decisions", keys=chunk)

    @all_or_nothing
    def put_blocking_keys(self, rows: Iterable[tuple[str, tuple[int, ...]]]) -> None:
        for chunk in chunks(rows, CHUNK):
            if self._staging and self._holds_nothing:
                staged = [{"key": key, "hashes": sorted(_checked(hashes))} for key, hashes in dict(chunk).items()]
                self._statements.beside("add_blocking_keys", {"rows": staged, "generation": self._generation})
                continue
            latest = dict(chunk)
            parameters = {"keys": list(latest), "generation": self._generation}
            live = self._statements.run("live_blocking_keys", parameters)
            before = {key: _Carried(frozenset(), frozenset(hashes)) for key, hashes in live}
            self._replace_blocking({key: _checked(latest[key]) for key in before}, before)

    def put_blocking_columns(self, keys: BlockingColumns) -> None:
        self.put_blocking_keys(keys.rows())

    @all_or_nothing
    def clear_blocking_keys(self) -> None:
        """A new generation begins; the old keys are swept away after the commit. While this transaction has
        written nothing else, the keys are staged beside it: nobody sees a generation before it is in force, and half of
        what a re-cluster writes needs no memory of its transaction."""
        alone = self._holds_nothing
        self._generation = int(self._statements.aside("stage_generation", {})[0][0])
        self._write("adopt_generation", generation=self._generation)
        self._holds_nothing, self._staging, self.sweeping = alone, True, True

    @all_or_nothing
    def put_identifier_weights(self, weights: Iterable[IdentifierWeight]) -> None:
        """Beside the transaction where that is safe, since nothing reads them: then they need no memory of it."""
        for chunk in chunks(map(identifier_weight_to_row, weights), CHUNK):
            if not self._holds_nothing:
                self._write("put_identifier_weights", rows=chunk)
            else:
                self._statements.beside("put_identifier_weights", {"rows": chunk})

    @all_or_nothing
    def clear_pending(self, record_keys: Iterable[str] | None = None) -> None:
        if record_keys is not None:
            self._write_rows("unmark_pending", record_keys, parameter="keys")
        elif self._has_pending:
            self._write("clear_pending")
            self._has_pending = False

    @all_or_nothing
    def put_quarantined(self, entries: Iterable[Quarantined]) -> None:
        for chunk in chunks(entries, CHUNK):
            first = self._quarantined_number + 1
            rows = [quarantined_to_properties(entry, number) for number, entry in enumerate(chunk, start=first)]
            self._quarantined_number += len(rows)
            self._write("put_quarantined", rows=rows)


def _identifiers(indexed: IndexedRecord) -> dict[int, Key]:
    if indexed.record.deleted:
        return {}
    found = {key.hash: key for key in indexed.keys if key.value is not None}
    _checked(found)
    return found


def _blocking(indexed: IndexedRecord) -> frozenset[int]:
    return _checked([] if indexed.record.deleted else [key.hash for key in indexed.keys if key.value is None])


def _checked(hashes: Iterable[int]) -> frozenset[int]:
    found = frozenset(hashes)
    if any(not _SMALLEST <= hash <= _LARGEST for hash in found):
        raise BadInputError("a key hash beyond 64 bits", "hash to a signed 64-bit integer")
    return found
