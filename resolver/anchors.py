"""The sample that training learns from: some anchor records, and every pair that any blocking rule proposes for them.

Anchors are the records with the smallest key hashes, so equal records give equal samples. Because all carriers of an
anchor's keys are seen at their full density, the sample tells what each rule costs and finds on the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.candidates import blocks_of, pair_codes
from resolver.columns import Ints, Table, distinct
from resolver.hashing import Hashes, hash_texts
from resolver.keys import Entries, KeyMaker, Rule, all_rules

ANCHORS = 3_000
#: Pairs in the sample, repeats included; the rules that propose most are left out beyond.
SAMPLE_PAIRS = 2_000_000
_BUCKETS = np.uint64(22)


@dataclass(frozen=True)
class AnchorSample:
    """``left`` and ``right``: the distinct pairs, ascending; ``found``: by rule the positions of the pairs that it
    proposes. ``records`` in all, ``anchors`` of them sampled."""

    left: Ints
    right: Ints
    found: dict[Rule, Ints]
    records: int
    anchors: NDArray[np.bool_]

    def per_record(self) -> NDArray[np.float64]:
        """How much each pair counts towards the mean over anchors of what their pairs sum up to; shape (p,)."""
        ends = self.anchors[self.left].astype(np.float64) + self.anchors[self.right]
        return ends / max(1, int(self.anchors.sum()))


def sample_pairs(table: Table, maker: KeyMaker, cap: int) -> AnchorSample:
    """The anchors' pairs under every rule, as far as ``SAMPLE_PAIRS`` allows (the most selective rules first)."""
    n = len(table)
    anchors = np.zeros(n, dtype=bool)
    anchors[np.argsort(hash_texts(table.keys), kind="stable")[:ANCHORS]] = True
    codes = {rule: _anchor_pairs(maker.combined(rule), anchors, cap) for rule in all_rules(maker.signatures())}
    found: dict[Rule, Ints] = {}
    total = 0
    for rule in sorted(codes, key=lambda rule: (len(codes[rule]), rule)):
        total += len(codes[rule])
        if total > SAMPLE_PAIRS:
            break
        if len(codes[rule]):
            found[rule] = codes[rule]
    union = distinct(np.concatenate(list(found.values()))) if found else np.zeros(0, dtype=np.int64)
    positions = {rule: np.searchsorted(union, pairs) for rule, pairs in found.items()}
    return AnchorSample(union // n, union % n, positions, n, anchors)


def _anchor_pairs(keys: Entries, anchors: NDArray[np.bool_], cap: int) -> Ints:
    """The codes of the distinct pairs of an anchor with any carrier of one of its active keys."""
    n = len(anchors)
    near = _carriers_of(keys, keys.hashes[anchors[keys.rows]])
    blocks = blocks_of(near)
    degrees = blocks.degrees
    block = np.repeat(np.arange(len(blocks.hashes)), degrees)
    from_anchor = np.flatnonzero(anchors[blocks.rows] & (degrees[block] >= 2) & (degrees[block] <= cap))
    sizes = degrees[block[from_anchor]]
    which = np.repeat(np.arange(len(from_anchor)), sizes)
    within = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    left = blocks.rows[from_anchor[which]]
    right = blocks.rows[blocks.indptr[block[from_anchor[which]]] + within]
    return distinct(pair_codes(left, right, n)[left != right])


def _carriers_of(keys: Entries, wanted: Hashes) -> Entries:
    """The entries with a wanted hash, and a few more: a table of buckets finds them in one pass."""
    buckets = np.zeros(1 << int(_BUCKETS), dtype=bool)
    buckets[wanted >> (np.uint64(64) - _BUCKETS)] = True
    keep = np.flatnonzero(buckets[keys.hashes >> (np.uint64(64) - _BUCKETS)])
    return Entries(keys.rows[keep], keys.hashes[keep])
