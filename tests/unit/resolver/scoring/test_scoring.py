"""Match weights: what shared identifiers and agreeing attributes say, in integers."""

from __future__ import annotations

from dataclasses import replace
from math import floor, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.clustering.known import know
from resolver.columns import Table
from resolver.config import Config
from resolver.hashing import hash_text
from resolver.scoring import compare
from resolver.scoring import names as names_module
from resolver.scoring import scorer as scorer_module
from resolver.scoring.compare import Comparer
from resolver.scoring.model import MICRO, logit, microbits
from resolver.scoring.scorer import PAIR_CLIP, IdentifierScorer, Scorer
from resolver.scoring.terms import identifier_terms, log2_of_one_plus
from resolver.version import Version
from tests.support.core import CONFIG, FADING, Values, all_pairs, bits, small_worlds, table, version

RELATED = [0.0, 2.0**-20, 2.0**-12, 2.0**-7]
PRIORS = [2.0**-24, 2.0**-13, 2.0**-9]


def scorer_of(rows: Table, its: Version, reach: dict[str, int] | None = None) -> Scorer:
    """A scorer in which every value of a type has this reach, or what the table knows."""
    known = dict(know(rows, its).reach)
    for name, s in (reach or {}).items():
        known[name] = np.full(len(rows.columns[name].values), s, dtype=np.int64)
    return Scorer(rows, its.fields, its.model, known)


def weight(left: Values, right: Values, its: Version, **reach: int) -> int:
    """The match weight of a pair, microbits."""
    rows = table({"crm:1": left, "crm:2": right}, its.config)
    pair = all_pairs(2)
    levels = Comparer(rows, its.fields).levels(*pair)
    return int(scorer_of(rows, its, reach).weights(levels, *pair)[0][0])


@pytest.mark.parametrize("related", RELATED)
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize(("name", "value"), [("email", "ana@example.com"), ("device", "d1"), ("cookie", "c1")])
@given(s=st.integers(1, 100))
@settings(max_examples=20, deadline=None)
def test_a_pair_that_shares_one_identifier_only_has_its_types_probability_less_the_penalty(
    related: float, prior: float, name: str, value: str, s: int
) -> None:
    its = version(related=related, prior=prior)
    shared = {name: (value,)}
    expected = logit(its.model.shared[name]) - floor(log2(max(1, s - 1)))
    assert bits(weight(shared, shared, its, **{name: s})) == pytest.approx(expected, abs=2e-3)


def test_the_penalty_counts_distinct_signatures_not_records() -> None:
    people: dict[str, Values] = {f"crm:{n}": {"phone": ("+442079460018",), "given_name": (f"name{n}",)} for n in "12"}
    its = version()
    touches: dict[str, Values] = {f"web:{n}": {"phone": ("+442079460018",)} for n in range(9)}
    assert know(table(people | touches), its).reach["phone"].tolist() == [2]
    assert know(table(touches), its).reach["phone"].tolist() == [1]


def test_the_penalty_counts_touches_by_the_surest_identifier_that_names_a_person() -> None:
    document = CONFIG.model_dump()
    document["identifiers"]["card"] = {"match_probability": 0.999}
    its = version(Config.model_validate(document))

    def reach(name: str, *touches: Values) -> list[int]:
        rows = table({f"web:{n}": fields for n, fields in enumerate(touches)}, its.config)
        return know(rows, its).reach[name].tolist()

    on: Values = {"device": ("d1",)}
    mails: list[Values] = [{**on, "email": (f"p{n}@example.com",)} for n in range(5)]
    assert reach("device", *mails) == [5]
    assert reach("device", *mails, *mails, on, on) == [5]
    assert reach("device", *({**mails[0], "phone": (f"+44207946001{n}",)} for n in range(5))) == [1]
    assert reach("device", {**mails[0], "card": ("k1",)}, {**mails[1], "card": ("k1",)}) == [1]
    assert reach("device", *({**on, "cookie": (f"c{n}",)} for n in range(5))) == [1]


def test_an_identifier_says_nothing_of_itself() -> None:
    its, mine = version(), {"email": ("ana@example.com",)}
    phones: dict[str, Values] = {f"web:{n}": {**mine, "phone": (f"+44207946001{n}",)} for n in range(3)}
    names: dict[str, Values] = {f"crm:{n}": {**mine, "given_name": (name,)} for n, name in enumerate(("ana", "anna"))}
    assert know(table(phones), its).reach["email"].tolist() == [1]
    assert know(table(names | phones), its).reach["email"].tolist() == [2]


def test_an_identifier_over_its_cap_counts_for_nothing() -> None:
    its = version()
    shared: Values = {"device": ("d1",)}
    assert weight(shared, shared, its, device=0) == weight(shared, {}, its)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("ratio", [0.0, 1 / 30, 0.5, 4.0])
