"""Copying a whole store into another, through the port alone: the same records, customers, ids and feed afterwards.

What the port does not tell, the keys that a record carries, is computed again under the adopted version. The target is
written part by part (a server could not hold it in one transaction): the adopted version comes last, and until then a
mark says that the copy is unfinished. Everything may be written twice, so an interrupted copy is simply repeated.
A copy may be masked (``masking``): then the target is for looking only, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from time import perf_counter
from typing import Any, TypeVar

import orjson

from graph.chunks import chunks
from graph.errors import BadInputError, StoreError
from graph.model import Change, Customer, IdentifierWeight, Quarantined, Record
from graph.store import Snapshot, Store, Transaction
from resolver.clustering.known import know
from resolver.columns import table_of
from resolver.config import Config
from resolver.masks import MASKED, see_fields
from resolver.moving.guise import AsItIs, Guise
from resolver.moving.masking import Masking, masker_of
from resolver.neighbourhood.weights import weights_in_table
from resolver.progress import Progress
from resolver.scoring.model import Model
from resolver.unfinished import COPY, refuse_unfinished_copy
from resolver.version import Version

T = TypeVar("T")

#: Records, or other rows, of one transaction.
PART = 10_000


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was copied, by kind, and found equal in both stores afterwards."""

    copied: Mapping[str, int]
    seconds: float


def copy_store(source: Store, target: Store, progress: Progress, masking: Masking | None = None) -> CopyReport:
    """Copy everything, then compare. The target must be empty, or hold an unfinished copy of the same store in the same
    guise. Raises BadInputError where it is not, or the source was never resolved; StoreError if the two differ
    afterwards, or the source was changed meanwhile."""
    started = perf_counter()
    with source.read() as snapshot:
        sequence = snapshot.sequence()
        guise = guise_of(snapshot, masking)
        _see_usable(snapshot, target, guise)
        _Copy(snapshot, target, guise, progress).run()
    with source.read() as snapshot:
        if snapshot.sequence() != sequence:
            raise StoreError("the source was written to while it was copied", "stop its writers and copy again")
        wanted = fingerprint(snapshot, guise)
    progress("compare", 0, None)
    with target.read() as snapshot:
        found = fingerprint(snapshot, AsItIs())
    if wrong := [name for name, its in wanted.items() if found[name] != its]:
        raise StoreError(f"the copy differs in its {', '.join(wrong)}", "empty the target and copy again")
    with target.write() as tx:
        tx.put_meta(COPY, None)
    return CopyReport({name: number for name, (number, _) in wanted.items()}, perf_counter() - started)


def see_copyable(snapshot: Snapshot, masking: Masking | None) -> None:
    """Raises BadInputError where a store was never resolved, is masked already, or lacks a field that the role names,
    and VersionError where it is an unfinished copy itself."""
    refuse_unfinished_copy(snapshot)
    adopted = snapshot.version()
    if adopted is None:
        raise BadInputError("the source was never resolved", "run: whograph recluster", place="source")
    if snapshot.meta(MASKED) is not None:
        raise BadInputError("the source is a masked copy", "copy the original store", place="source")
    if masking is not None:
        see_fields(masking.mask, Config.from_json(adopted.config))


def guise_of(snapshot: Snapshot, masking: Masking | None) -> Guise:
    """In what guise a store is to be copied. Raises as ``see_copyable``."""
    see_copyable(snapshot, masking)
    return AsItIs() if masking is None else masker_of(snapshot, masking)


def _see_usable(snapshot: Snapshot, target: Store, guise: Guise) -> None:
    name = snapshot.store_id()
    with target.write() as tx:
        counts = tx.counts()
        if tx.store_id() == name:
            raise BadInputError("source and target are one store", "name another target", place="target")
        empty = counts.records == counts.tombstones == counts.quarantined == 0 and not tx.versions()
        if not empty and tx.meta(COPY) != f"{name}{guise.mark}":
            raise BadInputError(
                f"the target holds {counts.records:,} records already", "name an empty one", place="target"
            )
        tx.put_meta(COPY, f"{name}{guise.mark}")
        tx.put_meta(MASKED, guise.role)


