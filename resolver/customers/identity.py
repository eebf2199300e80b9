"""Stable customer ids: which cluster keeps which id, and what happened to every customer.

A new cluster takes over the id of the old customer that shares most records with it (ties: the older, then the smaller
id); each id goes to one cluster at most. Ids that lose out redirect to where most of their records went, and go on to
do so when these move again; a cluster that is left without an id revives the retired one whose former members it shares
most (ties: the one that had fewest others), and only then is a new id made. Ids depend on history, clusters never do.
"""

from __future__ import annotations

from base64 import b32encode
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import count

from graph.model import Change, ChangeKind, Customer


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster to name: its record keys in key order, and its confidence (None for one record)."""

    records: tuple[str, ...]
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Before:
    """What was: ``owner`` of each record that had one, and every customer (retired ones too) that may matter by id.
    ``exists`` tells which of some ids are taken by customers that are not among them."""

    owner: Mapping[str, str]
    customers: Mapping[str, Customer]
    exists: Callable[[Collection[str]], Mapping[str, Customer]]


@dataclass(frozen=True, slots=True)
class Identities:
    """The ids of the clusters (in their order), the customers to write, and the events to append."""

    ids: list[str]
    customers: list[Customer]
    changes: list[Change] = field(default_factory=list)


def identify_clusters(clusters: Sequence[Cluster], before: Before, now: int) -> Identities:
    """Name these clusters. ``before`` must hold whole customers: all their records are in a cluster, or gone."""
    ids = _inherited(clusters, before)
    _revive(clusters, ids, before)
    _mint(clusters, ids, before)
    named = [its for its in ids if its is not None]
    return _report(clusters, named, before, now)


def _match(overlaps: Iterable[tuple[int, int, int, str, int, int]], ids: list[str | None], taken: set[str]) -> None:
    """Give ids to clusters, most shared records first. ``overlaps``: (-shared, had, created_at, id, claimed, cluster);
    ``had``: the records of a retired id, 0 for a living one."""
    for _, _, _, id, _, cluster in sorted(overlaps):
        if ids[cluster] is None and id not in taken:
            ids[cluster] = id
            taken.add(id)


def _inherited(clusters: Sequence[Cluster], before: Before) -> list[str | None]:
    ids: list[str | None] = [None] * len(clusters)
    # Of two clusters that share as much with an id, the one that no retired id claims has it: so after an un-merge
    # both have their own again.
    former = {key for its in before.customers.values() if its.retired for key in its.former_members}
    overlaps = []
    for position, cluster in enumerate(clusters):
        shared = Counter(before.owner[key] for key in cluster.records if key in before.owner)
        claimed = sum(key in former for key in cluster.records) if former and shared else 0
        overlaps += [(-n, 0, before.customers[id].created_at, id, claimed, position) for id, n in shared.items()]
    _match(overlaps, ids, set())
    return ids


def _revive(clusters: Sequence[Cluster], ids: list[str | None], before: Before) -> None:
    retired = [its for its in before.customers.values() if its.retired and its.former_members]
    nameless = [position for position, id in enumerate(ids) if id is None]
    if not retired or not nameless:
        return
    where = {key: position for position in nameless for key in clusters[position].records}
    overlaps = []
    for its in retired:
        shared = Counter(where[key] for key in its.former_members if key in where)
        had = len(its.former_members)
        overlaps += [(-n, had, its.created_at, its.id, 0, position) for position, n in shared.items()]
    _match(overlaps, ids, {id for id in ids if id is not None})


def _mint(clusters: Sequence[Cluster], ids: list[str | None], before: Before) -> None:
    """New ids: a hash of the smallest record key, and of a number where that id is taken."""
    nameless = [position for position, id in enumerate(ids) if id is None]
    taken = {id for id in ids if id is not None}
    for attempt in count():
        if not nameless:
            return
        made = {position: new_id(clusters[position].records[0], attempt) for position in nameless}
        known = before.exists(list(made.values()))
        for position, id in made.items():
            other = known.get(id)
            free = other is None or (other.retired and other.merged_into is None)  # erased: its record came back
            if free and id not in taken:
                ids[position] = id
                taken.add(id)
        nameless = [position for position in nameless if ids[position] is None]


def new_id(record_key: str, attempt: int) -> str:
    """The customer id that is made for a cluster of this smallest record key: 16 letters and digits."""
    digest = blake2b(f"{record_key}\n{attempt}".encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return b32encode(digest).decode().lower()


def _report(clusters: Sequence[Cluster], ids: list[str], before: Before, now: int) -> Identities:
    """What happened to every customer that has a record in these clusters, or had one."""
    now_in = {key: id for cluster, id in zip(clusters, ids, strict=True) for key in cluster.records}
    had: defaultdict[str, list[str]] = defaultdict(list)
    for key, id in before.owner.items():
        had[id].append(key)
    customers: list[Customer] = []
    changes: list[Change] = []
    merged: defaultdict[str, list[str]] = defaultdict(list)
    heirs: dict[str, str | None] = dict.fromkeys(ids)
    for id, keys in had.items():
        if id in heirs:
            continue
        went = Counter(now_in[key] for key in keys if key in now_in)
        heir = min(went, key=lambda other: (-went[other], other)) if went else None
        old = before.customers[id]
        customers.append(
            replace(old, size=0, confidence=None, updated_at=now, merged_into=heir, former_members=tuple(sorted(keys)))
        )
        if heir is None:
            changes.append(Change(ChangeKind.ERASED, id, now, {"records": sorted(keys)}))
        else:
            merged[heir].append(id)
            heirs[id] = heir
    for id, heir in _moved(before, heirs, now_in).items():
        customers.append(replace(before.customers[id], updated_at=now, merged_into=heir))
        merged[heir].append(id)
    for cluster, id in zip(clusters, ids, strict=True):
        old_customer = before.customers.get(id)
        revived = old_customer is None or old_customer.retired
        fresh = Customer(
            id, len(cluster.records), cluster.confidence, old_customer.created_at if old_customer else now, now
        )
        changes += _changes_of(cluster, id, (had, now_in, merged, before), (revived, now))
        if (
            old_customer is None
            or replace(fresh, updated_at=old_customer.updated_at) != old_customer
            or revived
            or set(had[id]) != set(cluster.records)
        ):
            customers.append(fresh)
    changes.sort(key=lambda change: (change.customer_id, change.kind))
    customers.sort(key=lambda customer: customer.id)
    return Identities(ids, customers, changes)


def _moved(before: Before, heirs: Mapping[str, str | None], now_in: Mapping[str, str]) -> dict[str, str]:
    """Where retired ids go from now on that would not lead to most of their former records any more: these were split
    off, or an id on the way lives again. ``heirs``: what each id that lives (None) or retires now leads to."""
    moved = {}
    for its in before.customers.values():
        if its.id in heirs or its.merged_into is None:
            continue
        end = its.merged_into
        while (heir := heirs[end] if end in heirs else before.customers[end].merged_into) is not None:
            end = heir
        where = Counter(now_in[key] for key in its.former_members if key in now_in)
        if where and where[end] < max(where.values()):
            moved[its.id] = min(where, key=lambda other: (-where[other], other))
    return moved


def _changes_of(
    cluster: Cluster,
    id: str,
    moves: tuple[Mapping[str, list[str]], Mapping[str, str], Mapping[str, list[str]], Before],
    state: tuple[bool, int],
) -> list[Change]:
    """The events of one living customer."""
    had, now_in, merged, before = moves
    fresh, now = state
    mine, old = set(cluster.records), set(had.get(id, ()))
    came = sorted(mine - old)
    came_from = sorted({before.owner[key] for key in came if key in before.owner} - {id})
    changes = []
    if fresh:
        changes.append(Change(ChangeKind.CREATED, id, now, {"records": sorted(mine), "from": came_from}))
    if merged.get(id):
        changes.append(Change(ChangeKind.MERGED, id, now, {"merged": sorted(merged[id]), "records": came}))
    elif came and not fresh:
        changes.append(Change(ChangeKind.GROWN, id, now, {"records": came, "from": came_from}))
    gone = sorted(old - mine)
    moved = sorted(key for key in gone if key in now_in)
    if moved:
        into = sorted({now_in[key] for key in moved})
        changes.append(Change(ChangeKind.SPLIT, id, now, {"into": into, "records": moved}))
    deleted = sorted(set(gone) - set(moved))
    if deleted:
        changes.append(Change(ChangeKind.SHRUNK, id, now, {"records": deleted}))
    return changes
