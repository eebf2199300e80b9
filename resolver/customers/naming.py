"""Stable ids for a whole store's customers: what ``identity`` says, at the cost of what changed.

A cluster of exactly the records of a former customer keeps its id, and one of records that nobody had gets a new one:
these are told apart in columns. Only the others, with the former customers of their records, are matched one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import isnan

import numpy as np

from graph.model import Change, ChangeKind, Customer
from graph.store import Snapshot
from resolver.ask import Ask
from resolver.columns import Ints
from resolver.customers.identity import Before, Cluster, identify_clusters, new_id
from resolver.customers.partition import Assigned, Partition

#: Customers that are read at a time.
PAGE = 10_000


@dataclass(frozen=True)
class Named:
    """A partition with its customers' ids by row; the customers to write, the events to append, and which living
    customers keep their ids with other records than before (records before and after)."""

    partition: Partition
    ids: list[str]
    customers: list[Customer]
    changes: list[Change]
    moved: dict[str, tuple[list[str], list[str]]]

    @property
    def owners(self) -> dict[str, str]:
        """Customer ids by record key."""
        return dict(zip(self.partition.keys, self.ids, strict=True))

    def assigned(self) -> Assigned:
        keys = list(self.partition.keys)
        components = [keys[row] for row in self.partition.component.tolist()]
        return Assigned(keys, components, self.ids, self.partition.confidence)

    def kept(self, before: Assigned, over: Collection[str] = ()) -> dict[str, tuple[list[str], list[str]]]:
        """The living customers that were there ``before``, with the keys of their records then and now. Those that have
        gone ``over`` since were already as they are now, new ones too."""
        kept: dict[str, tuple[list[str], list[str]]] = {}
        for key, id in zip(before.keys, before.customers, strict=True):
            if id not in over:
                kept.setdefault(id, ([], []))[0].append(key)
        for key, id in zip(self.partition.keys, self.ids, strict=True):
            if id in over:
                kept.setdefault(id, ([], []))[0].append(key)
            if id in kept:
                kept[id][1].append(key)
        return {id: both for id, both in kept.items() if both[1]}

    @cached_property
    def living(self) -> int:
        """How many customers there are."""
        return len(np.unique(self.partition.cluster))


@dataclass(frozen=True)
class _Owners:
    """Former customers as codes into ``ids``: of each row (-1: none) and of records that are no rows; and how many
    records each had."""

    ids: list[str]
    of_rows: Ints
    elsewhere: list[tuple[str, int]]
    sizes: Ints


def name_partition(partition: Partition, before: Assigned, ask: Ask, now: int) -> Named:
    """Name the clusters of a whole store, whose assignments are ``before``, at this time (microseconds)."""
    owners = _owners(partition, before)
    heads = np.flatnonzero(partition.cluster == np.arange(len(partition.keys)))
    owner, whole = owners.of_rows[heads], _of_one_owner(partition, owners)[heads]
    same = whole & (owner >= 0)
    same[same] &= partition.sizes[heads[same]] == owners.sizes[owner[same]]
    new = whole & (owner < 0)
    names = np.empty(len(partition.keys), dtype=object)
    names[heads[same]] = np.array(owners.ids, dtype=object)[owner[same]]
    customers = _other_confidence(partition, heads[same], names, (ask, now))
    others = heads[~same & ~new]
    before_others = _before(partition, others, owners, ask)
    claimed = {key for its in before_others.customers.values() if its.retired for key in its.former_members}
    fresh, further = _fresh(partition, heads[new], (claimed, ask))
    names[list(fresh)] = list(fresh.values())
    others = np.concatenate([others, np.array(further, dtype=np.int64)])
    others.sort()
    clusters = [
        Cluster(records, None if isnan(sure) else sure)
        for records, sure in zip(partition.members(others), partition.sureness[others].tolist(), strict=True)
    ]
    identities = identify_clusters(clusters, before_others, now)
    names[others] = identities.ids
    created, births = _births(partition, fresh, now)
    had: dict[str, list[str]] = {}
    for key, id in before_others.owner.items():
        had.setdefault(id, []).append(key)
    moved = {
        id: (had[id], list(cluster.records))
        for cluster, id in zip(clusters, identities.ids, strict=True)
        if id in had and set(had[id]) != set(cluster.records)
    }
    return Named(
        partition,
        names[partition.cluster].tolist(),
        sorted([*customers, *identities.customers, *created], key=lambda its: its.id),
        sorted([*identities.changes, *births], key=lambda its: its.customer_id),  # stable: an id's own events in order
        moved,
    )


def _owners(partition: Partition, before: Assigned) -> _Owners:
    codes: dict[str, int] = {}
    code_of = np.array([codes.setdefault(id, len(codes)) for id in before.customers], dtype=np.int64)
    rows = before.rows_in(partition)
    of_rows = np.full(len(partition.keys), -1, dtype=np.int64)
    of_rows[rows[rows >= 0]] = code_of[rows >= 0]
    elsewhere = [(before.keys[at], int(code_of[at])) for at in np.flatnonzero(rows < 0).tolist()]
    return _Owners(list(codes), of_rows, elsewhere, np.bincount(code_of, minlength=len(codes)))


def _of_one_owner(partition: Partition, owners: _Owners) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """By smallest row: whether all records of the cluster had the same customer, or all none."""
    apart = owners.of_rows != owners.of_rows[partition.cluster]
    whole = np.ones(len(partition.keys), dtype=bool)
    whole[partition.cluster[apart]] = False
    return whole


def _other_confidence(
    partition: Partition, heads: Ints, names: np.ndarray[tuple[int], np.dtype[np.object_]], how: tuple[Ask, int]
) -> list[Customer]:
    """Those of unchanged clusters whose confidence is another now."""
    ask, now = how
    sure = dict(zip(names[heads].tolist(), partition.sureness[heads].tolist(), strict=True))
    fresh = []
    for customer in _living(ask) if sure else ():
        confidence = sure.get(customer.id, customer.confidence)
        if confidence is not None and isnan(confidence):
            confidence = None
        if confidence != customer.confidence:
            fresh.append(replace(customer, confidence=confidence, updated_at=now))
    return fresh


def _living(ask: Ask) -> Iterator[Customer]:
    after: str | None = None
    while page := ask(partial(_page, after)):
        yield from page
        after = page[-1].id


def _page(after: str | None, snapshot: Snapshot) -> list[Customer]:
    return snapshot.page_customers(after, PAGE)


def _before(partition: Partition, heads: Ints, owners: _Owners, ask: Ask) -> Before:
    """What was of the records of these clusters, and of customers that no cluster has a record of."""
    is_other = np.zeros(len(partition.keys), dtype=bool)
    is_other[heads] = True
    rows = np.flatnonzero(is_other[partition.cluster] & (owners.of_rows >= 0))
    owner = {partition.keys[row]: owners.ids[owners.of_rows[row]] for row in rows.tolist()}
    owner |= {key: owners.ids[code] for key, code in owners.elsewhere}
    ids = sorted(set(owner.values()))
    customers = ask(lambda snapshot: {**snapshot.customers(ids), **_by_id(snapshot.retired_into(ids))}) if ids else {}
    return Before(owner, customers, lambda wanted: ask(lambda snapshot: snapshot.customers(wanted)))


def _by_id(customers: Sequence[Customer]) -> dict[str, Customer]:
    return {customer.id: customer for customer in customers}


def _fresh(partition: Partition, heads: Ints, known: tuple[set[str], Ask]) -> tuple[dict[int, str], list[int]]:
    """New ids by smallest row for clusters that nobody had; and those that need more than that: a retired customer had
    some of their records, or the id is taken."""
    claimed, ask = known
    claims = {int(partition.cluster[partition.row_of[key]]) for key in claimed if key in partition.row_of}
    made = {head: new_id(partition.keys[head], 0) for head in heads.tolist() if head not in claims}
    taken = ask(lambda snapshot: snapshot.customers(list(made.values()))) if made else {}
    held = {id for id, its in taken.items() if not its.retired or its.merged_into is not None}
    further = [head for head, id in made.items() if id in held]
    further += [head for head in heads.tolist() if head in claims]
    return {head: id for head, id in made.items() if id not in held}, further


def _births(partition: Partition, fresh: dict[int, str], now: int) -> tuple[list[Customer], list[Change]]:
    heads = np.array(list(fresh), dtype=np.int64)
    customers, changes = [], []
    for id, records, sure in zip(
        fresh.values(), partition.members(heads), partition.sureness[heads].tolist(), strict=True
    ):
        customers.append(Customer(id, len(records), None if isnan(sure) else sure, now, now))
        changes.append(Change(ChangeKind.CREATED, id, now, {"records": list(records), "from": []}))
    return customers, changes
