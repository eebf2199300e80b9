"""The graph as CSV files for ``neo4j-admin database import full``: what a store would have written, for first loads
that are too big to write it statement by statement.

The constraints and indexes are not part of it; the store makes them when it first opens the imported database
(``schema``). Must be told in this order: fields, changes, review, decisions, identifier weights, then all else. Memory:
25 bytes for each identifier.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graph.errors import BadInputError
from graph.model import (
    Assignment,
    Change,
    Customer,
    Decision,
    IdentifierWeight,
    IndexedRecord,
    Link,
    Quarantined,
    Record,
    ResolutionVersion,
    ReviewItem,
)
from graph.neo4j_store.connection import SCHEMA
from graph.neo4j_store.csv_files import CsvFiles, Sheet, time_of
from graph.neo4j_store.import_columns import (
    ABOUT,
    BLOCKING,
    BLOCKS,
    CHANGE,
    CUSTOMER,
    DECISION,
    IDENTIFIER,
    MEMBER,
    MERGED,
    META,
    OBSERVED,
    QUARANTINED,
    RECORD,
    REFERRED,
    REVIEW,
    SIMILAR,
    STORE,
    VERSION,
)
from graph.neo4j_store.rows import (
    Row,
    change_to_row,
    customer_to_row,
    decision_to_properties,
    identifier_to_row,
    identifier_weight_to_row,
    indexable_key,
    link_to_row,
    property_of,
    quarantined_to_properties,
    record_to_row,
    review_to_row,
    seen,
)

#: Stands for the weight of an identifier that is over its cap.
_NOTHING = -(2**63)


class _Weights:
    """The weights of all identifiers by hash, and which of them were asked for already."""

    def __init__(self, weights: Iterable[IdentifierWeight]) -> None:
        hashes, degrees, values = array("q"), array("q"), array("q")
        for its in weights:
            hashes.append(its.hash)
            degrees.append(its.degree)
            values.append(_NOTHING if its.weight is None else its.weight)
        order = np.argsort(np.frombuffer(hashes, dtype=np.int64))
        self._hashes, self._degrees, self._values = (
            np.frombuffer(its, dtype=np.int64)[order] for its in (hashes, degrees, values)
        )
        self._taken = np.zeros(len(order), dtype=bool)

    def take(self, hash: int) -> tuple[bool, IdentifierWeight]:
        """The weight of an identifier, and whether it was asked for the first time."""
        place = int(np.searchsorted(self._hashes, hash))
        first, value = not self._taken[place], int(self._values[place])
        self._taken[place] = True
        return first, IdentifierWeight(hash, int(self._degrees[place]), None if value == _NOTHING else value)


class ImportFiles:
    """The files of one graph in one folder, and the command line that imports them."""

    def __init__(self, folder: Path) -> None:
        self._files = CsvFiles(folder)
        self._fields: frozenset[str] = frozenset()
        self._record_sheets: dict[tuple[frozenset[str], frozenset[str]], Sheet] = {}
        self._weights = _Weights(())
        self._sequence = self._quarantined = 0
        self._version: int | None = None
        self._decisions: list[dict[str, Any]] = []
        self._ends: dict[str, tuple[str, str] | None] = {}
        self._referred: dict[str, bool] = {}

    def put_fields(self, names: Collection[str]) -> None:
        """The fields that records may have."""
        self._fields = frozenset(names)

    def put_changes(self, changes: Iterable[Change]) -> None:
        for its in changes:
            self._files.nodes("changes", CHANGE).row({":LABEL": "Change", **change_to_row(its, its.sequence)})
            self._sequence = max(self._sequence, its.sequence)

    def put_review(self, items: Iterable[ReviewItem]) -> None:
        for its in items:
            self._files.nodes("review", REVIEW).row({":LABEL": "Review", **review_to_row(its)})
            for key in dict.fromkeys(its.records):
                self._referred[indexable_key(key, "the record key")] = False
                self._files.edges("about", "ABOUT", ABOUT).row({":START_ID": its.id, ":END_ID": key})

    def put_decision(self, its: Decision) -> None:
        row = decision_to_properties(its)
        self._files.nodes("decisions", DECISION).row({":LABEL": "Decision", **row})
        if row["standing"]:
            self._decisions.append(row)
            self._ends |= {row["left_key"]: None, row["right_key"]: None}

    def put_identifier_weights(self, weights: Iterable[IdentifierWeight]) -> None:
        self._weights = _Weights(weights)

    def put_records(
        self, records: Iterable[IndexedRecord], assignments: Mapping[str, Assignment], pending: Collection[str]
    ) -> None:
        """Records with what they carry; where the live ones belong; those that wait for a re-cluster."""
        self._sequence += 1
        for its in records:
            key = its.record.key
            assignment = assignments.get(key)
            self._put_record(its, assignment, waits=key in pending)
            if its.record.deleted:
                continue
            if assignment is not None:
                member = {":START_ID": key, ":END_ID": assignment.customer_id, "confidence": assignment.confidence}
                self._files.edges("member_of", "MEMBER_OF", MEMBER).row(member)
            self._put_carried(its)

    def _put_record(self, its: IndexedRecord, assignment: Assignment | None, *, waits: bool) -> None:
        key, record = its.record.key, its.record
        row = record_to_row(its, self._sequence)
        labels = ["RecordKey", "Tombstone"] if record.deleted else ["RecordKey", "Record", "Identifier"]
        properties = row["properties"] | {
            ":LABEL": [*labels, "Pending"] if waits else labels,
            "observed_at": time_of(row["seconds"]),
            "component_id": None if assignment is None else assignment.component,
        }
        self._record_sheet(record, properties).row(properties)
        self._referred.pop(key, None)
        if key in self._ends and not record.deleted:
            self._ends[key] = ("record", key)

    def _record_sheet(self, record: Record, properties: Mapping[str, Any]) -> Sheet:
        """A field with one value is a text, with several a list: a file for each set of fields with several."""
        lists = frozenset(name for name, its in properties.items() if isinstance(its, list) and name != ":LABEL")
        strange = frozenset((record.fields.keys() | record.display.keys()) - self._fields)
        sheet = self._record_sheets.get((lists, strange))
        if sheet is None:
            own = sorted(map(property_of, self._fields | strange))
            columns = RECORD + [f"{_named(name)}:string{'[]' if name in lists else ''}" for name in own]
            number = len(self._record_sheets)
            sheet = self._files.nodes(f"records_{number}" if number else "records", columns)
            self._record_sheets[lists, strange] = sheet
        return sheet

    def _put_carried(self, its: IndexedRecord) -> None:
        start, when = its.record.key, seen(its.record)
        first, last = time_of(when["first"]), time_of(when["last"])
        observed = self._files.edges("match_observed", "MATCH", OBSERVED)
        identifiers = {key.hash: key for key in its.keys if key.value is not None}
        for hash, key in sorted(identifiers.items()):
            fresh, its_weight = self._weights.take(hash)
            weight = identifier_weight_to_row(its_weight)
            if fresh:
                self._put_identifier(identifier_to_row(key) | weight)
            observed.put(start, hash, "observed", weight["weight"], weight["probability"], first, last, when["times"])
        if blocking := sorted({key.hash for key in its.keys if key.value is None}):
            self._files.nodes("blocking_keys", BLOCKING).put(start, "BlockingKeys", its.signature)
            blocks = self._files.edges("blocks", "BLOCKS", BLOCKS)
            for hash in blocking:
                blocks.put(start, start, 0, hash)

    def _put_identifier(self, row: Row) -> None:
        labels = ["Identifier", row["label"]]
        self._files.nodes("identifiers", IDENTIFIER).row(row | {":ID": row["hash"], ":LABEL": labels})
        if self._ends.get(row["key"], "") is None:
            self._ends[row["key"]] = ("identifier", str(row["hash"]))

    def put_customers(self, customers: Iterable[Customer]) -> None:
        for its in customers:
            labels = ["CustomerKey", "Retired" if its.retired else "Customer"]
            self._files.nodes("customers", CUSTOMER).row({":LABEL": labels, **customer_to_row(its)})
            if its.merged_into is not None:
                self._files.edges("merged_into", "MERGED_INTO", MERGED).put(its.id, its.merged_into, its.updated_at)

    def put_links(self, links: Iterable[Link]) -> None:
        for its in links:
            row = {":START_ID": its.left, ":END_ID": its.right, "method": "similar", **link_to_row(its)}
            self._files.edges("match_similar", "MATCH", SIMILAR).row(row)

    def put_quarantined(self, entries: Iterable[Quarantined]) -> None:
        for its in entries:
            self._quarantined += 1
            row = quarantined_to_properties(its, self._quarantined)
            self._files.nodes("quarantined", QUARANTINED).row({":LABEL": "Quarantined", **row})

    def put_meta(self, name: str, value: str) -> None:
        self._files.nodes("meta", META).put("Meta", indexable_key(name, "the name"), value)

    def adopt_version(self, its: ResolutionVersion, *, adopted: bool) -> None:
        values = (its.number, its.config, its.model, its.normaliser, its.created_at)
        self._files.nodes("versions", VERSION).put("Version", *values)
        if adopted:
            self._version = its.number

    def finish(self) -> list[str]:
        """Write what was gathered, close the files, and answer the arguments of the command line that imports them into
        the database ``neo4j``, to be run in their folder."""
        for key in self._referred:
            self._files.nodes("referred", REFERRED).put(key, "RecordKey")
        self._draw_decisions()
        counters = {"sequence": self._sequence, "quarantined": self._quarantined, "generation": 0}
        store = {"name": "store", "schema": SCHEMA, "id": uuid.uuid4().hex, "version": self._version, "unindexed": True}
        commit = {"name": "commit", "begun": 0, "done": 0}
        for row in (store | counters, commit):
            self._files.nodes("store", STORE).row({":LABEL": "WhographStore", **row})
        return self._files.finish()

    def _draw_decisions(self) -> None:
        for row in self._decisions:
            left, right = self._ends[row["left_key"]], self._ends[row["right_key"]]
            if left is None or right is None:
                continue
            columns = [f":START_ID({left[0]})", f":END_ID({right[0]})", "decision", "by", "at:long", "reason"]
            sheet = self._files.edges(f"{row['kind']}_{left[0]}_{right[0]}", row["kind"].upper(), columns)
            sheet.put(left[1], right[1], row["id"], row["by"], row["at"], row["reason"])


def _named(property: str) -> str:
    """The property's name, as the header of a column. Raises BadInputError where it would be read as something else."""
    if any(its in property for its in ':(){}"') or not property.isprintable() or property != property.strip():
        raise BadInputError(
            f"the field name {property!r} cannot head a column of Neo4j's import", "use whograph copy", place="fields"
        )
    return property