def test_two_shared_identifiers_say_more_than_each_of_them(prior: float, ratio: float) -> None:
    its = version(prior=prior, related=prior * ratio)
    email: Values = {"email": ("ana@example.com",)}
    device: Values = {"device": ("d1",)}
    both = {**email, **device}
    together = weight(both, both, its)
    assert together > weight(email, email, its)
    assert together > weight(device, device, its)


def test_two_shared_identifiers_add_up_with_the_prior_once_where_nobody_is_related() -> None:
    its = version(related=0.0)
    email: Values = {"email": ("ana@example.com",)}
    device: Values = {"device": ("d1",)}
    prior = microbits(logit(its.model.prior))
    expected = weight(email, email, its) + weight(device, device, its) - prior
    assert weight({**email, **device}, {**email, **device}, its) == min(expected, PAIR_CLIP)


def test_two_values_of_one_type_add_up() -> None:
    its = version(related=0.0, prior=2.0**-6)
    one: Values = {"cookie": ("c1",)}
    two: Values = {"cookie": ("c1", "c2")}
    prior = microbits(logit(its.model.prior))
    assert weight(two, two, its) - prior == 2 * (weight(one, one, its) - prior)


def test_different_codes_say_nothing_unless_they_are_exclusive() -> None:
    its = version(related=0.0)
    prior = microbits(logit(its.model.prior))
    assert weight({"device": ("d1",)}, {"device": ("d2",)}, its) == prior
    its = version(related=0.0, prior=0.25)
    against = weight({"loyalty": ("l1",)}, {"loyalty": ("l2",)}, its) - weight({}, {}, its)
    assert bits(against) == pytest.approx(-15, abs=0.01)


def test_a_missing_value_says_nothing() -> None:
    its = version()
    ana: Values = {"given_name": ("ana",)}
    assert weight(ana, {}, its) == weight({}, {}, its)


def test_agreement_on_a_common_value_says_less() -> None:
    usual = version(related=0.0)
    name = usual.model.fields["given_name"]
    frequencies = {hash_text("ana"): 0.02, hash_text("zenobia"): 0.00001}
    fields = {**usual.model.fields, "given_name": replace(name, frequencies=frequencies, rare=0.0005)}
    its = version(related=0.0, fields=fields)
    common, rare, unseen = (
        weight({"given_name": (text,)}, {"given_name": (text,)}, its) for text in ("ana", "zenobia", "ida")
    )
    assert common < unseen < rare
    assert bits(unseen - common) == pytest.approx(log2(0.02 / 0.0005), abs=0.01)


def test_being_related_explains_a_shared_surname_and_postcode_but_not_a_shared_birth_date() -> None:
    alone, families = version(related=0.0), version(related=2.0**-12)
    household: Values = {"family_name": ("silva",), "postcode": ("SW1A 1AA",)}
    person: Values = {"given_name": ("ana",), "birth_date": ("1990-05-17",)}
    assert bits(weight(household, household, alone) - weight(household, household, families)) > 3
    assert bits(weight(person, person, alone) - weight(person, person, families)) < 0.5


def test_no_pair_speaks_louder_than_twenty_bits() -> None:
    everything: Values = {
        "email": ("ana@example.com",), "device": ("d1",), "loyalty": ("l1",), "birth_date": ("1990-05-17",)
    }  # fmt: skip
    assert weight(everything, everything, version(related=0.0)) == PAIR_CLIP == 20 * MICRO


@given(small_worlds(), st.sampled_from(RELATED))
@settings(deadline=None)
def test_weights_are_integers_and_the_same_from_both_sides(records: dict[str, Values], related: float) -> None:
    its = version(related=related)
    rows = table(records)
    scorer, comparer = scorer_of(rows, its), Comparer(rows, its.fields)
    left, right = all_pairs(len(rows))
    ours = scorer.weights(comparer.levels(left, right), left, right)
    theirs = scorer.weights(comparer.levels(right, left), right, left)
    for one, other in zip(ours, theirs, strict=True):
        assert one.dtype == np.int64
        assert one.tolist() == other.tolist()


@given(small_worlds(), st.sampled_from(RELATED))
@settings(deadline=None)
def test_the_terms_of_an_explanation_add_up_to_the_weight(records: dict[str, Values], related: float) -> None:
    its = version(related=related)
    rows = table(records)
    scorer = scorer_of(rows, its)
    pairs = all_pairs(len(rows))
    levels = Comparer(rows, its.fields).levels(*pairs)
    terms, explained = scorer.terms(levels, *pairs)
    total = np.clip(scorer.prior + terms.sum(axis=1) - explained, -PAIR_CLIP, PAIR_CLIP)
    assert total.tolist() == scorer.weights(levels, *pairs)[0].tolist()


