"""Several write of the same people while others read: nobody fails, nothing is lost, and no one sees half a merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.crowd import Batch, batches_of, crowd
from tests.support.feed import Replay, as_members
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.places import KINDS, PLACES, Place
from tests.support.victim import new_store

SEED = 3
#: Writers, readers, and the batches of each writer, by kind of store.
CROWDS = {"sqlite": (8, 8, 8), "neo4j": (4, 2, 3)}


@pytest.mark.parametrize("kind", KINDS)
def test_writers_and_readers_at_once_end_in_the_customers_of_a_batch(kind: str, tmp_path: Path) -> None:
    writers, readers, batches = CROWDS[kind]
    sent = [batches_of(writer, batches, SEED) for writer in range(writers)]
    with PLACES[kind](tmp_path) as place:
        new_store(place.url).close()
        crowd(place.url, sent, readers)
        _see_all_arrived(place, [batch for its in sent for batch in its], tmp_path / "batch.db")


def _see_all_arrived(place: Place, sent: list[Batch], batch: Path) -> None:
    store = place.open()
    assert store.check() == []
    assert differences(verdict_of(store), batch_over(store, batch)) == []
    newest: dict[str, dict[str, str]] = {}
    for source, rows in sent:
        for row in rows:
            key = f"{source}:{row['no']}"
            newest[key] = max(newest.get(key, row), row, key=lambda its: its["at"])
    replay = Replay()
    with store.read() as snapshot:
        assert {key: record.payload for key, record in snapshot.records(list(newest)).items()} == newest
        replay.apply(snapshot.changes(0, 1_000_000))
        assert replay.members == as_members(clusters(snapshot))
