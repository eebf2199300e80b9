"""The sample that training learns from."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.blocking.candidates import blocks_of
from resolver.blocking.keys import KeyMaker
from resolver.blocking.signatures import Rule
from resolver.training.anchors import sample_pairs
from tests.support.core import Values, small_worlds, table, version

VERSION = version()


@given(small_worlds(), st.integers(2, 5))
@settings(deadline=None)
def test_an_anchor_meets_all_that_share_an_active_key_with_it(records: dict[str, Values], cap: int) -> None:
    rows = table(records)
    maker = KeyMaker(rows, VERSION.kinds)
    sample = sample_pairs(rows, maker, cap)  # of so few records all are anchors
    found: dict[Rule, set[tuple[int, int]]] = {
        rule: set(zip(sample.left[its].tolist(), sample.right[its].tolist(), strict=True))
        for rule, its in sample.found.items()
    }
    for rule in {*found, *((its,) for its in maker.signatures())}:
        blocks = blocks_of(maker.keys(rule))
        members = [blocks.rows[a:b].tolist() for a, b in zip(blocks.indptr[:-1], blocks.indptr[1:], strict=True)]
        assert found.get(rule, set()) == {pair for its in members if len(its) <= cap for pair in combinations(its, 2)}
