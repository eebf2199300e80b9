from __future__ import annotations

import pytest

from resolver.config import IdentifierKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser

code = normaliser(IdentifierKind.CODE, NormaliseSettings())


@pytest.mark.parametrize("raw", ["AB-123/4", "ab 123 4", "ab.1234", " AB1234 ", "AB–1234"])
def test_case_blanks_and_punctuation_do_not_count(raw: str) -> None:
    assert code(raw).values == ("ab1234",)


def test_a_spreadsheets_decimal_tail_is_dropped_and_leading_zeros_stay() -> None:
    assert code("12345.0").values == ("12345",)
    assert code("0012345").values == ("0012345",)


def test_ip_addresses_keep_their_dots_because_they_carry_meaning() -> None:
    assert code("1.11.1.1").values != code("11.1.1.1").values


def test_hardware_addresses_are_one_in_every_notation() -> None:
    assert code("AA:BB:CC:DD:EE:0F").values == code("aa-bb-cc-dd-ee-0f").values == ("aabbccddee0f",)


@pytest.mark.parametrize(
    "raw", ["0000", "1111", "0", "test", "12345678", "123-45-6789", "00000000-0000-0000-0000-000000000000", "XXXX",
            "999999999"]
)  # fmt: skip
def test_placeholders_are_junk(raw: str) -> None:
    assert code(raw) == Normalised((), "junk value")


def test_short_codes_and_surrounding_braces_are_fine() -> None:
    assert code("7").values == ("7",)
    assert code("{550E8400-E29B-41D4-A716-446655440000}").values == ("550e8400e29b41d4a716446655440000",)


def test_scientific_notation_is_refused() -> None:
    assert "scientific notation" in (code("1.23E+12").refused or "")


def test_a_national_id_is_read_as_a_code() -> None:
    national_id = normaliser(IdentifierKind.NATIONAL_ID, NormaliseSettings())
    assert national_id("219-46-1234").values == ("219461234",)


@pytest.mark.parametrize("raw", ["XXX-XX-1234", "***-**-1234", "xxxxx1234"])
def test_a_masked_national_id_is_no_number(raw: str) -> None:
    national_id = normaliser(IdentifierKind.NATIONAL_ID, NormaliseSettings())
    assert "masked" in (national_id(raw).refused or "")
