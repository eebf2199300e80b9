from __future__ import annotations

import random

import pytest

from graph.errors import BadInputError
from resolver.config import IdentifierKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser
from resolver.normalise.phones import by_library


def phone(raw: str, region: str = "US") -> Normalised:
    return normaliser(IdentifierKind.PHONE, NormaliseSettings(region=region))(raw)


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("07911 123456", "GB", "+447911123456"),
        ("0151/12345678", "DE", "+4915112345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("0412 345 678", "AU", "+61412345678"),
        ("079 123 45 67", "CH", "+41791234567"),
        ("098765 43201", "IN", "+919876543201"),
        ("(11) 91234-5678", "BR", "+5511912345678"),
        ("0 15 11 91234-5678", "BR", "+5511912345678"),
    ],
)
def test_a_phone_without_country_gets_the_default_region(raw: str, region: str, expected: str) -> None:
    assert phone(raw, region).values == (expected,)


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        ("+49 151 12345678", "US"),
        ("0049 151 12345678", "US"),
        ("011 49 151 12345678", "US"),
        ("+49 (0)151 12345678", "US"),
        ("+49 (0) 151/123 456-78", "GB"),
        ("(+49) 151 12345678", "US"),
        ("+0049 151 12345678", "US"),
        ("4915112345678", "US"),
        ("4915112345678", "DE"),
        ("4915112345678.0", "DE"),
        ("4915112345678.0", "US"),
        ("15112345678", "DE"),
        ("tel:+4915112345678", "US"),
        ("+49–151–12345678", "US"),
        ("＋４９１５１１２３４５６７８", "US"),
        ("\u202a+49 151 12345678\u202c", "US"),
    ],
)
def test_one_number_written_in_many_ways_is_one_value(raw: str, region: str) -> None:
    assert phone(raw, region).values == ("+4915112345678",)


@pytest.mark.parametrize("raw", ["212-555-0123x392", "212-555-0123 ext. 12", "212 555 0123 #12", "001-212-555-0123x12"])
def test_an_extension_is_dropped(raw: str) -> None:
    assert phone(raw).values == ("+12125550123",)


def test_a_number_that_nobody_has_assigned_is_kept() -> None:
    assert phone("(023) 155-0100").values == ("+10231550100",)


def test_a_local_number_without_area_code_is_kept() -> None:
    assert phone("555-0123").values == ("+15550123",)


@pytest.mark.parametrize(
    "raw",
    ["0000000000", "1111111111", "(555) 555-5555", "1234567890", "123-456-7890", "0123456789", "9876543210",
     "+1 123 456 7890", "00000", "+10000000000", "12345678901"],
)  # fmt: skip
def test_a_made_up_number_is_junk(raw: str) -> None:
    assert phone(raw) == Normalised((), "junk value")


@pytest.mark.parametrize("raw", ["123", "110", "12 34", "21255501234567", "call me", "ana@example.com", "x", "212-555"])
def test_what_is_no_possible_number_is_refused_with_the_region(raw: str) -> None:
    assert phone(raw) == Normalised((), "not a phone number in US")


def test_scientific_notation_is_refused_because_digits_are_lost() -> None:
    assert "scientific notation" in (phone("4.915E+12", "DE").refused or "")


def test_two_numbers_in_one_cell_are_two_values() -> None:
    assert phone("212-555-0123 / 212-555-0199").values == ("+12125550123", "+12125550199")
    assert phone("212-555-0123; 212-555-0123").values == ("+12125550123",)


def test_a_region_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadInputError, match="no region 'XX'"):
        normaliser(IdentifierKind.PHONE, NormaliseSettings(region="XX"))


@pytest.mark.parametrize("region", ["US", "GB", "FR", "ES", "AU", "CH", "IN", "BR"])
def test_punctuation_and_extensions_are_read_as_the_library_does(region: str) -> None:
    chance = random.Random(11)
    normalise = normaliser(IdentifierKind.PHONE, NormaliseSettings(region=region))
    compared = 0
    for _ in range(800):
        text = chance.choice(["", "", "+", "(", " "])
        for _ in range(chance.randint(7, 12)):
            text += chance.choice("0123456789") + chance.choice(["", "", "", " ", "-", ".", "/", ") ", " - "])
        text += chance.choice(["", "", "x12", " ext. 345", " ext 7"])
        expected, found = by_library(text, region), normalise(text)
        if expected is not None and found.refused is None and not found.values[0].startswith(expected):
            assert text.replace("(", "").strip().startswith(expected[1:3]), text  # own country code, plus forgotten
        elif expected is not None and found.refused is None:
            assert found.values == (expected,), text
            compared += 1
    assert compared > 100
