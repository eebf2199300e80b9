"""The generators of held-out data: repeatable, of the size that was asked for, with the truth beside."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.data import historical, persons, registry_de, registry_us
from benchmarks.data.common import Chance, Row, write_rows

Generator = Callable[[Chance], Iterator[Row]]
GENERATORS = [persons.rows, historical.rows, registry_us.rows, registry_de.rows]


def _written(generator: Generator, path: Path, count: int = 3_000, seed: int = 1) -> list[Row]:
    chance = Chance(seed)
    write_rows(generator(chance), count, path, chance)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("generator", GENERATORS)
def test_as_many_rows_are_written_as_were_asked_for(generator: Generator, tmp_path: Path) -> None:
    rows = _written(generator, tmp_path / "out.csv", count=1_234)
    assert len({row["unique_id"] for row in rows}) == 1_234
    assert all(row["cluster"] for row in rows)


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_same_seed_gives_the_same_bytes(generator: Generator, tmp_path: Path) -> None:
    for name in ("a", "b"):
        _written(generator, tmp_path / name, count=500, seed=4)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("generator", GENERATORS)
def test_another_seed_gives_other_rows(generator: Generator, tmp_path: Path) -> None:
    assert _written(generator, tmp_path / "a", seed=1) != _written(generator, tmp_path / "b", seed=2)


@pytest.mark.parametrize("generator", GENERATORS)
def test_rows_of_a_person_are_scattered(generator: Generator, tmp_path: Path) -> None:
    clusters = [row["cluster"] for row in _written(generator, tmp_path / "out.csv")]
    neighbours = sum(left == right for left, right in pairwise(clusters))
    assert neighbours < 0.02 * len(clusters)


def test_persons_of_a_household_share_address_and_surname(tmp_path: Path) -> None:
    homes = defaultdict(set)
    for row in _written(persons.rows, tmp_path / "out.csv"):
        if row["address"] and row["postcode"]:
            homes[row["address"], row["postcode"], row["surname"]].add(row["cluster"])
    assert sum(len(its) > 1 for its in homes.values()) > 100


def test_historical_persons_have_up_to_twenty_one_rows_and_nine_on_average(tmp_path: Path) -> None:
    sizes = Counter(row["cluster"] for row in _written(historical.rows, tmp_path / "out.csv", count=20_000))
    assert max(sizes.values()) == 21
    assert 8 < sum(sizes.values()) / len(sizes) < 10


def test_every_historical_field_is_missing_in_15_to_40_percent(tmp_path: Path) -> None:
    rows = _written(historical.rows, tmp_path / "out.csv", count=20_000)
    for name in rows[0].keys() - {"unique_id", "cluster"}:
        assert 0.14 < sum(not row[name] for row in rows) / len(rows) < 0.41


def test_different_historical_people_share_a_name(tmp_path: Path) -> None:
    names = defaultdict(set)
    for row in _written(historical.rows, tmp_path / "out.csv", count=20_000):
        names[row["first_and_surname"]].add(row["cluster"])
    assert sum(len(its) > 1 for name, its in names.items() if name) > 200


def test_the_voter_roll_is_in_capitals(tmp_path: Path) -> None:
    rows = _written(registry_us.rows, tmp_path / "out.csv")
    assert all(value == value.upper() for row in rows for value in row.values())


def test_the_german_list_writes_umlauts_and_their_transcriptions(tmp_path: Path) -> None:
    names = {row["Nachname"] for row in _written(registry_de.rows, tmp_path / "out.csv")}
    assert {"Müller", "Mueller"} <= names
