"""A process may die at any moment, of ingest, decisions, bulk loads and re-clusters: nothing is half done or lost."""

from __future__ import annotations

from pathlib import Path

from tests.support.crashes import kill_often

KILLS = 20


def test_a_killed_process_leaves_a_sound_store_and_the_next_one_ends_where_an_undisturbed_one_would(
    tmp_path: Path,
) -> None:
    kill_often(tmp_path, KILLS, seed=1)
