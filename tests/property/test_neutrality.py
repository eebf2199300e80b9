"""Whatever comes, in whatever order and grouping: the customers, profiles and reviews are those of a fresh batch."""

from __future__ import annotations

import pytest

from tests.support.places import KINDS
from tests.support.sequences import run_sequences

#: Sequences of the normal suite, by kind of store.
SEQUENCES = {"sqlite": 40, "neo4j": 2}


@pytest.mark.parametrize("kind", KINDS)
def test_any_history_leaves_the_customers_of_a_fresh_batch(kind: str) -> None:
    run_sequences(kind, SEQUENCES[kind])
