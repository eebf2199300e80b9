"""What is known of the keys of a table's records, and the candidate pairs that they propose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.candidates import (
    Blocks,
    distinct_pairs,
    pair_codes,
    pairs_of_few,
    pairs_sharing_several,
    pairs_within,
)
from resolver.blocking.keys import signature_within
from resolver.columns import Ints, Table
from resolver.scoring.compare import value_pairs
from resolver.scoring.scorer import IdentifierScorer
from resolver.version import Version

#: Up to so many pairs (counted twice, and of each row with itself) within all keys, candidates are found one by one.
_FEW = 1_000
#: From this reach on, an identifier is a crowd's: it says at least two bits less. (The penalty changes there, so that
#: live work looks at all carriers again.)
CROWD = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the keys of a table's records, over all live records of the store.

    ``reach`` by identifier type: of each distinct value of its column, the number s of distinct non-empty signatures
    among its carriers, at least 1, or 0 where the value is inactive (over its cap). ``blocks``: the rows of the table
    that share each active key: identifiers by type, and "" for all blocking keys together, or as many of them as
    propose the same pairs.
    """

    reach: Mapping[str, NDArray[np.int64]]
    blocks: Mapping[str, Blocks]


def candidate_pairs(table: Table, known: Known, version: Version) -> tuple[Ints, Ints]:
    """The distinct pairs that share an active key, ascending."""
    n = len(table)
    shared = {name: blocks for name, blocks in known.blocks.items() if len(blocks.hashes)}
    if not shared:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    alike = signature_within(table, version.alike_fields)
    if sum(int(blocks.degrees @ blocks.degrees) for blocks in shared.values()) <= _FEW:
        keys: tuple[list[list[int]], list[list[int]]] = [], []
        for name, blocks in shared.items():
            stars = _links_alone(name, blocks, known, version).tolist()
            for rows, star in zip(blocks.carriers, stars, strict=True):
                keys[not star].append(rows)
        return pairs_of_few(*keys, alike.tolist())
    pairs, starred = [], []
    for name, blocks in shared.items():
        star = _links_alone(name, blocks, known, version)
        starred.append(blocks.take(np.flatnonzero(star)))
        pairs.append(_starred_pairs(starred[-1], alike))
        pairs.append(pairs_within(blocks.take(np.flatnonzero(~star))))
    pairs.append(pairs_sharing_several(starred, alike))
    return distinct_pairs([pair_codes(left, right, n) for left, right in pairs], n)


def lost_to_crowds(table: Table, known: Known, version: Version, pairs: tuple[Ints, Ints]) -> Ints:
    """How much the identifiers that both rows of each pair carry say less, since so many share them; shape (pairs,),
    microbits. What fewer than a ``CROWD`` share counts in full."""
    left, right = pairs
    scorer = IdentifierScorer(version.model)
    lost = np.zeros(len(left), dtype=np.int64)
    for name in version.config.identifiers:
        pair, mine, other = value_pairs(table.columns[name], left, right)
        distinct, which = np.unique(known.reach[name][mine[mine == other]], return_inverse=True)
        less = [scorer.alone(name, 1) - scorer.alone(name, s) if s >= CROWD else 0 for s in distinct.tolist()]
        np.add.at(lost, pair[mine == other], np.array(less, dtype=np.int64)[which])
    return lost


def _links_alone(name: str, blocks: Blocks, known: Known, version: Version) -> NDArray[np.bool_]:
    """Which of these keys link a pair that shares nothing else. (Several that do not may do so together, so that which
    records share them all must be seen.) No blocking key does."""
    if not name:
        return np.zeros(len(blocks.hashes), dtype=bool)
    scorer = IdentifierScorer(version.model)
    reach, which = np.unique(known.reach[name][blocks.hashes.astype(np.int64)], return_inverse=True)
    links = [scorer.alone(name, s) >= version.link_threshold for s in reach.tolist()]
    return np.array(links, dtype=bool)[which]


def _starred_pairs(blocks: Blocks, alike: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """All pairs of the first rows of each group of alike rows in a block, and each further row with the first of its
    group. Between alike rows nothing can speak against the shared identifier, so the star only saves work."""
    block = np.repeat(np.arange(len(blocks.hashes)), blocks.degrees)
    order = np.lexsort((blocks.rows, alike[blocks.rows], block))
    its_block, its_row = block[order], blocks.rows[order]
    its_alike = alike[its_row]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (its_block[1:] != its_block[:-1]) | (its_alike[1:] != its_alike[:-1])
    group_first = its_row[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    heads, degrees = its_row[first], np.bincount(its_block[first], minlength=len(blocks.hashes))
    indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
    left, right = pairs_within(Blocks(blocks.hashes, indptr, heads))
    return np.concatenate([left, group_first[~first]]), np.concatenate([right, its_row[~first]])
