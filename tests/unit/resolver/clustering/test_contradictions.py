"""Customers whose records contradict each other on who they are, although the rest outweighs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from resolver.clustering.contradictions import Contradiction
from resolver.clustering.known import know
from resolver.clustering.resolution import DecidedPairs, resolve
from resolver.config import Config
from resolver.hashing import hash_text
from resolver.scoring.model import FieldModel
from resolver.version import Version
from tests.support.core import CONFIG, Values, small_worlds, table, version
from tests.support.people import MODELS, model_for

HOME: Values = {
    "family_name": ("silva",),
    "postcode": ("SW1A1AA",),
    "email": ("silvas@example.com",),
    "phone": ("+442079460018",),
}
BORN: Values = {"birth_date": ("1990-05-17",)}
VERSION = version()


def found(
    records: Mapping[str, Values], its: Version = VERSION, same: tuple[tuple[str, str], ...] = ()
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each contradiction's record keys and fields."""
    rows = table(records, its.config)
    row_of = {key: row for row, key in enumerate(rows.keys)}
    decided = DecidedPairs([(row_of[a], row_of[b], at) for at, (a, b) in enumerate(same)])
    its_own = resolve(rows, know(rows, its), decided, its).contradictions
    return [(rows.keys[one.left], rows.keys[one.right], one.fields) for one in its_own]


def at_home(*people: Values) -> dict[str, Values]:
    """The records of these people of one home, from ``crm:1`` on."""
    return {f"crm:{number}": {**HOME, **its} for number, its in enumerate(people, 1)}


def named(*names: str) -> dict[str, Values]:
    """Records of one home and birth date with these given names."""
    return at_home(*({**BORN, "given_name": (name,)} for name in names))


def lenient(**fields: Any) -> Version:
    """A version with these fields, too, that links whoever shares a telephone, and cuts nobody off."""
    document = CONFIG.model_dump()
    document |= {name: {**document[name], **more} for name, more in fields.items()}
    document["identifiers"]["phone"]["match_probability"] = 0.9999999
    document["resolution"] |= {"link_threshold": -20, "conflict_threshold": -60}
    return version(Config.model_validate(document))


def with_field(name: str, its: FieldModel) -> Version:
    """The usual version with another model of one field."""
    return version(fields={**VERSION.model.fields, name: its})


def test_twins_who_share_their_home_and_its_mail_and_telephone_contradict_each_other() -> None:
    assert found(named("maria", "bruno")) == [("crm:1", "crm:2", ("given_name",))]


def test_a_father_and_a_son_of_one_name_contradict_each_other() -> None:
    people = ({"given_name": ("bruno",), "birth_date": (day,)} for day in ("1950-05-17", "1981-12-03"))
    assert found(at_home(*people)) == [("crm:1", "crm:2", ("birth_date",))]


def test_both_fields_are_told_where_both_contradict() -> None:
    people: tuple[Values, ...] = (
        {"given_name": ("maria",), "birth_date": ("1950-05-17",)},
        {"given_name": ("bruno",), "birth_date": ("1981-12-03",)},
    )
    assert found(at_home(*people), lenient()) == [("crm:1", "crm:2", ("birth_date", "given_name"))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("robert", "bob"),
        ("mary", "polly"),
        ("elizabeth", "beth"),
        ("zoe", "oe"),
        ("leo", "loe"),
        ("m", "maria"),
        ("luz c", "ljz"),
    ],
)
def test_what_may_be_one_name_written_otherwise_is_no_contradiction(one: str, other: str) -> None:
    assert found(named(one, other)) == []


def test_who_gives_no_name_contradicts_nobody() -> None:
    assert found(at_home({**BORN, "given_name": ("maria",)}, BORN)) == []


def test_a_record_without_a_name_does_not_reconcile_two_names() -> None:
    assert found(at_home({**BORN, "given_name": ("maria",)}, {**BORN, "given_name": ("bruno",)}, BORN)) == [
        ("crm:1", "crm:2", ("given_name",))
    ]


def test_a_third_name_that_is_like_both_reconciles_them() -> None:
    assert found(named("johannes", "gianni")) != []
    assert found(named("johannes", "johannes gianni", "gianni")) == []


