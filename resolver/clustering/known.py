"""What a whole table knows of its own keys: degrees, reach and active blocks, computed in columns.

(Live resolution learns the same from the store's postings, see ``neighbourhood``.)
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.candidates import Blocks, active, blocks_of
from resolver.blocking.keys import Entries, KeyMaker, signatures_of_values_within, telling_signatures_within
from resolver.blocking.signatures import Rule
from resolver.clustering.proposing import Known
from resolver.columns import Column, Ints, Table
from resolver.hashing import Hashes
from resolver.version import Version


def know(table: Table, version: Version) -> Known:
    """The facts of all records' keys, where the table holds all live records."""
    signature = telling_signatures_within(table, version.signatures)
    reach: dict[str, NDArray[np.int64]] = {}
    blocks: dict[str, Blocks] = {}
    for name in version.config.identifiers:
        column = table.columns[name]
        reach[name] = reach_of(name, column, signature, version.cap(name))
        shared = blocks_of(Entries(column.rows, column.codes.astype(np.uint64)))
        blocks[name] = shared.take(np.flatnonzero(active(shared, version.cap(name))))
    maker = KeyMaker(table, version.kinds, within=True)
    blocks[""] = blocking(maker, version.model.rules, version.config.resolution.blocking_cap)
    return Known(reach, blocks)


def reach_of(name: str, column: Column, signature: NDArray[np.int64], cap: int) -> Ints:
    """s of each distinct value: distinct signatures among its carriers, but for the empty one and that of a touch which
    tells nothing else; at least 1; 0 over the cap."""
    its = signature[column.rows]
    its = np.where(its == signatures_of_values_within(name, column)[column.codes], 0, its)
    s = np.maximum(1, distinct_signatures(column.codes, its, len(column.values)))
    return np.where(column.frequencies <= cap, s, 0)


def distinct_signatures(codes: NDArray[np.int32], signatures: NDArray[np.int64], size: int) -> Ints:
    """How many distinct non-zero signatures go with each code, shape (size,)."""
    present = signatures != 0
    codes, signatures = codes[present], signatures[present]
    order = np.lexsort((signatures, codes))
    codes, signatures = codes[order], signatures[order]
    fresh = np.ones(len(codes), dtype=bool)
    fresh[1:] = (codes[1:] != codes[:-1]) | (signatures[1:] != signatures[:-1])
    return np.bincount(codes[fresh], minlength=size).astype(np.int64)


def blocking(maker: KeyMaker, rules: Iterable[Rule], cap: int) -> Blocks:
    """The active blocks of these rules, joined; keys of two rules may be numbered alike."""
    hashes: list[Hashes] = []
    rows: list[Ints] = []
    degrees: list[Ints] = []
    for rule in rules:
        blocks = blocks_of(maker.combined(rule))
        blocks = blocks.take(np.flatnonzero(active(blocks, cap)))
        hashes.append(blocks.hashes)
        rows.append(blocks.rows)
        degrees.append(blocks.degrees)
    if not hashes:
        return Blocks(np.zeros(0, dtype=np.uint64), np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(degrees))]).astype(np.int64)
    return Blocks(np.concatenate(hashes), indptr, np.concatenate(rows))
