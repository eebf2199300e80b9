"""Quality without labels or configuration, on real labelled data: a gate below which nothing goes out."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from api.files import read_chunks, read_sample, source_name
from resolver.batch.in_memory import choose_model, cluster_table, prepare_batch
from resolver.guess import guess_source, propose
from resolver.judging.evaluate import Evaluation, evaluate
from resolver.version import Version
from tests.support.core import TIME

DATA = Path(__file__).parents[2] / "data"
Person = Callable[[dict[str, str]], str]


def zero_config(name: str, id: str, person: Person) -> Evaluation:
    """Guess the config, train, cluster, and only then read the truth."""
    path = DATA / name
    config = propose([guess_source(source_name(path), read_sample(path))])
    chunks = [(chunk.table, chunk.place) for chunk in read_chunks(path)]
    table = prepare_batch([(source_name(path), chunks)], config, TIME).table
    resolution = cluster_table(table, Version(config, choose_model(table, config)))
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{name.strip(): cell.strip() for name, cell in row.items()} for row in csv.DictReader(lines)]
    people = {f"{source_name(path)}:{row[id]}": person(row) for row in rows}
    assert set(table.keys) == set(people)
    return evaluate(resolution.cluster.tolist(), [people[key] for key in table.keys])


@pytest.mark.parametrize(
    ("name", "id", "person", "f1"),
    [
        ("fake_1000.csv", "unique_id", lambda row: row["cluster"], 0.97),
        ("febrl_dataset3.csv", "rec_id", lambda row: row["rec_id"].split("-")[1], 0.999),
    ],
)
def test_people_are_found_without_labels_or_configuration(name: str, id: str, person: Person, f1: float) -> None:
    its = zero_config(name, id, person)
    assert its.pairwise.f1 >= f1
    assert its.pairwise.precision >= 0.999
