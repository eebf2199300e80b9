"""Training without labels finds back what generated data was generated with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
import pytest

from resolver.batch.in_memory import choose_model, cluster_table
from resolver.columns import Table, column_of
from resolver.config import AttributeKind, Config
from resolver.hashing import hash_text
from resolver.judging.evaluate import evaluate
from resolver.scoring.identifiers import can_be_judged, default_probability, learned_probability, sharing_pairs
from resolver.scoring.levels import EXACT
from resolver.scoring.model import Model
from resolver.training.default_model import default_model
from resolver.training.mixture import Counted, fit
from resolver.training.sessions import count_patterns, expected_m
from resolver.training.train import ENOUGH_RECORDS, telling_rows, train
from resolver.version import Version
from tests.support.core import Values, table, version

CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB"},
        "identifiers": {
            "email": {"kind": "email"},
            "phone": {"kind": "phone"},
            "device": {},
            "loyalty": {"exclusive": True, "conflict_weight": 12},
        },
        "attributes": {
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "birth_date": {"kind": "date"},
            "postcode": {"kind": "postcode"},
        },
    }
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class World:
    """People with records: the records, whose they are, and how often an attribute was kept as it is."""

    records: dict[str, Values]
    people: dict[str, str]
    kept: float


def _word(random: Random, size: int) -> str:
    return "".join(random.choice(_LETTERS) for _ in range(size))


def _date(random: Random) -> str:
    return f"{random.randint(1930, 2005)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"


@cache
def world(people: int = 900, kept: float = 0.9, household: int = 1, seed: int = 1) -> World:
    """Everybody has two records. ``household`` people share surname, postcode and telephone. A value that is not kept
    is another one altogether."""
    random = Random(seed)
    given = [_word(random, 6) for _ in range(120)]
    family = [_word(random, 7) for _ in range(300)]
    postcodes = [
        f"{_word(random, 2)}{random.randint(1, 99)} {random.randint(1, 9)}{_word(random, 2)}" for _ in range(250)
    ]
    records: dict[str, Values] = {}
    whose: dict[str, str] = {}
    for person in range(people):
        if person % household == 0:
            home = {"family_name": random.choice(family), "postcode": random.choice(postcodes)}
            phone = f"+4420794{person:05d}"
        its = {**home, "given_name": random.choice(given), "birth_date": _date(random)}
        pools = {"given_name": given, "family_name": family, "postcode": postcodes}
        for copy in range(2):
            key = f"crm:{person:04d}{copy}"
            written = {
                name: value
                if random.random() < kept
                else (_date(random) if name == "birth_date" else random.choice(pools[name]))
                for name, value in its.items()
            }
            records[key] = {name: (value,) for name, value in written.items()}
            if household > 1:
                records[key] = {**records[key], "phone": (phone,)}
            whose[key] = str(person)
    return World(records, whose, kept)


@cache
def trained() -> Model:
    return train(table(world().records, CONFIG), CONFIG)


@pytest.mark.parametrize("name", ["given_name", "family_name", "birth_date", "postcode"])
def test_m_is_close_to_how_often_values_were_kept(name: str) -> None:
    both_kept = world().kept ** 2
    assert trained().fields[name].m[EXACT] == pytest.approx(both_kept, abs=0.05)


@pytest.mark.parametrize(("name", "values"), [("given_name", 120), ("family_name", 300), ("postcode", 250)])
def test_u_is_close_to_how_often_strangers_agree(name: str, values: int) -> None:
    assert trained().fields[name].u[EXACT] == pytest.approx(1 / values, rel=0.3)


def test_the_prior_is_close_to_the_share_of_pairs_that_match() -> None:
    records = len(world().records)
    assert trained().prior == pytest.approx(1 / (records - 1), rel=0.15)


def test_nobody_is_related_where_nobody_lives_together() -> None:
    assert trained().related == 0


def test_probabilities_of_a_field_add_up() -> None:
    for its in trained().fields.values():
        assert sum(its.m[1:]) == pytest.approx(1)
        assert sum(its.u[1:]) == pytest.approx(1)
        assert min(its.m[1:]) > 0
        assert min(its.u[1:]) > 0


def test_equal_data_in_another_order_trains_the_identical_model() -> None:
    records = world(400).records
    there = train(table(records, CONFIG), CONFIG).to_json()
    backwards = dict(reversed(records.items()))
    whole = table(records, CONFIG)
    # The same rows whose distinct values were seen in another order, as another order of files gives them.
    columns = {}
    for name, column in whole.columns.items():
        turned = column_of([column.texts_of(row) for row in reversed(range(len(whole)))])
        columns[name] = turned.take(np.arange(len(whole))[::-1].copy())
    assert train(table(backwards, CONFIG), CONFIG).to_json() == there
    assert train(Table(whole.keys, columns), CONFIG).to_json() == there


def test_what_was_trained_resolves_what_it_was_trained_on() -> None:
    its = world()
    rows = table(its.records, CONFIG)
    resolution = cluster_table(rows, Version(CONFIG, trained()))
    quality = evaluate(resolution.cluster.tolist(), [its.people[key] for key in rows.keys]).pairwise
    assert quality.precision > 0.99
    assert quality.recall > 0.8


def test_families_on_one_phone_are_not_fused() -> None:
    its = world(people=900, kept=0.95, household=3)
    rows = table(its.records, CONFIG)
    model = train(rows, CONFIG)
    resolution = cluster_table(rows, Version(CONFIG, model))
    quality = evaluate(resolution.cluster.tolist(), [its.people[key] for key in rows.keys]).pairwise
    assert quality.precision > 0.99
    assert quality.recall > 0.75


def test_families_teach_that_a_shared_phone_is_worth_less() -> None:
    families = train(table(world(people=900, kept=0.95, household=3).records, CONFIG), CONFIG)
    assert families.related > 0
    assert families.shared["phone"] < 0.5 < default_probability("phone", CONFIG.identifiers["phone"])


def test_another_exclusive_code_speaks_against_by_its_conflict_weight() -> None:
    records = {
        key: {**fields, "loyalty": (f"l{whose}",), "device": (f"d{key}",)}
        for (key, fields), whose in zip(world(400).records.items(), world(400).people.values(), strict=True)
    }
    model = train(table(records, CONFIG), CONFIG)
    assert model.fields["loyalty"].weights()[-1] / 1e6 == pytest.approx(-12, abs=0.01)
    assert model.fields["device"].weights()[-1] == 0


def test_the_model_names_no_value_that_fewer_than_ten_records_share() -> None:
    rows = table(world().records, CONFIG)
    for name, its in trained().fields.items():
        column = rows.columns[name]
        shared = {hash for hash, count in zip(column.hashes.tolist(), column.frequencies, strict=True) if count >= 10}
        assert set(its.frequencies) <= shared


def test_records_with_one_attribute_only_teach_nothing() -> None:
    records: dict[str, Values] = {f"crm:{n}": {"given_name": ("ana",), "device": (f"d{n}",)} for n in range(400)}
    rows = table(records, CONFIG)
    assert len(telling_rows(rows, CONFIG)) == 0
    assert choose_model(rows, CONFIG) == default_model(CONFIG)


def test_too_few_records_are_served_by_the_shipped_model() -> None:
    few = dict(list(world().records.items())[: ENOUGH_RECORDS - 1])
    assert choose_model(table(few, CONFIG), CONFIG) == default_model(CONFIG)


def test_a_source_that_holds_nobody_twice_teaches_a_model_that_finds_the_repeats_of_later_sources() -> None:
    its = world()
    once = {key: values for key, values in its.records.items() if key.endswith("0")}
    whole = table(its.records, CONFIG)
    resolution = cluster_table(whole, Version(CONFIG, train(table(once, CONFIG), CONFIG)))
    quality = evaluate(resolution.cluster.tolist(), [its.people[key] for key in whole.keys])
    assert quality.pairwise.precision > 0.95
    assert quality.pairwise.recall > 0.7


def test_a_source_that_holds_nobody_twice_is_left_as_it_is() -> None:
    once = table({key: values for key, values in world().records.items() if key.endswith("0")}, CONFIG)
    resolution = cluster_table(once, Version(CONFIG, train(once, CONFIG)))
    assert len(set(resolution.cluster.tolist())) > 0.99 * len(once)


def test_families_in_a_list_that_holds_nobody_twice_are_not_taken_for_one_person() -> None:
    random = Random(5)
    records: dict[str, Values] = {}
    for family in range(300):
        home = {"family_name": [f"{_word(random, 7)}"], "postcode": [f"ab{family % 90} {family % 9}cd"]}
        for member in range(3):
            records[f"crm:{family}-{member}"] = {"given_name": [_word(random, 6)], **home}
    families = table(records)
    model = train(families, CONFIG)
    assert len(set(cluster_table(families, Version(CONFIG, model)).cluster.tolist())) == len(records)


def test_training_survives_a_field_that_nobody_has_and_one_that_is_always_equal() -> None:
    records = {key: {**fields, "postcode": ("SW1A 1AA",)} for key, fields in world(400).records.items()}
    for fields in records.values():
        del fields["family_name"]
    model = train(table(records, CONFIG), CONFIG)
    assert abs(model.fields["postcode"].weights()[EXACT]) < 0.2e6
    assert Model.from_json(model.to_json()) == model


# The shipped model


@pytest.mark.parametrize("kind", list(AttributeKind))
def test_the_shipped_model_speaks_for_exact_agreement_and_against_the_last_level(kind: AttributeKind) -> None:
    model = default_model(Config.model_validate({"attributes": {"field": {"kind": kind.value}}}))
    its = model.fields["field"]
    weights = its.weights()
    assert sum(its.u[1:]) == pytest.approx(1)
    assert sum(its.m[1:]) == pytest.approx(1)
    assert sum(its.r[1:]) == pytest.approx(1)
    assert weights[EXACT] > 0 > weights[-1]
    assert weights[EXACT] > weights[-2]


def test_the_shipped_rules_name_fields_of_the_config_only() -> None:
    model = default_model(CONFIG)
    assert model.rules
    assert {signature.field for rule in model.rules for signature in rule} <= set(Version(CONFIG, model).kinds)
    assert model.shared == {"email": 0.98, "phone": 0.9, "device": 0.9, "loyalty": 0.999}


def test_a_configured_match_probability_is_taken_as_it_is() -> None:
    config = Config.model_validate(
        {**CONFIG.model_dump(), "identifiers": {"phone": {"kind": "phone", "match_probability": 0.42}}}
    )
    assert default_model(config).shared == {"phone": 0.42}
    families = world(people=900, kept=0.95, household=3)
    assert train(table(families.records, config), config).shared == {"phone": 0.42}


# Parts of training


def test_patterns_are_counted_also_where_there_are_many_fields() -> None:
    rng = np.random.default_rng(1)
    levels = rng.integers(0, 7, (3000, 40)).astype(np.int8)
    levels = np.concatenate([levels, levels[:500]])
    patterns, counts = count_patterns(levels)
    assert len(patterns) == len(np.unique(levels, axis=0))
    assert counts.sum() == len(levels)
    assert {tuple(row): int(count) for row, count in zip(patterns.tolist(), counts, strict=True)} == {
        tuple(row): int(count)
        for row, count in zip(*(its.tolist() for its in np.unique(levels, axis=0, return_counts=True)), strict=True)
    }


def test_pairs_that_agree_otherwise_raise_what_sharing_is_worth_and_others_lower_it() -> None:
    same, strangers = np.full(500, 1e4), np.full(500, 1e-4)
    none = np.full(500, 1e-6)
    assert learned_probability(0.9, (same, none)) > 0.99
    assert learned_probability(0.9, (strangers, none)) < 0.1
    assert 0.4 < learned_probability(0.9, (np.concatenate([same, strangers]), np.full(1000, 1e-6))) < 0.6


def test_without_pairs_the_default_stays() -> None:
    none = np.zeros(0)
    assert learned_probability(0.9, (none, none)) == pytest.approx(0.9)


def test_sharing_pairs_leave_out_values_over_the_cap() -> None:
    records: dict[str, Values] = {f"crm:{n}": {"device": ("busy",) if n < 5 else ("d",)} for n in range(7)}
    pairs = sharing_pairs(table(records), "device", 4)
    assert list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == [(5, 6)]


def test_a_pair_is_judged_by_at_least_two_attributes() -> None:
    levels = np.array([[1, 0, 2], [1, 0, 0], [3, 4, 0]], dtype=np.int8)
    assert can_be_judged(levels, [0, 1, 2]).tolist() == [True, False, True]


def test_where_m_starts_exact_agreement_leads() -> None:
    its = expected_m(5)
    assert its.sum() == pytest.approx(1)
    assert (np.diff(its) < 0).all()


def test_a_mixture_without_related_people_leaves_the_class_out() -> None:
    patterns = np.array([[1, 1], [2, 2]], dtype=np.int8)
    counted = Counted(patterns, np.array([1.0, 5.0]), 1000, [np.array([1.0, 999.0])] * 2)
    m = [np.array([0.9, 0.1])] * 2
    mixture = fit(counted, m, [AttributeKind.GIVEN_NAME, AttributeKind.DATE])
    assert mixture.related == 0
    assert mixture.prior == pytest.approx(1 / 1000, rel=0.1)


def test_the_version_orders_its_fields_by_name() -> None:
    its = version()
    assert [field.name for field in its.fields] == sorted(field.name for field in its.fields)


def test_in_the_shipped_model_a_less_alike_level_never_says_more() -> None:
    config = Config.model_validate({"attributes": {kind.value: {"kind": kind.value} for kind in AttributeKind}})
    for its in default_model(config).fields.values():
        assert its.weights()[1:] == sorted(its.weights()[1:], reverse=True)


@pytest.mark.parametrize("kind", [AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME])
def test_in_the_shipped_model_a_common_name_says_less_but_no_less_than_a_slip_in_it(kind: AttributeKind) -> None:
    its = default_model(Config.model_validate({"attributes": {"field": {"kind": kind.value}}})).fields["field"]
    known, rare = its.frequency_terms
    exact, nearly = its.weights()[EXACT : EXACT + 2]
    assert nearly < exact + known[hash_text("smith")] < exact + rare
    assert hash_text("featherstonehaugh") not in known
