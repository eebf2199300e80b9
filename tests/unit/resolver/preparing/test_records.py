"""Records: ids for rows that bring none, versions, and what makes a record findable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graph.model import Record
from resolver.config import SEEN_DAY, Config
from resolver.preparing.cells import Vocabulary
from resolver.preparing.indexing import identifier_key, indexed
from resolver.preparing.prepare import Preparer
from resolver.preparing.records import RecordMaker, digest_of, merge_observations
from resolver.preparing.renormalise import renormalised
from tests.support.companies import CONFIG as COMPANY
from tests.support.core import TIME, raw_table, version

CONFIG = Config.model_validate(
    {
        **COMPANY.model_dump(),
        "sources": {
            **{name: its.model_dump() for name, its in COMPANY.sources.items()},
            "leads": {"columns": {"email": "email", "given_name": "given_name"}},
        },
    }
)


def make(source: str, *rows: Mapping[str, Any], config: Config = CONFIG) -> list[Record | None]:
    vocabulary = Vocabulary()
    prepared = Preparer(source, config).prepare(raw_table(rows), vocabulary, TIME)
    return RecordMaker(source, config).make(prepared, vocabulary, TIME)


def ids(records: Sequence[Record | None]) -> list[str | None]:
    return [its.id if its else None for its in records]


def test_a_record_holds_normalised_values_and_the_row_as_delivered() -> None:
    (record,) = make("crm", {"id": "42", "email": "ANA@Example.com", "at": "2023-11-14T22:13:20Z", "note": None})
    assert record is not None
    assert record.key == "crm:42"
    assert record.observed_at == TIME
    assert record.fields == {"email": ("ana@example.com",)}
    assert record.display == {"email": ("ANA@Example.com",)}
    assert record.payload == {"id": "42", "email": "ANA@Example.com", "at": "2023-11-14T22:13:20Z"}


def test_a_row_without_a_time_has_that_of_its_entry() -> None:
    (record,) = make("crm", {"id": "42"})
    assert record is not None
    assert record.observed_at == TIME


def test_equal_rows_without_ids_are_told_apart_by_their_ordinal() -> None:
    one, two, three = ids(
        make("leads", *[{"email": "a@example.com"}, {"email": "b@example.com"}, {"email": "a@example.com"}])
    )
    assert three == f"{one}-2"
    assert two not in (one, three)


def test_the_order_of_columns_is_no_part_of_a_rows_content() -> None:
    assert digest_of({"a": "1", "b": "2"}) == digest_of({"b": "2", "a": "1"}) != digest_of({"a": "2", "b": "1"})


def test_a_touchs_id_is_made_of_its_normalised_identifiers() -> None:
    one, two, other = make(
        "web",
        {"device": "D-1", "email": "ana@example.com", "at": "2023-01-01"},
        {"device": "d1", "email": " ANA@example.com", "at": "2023-01-02"},
        {"device": "d2", "email": "ana@example.com"},
    )
    assert one is not None
    assert two is not None
    assert other is not None
    assert one.id == two.id == one.digest != other.id
    assert one.observations != two.observations


def test_a_touch_without_a_usable_identifier_is_refused() -> None:
    vocabulary = Vocabulary()
    prepared = Preparer("web", CONFIG).prepare(raw_table([{"email": "nonsense"}, {"device": "d1"}]), vocabulary, TIME)
    first, second = RecordMaker("web", CONFIG).make(prepared, vocabulary, TIME)
    assert first is None
    assert second is not None
    assert [(its.row, its.field) for its in prepared.refused] == [(0, "email"), (0, None)]


def touch(at: int, *observations: str) -> Record:
    return Record("web", "t", at, "t", observations=observations)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=6), st.data())
def test_a_touch_seen_again_is_the_same_in_any_order(seen: list[tuple[int, str]], data: st.DataObject) -> None:
    def merged(order: Sequence[tuple[int, str]]) -> Record:
        record = None
        for at, observation in order:
            record = merge_observations(touch(at, observation), record)
        assert record is not None
        return record

    its = merged(seen)
    assert its == merged(data.draw(st.permutations(seen)))
    assert its.observations == tuple(sorted({observation for _, observation in seen}))
    assert its.observed_at == max(at for at, _ in seen)


def test_a_touch_that_was_deleted_starts_anew() -> None:
    gone = replace(touch(1), deleted=True)
    assert merge_observations(touch(2, "b"), gone).observations == ("b",)


def test_a_record_carries_its_identifiers_and_its_rules_keys_and_a_tombstone_none() -> None:
    its = version()
    record = Record(
        "crm", "1", TIME, "d", {"email": ("ana@example.com",), "given_name": ("ana",), "family_name": ("silva",)}
    )
    found = indexed([record], its)["crm:1"]
    assert identifier_key("email", "ana@example.com") in found.keys
    assert any(key.value is None for key in found.keys)
    assert found.signature != 0
    assert indexed([replace(record, deleted=True)], its)["crm:1"].keys == ()


def test_an_identifiers_key_is_read_as_type_and_value() -> None:
    key = identifier_key("email", "ana@example.com")
    assert key.name == "email:ana@example.com"
    assert -(2**63) <= key.hash < 2**63


# Another normal form


def test_records_take_another_configs_form_from_their_payload() -> None:
    (record,) = make("crm", {"id": "1", "phone": "(202) 555-0143"})
    assert record is not None
    assert record.fields == {"phone": ("+442025550143",)}
    american = Config.model_validate({**CONFIG.model_dump(), "resolution": {"region": "US"}})
    (renewed,) = renormalised([record], american)
    assert renewed.fields == {"phone": ("+12025550143",)}
    assert (renewed.key, renewed.observed_at, renewed.digest) == (record.key, record.observed_at, record.digest)


def test_renormalising_under_the_same_config_changes_nothing() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "1", "email": "ANA@example.com", "at": "2023-01-01"},
        {"id": "2", "phone": ["020 7946 0018", "x"]},
    ]
    records = [its for its in make("crm", *rows) if its] + [its for its in make("web", {"device": "d1"}) if its]
    assert renormalised(records, CONFIG) == records


def test_records_take_another_form_also_where_their_id_was_not_kept() -> None:
    crm = {**CONFIG.sources["crm"].model_dump(), "columns": {"id": "ignore", "email": "email"}}
    config = Config.model_validate({**CONFIG.model_dump(), "sources": {"crm": crm}})
    (record,) = make("crm", {"id": "1", "email": "ANA@example.com"}, config=config)
    assert record is not None
    assert "id" not in record.payload
    assert renormalised([record], config) == [record]


def test_records_of_a_source_that_the_config_dropped_keep_what_it_still_names() -> None:
    kept = Record("old", "1", TIME, "d", {"email": ("a@example.com",), "shoe_size": ("42",)})
    assert renormalised([kept], CONFIG)[0].fields == {"email": ("a@example.com",)}


def test_renormalised_records_stand_in_the_order_they_came() -> None:
    records = [Record(source, id, TIME, "d") for source, id in (("web", "x"), ("crm", "2"), ("web", "a"), ("crm", "1"))]
    assert [its.key for its in renormalised(records, CONFIG)] == ["web:x", "crm:2", "web:a", "crm:1"]


# When records were seen, where what they share fades

FADING = Config.model_validate(
    {
        **CONFIG.model_dump(),
        "identifiers": {**CONFIG.model_dump()["identifiers"], "phone": {"kind": "phone", "half_life_days": 400}},
    }
)
SEEN = {"id": "1", "phone": "020 7946 0018", "at": "2023-01-31T23:30:00-02:00"}


def test_a_record_says_on_which_day_it_was_seen_where_an_identifier_fades() -> None:
    seen, silent = make("crm", SEEN, {"id": "2", "phone": "020 7946 0018"}, config=FADING)
    assert seen is not None
    assert silent is not None
    assert seen.fields == {"phone": ("+442079460018",), SEEN_DAY: ("2023-02-01",)}
    assert silent.fields == {"phone": ("+442079460018",)}
    (plain,) = make("crm", SEEN)
    assert plain is not None
    assert plain.fields == silent.fields


def test_records_in_another_normal_form_are_those_that_come_under_its_config() -> None:
    rows: list[dict[str, Any]] = [SEEN, {"id": "2"}, {"id": "3", "at": "2999-01-01"}, {"id": "4", "at": "soon"}]
    for source, its in (("crm", rows), ("web", [{"device": "d1", "at": "2023-01-01"}, {"device": "d2"}])):
        plain, fading = ([its for its in make(source, *its, config=one) if its] for one in (CONFIG, FADING))
        assert renormalised(plain, FADING) == fading
        assert renormalised(fading, FADING) == fading
        assert renormalised(fading, CONFIG) == plain


def test_a_day_that_was_told_stays_where_the_column_is_not_kept() -> None:
    crm = {**FADING.sources["crm"].model_dump()}
    crm["columns"] = {**crm["columns"], "at": "ignore"}
    config = Config.model_validate({**FADING.model_dump(), "sources": {"crm": crm}})
    records = [its for its in make("crm", SEEN, config=config) if its]
    assert "at" not in records[0].payload
    assert renormalised(records, config) == records


def test_a_touch_was_seen_on_its_latest_day() -> None:
    new, old = make("web", {"device": "d1", "at": "2023-06-01"}, {"device": "d1", "at": "2023-01-01"}, config=FADING)
    assert new is not None
    assert old is not None
    for merged in (merge_observations(new, old), merge_observations(old, new)):
        assert merged.fields[SEEN_DAY] == ("2023-06-01",)
