"""Real and generated data, row by row in any order, end in the customers of one batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.any_order import data_set, in_batch, live
from tests.support.neutrality import differences

#: Rows of each data set in the normal suite; all of them in the soak.
ROWS = {"fake_1000": 400, "febrl_dataset3": 500, "sample": 700}
ORDERS = 2


@pytest.mark.parametrize("name", ROWS)
def test_rows_in_any_order_and_grouping_end_in_the_customers_of_a_batch(name: str, tmp_path: Path) -> None:
    data = data_set(name, ROWS[name])
    batch, version = in_batch(data, tmp_path / "batch.db")
    assert len(batch.customers) < len(batch.records)
    for seed in range(ORDERS):
        assert differences(live(data, version, seed, tmp_path / f"live{seed}.db"), batch) == []
