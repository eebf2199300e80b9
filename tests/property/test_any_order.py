"""Real and generated data, row by row in any order, end in the customers of one batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.any_order import data_set, in_batch, live
from tests.support.neutrality import differences
from tests.support.places import KINDS, PLACES

#: Rows of each data set in the normal suite, and orders, by kind of store; all of them in the soak.
ROWS = {"sqlite": {"fake_1000": 400, "febrl_dataset3": 500, "sample": 700}, "neo4j": {"fake_1000": 100, "sample": 80}}
ORDERS = {"sqlite": 2, "neo4j": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_in_any_order_and_grouping_end_in_the_customers_of_a_batch(kind: str, tmp_path: Path) -> None:
    with PLACES[kind](tmp_path) as place:
        for name, rows in ROWS[kind].items():
            data = data_set(name, rows)
            batch, version = in_batch(data, tmp_path / f"{name}.db")
            assert len(batch.customers) < len(batch.records)
            for seed in range(ORDERS[kind]):
                assert differences(live(data, version, seed, place.open()), batch) == []
                place.clear()