@given(small_worlds())
@settings(deadline=None)
def test_the_weight_of_a_pair_does_not_depend_on_the_other_pairs(records: dict[str, Values]) -> None:
    its = version()
    rows = table(records)
    scorer, comparer = scorer_of(rows, its), Comparer(rows, its.fields)
    left, right = all_pairs(len(rows))
    together = scorer.weights(comparer.levels(left, right), left, right)[0]
    one_by_one = [
        int(scorer.weights(comparer.levels(left[p : p + 1], right[p : p + 1]), left[p : p + 1], right[p : p + 1])[0][0])
        for p in range(len(left))
    ]
    assert together.tolist() == one_by_one


@given(small_worlds(), st.sampled_from(RELATED), st.sampled_from([CONFIG, FADING]))
@settings(deadline=None)
def test_a_few_pairs_are_weighed_exactly_as_many_are(
    records: dict[str, Values], related: float, config: Config
) -> None:
    its = version(config, related=related)
    rows, pairs = table(records, config), all_pairs(len(records))
    few = Comparer(rows, its.fields).levels(*pairs)
    few_weights = scorer_of(rows, its).weights(few, *pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "FEW", 0)
        patch.setattr(scorer_module, "FEW", 0)
        patch.setattr(names_module, "_FEW", 0)
        many = Comparer(rows, its.fields).levels(*pairs)
        many_weights = scorer_of(rows, its).weights(many, *pairs)
    assert few.tolist() == many.tolist()
    for one, other in zip(few_weights, many_weights, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_two_touches_that_share_no_field_do_not_contradict_each_other() -> None:
    rows = table({"web:1": {"email": ("ana@example.com",)}, "web:2": {"device": ("d1",)}})
    its, pair = version(), all_pairs(2)
    weights, cuts = scorer_of(rows, its).weights(Comparer(rows, its.fields).levels(*pair), *pair)
    assert weights[0] < 0
    assert cuts[0] == 0


def test_another_email_or_telephone_alone_does_not_call_up_the_prior_within_a_component() -> None:
    rows = table({"crm:1": {"email": ("ana@example.com",)}, "web:1": {"email": ("work@example.org",)}})
    its, pair = version(), all_pairs(2)
    weights, cuts = scorer_of(rows, its).weights(Comparer(rows, its.fields).levels(*pair), *pair)
    assert cuts[0] == weights[0] - scorer_of(rows, its).prior < 0


@pytest.mark.parametrize("related", RELATED)
@given(s=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_a_lookup_weighs_one_identifier_exactly_as_resolution_does(related: float, s: int) -> None:
    its = version(related=related)
    shared: Values = {"phone": ("+442079460018",)}
    assert IdentifierScorer(its.model).alone("phone", s) == weight(shared, shared, its, phone=s)


def test_inactive_values_have_no_terms() -> None:
    for related in RELATED:
        exact, others = identifier_terms(version(related=related).model, "email", np.array([0, 1]))
        assert exact[0] == others[0] == 0
        assert exact[1] > 0


@given(st.integers(-200 * MICRO, 200 * MICRO))
def test_the_logarithm_of_one_plus_is_exact_to_a_thousandth_of_a_bit(exponent: int) -> None:
    x = exponent / MICRO
    exact = x + log2(1 + 2.0**-x) if x > 0 else log2(1 + 2.0**x)
    assert bits(int(log2_of_one_plus(np.array([exponent]))[0])) == pytest.approx(exact, abs=1.1e-3)


PLACES = Config.model_validate(
    {
        "attributes": {
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "address": {"kind": "address"},
            "city": {"kind": "place"},
            "postcode": {"kind": "postcode"},
        }
    }
)
ANA: Values = {"given_name": ("ana",), "family_name": ("lopez",)}


def test_who_moved_is_not_charged_for_address_postcode_and_city_one_by_one() -> None:
    its = version(PLACES, moved=0.25, related=0.0)
    here: Values = {**ANA, "address": ("1 high street",), "city": ("leeds",), "postcode": ("LS1 4AB",)}
    there: Values = {**ANA, "address": ("77 mill lane",), "city": ("truro",), "postcode": ("TR9 8ZZ",)}
    assert bits(weight(here, there, its)) == pytest.approx(bits(weight(ANA, ANA, its)) + log2(0.25), abs=0.01)


def test_a_place_that_agrees_speaks_for_a_pair_of_which_other_places_speak_against() -> None:
    its = version(PLACES)
    here: Values = {**ANA, "address": ("1 high street",), "city": ("leeds",)}
    there: Values = {**ANA, "address": ("77 mill lane",), "city": ("leeds",)}
    elsewhere: Values = {**ANA, "address": ("77 mill lane",), "city": ("truro",)}
    assert weight(here, there, its) > weight(here, elsewhere, its)
