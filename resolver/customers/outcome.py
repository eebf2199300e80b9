"""From a resolution to what is stored of it: assignments, links, review items and customers, as differences.

Batch and live both end here; adapters are told only what changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from graph.model import Assignment, Change, Customer, Decision, Link, ReviewItem
from graph.store import Snapshot, Transaction
from resolver.clustering.resolution import Resolution
from resolver.columns import Table
from resolver.customers.identity import Before, Cluster, Identities, identify_clusters
from resolver.customers.review import review_items
from resolver.scoring.model import probability_of
from resolver.version import Version

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class State:
    """What the store holds, or will hold, about a set of records."""

    assignments: Mapping[str, Assignment]
    links: Mapping[tuple[str, str], Link]
    review: Mapping[str, ReviewItem]


@dataclass(frozen=True)
class Outcome:
    """The state after a resolution, with the customers to write and the events to append."""

    state: State
    customers: list[Customer]
    changes: list[Change]


def clusters_of(table: Table, resolution: Resolution) -> tuple[list[Cluster], list[list[int]]]:
    """The clusters in the order of their smallest rows, and their rows."""
    order = np.argsort(resolution.cluster, kind="stable")
    heads, starts = np.unique(resolution.cluster[order], return_index=True)
    groups = [rows.tolist() for rows in np.split(order, starts[1:])] if len(order) else []
    known: dict[int, float] = {}
    clusters = []
    for head, rows in zip(heads.tolist(), groups, strict=True):
        weight = int(resolution.cluster_weight[head])
        if weight not in known:
            known[weight] = probability_of(weight)
        clusters.append(Cluster(tuple(table.keys[row] for row in rows), known[weight] if len(rows) > 1 else None))
    return clusters, groups


def outcome_of(
    table: Table,
    resolution: Resolution,
    version: Version,
    decisions: tuple[list[Decision], Collection[tuple[str, str]]],
    before: tuple[Before, int],
) -> Outcome:
    """Name the clusters and spell out the new state. ``before``: what was, and the time now."""
    clusters, groups = clusters_of(table, resolution)
    identities: Identities = identify_clusters(clusters, *before)
    assignments = {}
    weights, components = resolution.record_weight.tolist(), resolution.component.tolist()
    probabilities = {weight: probability_of(weight) for weight in set(weights)}
    for rows, id in zip(groups, identities.ids, strict=True):
        for row in rows:
            key = table.keys[row]
            confidence = probabilities[weights[row]] if len(rows) > 1 else None
            assignments[key] = Assignment(key, table.keys[components[row]], id, confidence)
    links = {
        (left, right): Link(left, right, its) for (left, right), its in links_of(table, resolution, version).items()
    }
    review = {item.id: item for item in review_items(table, resolution, version, decisions)}
    return Outcome(State(assignments, links, review), identities.customers, identities.changes)


def links_of(table: Table, resolution: Resolution, version: Version) -> dict[tuple[str, str], int]:
    """The weights (microbits) of the links to store, by their ends."""
    pairs = resolution.pairs
    linked = pairs.weight >= version.link_threshold
    keys = np.array(table.keys, dtype=object)
    ends = zip(keys[pairs.left[linked]].tolist(), keys[pairs.right[linked]].tolist(), strict=True)
    return dict(zip(ends, pairs.weight[linked].tolist(), strict=True))


def write_differences(tx: Transaction, old: State, outcome: Outcome) -> None:
    """Write what differs from the old state, and the customers. Events are the caller's to append."""
    new = outcome.state
    tx.drop_assignments(sorted(old.assignments.keys() - new.assignments.keys()))
    tx.put_assignments(fresh_in(new.assignments, old.assignments))
    tx.drop_links(sorted(old.links.keys() - new.links.keys()))
    tx.put_links(fresh_in(new.links, old.links))
    write_review(tx, old.review, new.review)
    tx.put_customers(outcome.customers)


def write_links(tx: Transaction, old: Mapping[tuple[str, str], int], new: Mapping[tuple[str, str], int]) -> None:
    """Write what differs between links, given as weights by their ends."""
    tx.drop_links(sorted(old.keys() - new.keys()))
    tx.put_links([Link(*ends, weight) for ends, weight in new.items() if old.get(ends) != weight])


def write_review(tx: Transaction, old: Mapping[str, ReviewItem], new: Mapping[str, ReviewItem]) -> None:
    """Write what differs between review items, given by their ids."""
    tx.drop_review(sorted(old.keys() - new.keys()))
    tx.put_review(fresh_in(new, old))


def fresh_in(new: Mapping[K, V], old: Mapping[K, V]) -> list[V]:
    """The values that are new, or not as they were."""
    return [value for key, value in new.items() if old.get(key) != value]


def before_of(snapshot: Snapshot, owner: Mapping[str, str]) -> Before:
    """What was of these records' customers, with the retired ones that an un-merge could revive."""
    ids = sorted(set(owner.values()))
    customers = dict(snapshot.customers(ids))
    customers |= {customer.id: customer for customer in snapshot.retired_into(ids)}
    return Before(owner, customers, snapshot.customers)
