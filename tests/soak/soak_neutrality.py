"""The long runs of what tests/property tries shortly; not collected by name, so that only ``make soak`` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.any_order import data_set, in_batch, live
from tests.support.crashes import kill_often
from tests.support.neutrality import differences
from tests.support.sequences import run_sequences

#: 2,000 sequences, 200 kills, 20 orders of each data set.
PARTS, SEQUENCES = 20, 100
ROUNDS, KILLS = 10, 20
ORDERS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_any_history_leaves_the_customers_of_a_fresh_batch(part: int) -> None:
    run_sequences("sqlite", SEQUENCES, number=part)


@pytest.mark.parametrize("part", range(ROUNDS))
def test_a_killed_process_leaves_a_sound_store(part: int, tmp_path: Path) -> None:
    kill_often(tmp_path, KILLS, seed=100 * part)


@pytest.mark.parametrize("order", range(ORDERS))
@pytest.mark.parametrize("name", ["fake_1000", "febrl_dataset3", "sample"])
def test_whole_data_sets_in_any_order_end_in_the_customers_of_a_batch(name: str, order: int, tmp_path: Path) -> None:
    data = data_set(name)
    batch, version = in_batch(data, tmp_path / "batch.db")
    assert differences(live(data, version, order, tmp_path / "live.db"), batch) == []
