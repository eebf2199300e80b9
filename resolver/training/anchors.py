"""The sample that training learns from: some anchor records, and every pair that any blocking rule proposes for them.

Anchors are the records with the smallest key hashes, so equal records give equal samples. Because all carriers of an
anchor's keys are seen at their full density, the sample tells what each rule costs and finds on the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.blocking.candidates import blocks_of, pair_codes
from resolver.blocking.keys import Entries, KeyMaker, joined
from resolver.blocking.signatures import Rule, Signature, all_rules
from resolver.columns import Codes, Ints, Table, distinct
from resolver.hashing import hash_texts, stable_order

ANCHORS = 3_000
#: Pairs in the sample, repeats included; the rules that propose most are left out beyond.
SAMPLE_PAIRS = 2_000_000
#: Keys are looked up in a table of at most so many places (four bytes each).
_LARGEST_TABLE = 1 << 25


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
    anchors[stable_order(hash_texts(table.keys))[:ANCHORS]] = True
    near = {signature: _near(maker, signature, anchors) for signature in maker.signatures()}
    codes = {
        rule: _anchor_pairs(_carriers([near[its] for its in rule], anchors, cap), anchors, cap)
        for rule in all_rules(near)
    }
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


@dataclass(frozen=True, slots=True)
class _Near:
    """The short forms of one signature that anchors carry, numbered from 1: row ``rows[e]`` carries ``forms[e]``, and
    no other row carries any. ``by_row``, where no row carries two: its form by row, 0 for none, shape (n,). ``size``:
    how many forms there are."""

    rows: Ints
    forms: Codes
    by_row: Codes | None
    size: int


def _near(maker: KeyMaker, signature: Signature, anchors: NDArray[np.bool_]) -> _Near:
    """What has no short form in common with an anchor can be no candidate of one, and is left out at once."""
    column, shorts = maker.column(signature), maker.shorts(signature)
    wanted = distinct(shorts.codes[column.codes[anchors[column.rows]]])
    wanted = wanted[wanted >= 0]
    numbers = np.zeros(len(shorts.texts) + 1, dtype=np.int32)  # the last is that of -1, "none"
    numbers[wanted] = np.arange(1, len(wanted) + 1)
    forms = numbers[shorts.codes][column.codes]
    kept = np.flatnonzero(forms)
    rows, forms = column.rows[kept], forms[kept]
    by_row = None
    if column.is_single:
        by_row = np.zeros(len(anchors), dtype=np.int32)
        by_row[rows] = forms
    return _Near(rows, forms, by_row, len(wanted))


def _carriers(parts: Sequence[_Near], anchors: NDArray[np.bool_], cap: int) -> Entries:
    """The rows that carry a key which an anchor carries, too. Keys are numbered within the rule, and most of those over
    the cap are left out."""
    rows, keys = parts[0].rows, parts[0].forms
    if len(parts) == 2:
        one, other = sorted(parts, key=lambda part: (part.by_row is not None, len(part.rows)))
        if other.by_row is None:
            mine, theirs = joined(one.rows, other.rows, len(anchors))
            rows, first, second = one.rows[mine], one.forms[mine], other.forms[theirs]
        else:
            rows, first, second = one.rows, one.forms, other.by_row[one.rows]
        keys = _numbered(first.astype(np.int64) * (other.size + 1) + second, anchors[rows] & (second > 0))
    if all(part.by_row is not None for part in parts):  # then entries are rows
        degrees = np.bincount(keys)
        keys = np.where((degrees >= 2) & (degrees <= cap), np.arange(len(degrees), dtype=np.int32), 0)[keys]
    kept = np.flatnonzero(keys)
    return Entries(rows[kept], keys[kept].astype(np.uint64))


def _numbered(keys: Ints, wanted: NDArray[np.bool_]) -> Codes:
    """Each key's number, from 1, among the distinct ones of the wanted entries; 0 for all others."""
    names = distinct(keys[wanted])
    if not len(names):
        return np.zeros(len(keys), dtype=np.int32)
    size = int(keys.max()) + 1
    if size <= _LARGEST_TABLE:
        numbers = np.zeros(size, dtype=np.int32)
        numbers[names] = np.arange(1, len(names) + 1)
        return numbers[keys]
    place = np.minimum(np.searchsorted(names, keys), len(names) - 1)
    return np.where(names[place] == keys, place + 1, 0).astype(np.int32)


def _anchor_pairs(near: Entries, anchors: NDArray[np.bool_], cap: int) -> Ints:
    """The codes of the distinct pairs of an anchor with any carrier of one of its active keys."""
    n = len(anchors)
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
