"""What holds for every kind and every text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.config import AttributeKind, IdentifierKind
from resolver.normalise import NormaliseSettings, canonical_given_names, normaliser, parse_time, split_full_name

KINDS: list[IdentifierKind | AttributeKind] = [*IdentifierKind, *AttributeKind]
SETTINGS = [
    NormaliseSettings(),
    NormaliseSettings(region="DE", date_order="dmy"),
    NormaliseSettings(region="BR", date_order="mdy", junk=frozenset({"Ana", "+5511961234567", "a@b.com"})),
]

#: Pieces that real cells are made of, so that random texts come near to the rules.
PIECES = [
    *"0123456789", " ", "  ", "-", "/", ".", ",", ":", "'", "(", ")", "+", "@", "#", "°", "ß", "é", "e\u0301", "ﬁ", "İ",
    "00", "0049", "+49", "19", "1990", "2024-05-17", "May", "Mai", "T10:00:00Z", "12", "31", "ana", "Ana", "O'Brien",
    "van der", "jr", "Jr.", "Dr.", "Mr", "3rd", "baronet", "y", "straße", "Str.", "str", "Street", "St.", "P.O. Box",
    "no.", "Nr. 5", "twenty", "one", "@gmail.com", "@example.com", "+tag", "<", ">", "mailto:", ";", "x12", "ext.",
    "n/a", "null", "none", "unknown", "E+12", ".0", "$", "€", "%", "\u200b", "\u202e", "\u0301", "\ufeff", "\u00ad",
    "\u0000", "\ud800", "😀", "👨\u200d👩\u200d👧", "山田", "हिन्दी", "שלום", "مرحبا", "١٢٣", "½",
    "٣", "²", "Ⅻ", "ﷺ", "´", "`", "\u2028", "\t", "\n", "\x85", "SW1A", "1AA", "D-", "99999",
]  # fmt: skip
CELLS = st.one_of(
    st.text(st.characters(), max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join),
)


@pytest.mark.parametrize("settings_", SETTINGS, ids=["us", "de", "br"])
@pytest.mark.parametrize("kind", KINDS)
@given(text=CELLS)
@settings(max_examples=60, deadline=None)
def test_a_normalised_value_normalises_to_itself(
    text: str, kind: IdentifierKind | AttributeKind, settings_: NormaliseSettings
) -> None:
    normalise = normaliser(kind, settings_)
    found = normalise(text)
    assert found == normalise(text)
    assert not (found.values and found.refused)
    assert found.refused is None or found.refused.strip()
    for value in found.values:
        assert value
        again = normalise(value)
        assert again.values == (value,), (text, found, again)


@given(text=st.one_of(CELLS, st.text(st.characters(), max_size=40)))
@settings(max_examples=200, deadline=None)
def test_reading_a_time_never_raises(text: str) -> None:
    found = parse_time(text)
    assert found is None or isinstance(found, int)


@given(text=CELLS)
@settings(max_examples=100, deadline=None)
def test_splitting_a_full_name_keeps_to_its_words(text: str) -> None:
    for name in normaliser(AttributeKind.FULL_NAME, NormaliseSettings())(text).values:
        given_names, family_names = split_full_name(name)
        assert given_names
        words = iter(name.split(" "))
        assert all(word in words for word in given_names + family_names)  # in the order of the name


@given(text=CELLS)
@settings(max_examples=100, deadline=None)
def test_every_name_has_a_canonical_name(text: str) -> None:
    assert canonical_given_names(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000, "1" * 1_000_000, " " * 1_000_000, "\0" * 20_000, "😀" * 20_000, "a@" * 500_000,
        "1-" * 500_000, "\u0301" * 50_000,
    ],
    ids=["letters", "digits", "blanks", "nul", "emoji", "at signs", "dashes", "accents"],
)  # fmt: skip
def test_an_oversized_cell_is_refused_at_once(text: str, kind: IdentifierKind | AttributeKind) -> None:
    found = normaliser(kind, NormaliseSettings())(text)
    assert found.values == ()
    assert found.refused == "longer than 10,000 characters"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    ["a." * 4_999, "1 " * 4_999, "(" * 9_999, "\u0301" * 9_999, "a\u0301" * 4_999, "@" * 9_999, "-" * 9_999,
     "1," * 4_999,
     "\u202e" * 9_999, "ﷺ" * 9_999, "0" * 9_999, "a b" * 3_333, "mr " * 3_333, "+" * 9_999, "x" * 9_999 + "@"],
)  # fmt: skip
def test_the_longest_cells_are_read_without_harm(text: str, kind: IdentifierKind | AttributeKind) -> None:
    found = normaliser(kind, NormaliseSettings())(text)
    assert found == normaliser(kind, NormaliseSettings())(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " ", "\t\n", "\0", "n/a", "N/A", " n/a ", "-", "--", "?", "(blank)", "unknown",
                                  "UNKNOWN", "\u200b", "#N/A", "undefined", "Not available", "tbd"])  # fmt: skip
def test_a_blank_cell_gives_no_value_and_no_reason(text: str, kind: IdentifierKind | AttributeKind) -> None:
    found = normaliser(kind, NormaliseSettings())(text)
    assert found.values == ()
    assert found.refused is None
