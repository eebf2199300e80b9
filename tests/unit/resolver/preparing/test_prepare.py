"""Preparation: from rows as delivered to normalised values, with every refusal told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from graph.errors import BadInputError
from resolver.batch.in_memory import Batch, prepare_batch
from resolver.config import Config
from resolver.preparing.cells import FEW, Vocabulary
from resolver.preparing.prepare import FUTURE, Prepared, Preparer
from resolver.preparing.records import rows_of
from tests.support.core import TIME, raw_table

CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB"},
        "identifiers": {"email": {"kind": "email", "junk": ["none@example.com"]}, "phone": {"kind": "phone"}},
        "attributes": {
            "full_name": {"kind": "full_name"},
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "birth_date": {"kind": "date"},
        },
        "sources": {
            "crm": {
                "id": "no",
                "time": "changed",
                "columns": {
                    "mail": "email",
                    "mail2": "email",
                    "tel": "phone",
                    "name": "full_name",
                    "first": "given_name",
                    "last": "family_name",
                    "born": "birth_date",
                    "secret": "ignore",
                },
            },
            "us": {"id": "no", "region": "US", "date_order": "mdy", "columns": {"tel": "phone", "born": "birth_date"}},
        },
    }
)


def prepare(
    rows: Sequence[Mapping[str, Any]], source: str = "crm"
) -> tuple[Prepared, list[dict[str, tuple[str, ...]]]]:
    """Prepared rows, and their normalised values."""
    vocabulary = Vocabulary()
    prepared = Preparer(source, CONFIG).prepare(raw_table(rows), vocabulary, TIME)
    return prepared, rows_of(prepared, vocabulary)[0]


def refusals(prepared: Prepared) -> list[tuple[int, str | None, str]]:
    return [(its.row, its.field, its.value) for its in prepared.refused]


def test_values_are_normalised_by_the_kind_of_their_field() -> None:
    _, (row,) = prepare([{"no": "1", "mail": " ANA@Example.com", "tel": "020 7946 0018", "born": "17/05/1990"}])
    assert row == {"email": ("ana@example.com",), "phone": ("+442079460018",), "birth_date": ("1990-05-17",)}


def test_several_columns_of_one_field_give_its_values_once_each() -> None:
    _, rows = prepare(
        [
            {"no": "1", "mail": "a@example.com", "mail2": "b@example.com"},
            {"no": "2", "mail": "a@example.com", "mail2": "A@example.com"},
            {"no": "3", "mail2": "b@example.com"},
        ]
    )
    assert [row["email"] for row in rows] == [
        ("a@example.com", "b@example.com"),
        ("a@example.com",),
        ("b@example.com",),
    ]


def test_a_list_gives_all_its_values_also_where_the_rows_are_part_of_a_longer_table() -> None:
    table = raw_table(
        [{"no": "0", "mail": ["x@example.com"]}, {"no": "1", "mail": ["a@example.com", "b@example.com"]}, {"no": "2"}]
    )
    vocabulary = Vocabulary()
    prepared = Preparer("crm", CONFIG).prepare(table.slice(1), vocabulary, TIME)
    assert rows_of(prepared, vocabulary)[0] == [{"email": ("a@example.com", "b@example.com")}, {}]


def test_a_value_that_cannot_be_used_is_refused_and_the_rest_of_the_row_counts() -> None:
    prepared, (row,) = prepare([{"no": "1", "mail": "not an email", "born": "1990-05-17"}])
    assert row == {"birth_date": ("1990-05-17",)}
    assert refusals(prepared) == [(0, "mail", "not an email")]


def test_a_refused_value_is_told_for_every_row_that_has_it_and_shown_shortened() -> None:
    prepared, _ = prepare([{"no": str(n), "tel": "9" * 300} for n in range(2)])
    assert refusals(prepared) == [(0, "tel", "9" * 200), (1, "tel", "9" * 200)]


def test_empty_cells_are_nothing_and_no_refusal() -> None:
    prepared, (row,) = prepare([{"no": "1", "mail": "", "tel": None, "first": "  "}])
    assert row == {}
    assert prepared.refused == []


def test_junk_of_the_config_is_no_value() -> None:
    assert prepare([{"no": "1", "mail": "NONE@example.com"}])[1] == [{}]


def test_a_source_may_have_a_region_and_a_date_order_of_its_own() -> None:
    _, (row,) = prepare([{"no": "1", "tel": "(202) 555-0143", "born": "05/06/1990"}], "us")
    assert row == {"phone": ("+12025550143",), "birth_date": ("1990-05-06",)}


def test_a_full_name_gives_rows_the_name_parts_that_they_lack() -> None:
    _, rows = prepare([{"no": "1", "name": "Ana Silva"}, {"no": "2", "name": "Ana Silva", "first": "Anna"}])
    assert (rows[0]["given_name"], rows[0]["family_name"]) == (("ana",), ("silva",))
    assert (rows[1]["given_name"], rows[1]["family_name"]) == (("anna",), ("silva",))


def test_a_full_name_of_one_word_is_not_both_parts_of_it() -> None:
    _, rows = prepare([{"no": "1", "name": "Silva", "last": "Silva"}, {"no": "2", "name": "Ana", "first": "Ana"}])
    assert rows[0]["family_name"] == ("silva",)
    assert "given_name" not in rows[0]
    assert "family_name" not in rows[1]


def test_values_are_displayed_as_people_wrote_them() -> None:
    vocabulary = Vocabulary()
    prepared = Preparer("crm", CONFIG).prepare(raw_table([{"no": "1", "name": "Ana SILVA"}]), vocabulary, TIME)
    (display,) = rows_of(prepared, vocabulary)[1]
    assert display == {"full_name": ("Ana SILVA",), "given_name": ("Ana",), "family_name": ("SILVA",)}


def test_ignored_columns_are_no_part_of_the_payload() -> None:
    prepared, _ = prepare([{"no": "1", "secret": "x", "other": "kept"}])
    assert prepared.payload.column_names == ["no", "other"]


@pytest.mark.parametrize("id", ["", "  ", None, "x" * 1001, "a\0b"])
def test_a_row_without_a_usable_id_is_refused(id: str | None) -> None:
    prepared, _ = prepare([{"no": id, "first": "Ana"}, {"no": " 2 ", "first": "Ben"}])
    assert prepared.ids == [None, "2"]
    assert [(its.row, its.field) for its in prepared.refused] == [(0, None)]


def test_a_table_without_the_id_column_is_refused_as_a_whole() -> None:
    with pytest.raises(BadInputError, match="no column 'no'"):
        prepare([{"first": "Ana"}])


def test_a_source_that_the_config_does_not_name_is_refused() -> None:
    with pytest.raises(BadInputError, match="erp"):
        Preparer("erp", CONFIG)


def test_times_are_read_and_what_is_none_is_refused() -> None:
    later = TIME + FUTURE
    prepared, _ = prepare(
        [
            {"no": "1", "changed": "2023-11-14T22:13:20Z"},
            {"no": "2", "changed": "soon"},
            {"no": "3", "changed": "2123-11-14T22:13:20Z"},
            {"no": "4", "changed": ""},
        ]
    )
    assert prepared.times == [TIME, None, None, None]
    assert [(row, field) for row, field, _ in refusals(prepared)] == [(1, "changed"), (2, "changed")]
    assert later > TIME


# Whole batches


def batch(*rows: Mapping[str, Any]) -> Batch:
    return prepare_batch([("crm", [(raw_table(rows), "row {}".format)])], CONFIG, TIME)


def test_of_rows_with_one_id_the_newest_counts_whatever_the_order() -> None:
    old = {"no": "1", "first": "Ana", "changed": "2023-01-01"}
    new = {"no": "1", "first": "Eva", "changed": "2023-02-01"}
    for rows in ((old, new), (new, old)):
        its = batch(*rows)
        assert its.table.keys == ["crm:1"]
        assert its.table.columns["given_name"].texts_of(0) == ("eva",)
        assert [(place, reason.split(";")[0]) for place, _, _, reason in its.refused] == [
            ("row 1", "the id appears again")
        ]


def test_of_rows_with_one_id_and_time_the_same_counts_whatever_the_order() -> None:
    one, two = {"no": "1", "first": "Ana"}, {"no": "1", "first": "Eva"}
    assert batch(one, two).table.columns["given_name"].texts_of(0) == (
        batch(two, one).table.columns["given_name"].texts_of(0)
    )


def test_a_touch_seen_again_is_one_record_and_no_refusal() -> None:
    touches = Config.model_validate(
        {**CONFIG.model_dump(), "sources": {"web": {"role": "touch", "columns": {"mail": "email"}}}}
    )
    rows = [{"mail": "ana@example.com"}, {"mail": "ANA@example.com"}]
    its = prepare_batch([("web", [(raw_table(rows), "row {}".format)])], touches, TIME)
    assert len(its.table) == 1
    assert its.refused == []


def test_rows_of_several_sources_stand_in_key_order() -> None:
    sources = [
        (name, [(raw_table([{"no": "1", "tel": tel}]), "row {}".format)])
        for name, tel in (("us", "(202) 555-0143"), ("crm", "020 7946 0018"))
    ]
    table = prepare_batch(sources, CONFIG, TIME).table
    assert table.keys == ["crm:1", "us:1"]
    assert [table.columns["phone"].texts_of(row) for row in range(2)] == [("+442079460018",), ("+12025550143",)]


def test_the_name_of_somebody_else_gives_no_name_parts() -> None:
    config = Config.model_validate(
        {
            "sources": {"crm": {"columns": {"mother": "mother_full_name"}}},
            "attributes": {
                "mother_full_name": {"kind": "full_name"},
                "given_name": {"kind": "given_name"},
                "family_name": {"kind": "family_name"},
            },
        }
    )
    prepared = Preparer("crm", config).prepare(raw_table([{"mother": "Ana Silva"}]), Vocabulary(), TIME)
    assert set(prepared.fields) == {"mother_full_name"}


def test_a_row_with_several_ids_is_refused_and_no_other_record_is_overwritten() -> None:
    prepared, _ = prepare([{"no": ["1", "2"], "first": "Ana"}, {"no": ["3"], "first": "Bo"}])
    assert prepared.ids == [None, "3"]
    assert [(its.row, its.reason) for its in prepared.refused] == [(0, "several record ids in column 'no'")]


def test_many_rows_are_prepared_as_a_few_are() -> None:
    borns = ["1980-02-03", "soon", None, "1981-01-01"]
    mails = [["ana@example.com", "n/a"], [], ["bo@example.com", "not one", None, "bo@example.com"], None]
    rows = [{"no": str(at), "born": borns[at % 4], "mail": mails[at // 4 % 4]} for at in range(16 * FEW)]
    together, values = prepare(rows)
    assert len(rows) > FEW
    for start in range(0, len(rows), 16):
        apart, its_values = prepare(rows[start : start + 16])
        assert its_values == values[start : start + 16]
        told = [(row + start, field, value) for row, field, value in refusals(apart)]
        assert sorted(told) == sorted(its for its in refusals(together) if start <= its[0] < start + 16)
