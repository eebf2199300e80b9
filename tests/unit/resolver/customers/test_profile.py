"""The golden profile: which value survives, where it comes from, and what it says of the customer."""

from __future__ import annotations

from itertools import permutations

import pytest

from graph.model import Fields, Record
from resolver.answers import Profile, ProfileField
from resolver.config import AttributeConfig, AttributeKind, Config, IdentifierConfig, IdentifierKind, SourceConfig
from resolver.customers.profile import golden_profile

CONFIG = Config(
    sources={
        "crm": SourceConfig(trust=2),
        "shop": SourceConfig(trust=1),
        "leads": SourceConfig(role="prospect"),
        "web": SourceConfig(role="touch"),
    },
    identifiers={
        "email": IdentifierConfig(kind=IdentifierKind.EMAIL),
        "loyalty": IdentifierConfig(exclusive=True),
        "device": IdentifierConfig(),
    },
    attributes={
        "city": AttributeConfig(kind=AttributeKind.PLACE),
        "birth_date": AttributeConfig(kind=AttributeKind.DATE),
    },
)


def with_rule(rule: str, kind: AttributeKind = AttributeKind.PLACE) -> Config:
    return Config(
        sources=CONFIG.sources,
        attributes={"city": AttributeConfig.model_validate({"kind": kind, "survivorship": rule})},
    )


def said(key: str, at: int, display: Fields | None = None, **fields: str | tuple[str, ...]) -> Record:
    source, _, id = key.partition(":")
    values = {name: (its,) if isinstance(its, str) else its for name, its in fields.items()}
    return Record(source, id, at, "digest", values, display or {})


def field(profile: Profile, name: str) -> ProfileField:
    return next(its for its in profile.fields if its.name == name)


CITIES = [
    said("crm:1", 10, city="bonn"),
    said("shop:1", 30, city="ulm"),
    said("shop:2", 20, city="ulm"),
    said("web:1", 40, city="castrop rauxel"),
]


@pytest.mark.parametrize(
    ("rule", "expected", "lost"),
    [
        ("latest", ["castrop rauxel"], ["ulm", "bonn"]),
        ("most_trusted", ["bonn"], ["ulm", "castrop rauxel"]),
        ("most_frequent", ["ulm"], ["bonn", "castrop rauxel"]),
        ("longest", ["castrop rauxel"], ["bonn", "ulm"]),
        ("all", ["ulm", "castrop rauxel", "bonn"], []),
        ("min", ["bonn"], ["castrop rauxel", "ulm"]),
        ("max", ["ulm"], ["castrop rauxel", "bonn"]),
    ],
)
def test_each_rule_picks_its_value_and_names_those_that_lost(rule: str, expected: list[str], lost: list[str]) -> None:
    for records in permutations(CITIES):
        its = field(golden_profile(records, with_rule(rule)), "city")
        assert [value.normalised for value in its.values] == expected
        assert [value.normalised for value in its.lost] == lost
        assert its.rule == rule


@pytest.mark.parametrize("rule", ["latest", "most_trusted", "most_frequent", "longest", "all", "min", "max", "sum"])
def test_equal_claims_are_settled_by_the_smallest_record_key(rule: str) -> None:
    records = [
        said(f"crm:{id}", 10, city=text) for id, text in (("3", "ulm"), ("1", "rom"), ("2", "ulm"), ("4", "rom"))
    ]
    answers = {repr(golden_profile(order, with_rule(rule))) for order in permutations(records)}
    assert len(answers) == 1


def test_a_value_names_the_record_that_it_comes_from_and_how_many_say_the_same() -> None:
    value = field(golden_profile(CITIES, with_rule("most_frequent")), "city").values[0]
    assert (value.record_key, value.observed_at, value.records) == ("shop:1", 30, 2)


def test_values_that_differ_only_in_writing_are_one_value_as_the_best_record_writes_it() -> None:
    records = [said("crm:1", 1, {"city": ("ULM",)}, city="ulm"), said("shop:1", 9, {"city": ("Ulm a.d.",)}, city="ulm")]
    its = field(golden_profile(records, CONFIG), "city")
    assert [value.value for value in its.values] == ["ULM"]
    assert not its.lost


def test_numbers_are_compared_and_added_as_numbers() -> None:
    records = [said("crm:1", 1, city="9.5"), said("crm:2", 2, city="10"), said("crm:3", 3, city="0.50")]
    number = AttributeKind.NUMBER
    assert field(golden_profile(records, with_rule("min", number)), "city").values[0].normalised == "0.50"
    assert field(golden_profile(records, with_rule("max", number)), "city").values[0].normalised == "10"
    total = field(golden_profile(records, with_rule("sum", number)), "city").values[0]
    assert (total.value, total.record_key, total.records) == ("20", "crm:3", 3)


def test_the_two_readings_of_an_ambiguous_date_are_one_value() -> None:
    record = said("crm:1", 1, {"birth_date": ("03/04/1990",) * 2}, birth_date=("1990-03-04", "1990-04-03"))
    its = field(golden_profile([record], CONFIG), "birth_date")
    assert [(value.value, value.normalised) for value in its.values] == [("03/04/1990", "1990-03-04 or 1990-04-03")]
    assert not its.lost


def test_an_ambiguous_date_counts_for_the_reading_that_another_record_states() -> None:
    records = [
        said("crm:1", 1, {"birth_date": ("03/04/1990",) * 2}, birth_date=("1990-03-04", "1990-04-03")),
        said("shop:1", 2, birth_date="1990-04-03"),
        said("shop:2", 3, birth_date="1985-01-01"),
    ]
    value = field(golden_profile(records, CONFIG), "birth_date").values[0]
    assert (value.normalised, value.records) == ("1990-04-03", 2)


def test_several_identifiers_of_one_cell_are_several_values() -> None:
    cell = ("a@example.com; b@example.com",) * 2
    record = said("crm:1", 1, {"email": cell}, email=("a@example.com", "b@example.com"))
    values = field(golden_profile([record], CONFIG), "email").values
    assert [value.value for value in values] == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([said("crm:1", 1, city="ulm"), said("web:1", 1, device="d")], "known"),
        ([said("crm:1", 1, email="a@example.com")], "known"),
        ([said("shop:1", 1, loyalty="l1")], "known"),
        ([said("leads:1", 1, city="ulm", email="a@example.com")], "prospect"),
        ([said("web:1", 1, email="a@example.com", device="d")], "prospect"),
        ([said("crm:1", 1, device="d"), said("web:1", 1, loyalty="l1")], "prospect"),
        ([said("web:1", 1, device="d"), said("crm:1", 1, device="d")], "anonymous"),
        ([], "anonymous"),
    ],
)
def test_the_status_says_how_much_is_known_of_the_person(records: list[Record], status: str) -> None:
    assert golden_profile(records, CONFIG).status == status


def test_fields_come_in_the_order_of_the_config_and_empty_ones_are_left_out() -> None:
    profile = golden_profile([said("crm:1", 1, city="ulm", loyalty="l1")], CONFIG)
    assert [its.name for its in profile.fields] == ["loyalty", "city"]


def test_dates_are_shown_alike_however_they_were_written() -> None:
    records = [
        said("crm:1", 1, {"birth_date": ("17. Mai 1990",)}, birth_date="1990-05-17"),
        said("shop:1", 2, {"birth_date": ("5/17/1990",)}, birth_date="1990-05-17"),
    ]
    assert [its.value for its in field(golden_profile(records, CONFIG), "birth_date").values] == ["1990-05-17"]
