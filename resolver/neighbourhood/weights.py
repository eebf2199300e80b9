"""How much each identifier alone says, for stores whose graph people look at. Everything here is lazy: a store that
shows nothing never asks, and then it costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol

from graph.model import Carrier, IdentifierWeight, IndexedRecord, Key, KeyKind
from resolver.clustering.proposing import Known
from resolver.columns import Table
from resolver.neighbourhood.evidence import clipped, reach_among
from resolver.preparing.indexing import identifier_key
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version


class CarriersAndDegrees(Protocol):
    """The part of a snapshot that tells who carries a key (``graph.store``)."""

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind) -> dict[int, list[Carrier]]: ...

    def degree(self, hash: int) -> int: ...


def weights_in_table(
    table: Table, known: Known, version: Version, key_of: Callable[[str, str], Key] = identifier_key
) -> Iterator[IdentifierWeight]:
    """Of every identifier, where the table holds all live records. ``key_of``: the key of a type and value."""
    scorer = IdentifierScorer(version.model)
    for name in version.config.identifiers:
        column = table.columns[name]
        for value, degree, reach in zip(
            column.values, column.frequencies.tolist(), known.reach[name].tolist(), strict=True
        ):
            if degree:
                yield _weight(scorer, name, (key_of(name, value).hash, degree, reach))


def weights_in_store(
    snapshot: CarriersAndDegrees, changed: Iterable[IndexedRecord], version: Version
) -> Iterator[IdentifierWeight]:
    """Of the identifiers of these records, those that live records carry."""
    scorer = IdentifierScorer(version.model)
    told = {key.hash: (key.type, key.value) for its in changed for key in its.keys if key.value is not None}
    hashes: defaultdict[int, list[int]] = defaultdict(list)
    for its_hash, (name, _) in told.items():
        hashes[version.cap(name)].append(its_hash)
    for cap, those in sorted(hashes.items()):  # one question for all that are capped alike
        for its_hash, carriers in snapshot.carriers(sorted(those), cap + 1, KeyKind.IDENTIFIER).items():
            reach, degree = reach_among([its.signature for its in carriers], told[its_hash], cap), len(carriers)
            if degree > cap:
                degree = snapshot.degree(its_hash)
            yield _weight(scorer, told[its_hash][0], (its_hash, degree, reach))


def _weight(scorer: IdentifierScorer, name: str, what: tuple[int, int, int]) -> IdentifierWeight:
    its_hash, degree, reach = what
    return IdentifierWeight(its_hash, degree, clipped(scorer.alone(name, reach)) if reach else None)
