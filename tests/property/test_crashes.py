"""A process may die at any moment, of ingest, decisions, bulk loads and re-clusters: nothing is half done or lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.crashes import kill_often
from tests.support.places import KINDS, PLACES

#: Kills by kind of store.
KILLS = {"sqlite": 20, "neo4j": 5}


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_process_leaves_a_sound_store_and_the_next_one_ends_where_an_undisturbed_one_would(
    kind: str, tmp_path: Path
) -> None:
    with PLACES[kind](tmp_path) as place:
        kill_often(kind, place, tmp_path, KILLS[kind], seed=1)
