"""The compiled numbering plans answer as phonenumbers does."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from resolver.normalise.phone_plan import international_number, national_number, region_plan
from resolver.normalise.phones import by_library

REGIONS = ["US", "GB", "DE", "FR", "ES", "AU", "CH", "IN", "BR", "CA", "IT", "MX", "AR", "JP", "KR", "RU", "NL", "SE"]
OTHERS = sorted(set(phonenumbers.SUPPORTED_REGIONS) - set(REGIONS))
PREFIXES = [
    "",
    "",
    "",
    "0",
    "00",
    "011",
    "0011",
    "0049",
    "0044",
    "001",
    "0015",
    "0",
    "1",
    "90",
    "015",
    "8",
    "810",
    "010",
]


def digits_like_phones(region: str, count: int, seed: int) -> list[str]:
    """Random digits, digits of numbers in use, and both with prefixes, own and foreign country codes before them."""
    chance = random.Random(seed)
    plan = region_plan(region)
    assert plan is not None
    types = [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE]
    examples = [phonenumbers.example_number_for_type(region, each) for each in types]
    in_use = [phonenumbers.national_significant_number(each) for each in examples if each is not None] or ["123456789"]
    found = []
    for _ in range(count):
        number = "".join(chance.choice("0123456789") for _ in range(chance.randint(5, 14)))
        if chance.random() < 0.6:
            known = chance.choice(in_use)
            keep = chance.randint(1, len(known))
            number = known[:keep] + "".join(chance.choice("0123456789") for _ in range(len(known) - keep))
        start = chance.choice([*PREFIXES, plan.country_code, "0" + plan.country_code, "00" + plan.country_code])
        found.append(start + number)
    return found


def compare(region: str, count: int) -> None:
    plan = region_plan(region)
    assert plan is not None
    for digits in digits_like_phones(region, count, seed=7):
        assert national_number(digits, plan) == by_library(digits, region), (region, digits)
        plus = plan.country_code + digits if len(digits) % 2 else digits
        assert international_number(plus, plan) == by_library("+" + plus, region), (region, "+" + plus)


@pytest.mark.parametrize("region", REGIONS)
def test_the_compiled_plan_reads_digits_as_the_library_does(region: str) -> None:
    compare(region, 600)


def test_every_other_region_is_read_as_the_library_does_too() -> None:
    for region in OTHERS:
        compare(region, 12)


@pytest.mark.parametrize("region", ["US", "DE"])
def test_numbers_of_all_countries_are_read_as_the_library_does(region: str) -> None:
    plan = region_plan(region)
    assert plan is not None
    chance = random.Random(3)
    for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE):
        for _ in range(4):
            digits = f"{code}" + "".join(chance.choice("0123456789") for _ in range(chance.randint(4, 12)))
            assert international_number(digits, plan) == by_library("+" + digits, region), digits
