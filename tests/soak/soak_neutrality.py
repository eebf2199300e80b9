"""The long runs of what tests/property tries shortly; not collected by name, so that only ``make soak`` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.any_order import data_set, in_batch, live
from tests.support.crashes import kill_often
from tests.support.neutrality import differences
from tests.support.places import KINDS, PLACES
from tests.support.sequences import run_sequences

#: By kind of store, in parts: in all 2,000 sequences, 200 kills and 20 orders of each data set on the embedded one.
SEQUENCES = {"sqlite": 100, "neo4j": 5}
KILLS = {"sqlite": 20, "neo4j": 4}
PARTS, ROUNDS, ORDERS = 20, 10, 20
#: A server takes much longer: so many orders, of so many rows.
FEW_ORDERS, FEW_ROWS = 3, 1_000


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", KINDS)
def test_any_history_leaves_the_customers_of_a_fresh_batch(kind: str, part: int) -> None:
    run_sequences(kind, SEQUENCES[kind], number=part)


@pytest.mark.parametrize("part", range(ROUNDS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_process_leaves_a_sound_store(kind: str, part: int, tmp_path: Path) -> None:
    with PLACES[kind](tmp_path) as place:
        kill_often(kind, place, tmp_path, KILLS[kind], seed=100 * part)


@pytest.mark.parametrize("order", range(ORDERS))
@pytest.mark.parametrize("name", ["fake_1000", "febrl_dataset3", "sample"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_data_sets_in_any_order_end_in_the_customers_of_a_batch(
    kind: str, name: str, order: int, tmp_path: Path
) -> None:
    if kind == "neo4j" and order >= FEW_ORDERS:
        pytest.skip("a server takes much longer")
    data = data_set(name, FEW_ROWS if kind == "neo4j" else None)
    batch, version = in_batch(data, tmp_path / "batch.db")
    with PLACES[kind](tmp_path) as place:
        assert differences(live(data, version, order, place.open()), batch) == []
