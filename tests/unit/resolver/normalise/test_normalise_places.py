from __future__ import annotations

import pytest

from resolver.config import AttributeKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser
from resolver.normalise.places import _ADDRESS_WORDS
from resolver.normalise.regions import region_names

place = normaliser(AttributeKind.PLACE, NormaliseSettings())
address = normaliser(AttributeKind.ADDRESS, NormaliseSettings())
house_number = normaliser(AttributeKind.HOUSE_NUMBER, NormaliseSettings())


def postcode(raw: str, region: str = "US") -> Normalised:
    return normaliser(AttributeKind.POSTCODE, NormaliseSettings(region=region))(raw)


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("sw1a1aa", "GB", "SW1A 1AA"), ("SW1A 1AA", "US", "SW1A 1AA"), ("m1 1ae", "GB", "M1 1AE"),
        ("12345-6789", "US", "12345"), ("123456789", "US", "12345"), ("2134", "US", "02134"), ("2134.0", "US", "02134"),
        ("1067", "DE", "01067"), ("D-01067", "DE", "01067"), ("1000", "FR", "01000"), ("800", "AU", "0800"),
        ("8001", "CH", "8001"), ("K1A 0B1", "CA", "K1A0B1"), ("1234 ab", "NL", "1234AB"), ("12-345", "PL", "12345"),
        ("01310-100", "BR", "01310100"), ("S-123 45", "SE", "12345"),
    ],
)  # fmt: skip
def test_postcodes_have_one_form(raw: str, region: str, expected: str) -> None:
    assert postcode(raw, region).values == (expected,)


@pytest.mark.parametrize("raw", ["00000", "99999", "0000", "00000-0000"])
def test_placeholder_postcodes_are_junk(raw: str) -> None:
    assert postcode(raw) == Normalised((), "junk value")


def test_a_sentence_is_no_postcode() -> None:
    assert postcode("ask the neighbours please").refused == "too long for a postcode"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 High Street", "12 high st."), ("5 Park Avenue", "5 Park Ave"), ("1 Oak Rd", "1 oak road"),
        ("Hauptstraße 5", "Hauptstr. 5"), ("Haupt-Strasse 5", "Hauptstrasse 5"), ("P.O. Box 12", "PO Box 12"),
        ("Postfach 12", "post office box 12"), ("5 bd de la République", "5 Boulevard de la Republique"),
        ("C/ Mayor, 5", "Calle Mayor nº 5"), ("Avda. del Sol 3", "Avenida del Sol 3"), 
        ("Saint James Street", "St James St"), ("North 5th Ave", "N. 5th Avenue"), ("12 Smith St, Apartment 4",
        "12 smith street apt 4"),
        ("Straße des 17. Juni 5", "Str. des 17. Juni 5"),
    ],
)  # fmt: skip
def test_street_words_are_one_in_their_long_and_short_forms(one: str, other: str) -> None:
    assert address(one).values == address(other).values != ()


def test_no_short_form_is_itself_shortened() -> None:
    assert not set(_ADDRESS_WORDS) & set(_ADDRESS_WORDS.values())


def test_a_direction_before_a_number_is_kept() -> None:
    assert address("123 N 5th Ave").values == ("123 n 5th ave",)


def test_places_fold_accents_and_saints() -> None:
    assert place("São Paulo").values == ("sao paulo",)
    assert place("Saint-Étienne").values == place("St Etienne").values
    assert place("L'Aquila").values == ("laquila",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("12 a", "12A"), ("012", "12"), ("twelve", "12"), ("Twenty-One", "21"), ("No. 5", "5"), ("12 - 14", "12-14"),
     ("12–14", "12-14"), ("12.0", "12"), ("3/17", "3/17"), ("#7", "7"), ("10", "10")],
)  # fmt: skip
def test_house_numbers_have_one_form(raw: str, expected: str) -> None:
    assert house_number(raw).values == (expected,)


@pytest.mark.parametrize(
    ("one", "other", "region"),
    [
        ("CA", "California", "US"), ("N.Y.", "New York", "US"), ("D.C.", "District of Columbia", "US"),
        ("QC", "Québec", "CA"), ("NSW", "New South Wales", "AU"), ("WA", "Western Australia", "AU"),
        ("USA", "United States of America", "US"), ("U.S.", "United States", "GB"), ("UK", "Great Britain", "GB"),
        ("DE", "Deutschland", "DE"), ("FRA", "Frankreich", "DE"), ("Estados Unidos", "us", "ES"),
        ("The Netherlands", "Holland", "GB"), ("Türkiye", "Turkey", "TR"),
    ],
)  # fmt: skip
def test_states_and_countries_are_known_by_all_their_names(one: str, other: str, region: str) -> None:
    its = normaliser(AttributeKind.PLACE, NormaliseSettings(region=region))
    assert its(one) == its(other)
    assert its(one).values


def test_an_abbreviation_is_a_state_where_people_live_in_states() -> None:
    assert place("DE").values == ("delaware",)
    assert normaliser(AttributeKind.PLACE, NormaliseSettings(region="DE"))("DE").values == ("germany",)


@pytest.mark.parametrize("region", ["US", "CA", "AU", "DE"])
def test_the_name_that_stands_for_a_state_or_country_stands_for_itself(region: str) -> None:
    its = normaliser(AttributeKind.PLACE, NormaliseSettings(region=region))
    for name in region_names(region).values():
        assert its(name).values == (name,)
    for other in region_names(region):
        assert len(its(other).values) == 1
