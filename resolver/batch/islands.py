"""Old and new customers in islands: groups that share no record with each other.

What a re-cluster does to customers, ids and redirects too, it does within an island. So where a server cannot hold all
that changes in one transaction, it goes over island by island, and no reader ever sees half of a customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from graph.model import Customer
from resolver.batch.differences import Differences, Stated
from resolver.clustering.cluster import components
from resolver.columns import Ints
from resolver.customers.naming import Named
from resolver.customers.partition import Assigned

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Islands:
    """Numbers below ``number``: of each row of a partition, shape (n,); of records that had a customer and are no rows;
    and of every id that had records or has some now."""

    number: int
    of_rows: Ints
    of_gone: Mapping[str, int]
    of_customers: Mapping[str, int]
    row_of: Mapping[str, int]

    def of_record(self, key: str) -> int:
        """``number``, which is no island, for what neither had a customer nor has one."""
        row = self.row_of.get(key)
        return self.of_gone.get(key, self.number) if row is None else int(self.of_rows[row])

    def of_customer(self, its: Customer) -> int:
        """One that retired before, and leads elsewhere from now on, is of the island that it leads to."""
        island = self.of_customers.get(its.id)
        return self.of_customers[its.merged_into or its.id] if island is None else island


def islands_of(named: Named, before: Assigned) -> Islands:
    """``before``: the assignments that the customers were named after."""
    partition, rows = named.partition, before.rows_in(named.partition)
    codes: dict[str, int] = {}
    owners = np.array([codes.setdefault(id, len(codes)) for id in before.customers], dtype=np.int64)
    n, there = len(partition.keys), rows >= 0
    left, right = np.concatenate([np.arange(n), rows[there]]), np.concatenate([partition.cluster, n + owners[there]])
    names, island = np.unique(components(n + len(codes), left, right), return_inverse=True)
    of_owners = island[n:].tolist()
    return Islands(
        len(names),
        island[:n],
        {before.keys[at]: of_owners[owners[at]] for at in np.flatnonzero(~there).tolist()},
        dict(zip(named.ids, island[:n].tolist(), strict=True)) | dict(zip(codes, of_owners, strict=True)),
        partition.row_of,
    )


class _Divided(Generic[T]):
    """Things of which each is of an island, by the parts that the islands go with."""

    def __init__(self, things: Sequence[T], islands: Collection[int], part_of: Ints) -> None:
        self._things = things
        self._islands = np.array(islands, dtype=np.int64)
        parts = part_of[self._islands]
        self._order = np.argsort(parts, kind="stable")
        self._ends = np.searchsorted(parts[self._order], np.arange(int(part_of.max(initial=-1)) + 2))

    def of(self, part: int, left_out: Collection[int] = ()) -> list[T]:
        """Those of a part in their order, without those of the islands that are ``left_out``."""
        places = self._order[self._ends[part] : self._ends[part + 1]]
        if left_out:
            places = places[~np.isin(self._islands[places], list(left_out))]
        return [self._things[place] for place in places.tolist()]


class Parts:
    """Differences in parts of whole islands, none of more than ``most`` rows but for an island that has more alone.
    They follow each other by their smallest customer ids, as nearly as may be in the order in which one transaction
    tells its events."""

    def __init__(self, its: Differences, stated: Stated, most: int) -> None:
        self._its, self._before, named = its, stated.held.assigned, stated.restated.named
        self.islands = islands = islands_of(named, self._before)
        of = _places(its, stated, islands)
        sizes = sum(
            (np.bincount(its, minlength=islands.number + 1) for its in of.values()), np.zeros(1, dtype=np.int64)
        )
        ids = [*(one.id for one in its.customers), *(event.customer_id for event in its.events)]
        part_of = _packed(sizes, _first(ids, [*of["customers"], *of["events"]]), most)
        self._divided = {name: _Divided(getattr(its, name), places, part_of) for name, places in of.items()}
        self._number = int(part_of.max(initial=-1)) + 1
        owners = self._before.customers
        self._had = _Divided(range(len(owners)), [islands.of_customers[id] for id in owners], part_of)
        heads = np.unique(named.partition.cluster)
        self._ids = _Divided([named.ids[head] for head in heads.tolist()], islands.of_rows[heads].tolist(), part_of)

    def __len__(self) -> int:
        return self._number

    def differences(self, part: int, left_out: Collection[int] = ()) -> Differences:
        """Those of a part, without the islands that are ``left_out``."""
        chosen: dict[str, Any] = {name: its.of(part, left_out) for name, its in self._divided.items()}
        chosen["rows"] = np.array(chosen["rows"], dtype=np.int64)
        return replace(self._its, **chosen)

    def customers(self, part: int, left_out: Collection[int]) -> set[str]:
        """The ids that have records before or after it, of the islands of a part but for those ``left_out``."""
        had = {self._before.customers[at] for at in self._had.of(part, left_out)}
        return had.union(self._ids.of(part, left_out))

    def members(self, part: int) -> dict[str, set[str]]:
        """The records that the customers of a part had; none, where an id has its first ones."""
        members: dict[str, set[str]] = {id: set() for id in self._ids.of(part)}
        for at in self._had.of(part):
            members.setdefault(self._before.customers[at], set()).add(self._before.keys[at])
        return members


def _places(its: Differences, stated: Stated, islands: Islands) -> dict[str, list[int]]:
    """By field of the differences, the island of each of them."""
    of_record, of_customers, review = islands.of_record, islands.of_customers, stated.held.review
    return {
        "rows": islands.of_rows[its.rows].tolist(),
        "unassigned": [of_record(key) for key in its.unassigned],
        "links": [of_record(left) for left, _ in its.links],
        "unlinked": [of_record(left) for left, _ in its.unlinked],
        "review": [of_record(item.records[0]) for item in its.review],
        "settled": [of_record(review[id].records[0]) for id in its.settled],
        "customers": [islands.of_customer(one) for one in its.customers],
        "events": [of_customers[event.customer_id] for event in its.events],
    }


def _first(ids: Sequence[str], islands: Sequence[int]) -> dict[int, str]:
    """The smallest of these ids on each island; ``islands``: of each id."""
    first: dict[int, str] = {}
    for id, island in sorted(zip(ids, islands, strict=True)):
        first.setdefault(island, id)
    return first


def _packed(sizes: Ints, first: Mapping[int, str], most: int) -> Ints:
    """The part of each island, -1 for one of size 0; by ``first``, those that have no id there last, and at the very
    end what is of no island."""
    part_of = np.full(len(sizes), -1, dtype=np.int64)
    part = filled = 0
    islands = np.flatnonzero(sizes[:-1]).tolist()
    for island in sorted(islands, key=lambda one: (one not in first, first.get(one, ""))):
        if filled and filled + sizes[island] > most:
            part, filled = part + 1, 0
        part_of[island] = part
        filled += int(sizes[island])
    part_of[-1] = part
    return part_of
