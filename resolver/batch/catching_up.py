"""What live work wrote while a re-cluster computed, brought into its outcome within its own transaction.

First the store is given the re-cluster's word on everything as of its beginning, under the new version. What changed
since is then resolved on top of it by the very function that live work uses: a changed record was what the re-cluster
read, and is what the store has now. Only then are the customers named, once, from those of the moment when the
transaction began, so that ids and events continue whatever live work has told meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from graph.model import Change, Record
from graph.store import Transaction
from resolver.ask import Ask, asking_within
from resolver.batch.ahead import Ahead
from resolver.batch.differences import Stated
from resolver.batch.everything import Held, read_held
from resolver.batch.meanwhile import Meanwhile
from resolver.batch.restating import Restated, write_assignments, write_keys
from resolver.columns import Table
from resolver.customers.naming import Named, name_partition
from resolver.customers.outcome import links_of, write_links, write_review
from resolver.customers.partition import Assigned, partition_of
from resolver.customers.profile_changes import View, changes_of
from resolver.customers.review import review_items
from resolver.live.applying import Affected, resolve_affected
from resolver.neighbourhood.changed import ChangedRecord
from resolver.neighbourhood.weights import weights_in_store
from resolver.preparing.indexing import indexed
from resolver.preparing.renormalise import renormalised


@dataclass(frozen=True)
class Late:
    """What was written since a re-cluster began: the records as they are now, tombstones included, and the endpoints of
    decisions that were taken or withdrawn; ``now``: when it is caught up with, microseconds."""

    records: dict[str, Record]
    endpoints: set[str]
    now: int

    @property
    def gone(self) -> set[str]:
        return {key for key, record in self.records.items() if record.deleted}


def late_work(tx: Transaction, meanwhile: Meanwhile, clock: Callable[[], int]) -> Late | None:
    """None where nobody else wrote."""
    if not meanwhile.came:
        return None
    return Late(tx.records(sorted(meanwhile.keys)), meanwhile.endpoints, clock())


@dataclass(frozen=True)
class CaughtUp:
    """How the customers of all that there is by now are ``named``; the assignments that there were at the beginning of
    the transaction, and those that the store holds, which are yet to be replaced."""

    named: Named
    before: Assigned
    stated: Assigned


def catch_up(tx: Transaction, its: Restated, late: Late, keyed: Collection[str]) -> CaughtUp:
    """Write keys (but for the records that are ``keyed``), links and review items of all that there is by now."""
    held, gone = read_held(asking_within(tx)), late.gone
    write_keys(tx, its, late.records.keys() | keyed)
    current = _restate(tx, its, held, gone)
    partition = its.named.partition
    former = _former(its.table, late.records)
    before = indexed(list(former.values()), its.version)
    after = indexed(_put_late_records(tx, its, late), its.version)
    changed = [ChangedRecord(before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())]
    endpoints = {*late.endpoints, *partition.mates(gone)}
    if changed or endpoints:
        affected = resolve_affected(tx, (changed, endpoints), its.version, former)
        _write_findings(tx, its, affected)
        partition = partition.patched(gone, partition_of(affected.table.keys, affected.resolution))
        tx.put_identifier_weights(weights_in_store(affected.once, [*before.values(), *after.values()], its.version))
    return CaughtUp(name_partition(partition, held.assigned, asking_within(tx), late.now), held.assigned, current)


def late_profiles(stated: Stated, caught: CaughtUp, late: Late, ahead: Ahead, asks: tuple[Ask, Ask]) -> list[Change]:
    """The events of changed profiles. Where all records are read otherwise from now on, what was found without the lock
    still holds of the customers whom nobody has touched. ``asks``: of what is committed, and within the transaction."""
    reading, named = stated.restated.begin.reading, caught.named
    then, today = asks
    views = View(then, reading.before), View(today, reading.after)
    if reading.alike:
        return changes_of(named.moved, views, late.now)
    touched = _touched(stated, caught, late.records, ahead.over)
    untouched = [event for event in ahead.profiles if event.customer_id not in touched]
    members = {id: both for id, both in named.kept(caught.before).items() if id in touched}
    return sorted([*untouched, *changes_of(members, views, late.now)], key=lambda event: event.customer_id)


def _touched(stated: Stated, caught: CaughtUp, late: Collection[str], over: Collection[str]) -> set[str]:
    """The customers that have got other records since the re-cluster began, by others or now by what others did; or
    such that came late. Those that went ``over`` have what was stated, unless they are moved again."""
    meanwhile = _moved(stated.held.assigned.owners, caught.before.owners, late).difference(over)
    now = _moved(stated.restated.named.owners, caught.named.owners, late)
    return meanwhile | now | caught.named.moved.keys()


def _moved(was: Mapping[str, str], its: Mapping[str, str], late: Collection[str]) -> set[str]:
    """The customers of records that are of another one, by record key, and of those that came ``late``."""
    changed = {key for key in was.keys() | its.keys() if was.get(key) != its.get(key)}.union(late)
    return {id for key in changed for one in (was, its) if (id := one.get(key)) is not None}


def _former(table: Table, keys: Collection[str]) -> dict[str, Record]:
    """These records as the re-cluster read them, where it did; only their fields."""
    rows = {key: row for row, key in enumerate(table.keys) if key in keys}
    former = {}
    for key, row in rows.items():
        source, _, id = key.partition(":")
        fields = {name: texts for name, column in table.columns.items() if (texts := column.texts_of(row))}
        former[key] = Record(source, id, 0, "", fields)
    return former


def _put_late_records(tx: Transaction, its: Restated, late: Late) -> list[Record]:
    """The late records that are live, with their keys under the new version."""
    records = [record for _, record in sorted(late.records.items()) if not record.deleted]
    if its.begin.renormalises:
        records = renormalised(records, its.version.config)
        tx.put_records(indexed(records, its.version).values())
    else:
        its_keys = indexed(records, its.version).items()
        tx.put_blocking_keys(
            (key, tuple(one.hash for one in record.keys if one.value is None)) for key, record in its_keys
        )
    return records


def _restate(tx: Transaction, its: Restated, held: Held, gone: set[str]) -> Assigned:
    """Write the re-cluster's word as of its beginning, less the records that are gone; answers the assignments that the
    store holds then. Their customers are not the last word, only their components count until then."""
    links = {ends: weight for ends, weight in its.links.items() if gone.isdisjoint(ends)} if gone else its.links
    write_links(tx, held.links, links)
    write_review(tx, held.review, {id: item for id, item in its.review.items() if gone.isdisjoint(item.records)})
    stated = its.named.assigned().without(gone)
    others = held.assigned.without(set(stated.keys))
    write_assignments(tx, held.assigned, stated + others)
    return stated + others


def _write_findings(tx: Transaction, its: Restated, affected: Affected) -> None:
    table, resolution, old = affected.table, affected.resolution, affected.old
    links = {ends: link.weight for ends, link in old.links.items()}
    write_links(tx, links, links_of(table, resolution, its.version))
    review = review_items(table, resolution, its.version, affected.decisions)
    write_review(tx, old.review, {item.id: item for item in review})
