"""Blocking keys: by which short forms records propose each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.blocking import keys
from resolver.blocking.keys import KeyMaker, keys_of_one, signature_of_records, signature_within
from resolver.blocking.signatures import SIGNATURES, Rule, Signature, all_rules, rule_name
from resolver.columns import Table
from resolver.config import AttributeKind, IdentifierKind
from resolver.hashing import signed
from resolver.version import Version
from tests.support.core import Values, small_worlds, table, version

VERSION = version()


def short(kind: AttributeKind | IdentifierKind, form: str, text: str) -> str:
    return SIGNATURES[kind][form](text)


@pytest.mark.parametrize(
    ("kind", "form", "text", "expected"),
    [
        (AttributeKind.FAMILY_NAME, "first3", "silva", "sil"),
        (AttributeKind.FAMILY_NAME, "sound", "schmidt", "SXMTT"),
        (AttributeKind.FAMILY_NAME, "sound", "åsberg", "åsb"),
        (AttributeKind.FULL_NAME, "last_word", "ana maria silva", "silva"),
        (AttributeKind.DATE, "year", "1990-05-17", "1990"),
        (AttributeKind.DATE, "month_day", "1990-05-17", "05-17"),
        (AttributeKind.DATE, "month_day", "1990-05", ""),
        (AttributeKind.POSTCODE, "district", "sw1a 1aa", "sw1a"),
        (AttributeKind.ADDRESS, "longest_word", "12 wallaby place", "walla"),
        (IdentifierKind.EMAIL, "local", "ana@example.com", "ana"),
        (IdentifierKind.PHONE, "last7", "+442079460018", "9460018"),
        (IdentifierKind.NATIONAL_ID, "last4", "1804974", "4974"),
    ],
)
def test_a_signature_is_a_short_form_of_a_value(
    kind: AttributeKind | IdentifierKind, form: str, text: str, expected: str
) -> None:
    assert short(kind, form, text) == expected


def test_a_rule_is_read_as_its_signatures() -> None:
    assert rule_name((Signature("birth_date", "year"), Signature("family_name", "first3"))) == (
        "birth_date.year + family_name.first3"
    )


def test_all_rules_are_single_signatures_and_pairs_of_two_different_fields() -> None:
    ours = [Signature("a", "value"), Signature("a", "first3"), Signature("b", "value")]
    assert all_rules(ours) == [
        (Signature("a", "first3"),),
        (Signature("a", "value"),),
        (Signature("b", "value"),),
        (Signature("a", "first3"), Signature("b", "value")),
        (Signature("a", "value"), Signature("b", "value")),
    ]


def keys_of(records: dict[str, Values], *rules: Rule) -> dict[str, set[int]]:
    """The keys of each record under these rules."""
    rows = table(records)
    entries = KeyMaker(rows, VERSION.kinds).pooled(rules)
    found: dict[str, set[int]] = {key: set() for key in rows.keys}
    for row, its in zip(entries.rows.tolist(), entries.hashes.tolist(), strict=True):
        found[rows.keys[row]].add(its)
    return found


NAME_AND_YEAR: Rule = (Signature("birth_date", "year"), Signature("family_name", "first3"))


def test_records_that_agree_in_all_signatures_of_a_rule_carry_one_key() -> None:
    found = keys_of(
        {
            "crm:1": {"family_name": ("silva",), "birth_date": ("1990-05-17",)},
            "crm:2": {"family_name": ("silvester",), "birth_date": ("1990-12-01",)},
            "crm:3": {"family_name": ("silva",), "birth_date": ("1991-05-17",)},
        },
        NAME_AND_YEAR,
    )
    assert found["crm:1"] == found["crm:2"]
    assert found["crm:1"].isdisjoint(found["crm:3"])


def test_a_record_that_lacks_a_part_of_a_rule_carries_no_key_of_it() -> None:
    found = keys_of({"crm:1": {"family_name": ("silva",)}, "crm:2": {"birth_date": ("1990",)}}, NAME_AND_YEAR)
    assert found == {"crm:1": set(), "crm:2": set()}


def test_a_record_with_several_values_carries_a_key_for_every_combination() -> None:
    found = keys_of(
        {"crm:1": {"family_name": ("silva", "kern"), "birth_date": ("1990-05-17", "1971-03-09")}}, NAME_AND_YEAR
    )
    assert len(found["crm:1"]) == 4


def test_equal_texts_under_two_rules_are_two_keys() -> None:
    given_and_family = [(Signature(name, "value"),) for name in ("given_name", "family_name")]
    assert len(keys_of({"crm:1": {"given_name": ("ben",), "family_name": ("ben",)}}, *given_and_family)["crm:1"]) == 2


RULES = all_rules(KeyMaker(Table([], {}), VERSION.kinds).signatures())


@pytest.mark.parametrize("few", [0, keys.FEW])
@given(records=small_worlds(), rules=st.lists(st.sampled_from(RULES), unique=True, max_size=12))
@settings(deadline=None)
def test_pooled_keys_are_those_of_the_rules_one_by_one(few: int, records: dict[str, Values], rules: list[Rule]) -> None:
    rows = table(records)
    maker = KeyMaker(rows, VERSION.kinds)
    singly = [maker.keys(rule) for rule in rules]
    expected = sorted(pair for its in singly for pair in zip(its.rows.tolist(), its.hashes.tolist(), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "FEW", few)
        pooled = maker.pooled(rules)
    assert sorted(zip(pooled.rows.tolist(), pooled.hashes.tolist(), strict=True)) == expected
    assert (np.diff(pooled.rows) >= 0).all()


@given(small_worlds(), st.sampled_from(RULES))
@settings(deadline=None)
def test_a_records_keys_do_not_depend_on_the_other_records(records: dict[str, Values], rule: Rule) -> None:
    together = keys_of(records, rule)
    assert together == {key: keys_of({key: values}, rule)[key] for key, values in records.items()}


@given(small_worlds(), st.lists(st.sampled_from(RULES), unique=True, max_size=12))
@settings(deadline=None)
def test_the_keys_of_one_record_are_those_of_its_row(records: dict[str, Values], rules: list[Rule]) -> None:
    for key, values in records.items():
        maker = KeyMaker(table({key: values}), VERSION.kinds)
        expected = {rule: sorted(signed(maker.keys(rule).hashes).tolist()) for rule in rules}
        assert {rule: sorted(its) for rule, its in keys_of_one(values, rules, VERSION.kinds).items()} == expected


def groups(names: list[int]) -> set[frozenset[int]]:
    """The positions that have a name in common."""
    return {frozenset(i for i, its in enumerate(names) if its == name) for name in names}


@given(small_worlds(), st.sampled_from(RULES))
@settings(deadline=None)
def test_keys_within_a_table_tell_the_same_rows_apart(records: dict[str, Values], rule: Rule) -> None:
    rows = table(records)
    stored = KeyMaker(rows, VERSION.kinds).combined(rule)
    within = KeyMaker(rows, VERSION.kinds, within=True).combined(rule)
    assert within.rows.tolist() == stored.rows.tolist()
    assert groups(within.hashes.tolist()) == groups(stored.hashes.tolist())


@pytest.mark.parametrize("few", [0, keys.FEW])
@given(records=small_worlds())
@settings(deadline=None)
def test_signatures_within_a_table_tell_the_same_rows_apart(few: int, records: dict[str, Values]) -> None:
    rows = table(records)
    stored = signature_of_records(rows, VERSION.signature_fields)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "FEW", few)
        assert signature_of_records(rows, VERSION.signature_fields).tolist() == stored.tolist()
        within = signature_within(rows, VERSION.signature_fields)
    assert groups(within.tolist()) == groups(stored.tolist())
    assert ((within == 0) == (stored == 0)).all()


def signature(values: Values, its: Version = VERSION) -> int:
    return int(signature_of_records(table({"crm:1": values}), its.signature_fields)[0])


def test_a_record_without_attributes_has_the_empty_signature() -> None:
    assert signature({"email": ("ana@example.com",), "device": ("d1",)}) == 0


def test_an_exclusive_identifier_is_part_of_the_signature() -> None:
    assert signature({"loyalty": ("l1",)}) not in (0, signature({"loyalty": ("l2",)}))


def test_the_order_of_values_is_no_part_of_the_signature() -> None:
    assert signature({"given_name": ("ana", "anna")}) == signature({"given_name": ("anna", "ana")})


def test_a_value_in_another_field_is_another_signature() -> None:
    assert signature({"given_name": ("ben",)}) != signature({"family_name": ("ben",)})
