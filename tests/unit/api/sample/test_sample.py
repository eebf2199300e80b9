"""The generated company: its size, its repeatability, its truth and the troubles that it must contain."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import phonenumbers
import pyarrow.compute as pc
import pytest

from api.sample import Sample, generate, write_sample
from api.sample.people import Block
from api.sample.sources import ID_COLUMNS, make_source_rows
from graph.errors import BadInputError


@pytest.fixture(scope="module")
def sample() -> Sample:
    return generate(20_000, seed=3)


def _persons(sample: Sample) -> dict[str, str]:
    return dict(zip(*(column.to_pylist() for column in sample.truth.columns), strict=True))


def _rows(sample: Sample, source: str) -> list[dict[str, str | None]]:
    return sample.tables[source].to_pylist()


def _persons_by(sample: Sample, source: str, column: str) -> dict[str, set[str]]:
    """Which persons carry each value of a column."""
    persons, found = _persons(sample), defaultdict(set)
    for row in _rows(sample, source):
        if row[column]:
            found[row[column]].add(persons[f"{source}:{row[ID_COLUMNS[source]]}"])
    return found


@pytest.mark.parametrize("rows", [1_000, 1_001, 100_001])
def test_rows_counts_the_rows_of_all_sources_exactly(rows: int) -> None:
    made = generate(rows)
    assert sum(table.num_rows for table in made.tables.values()) == rows == made.truth.num_rows


@pytest.mark.parametrize("rows", [0, 999, 10_000_001])
def test_a_size_out_of_range_is_refused_with_the_range(rows: int, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="1000 to 10000000"):
        write_sample(tmp_path / "new", rows, seed=1)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInputError, match="file"):
        write_sample(tmp_path / "file", 1_000, seed=1)


def test_the_same_seed_and_size_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_sample(tmp_path / name, 2_000, seed=5) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_seed_gives_other_people() -> None:
    assert generate(1_000, seed=1).tables["crm"] != generate(1_000, seed=2).tables["crm"]


def test_files_hold_what_generate_returns_and_nothing_for_a_missing_value(tmp_path: Path) -> None:
    made = generate(1_500, seed=9)
    *sources, truth = write_sample(tmp_path, 1_500, seed=9)
    assert {path.stem: _read(path) for path in sources} == {name: its.to_pylist() for name, its in made.tables.items()}
    assert truth.name == "truth.csv"
    assert _read(truth) == made.truth.to_pylist()


def _read(path: Path) -> list[dict[str, str | None]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def test_every_row_has_one_entry_in_the_truth(sample: Sample) -> None:
    keys = [f"{source}:{row[column]}" for source, column in ID_COLUMNS.items() for row in _rows(sample, source)]
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(_persons(sample))


def test_ids_are_unique_over_blocks() -> None:
    made = generate(200_000)
    for source, column in ID_COLUMNS.items():
        assert pc.count_distinct(made.tables[source][column]).as_py() == made.tables[source].num_rows


def test_blocks_of_one_sample_share_no_person_and_no_address_of_a_person() -> None:
    blocks = [make_source_rows(Block(7, number, 3, 5_000, 15_000)) for number in range(3)]
    persons = [set(person.tolist()) for block in blocks for _, person in [block["webshop"]]]
    mails = [set(block["webshop"][0]["email"]) for block in blocks]
    for left, right in ((0, 1), (0, 2), (1, 2)):
        assert not persons[left] & persons[right]
        assert not mails[left] & mails[right]


def test_the_truth_is_in_no_source(sample: Sample) -> None:
    persons = set(_persons(sample).values())
    for table in sample.tables.values():
        for column in table.columns:
            assert not persons & set(column.to_pylist())


def test_a_person_has_three_to_four_rows_on_average(sample: Sample) -> None:
    rows = Counter(_persons(sample).values())
    assert 3 < sum(rows.values()) / len(rows) < 4
    assert max(rows.values()) > 10


def test_telephone_numbers_are_valid_in_their_country(sample: Sample) -> None:
    numbers = [row["mobile"] for row in _rows(sample, "loyalty") if row["mobile"]]
    valid = [number for number in numbers if phonenumbers.is_valid_number(_parsed(number))]
    assert len(valid) > 0.95 * len(numbers)


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return phonenumbers.PhoneNumber()


def test_a_family_shares_a_landline(sample: Sample) -> None:
    shared = [its for its in _persons_by(sample, "loyalty", "home_phone").values() if len(its) > 1]
    assert len(shared) > 20


def test_a_family_shares_an_email_at_times(sample: Sample) -> None:
    shared = [mail for mail, its in _persons_by(sample, "crm", "email").items() if 1 < len(its) < 6]
    assert shared


def test_a_store_tablet_is_seen_with_many_people(sample: Sample) -> None:
    tablet = max(_persons_by(sample, "app", "device").values(), key=len)
    assert len(tablet) > 50


def test_junk_is_typed_by_many_unrelated_people(sample: Sample) -> None:
    assert len(_persons_by(sample, "crm", "email")["test@test.com"]) > 3
    assert len(_persons_by(sample, "crm", "dob")["1900-01-01"]) > 20
    assert len(_persons_by(sample, "crm", "phone")["0000000000"]) > 3


def test_a_recycled_number_belongs_to_two_unrelated_people(sample: Sample) -> None:
    persons, names = _persons(sample), defaultdict(dict)
    for row in _rows(sample, "loyalty"):
        if row["mobile"]:
            names[row["mobile"]][persons[f"loyalty:{row['card_number']}"]] = (row["last_name"], row["postcode"])
    shared = [list(its.values()) for its in names.values() if len(its) == 2]
    assert any(left[0] != right[0] and left[1] != right[1] for left, right in shared)


def test_people_move_and_change_their_family_name(sample: Sample) -> None:
    persons = _persons(sample)
    families, towns = defaultdict(set), defaultdict(set)
    for row in _rows(sample, "crm"):
        person = persons[f"crm:{row['customer_no']}"]
        families[person].add((row["family_name"] or "").lower()[:2])
        towns[person].add((row["city"] or "")[:2])
    assert any(len(its) > 1 for its in families.values())
    assert any(len(its) > 1 for its in towns.values())


def test_names_repeat_as_in_life(sample: Sample) -> None:
    names = Counter(row["family_name"] for row in _rows(sample, "crm"))
    assert "Smith" in dict(names.most_common(8))
    assert 0.003 < names["Smith"] / sum(names.values()) < 0.03
    assert sum(count == 1 for count in names.values()) > 500


def test_namesakes_of_two_generations_share_an_address(sample: Sample) -> None:
    names = [row["full_name"] for row in _rows(sample, "webshop")]
    assert any(name.endswith(" Jr") for name in names)
    assert any(name.endswith(" Sr") for name in names)


def test_a_person_goes_by_a_nickname(sample: Sample) -> None:
    given = Counter(row["full_name"].split()[0] for row in _rows(sample, "webshop"))
    assert {"Bob", "Bill", "Liz"} & set(given)


def test_every_device_without_a_sign_in_was_signed_in_on_before(sample: Sample) -> None:
    signed_in, bare = set(), []
    for row in _rows(sample, "app"):
        if row["email"] or row["loyalty_id"]:
            signed_in.add(row["device"])
        else:
            bare.append(row["device"])
    assert bare
    assert set(bare) <= signed_in
