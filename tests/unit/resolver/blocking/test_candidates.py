"""Candidate pairs: who shares an active key with whom."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.blocking import candidates
from resolver.blocking.candidates import (
    active,
    blocks_of,
    distinct_pairs,
    pair_codes,
    pairs_sharing_several,
    pairs_within,
)
from resolver.blocking.keys import Entries


def entries(carried: list[set[int]]) -> Entries:
    """Row i carries these key hashes."""
    rows = [row for row, keys in enumerate(carried) for _ in keys]
    hashes = [key for keys in carried for key in sorted(keys)]
    return Entries(np.array(rows, dtype=np.int64), np.array(hashes, dtype=np.uint64))


CARRIED = st.lists(st.sets(st.integers(0, 5)), max_size=8)


@pytest.mark.parametrize("few", [0, candidates.FEW])
@given(carried=CARRIED, least=st.integers(1, 3))
def test_blocks_are_the_rows_of_each_key(few: int, carried: list[set[int]], least: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "FEW", few)
        blocks = blocks_of(entries(carried), least)
    found = {
        int(key): blocks.rows[start:end].tolist()
        for key, start, end in zip(blocks.hashes, blocks.indptr[:-1], blocks.indptr[1:], strict=True)
    }
    keys = sorted({key for its in carried for key in its})
    expected = {key: [row for row, its in enumerate(carried) if key in its] for key in keys}
    assert found == {key: rows for key, rows in expected.items() if len(rows) >= least}
    assert blocks.carriers == list(found.values())


@pytest.mark.parametrize("few", [0, candidates.FEW])
def test_a_row_that_carries_a_key_twice_counts_once(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "FEW", few)
    twice = Entries(np.array([0, 0, 1]), np.array([7, 7, 7], dtype=np.uint64))
    assert blocks_of(twice).rows.tolist() == [0, 1]


@given(CARRIED)
def test_pairs_within_blocks_are_all_pairs_that_share_a_key(carried: list[set[int]]) -> None:
    left, right = pairs_within(blocks_of(entries(carried)))
    distinct = distinct_pairs([pair_codes(left, right, len(carried))], max(1, len(carried)))
    expected = [(a, b) for a, b in combinations(range(len(carried)), 2) if carried[a] & carried[b]]
    assert list(zip(*(its.tolist() for its in distinct), strict=True)) == expected


def test_no_pairs_at_all_are_no_pairs() -> None:
    left, right = distinct_pairs([], 0)
    assert len(left) == len(right) == 0


def test_a_key_over_its_cap_is_inactive_and_so_is_one_of_a_single_row() -> None:
    blocks = blocks_of(entries([{1, 2, 3}, {2, 3}, {3}]))
    assert active(blocks, 2).tolist() == [False, True, False]


@given(CARRIED, st.data())
def test_pairs_sharing_several_keys_are_the_unlike_ones(carried: list[set[int]], data: st.DataObject) -> None:
    alike = data.draw(st.lists(st.integers(0, 1), min_size=len(carried), max_size=len(carried)))
    odd = blocks_of(entries([{key for key in keys if key % 2} for keys in carried]))
    even = blocks_of(entries([{key for key in keys if key % 2 == 0} for keys in carried]))
    left, right = pairs_sharing_several([odd, even], np.array(alike, dtype=np.int64))
    expected = {
        (a, b)
        for a, b in combinations(range(len(carried)), 2)
        if len(carried[a] & carried[b]) >= 2 and alike[a] != alike[b]
    }
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected
