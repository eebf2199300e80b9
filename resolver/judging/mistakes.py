"""The worst errors of a clustering against the truth: customers that mix several people, and people torn apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

#: Records of each side of an error that are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Mistake:
    """``mixed``: one customer (``name``) holds several people; ``torn``: one person (``name``) is several customers.
    ``pairs`` counts the record pairs that are wrong because of it; ``sides``: some record keys of each part, the
    largest part first."""

    kind: Literal["mixed", "torn"]
    name: str
    pairs: int
    sides: tuple[tuple[str, ...], ...]


def worst_mistakes(clusters: Mapping[str, str], truth: Mapping[str, str], limit: int) -> list[Mistake]:
    """The ``limit`` errors that cost most pairs, worst first. Both map record keys, to customers and to people; only
    records in both count."""
    keys = sorted(clusters.keys() & truth.keys())
    found = _mistakes("mixed", [(clusters[key], truth[key], key) for key in keys])
    found += _mistakes("torn", [(truth[key], clusters[key], key) for key in keys])
    return sorted(found, key=lambda its: (-its.pairs, its.kind, its.name))[:limit]


def _mistakes(kind: Literal["mixed", "torn"], rows: Sequence[tuple[str, str, str]]) -> list[Mistake]:
    """Of (whole, part, record key): each whole that has several parts."""
    parts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for whole, part, key in rows:
        parts[whole][part].append(key)
    mistakes = []
    for name, its in parts.items():
        if len(its) < 2:
            continue
        sizes = [len(keys) for keys in its.values()]
        pairs = (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2
        ordered = sorted(its.values(), key=lambda keys: (-len(keys), keys[0]))
        mistakes.append(Mistake(kind, name, pairs, tuple(tuple(keys[:_NAMED]) for keys in ordered[:_NAMED])))
    return mistakes