def test_another_first_name_is_no_contradiction_where_a_second_name_agrees() -> None:
    its = lenient(attributes={"middle_name": {"kind": "given_name"}})
    people: list[Values] = [{**BORN, "given_name": (name,), "middle_name": ("felix",)} for name in ("maria", "bruno")]
    assert found(at_home(*people), its) == []
    people[1] = {**people[1], "middle_name": ("otto",)}
    assert found(at_home(*people), its) == [("crm:1", "crm:2", ("given_name", "middle_name"))]


def test_a_shared_personal_number_outweighs_a_name() -> None:
    its = lenient(identifiers={"tax_number": {"kind": "national_id"}})
    records = named("maria", "bruno")
    assert found(records, its) != []
    assert found({key: {**one, "tax_number": ("1859104",)} for key, one in records.items()}, its) == []


def test_a_date_that_stands_for_no_date_contradicts_nothing() -> None:
    people = at_home(*({"given_name": ("bruno",), "birth_date": (day,)} for day in ("1955-11-30", "1970-01-01")))
    assert len(found(people)) == 1
    dates = VERSION.model.fields["birth_date"]
    common = replace(dates, frequencies={hash_text("1970-01-01"): 0.02}, rare=dates.u[1])
    assert found(people, with_field("birth_date", common)) == []


def test_where_other_names_are_ordinary_mistakes_nobody_is_asked_to_look() -> None:
    names = VERSION.model.fields["given_name"]
    sloppy = replace(names, m=(1.0, 0.7, 0.05, 0.02, 0.02, 0.01, 0.2))
    assert len(found(named("maria", "bruno"))) == 1
    assert found(named("maria", "bruno"), with_field("given_name", sloppy)) == []


def test_one_odd_name_among_many_says_less_and_two_say_more() -> None:
    names = VERSION.model.fields["given_name"]
    m = (1.0, 0.82, 0.05, 0.02, 0.02, 0.02, 0.07)
    its = with_field("given_name", replace(names, m=m))
    assert len(found(named("maria", "bruno"), its)) == 1
    assert found(named("maria", "maria", "maria", "maria", "maria", "bruno"), its) == []
    assert len(found(named("maria", "maria", "maria", "bruno", "bruno", "bruno"), its)) == 1


def test_a_steward_s_same_reconciles_all_who_bear_the_names() -> None:
    records = named("maria", "maria", "bruno", "bruno")
    assert found(records) == [("crm:1", "crm:3", ("given_name",))]
    assert found(records, same=(("crm:2", "crm:3"),)) == []


def test_a_same_on_two_names_says_nothing_of_a_third() -> None:
    records = named("maria", "bruno", "xaver")
    assert found(records, same=(("crm:1", "crm:2"),)) == [("crm:1", "crm:3", ("given_name",))]


def test_customers_are_told_each_for_itself() -> None:
    others = {key.replace("crm", "shop"): {**its, "email": ("kern@example.org",)} for key, its in named("eva").items()}
    strangers = {key: {**its, "phone": (), "postcode": (), "family_name": ("kern",)} for key, its in others.items()}
    assert len(found({**named("maria", "bruno"), **strangers})) == 1


def contradictions(records: Mapping[str, Values], decided: DecidedPairs) -> tuple[list[Contradiction], list[int]]:
    rows = table(records)
    its = Version(CONFIG, model_for(CONFIG, *MODELS["lax"]))
    resolution = resolve(rows, know(rows, its), decided, its)
    return list(resolution.contradictions), resolution.cluster.tolist()


@given(small_worlds())
@settings(max_examples=150, deadline=None)
def test_a_decision_on_the_records_of_a_contradiction_ends_it(records: dict[str, Values]) -> None:
    told, cluster = contradictions(records, DecidedPairs())
    assert len({cluster[its.left] for its in told}) == len(told)
    for its in told:
        assert its.left < its.right
        assert cluster[its.left] == cluster[its.right]
        decision = (its.left, its.right, 0)
        for decided in (DecidedPairs(same=[decision]), DecidedPairs(different=[decision])):
            again, _ = contradictions(records, decided)
            assert (its.left, its.right) not in {(one.left, one.right) for one in again}
