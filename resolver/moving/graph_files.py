"""Everything that a store holds, written as files of a graph for a first load that is too big for statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Protocol

from graph.chunks import chunks
from graph.errors import StoreError
from graph.model import (
    Assignment,
    Change,
    Customer,
    Decision,
    IdentifierWeight,
    IndexedRecord,
    Link,
    Quarantined,
    ResolutionVersion,
    ReviewItem,
)
from graph.store import Snapshot, Store
from resolver.masks import MASKED
from resolver.moving.copying import (
    PART,
    adopted_version,
    every_change,
    every_customer,
    every_record,
    every_refusal,
    every_weight,
    guise_of,
)
from resolver.moving.guise import Guise
from resolver.moving.masking import Masking
from resolver.progress import Progress
from resolver.version import Version


class GraphFiles(Protocol):
    """Where the graph goes. Told in the order of these methods; ``put_records`` and those after it in any."""

    def put_fields(self, names: Collection[str]) -> None: ...

    def put_changes(self, changes: Iterable[Change]) -> None: ...

    def put_review(self, items: Iterable[ReviewItem]) -> None: ...

    def put_decision(self, its: Decision) -> None: ...

    def put_identifier_weights(self, weights: Iterable[IdentifierWeight]) -> None: ...

    def put_records(
        self, records: Iterable[IndexedRecord], assignments: Mapping[str, Assignment], pending: Collection[str]
    ) -> None: ...

    def put_customers(self, customers: Iterable[Customer]) -> None: ...

    def put_links(self, links: Iterable[Link]) -> None: ...

    def put_quarantined(self, entries: Iterable[Quarantined]) -> None: ...

    def put_meta(self, name: str, value: str) -> None: ...

    def adopt_version(self, its: ResolutionVersion, *, adopted: bool) -> None: ...

    def finish(self) -> list[str]:
        """Close the files; answers the command line that imports them, to be run in their folder."""


def write_graph(source: Store, files: GraphFiles, progress: Progress, masking: Masking | None = None) -> list[str]:
    """Write what a copy of the store would hold; answers the command line that imports it. Raises BadInputError where
    the store was never resolved or is masked, and StoreError where it was written to meanwhile."""
    with source.read() as snapshot:
        sequence = snapshot.sequence()
        guise = guise_of(snapshot, masking)
        version = adopted_version(snapshot)
        files.put_fields(version.config.stored_fields)
        files.put_changes(map(guise.change, every_change(snapshot)))
        files.put_review(map(guise.review, chain.from_iterable(snapshot.scan_review())))
        for decision in snapshot.decisions(withdrawn=True):
            files.put_decision(guise.decision(decision))
        files.put_identifier_weights(every_weight(snapshot, version, guise))
        _write_records(snapshot, files, (guise, version), progress)
        files.put_customers(map(guise.customer, every_customer(snapshot)))
        files.put_links(map(guise.link, chain.from_iterable(snapshot.scan_links())))
        files.put_quarantined(map(guise.refusal, every_refusal(snapshot)))
        for name, text in guise.texts(snapshot.named_texts()).items():
            files.put_meta(name, text)
        if guise.role is not None:
            files.put_meta(MASKED, guise.role)
        for its in snapshot.versions():
            files.adopt_version(guise.version(its), adopted=its.number == snapshot.version_number())
    with source.read() as snapshot:
        if snapshot.sequence() != sequence:
            raise StoreError("the store was written to while it was exported", "stop its writers and export again")
    return files.finish()


def _write_records(snapshot: Snapshot, files: GraphFiles, how: tuple[Guise, Version], progress: Progress) -> None:
    guise, version = how
    total = snapshot.counts()
    pending = set(map(guise.key, snapshot.pending(total.pending + 1)))
    done = 0
    for part in chunks(every_record(snapshot), PART):
        assignments = map(guise.assignment, snapshot.assignments([its.key for its in part]).values())
        files.put_records(guise.indexed(part, version), {its.record_key: its for its in assignments}, pending)
        done += len(part)
        progress("records", done, total.records + total.tombstones)