class _Copy:
    """One copy, from a snapshot into a store."""

    def __init__(self, snapshot: Snapshot, target: Store, guise: Guise, progress: Progress) -> None:
        self._from, self._to, self._guise, self._progress = snapshot, target, guise, progress
        self._version = adopted_version(snapshot)

    def run(self) -> None:
        guise, snapshot = self._guise, self._from
        self._drop_unfinished()
        self._put("feed", map(guise.change, every_change(snapshot)), lambda tx, its: tx.put_changes(its))
        self._records()
        self._put("customers", map(guise.customer, every_customer(snapshot)), lambda tx, its: tx.put_customers(its))
        assignments = map(guise.assignment, _flat(snapshot.scan_assignments()))
        self._put("assignments", assignments, lambda tx, its: tx.put_assignments(its))
        self._put("links", map(guise.link, _flat(snapshot.scan_links())), lambda tx, its: tx.put_links(its))
        self._put("review", map(guise.review, _flat(snapshot.scan_review())), lambda tx, its: tx.put_review(its))
        self._put("quarantine", map(guise.refusal, every_refusal(snapshot)), lambda tx, its: tx.put_quarantined(its))
        with self._to.write() as tx:
            tx.put_identifier_weights(every_weight(snapshot, self._version, guise))
        with self._to.write() as tx:
            for decision in map(guise.decision, snapshot.decisions(withdrawn=True)):
                tx.put_decision(decision)
            for name, text in guise.texts(snapshot.named_texts()).items():
                tx.put_meta(name, text)
            number = snapshot.version_number()
            for version in sorted(snapshot.versions(), key=lambda its: its.number == number):  # the adopted one last
                tx.adopt_version(guise.version(version))

    def _drop_unfinished(self) -> None:
        """What an earlier attempt left of things that the source may hold no more."""
        with self._to.read() as snapshot:
            assigned = [its.record_key for its in _flat(snapshot.scan_assignments())]
            links = [(its.left, its.right) for its in _flat(snapshot.scan_links())]
            review = [its.id for its in _flat(snapshot.scan_review())]
        self._put("drop assignments", assigned, lambda tx, its: tx.drop_assignments(its))
        self._put("drop links", links, lambda tx, its: tx.drop_links(its))
        self._put("drop review", review, lambda tx, its: tx.drop_review(its))

    def _put(self, what: str, rows: Iterable[T], write: Callable[[Transaction, list[T]], object]) -> None:
        done = 0
        for part in chunks(rows, PART):
            with self._to.write() as tx:
                write(tx, part)
            done += len(part)
            self._progress(what, done, None)

    def _records(self) -> None:
        """With their keys under the adopted version, tombstones too."""
        total = self._from.counts()
        pending = set(map(self._guise.key, self._from.pending(total.pending + 1)))
        done = 0
        for part in chunks(every_record(self._from), PART):
            carried = self._guise.indexed(part, self._version)
            with self._to.write() as tx:
                for waits in (False, True):
                    tx.put_records([its for its in carried if (its.record.key in pending) is waits], pending=waits)
            done += len(part)
            self._progress("records", done, total.records + total.tombstones)


def adopted_version(snapshot: Snapshot) -> Version:
    """The version of a store that was resolved."""
    adopted = snapshot.version()
    assert adopted is not None
    return Version(Config.from_json(adopted.config), Model.from_json(adopted.model))


def every_weight(snapshot: Snapshot, version: Version, guise: Guise) -> Iterator[IdentifierWeight]:
    """What sharing each identifier says, for those who look. All fields are read into memory once it is asked for."""
    rows = [(record.key, record.fields) for record, _ in _flat(snapshot.scan_records())]
    table = table_of(rows, version.config.stored_fields)
    yield from weights_in_table(table, know(table, version), version, guise.identifier)


def every_record(snapshot: Snapshot) -> Iterator[Record]:
    """Live records in key order, then tombstones."""
    live: set[str] = set()
    for chunk in snapshot.scan_full_records():
        live.update(record.key for record in chunk)
        yield from chunk
    gone = [key for key in snapshot.changed_since(0) if key not in live]
    for part in chunks(gone, PART):
        found = snapshot.records(part)
        yield from (found[key] for key in part if key in found)


def every_change(snapshot: Snapshot) -> Iterator[Change]:
    """The feed, ascending."""
    after = 0
    while part := snapshot.changes(after, PART):
        yield from part
        after = part[-1].sequence


def every_customer(snapshot: Snapshot) -> Iterator[Customer]:
    """All that live, and all that the feed knows of (a customer begins with an event), in id order."""
    owners = {its.customer_id for its in _flat(snapshot.scan_assignments())}
    ids = sorted(owners | {its.customer_id for its in every_change(snapshot)})
    for part in chunks(ids, PART):
        found = snapshot.customers(part)
        yield from (found[id] for id in part if id in found)


def every_refusal(snapshot: Snapshot) -> Iterator[Quarantined]:
    """The quarantine, in its order."""
    after = 0
    while part := snapshot.quarantined(after, PART):
        yield from (entry for _, entry in part)
        after = part[-1][0]


def fingerprint(snapshot: Snapshot, guise: Guise) -> dict[str, tuple[int, str]]:
    """How much there is of each kind, and a digest of all of it in this guise, whatever its order."""
    pending = snapshot.pending(snapshot.counts().pending + 1)
    texts = guise.texts(snapshot.named_texts()).items()
    kinds: dict[str, Iterable[Any]] = {
        "records": map(guise.record, every_record(snapshot)),
        "signatures": ((guise.key(record.key), guise.signature(its)) for record, its in _flat(snapshot.scan_records())),
        "pending": map(guise.key, pending),
        "assignments": map(guise.assignment, _flat(snapshot.scan_assignments())),
        "customers": map(guise.customer, every_customer(snapshot)),
        "links": map(guise.link, _flat(snapshot.scan_links())),
        "review": map(guise.review, _flat(snapshot.scan_review())),
        "decisions": map(guise.decision, snapshot.decisions(withdrawn=True)),
        "feed": map(guise.change, every_change(snapshot)),
        "versions": map(guise.version, snapshot.versions()),
        "adopted version": [snapshot.version_number()],
        "quarantine": map(guise.refusal, every_refusal(snapshot)),
        "texts": ((name, text) for name, text in texts if name not in (COPY, MASKED)),
    }
    return {name: _digest(rows) for name, rows in kinds.items()}


def _digest(rows: Iterable[Any]) -> tuple[int, str]:
    """The sum of the rows' hashes, modulo 2^128."""
    total = number = 0
    for row in rows:
        text = orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        total += int.from_bytes(blake2b(text, digest_size=16).digest())
        number += 1
    return number, f"{total % 2**128:032x}"


def _flat(parts: Iterator[Sequence[T]] | Iterator[list[T]]) -> Iterator[T]:
    return chain.from_iterable(parts)
