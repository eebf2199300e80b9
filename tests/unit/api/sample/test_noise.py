"""The errors that the sample puts into values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from api.sample.noise import misread, typo, without_accents, wrong_digit


@given(st.text(alphabet="abcdefgXYZ -é", min_size=3, max_size=20), st.integers(0, 2**62))
def test_a_typo_is_one_edit_away_and_keeps_the_first_letter(text: str, r: int) -> None:
    spoilt = typo(text, r)
    assert OSA.distance(text, spoilt) <= 1
    assert spoilt[0] == text[0] or OSA.distance(text, spoilt) == 0


def test_a_typo_leaves_short_texts_alone() -> None:
    assert typo("Al", 12345) == "Al"


def test_a_misread_text_confuses_shapes() -> None:
    assert {misread("Barnes", r) for r in range(6)} >= {"Bames"}


@given(st.integers(1_000_000_000, 9_999_999_999), st.integers(0, 2**62))
def test_a_wrong_digit_changes_the_number_but_not_its_length(number: int, r: int) -> None:
    spoilt = wrong_digit(str(number), r)
    assert spoilt != str(number)
    assert len(spoilt) == 10
    assert spoilt.isdigit()


def test_a_wrong_digit_leaves_the_punctuation() -> None:
    assert wrong_digit("(212) 555-0000", 3)[0] == "("


def test_accents_are_lost_as_in_an_ascii_system() -> None:
    assert [without_accents(name) for name in ("José", "Müller", "Groß", "Łukasz", "Søren")] == [
        "Jose", "Muller", "Gross", "Lukasz", "Soren",
    ]  # fmt: skip
