"""Questions are read as records are."""

from __future__ import annotations

from resolver.answering.question import QuestionReader
from resolver.config import Config

CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB"},
        "sources": {"crm": {}, "berlin": {"region": "DE"}},
        "identifiers": {"email": {"kind": "email", "junk": ["info@example.com"]}, "phone": {"kind": "phone"}},
        "attributes": {
            "name": {"kind": "full_name"},
            "given": {"kind": "given_name"},
            "family": {"kind": "family_name"},
            "born": {"kind": "date"},
        },
    }
)
READER = QuestionReader(CONFIG)


def test_a_phone_without_country_is_read_as_every_region_of_the_config_would() -> None:
    assert "+4930901820" in READER.read({"phone": ["030 901820"]}).fields["phone"]
    assert READER.read({"phone": ["020 7946 0018"]}).fields["phone"][0] == "+442079460018"


def test_a_full_name_gives_the_parts_that_are_not_asked() -> None:
    whole = READER.read({"name": ["Ana Maria Silva"]}).fields
    assert (whole["given"], whole["family"]) == (("ana maria",), ("silva",))
    lacking = READER.read({"name": ["Ana Silva"], "family": ["Sylva"]}).fields
    assert (lacking["given"], lacking["family"]) == (("ana",), ("sylva",))
    assert "given" not in READER.read({"name": ["Silva"], "family": ["Silva"]}).fields


def test_both_readings_of_an_ambiguous_date_are_asked() -> None:
    assert READER.read({"born": ["03/04/1990"]}).fields["born"] == ("1990-03-04", "1990-04-03")


def test_a_single_text_is_one_value_and_repeats_count_once() -> None:
    assert READER.read({"email": "ANA@example.com"}).fields["email"] == ("ana@example.com",)
    assert READER.read({"email": ["a@example.com", "A@example.com "]}).fields["email"] == ("a@example.com",)


def test_each_refused_part_is_named_with_its_reason() -> None:
    question = READER.read({"email": ["info@example.com", ""], "shoe": ["42"]})
    assert question.fields == {}
    assert question.refused == (
        ("email=info@example.com", "junk value"),
        ("email=", "blank"),
        ("shoe", "no such field; ask by email, phone, name, given, family, born"),
    )
