"""Identifiers that change hands: what a shared value says of records that were seen far apart."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.config import SEEN_DAY
from resolver.normalise import day_of
from resolver.scoring.compare import Comparer
from resolver.scoring.fading import faded
from resolver.scoring.model import MICRO, logit, probability_of
from resolver.scoring.scorer import Scorer
from resolver.version import Version
from tests.support.core import CONFIG, FADING, TIME, Values, all_pairs, table, version

DAY = 24 * 3600 * 1_000_000
PHONE: Values = {"phone": ("+442079460018",)}
RELATED = [0.0, 2.0**-20, 2.0**-7]


def seen(values: Values, day: int | None) -> Values:
    return values if day is None else {**values, SEEN_DAY: (day_of(TIME + day * DAY),)}


def weight(left: Values, right: Values, its: Version, reach: int = 1) -> int:
    """The match weight of a pair, microbits."""
    rows, pair = table({"crm:1": left, "crm:2": right}, its.config), all_pairs(2)
    known = {name: (rows.columns[name].frequencies > 0) * reach for name in its.config.identifiers}
    return int(
        Scorer(rows, its.fields, its.model, known).weights(Comparer(rows, its.fields).levels(*pair), *pair)[0][0]
    )


@pytest.mark.parametrize("related", RELATED)
@pytest.mark.parametrize("reach", [1, 9])
@pytest.mark.parametrize("days", [1, 100, 200, 1_000])
def test_a_pair_that_shares_one_value_is_one_customer_if_it_still_had_its_owner(
    related: float, reach: int, days: int
) -> None:
    """And else as likely as any pair."""
    its = version(FADING, related=related, prior=2.0**-13)
    kept = 2.0 ** (-days / 200)
    on_one_day, any_pair = (probability_of(weight(one, one, its, reach)) for one in (PHONE, {}))
    expected = kept * on_one_day + (1 - kept) * any_pair
    found = weight(seen(PHONE, 0), seen(PHONE, days), its, reach)
    assert found / MICRO == pytest.approx(logit(expected), abs=3e-3)


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.sampled_from(RELATED))
@settings(deadline=None)
def test_the_further_apart_the_less_and_never_less_than_without_the_value(a: int, b: int, related: float) -> None:
    its = version(FADING, related=related)
    near, far = (weight(seen(PHONE, 5), seen(PHONE, 5 + days), its) for days in sorted((a, b)))
    assert weight({}, {}, its) <= far <= near <= weight(PHONE, PHONE, its)


def test_values_of_one_day_and_those_without_a_time_say_all_that_they_do() -> None:
    its = version(FADING)
    full = weight(PHONE, PHONE, version(CONFIG))
    for left, right in ((3, 3), (None, None), (None, 900), (0, None)):
        assert weight(seen(PHONE, left), seen(PHONE, right), its) == full


def test_it_does_not_matter_which_was_seen_first() -> None:
    its = version(FADING)
    assert weight(seen(PHONE, 0), seen(PHONE, 77), its) == weight(seen(PHONE, 77), seen(PHONE, 0), its)


def test_types_without_a_half_life_do_not_fade() -> None:
    email: Values = {"email": ("ana@example.com",)}
    assert weight(seen(email, 0), seen(email, 9_000), version(FADING)) == weight(email, email, version(CONFIG))


def test_two_shared_values_fade_each_for_itself() -> None:
    its = version(FADING, related=0.0, prior=2.0**-6)
    one, two = ({"cookie": values} for values in (("c1",), ("c1", "c2")))
    none = weight({}, {}, its)
    assert weight(seen(two, 0), seen(two, 30), its) - none == 2 * (weight(seen(one, 0), seen(one, 30), its) - none) > 0


def test_a_near_miss_of_a_value_fades_as_the_value_does() -> None:
    slip: Values = {"phone": ("+442079460019",)}
    its = version(FADING)
    assert weight({}, {}, its) <= weight(seen(PHONE, 0), seen(slip, 3_000), its) < weight(PHONE, slip, its)
    assert weight(seen(PHONE, 0), seen(slip, 3_000), its) <= weight(seen(PHONE, 0), seen(PHONE, 3_000), its)


def test_what_speaks_against_does_not_fade() -> None:
    other: Values = {"phone": ("+441134960001",)}
    its = version(FADING)
    assert weight(seen(PHONE, 0), seen(other, 9_000), its) == weight(PHONE, other, its)


def test_a_value_over_its_cap_says_nothing_however_far_apart() -> None:
    assert faded((0, 0), (2.0**-13, 2.0**-7), 3.5) == (0, 0)


def test_after_ages_nothing_is_left_and_nothing_overflows() -> None:
    assert faded((60 * MICRO, 40 * MICRO), (2.0**-30, 2.0**-10), 1e6) == (0, 0)


def test_where_nobody_is_related_the_odds_are_mixed() -> None:
    match, _ = faded((20 * MICRO, 0), (2.0**-11, 0.0), 1.0)
    sure, any_pair = 1 / (1 + 2.0**-9), 2.0**-11
    mixed = (sure + any_pair) / 2
    assert match / MICRO == pytest.approx(log2(mixed / (1 - mixed)) - logit(2.0**-11), abs=1e-3)
