from __future__ import annotations

import pytest

from resolver.config import AttributeKind
from resolver.normalise import NORMALISER_VERSION, Normalised, NormaliseSettings, normaliser

text = normaliser(AttributeKind.TEXT, NormaliseSettings())


def number(raw: str, region: str = "US") -> Normalised:
    return normaliser(AttributeKind.NUMBER, NormaliseSettings(region=region))(raw)


def test_text_is_folded_and_stripped_of_punctuation() -> None:
    assert text(" Café-Bar, “No. 1” ").values == ("cafe bar no 1",)


@pytest.mark.parametrize(
    "raw", ["n/a", "None", "NULL", "k.A.", "Keine Angabe", "non renseigné", "desconocido", "不明", "???", "👍"]
)
def test_words_for_no_value_are_blank_in_several_languages(raw: str) -> None:
    assert text(raw) == Normalised(())


def test_configured_junk_is_compared_casefolded_and_stripped() -> None:
    normalise = normaliser(AttributeKind.TEXT, NormaliseSettings(junk=frozenset({" See Notes "})))
    assert normalise("SEE NOTES ") == Normalised((), "junk value")
    assert normalise("see note").values == ("see note",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("1 234,5", "1234.5"), ("1'234'567", "1234567"),
        ("1e3", "1000"), ("-0", "0"), ("$5.00", "5"), ("(5)", "-5"), ("1.234", "1.234"), ("1,234", "1234"), ("+5",
        "5"), ("007", "7"),
        ("5 €", "5"), (".5", "0.5"), ("12,5", "12.5"), ("1.234.567", "1234567"), ("−3", "-3"), ("100", "100"),
    ],
)  # fmt: skip
def test_numbers_have_one_form(raw: str, expected: str) -> None:
    assert number(raw).values == (expected,)


def test_a_lone_comma_before_three_digits_depends_on_the_region() -> None:
    assert number("1,234", "DE").values == ("1.234",)


@pytest.mark.parametrize("raw", ["inf", "-Infinity", "+inf"])
def test_infinite_numbers_are_refused(raw: str) -> None:
    assert number(raw) == Normalised((), "not a finite number")


@pytest.mark.parametrize("raw", ["abc", "1.2.3", "1,2,3", "--5", "0x10", "1e", "5 apples"])
def test_what_is_no_number_is_refused(raw: str) -> None:
    assert number(raw) == Normalised((), "not a number")


def test_a_number_beyond_reason_is_refused() -> None:
    assert number("1e999").refused == "a number with more than 30 digits"


def test_the_version_names_the_libraries_that_decide() -> None:
    for library in ("phonenumbers-", "email-validator-", "unicode-"):
        assert library in NORMALISER_VERSION
