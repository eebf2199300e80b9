"""Eight write of the same people while eight read: nobody fails, nothing is lost, and no one sees half a merge."""

from __future__ import annotations

from pathlib import Path

from graph.sqlite_store import SqliteStore
from tests.support.crowd import WRITERS, batches_of, crowd
from tests.support.feed import Replay, as_members
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.victim import new_store

BATCHES, SEED = 8, 3


def test_eight_writers_and_eight_readers_at_once_end_in_the_customers_of_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    new_store(path).close()
    crowd(path, BATCHES, SEED)
    store = SqliteStore.open(path)
    try:
        assert store.check() == []
        assert differences(verdict_of(store), batch_over(store, tmp_path / "batch.db")) == []
        newest: dict[str, dict[str, str]] = {}
        for writer in range(WRITERS):
            for source, rows in batches_of(writer, BATCHES, SEED):
                for row in rows:
                    key = f"{source}:{row['no']}"
                    newest[key] = max(newest.get(key, row), row, key=lambda its: its["at"])
        replay = Replay()
        with store.read() as snapshot:
            assert {key: record.payload for key, record in snapshot.records(list(newest)).items()} == newest
            replay.apply(snapshot.changes(0, 1_000_000))
            assert replay.members == as_members(clusters(snapshot))
    finally:
        store.close()
