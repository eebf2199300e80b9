"""What needs a person's eye: a function of the state, worst first, each item with its evidence.

Uncertain links (just below the threshold, between two customers), customers held together by one weak link, customers
too large for their evidence, customers whose records contradict each other on who they are, links that contradiction
cut, decisions that later data made contradictory, and records that two sides pull equally.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b
from typing import Any

import numpy as np

from graph.model import Decision, ReviewItem, ReviewKind
from resolver.clustering.resolution import Resolution
from resolver.columns import Table
from resolver.scoring.model import MICRO, microbits, probability_of
from resolver.version import Version

#: A customer of more records than this is looked at, whatever its evidence.
LARGE = 50
#: So many microbits against one person halve what is missing to the worst.
_HALF_AS_DOUBTFUL = 4 * MICRO


def review_id(kind: ReviewKind, about: tuple[str, ...]) -> str:
    """Derived from what the item is about (records, and a decision), so that the same finding has the same id."""
    text = "\n".join((kind.value, *about))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def _item(
    kind: ReviewKind, severity: float, records: tuple[str, ...], details: dict[str, Any], decision: str | None = None
) -> ReviewItem:
    """``decision``: the id of the one that the item is about; there may be several on the same records."""
    rounded = round(min(max(severity, 0.0), 1.0), 6)
    about = records if decision is None else (*records, decision)
    return ReviewItem(review_id(kind, about), kind, rounded, records[0], records, details)


def _doubt(weight: int, version: Version) -> float:
    """1 at the link threshold, 0 at the review margin or further away."""
    margin = max(1, microbits(version.config.resolution.review_margin))
    return max(0.0, 1 - abs(weight - version.link_threshold) / margin)


def review_items(
    table: Table,
    resolution: Resolution,
    version: Version,
    decisions: tuple[list[Decision], Collection[tuple[str, str]]],
) -> list[ReviewItem]:
    """All items of these rows, in id order. ``decisions``: the standing ones that ``resolution`` was given, and the
    pairs of record keys (smaller first) that a steward has decided: they need no second look."""
    standing, decided = decisions
    items = [
        *_uncertain(table, resolution, version, decided),
        *_weak_and_large(table, resolution, version, decided),
        *_contradictory(table, resolution),
        *_cut(table, resolution, version, decided),
        *_skipped(standing, resolution),
    ]
    return sorted(items, key=lambda item: item.id)


def _pair(table: Table, left: int, right: int) -> tuple[str, str]:
    return table.keys[left], table.keys[right]


def _uncertain(
    table: Table, resolution: Resolution, version: Version, decided: Collection[tuple[str, str]]
) -> list[ReviewItem]:
    pairs, cluster = resolution.pairs, resolution.cluster
    between = (pairs.weight < version.link_threshold) & (cluster[pairs.left] != cluster[pairs.right])
    items = []
    for left, right, weight in zip(
        pairs.left[between].tolist(), pairs.right[between].tolist(), pairs.weight[between].tolist(), strict=True
    ):
        records = _pair(table, left, right)
        if records not in decided:
            details = {"weight": weight, "probability": probability_of(weight)}
            items.append(_item(ReviewKind.UNCERTAIN_LINK, _doubt(weight, version), records, details))
    return items


def _weak_and_large(
    table: Table, resolution: Resolution, version: Version, decided: Collection[tuple[str, str]]
) -> list[ReviewItem]:
    sizes = np.bincount(resolution.cluster, minlength=len(table))
    limit = version.link_threshold + microbits(version.config.resolution.review_margin)
    heads = np.flatnonzero(sizes > 1)
    items = []
    for head in heads[(resolution.cluster_weight[heads] < limit) | (sizes[heads] > LARGE)].tolist():
        weight, size = int(resolution.cluster_weight[head]), int(sizes[head])
        link = resolution.weakest_links.get(head)
        if size > LARGE:
            weakest = {} if link is None else {"weakest_link": list(_pair(table, *link))}
            large = {"size": size, "weight": weight, **weakest}
            items.append(_item(ReviewKind.LARGE_CUSTOMER, 1 - LARGE / size, (table.keys[head],), large))
        if weight < limit and link is not None and _pair(table, *link) not in decided:
            # Beyond the threshold a customer is the weaker, the further below it its weakest link is.
            severity = 1 - max(
                0.0, (weight - version.link_threshold + MICRO) / (limit - version.link_threshold + MICRO)
            )
            details = {"weight": weight, "probability": probability_of(weight), "size": size}
            items.append(_item(ReviewKind.WEAK_CUSTOMER, severity, _pair(table, *link), details))
    return items


def _contradictory(table: Table, resolution: Resolution) -> list[ReviewItem]:
    """What a steward has decided is left out already where contradictions are sought: it joins further records."""
    items = []
    for its in resolution.contradictions:
        details = {
            "weight": its.weight,
            "probability": probability_of(its.weight),
            "fields": list(its.fields),
            "against": its.against,
        }
        # The surer it is that not all of this is a mistake, the worse: nobody would ask otherwise.
        severity = 1 - 2 ** (-its.against / _HALF_AS_DOUBTFUL)
        items.append(_item(ReviewKind.CONTRADICTORY_CUSTOMER, severity, _pair(table, its.left, its.right), details))
    return items


def _cut(
    table: Table, resolution: Resolution, version: Version, decided: Collection[tuple[str, str]]
) -> list[ReviewItem]:
    items = []
    for left, right, weight in resolution.cut_links:
        records = _pair(table, left, right)
        if records not in decided:
            severity = min(1.0, 0.5 + (weight - version.link_threshold) / (40 * MICRO))
            details = {"weight": weight, "probability": probability_of(weight)}
            items.append(_item(ReviewKind.CONFLICT_CUT, severity, records, details))
    return items


def _skipped(standing: list[Decision], resolution: Resolution) -> list[ReviewItem]:
    items = []
    for position in resolution.skipped:
        its = standing[position]
        details = {"decision": its.id, "by": its.by, "reason": its.reason, "kind": its.kind.value}
        items.append(_item(ReviewKind.SKIPPED_DECISION, 1.0, (its.left, its.right), details, its.id))
    return items
