from __future__ import annotations

import pytest

from resolver.config import AttributeKind
from resolver.normalise import NormaliseSettings, canonical_given_names, normaliser, split_full_name
from resolver.normalise.nicknames import _CANONICAL
from resolver.normalise.values import JUNK

given_name = normaliser(AttributeKind.GIVEN_NAME, NormaliseSettings())
family_name = normaliser(AttributeKind.FAMILY_NAME, NormaliseSettings())
full_name = normaliser(AttributeKind.FULL_NAME, NormaliseSettings())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("José", "jose"), ("JOSE\u0301", "jose"), ("Łukasz", "lukasz"), ("Søren", "soren"), ("Weiß", "weiss"),
        ("Müller", "muller"), ("O'Brien", "obrien"), ("O’Brien", "obrien"), ("O´Brien", "obrien"),
        ("Jean-Luc", "jean luc"), ("J.R.", "j r"), ("  Ana   María ", "ana maria"), ("Ægir", "aegir"), ("İpek",
        "ipek"), ("ﬁona", "fiona"),
    ],
)  # fmt: skip
def test_case_accents_apostrophes_and_hyphens_are_folded(raw: str, expected: str) -> None:
    assert given_name(raw).values == (expected,)


@pytest.mark.parametrize("name", ["山田", "हिन्दी", "שרה", "محمد", "дмитрий", "ελένη"])
def test_other_scripts_stay_as_they_are(name: str) -> None:
    assert given_name(name).values == (name,)


@pytest.mark.parametrize(
    "raw", ["Dr. Ana", "Mrs Ana", "Prof. Dr. Ana", "Herr Ana", "Mme. Ana", "Sra. Ana", "Dipl.-Ing. Ana", "Dr. med. Ana"]
)
def test_titles_at_the_front_are_dropped(raw: str) -> None:
    assert given_name(raw).values == ("ana",)


def test_a_title_alone_is_taken_for_a_name() -> None:
    assert family_name("Lord").values == ("lord",)


@pytest.mark.parametrize("raw", ["Null", "None", "Nil", "Na", "Nan", "Blank"])
def test_surnames_that_look_like_blanks_are_kept(raw: str) -> None:
    assert family_name(raw).values == (raw.lower(),)


@pytest.mark.parametrize("raw", ["12345", "١٢٣", "12 34"])
def test_digits_alone_are_no_name(raw: str) -> None:
    assert given_name(raw).refused == "only digits, not a name"


def test_a_generation_suffix_is_dropped_from_a_family_name() -> None:
    assert family_name("Smith Jr.").values == family_name("Smith, III").values == ("smith",)


@pytest.mark.parametrize(
    "raw", ["Smith, John", "SMITH, Mr. John", "John Smith", "Mr John Smith", "Dr. Smith, John", "Smith，John"]
)
def test_surname_first_with_a_comma_is_turned_round(raw: str) -> None:
    assert full_name(raw).values == ("john smith",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("John Smith, Jr.", "john smith jr"),
        ("Smith, John, Jr.", "john smith jr"),
        ("John Smith, PhD, MBA", "john smith phd mba"),
        ("Thomas Clifford, 1st Baron Clifford of Chudleigh", "thomas clifford 1st baron clifford of chudleigh"),
        ("van der Berg, Jan", "jan van der berg"),
    ],
)
def test_a_comma_before_a_suffix_turns_nothing(raw: str, expected: str) -> None:
    assert full_name(raw).values == (expected,)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("john smith", (("john",), ("smith",))),
        ("john paul smith", (("john", "paul"), ("smith",))),
        ("mr john smith jr", (("john",), ("smith",))),
        ("sir thomas smith 3rd baronet", (("thomas",), ("smith",))),
        ("thomas clifford 1st baron clifford of chudleigh", (("thomas",), ("clifford",))),
        ("jan van der berg", (("jan",), ("van", "der", "berg"))),
        ("maria de la cruz", (("maria",), ("de", "la", "cruz"))),
        ("jose ortega y gasset", (("jose",), ("ortega", "y", "gasset"))),
        ("al gore", (("al",), ("gore",))),
        ("madonna", (("madonna",), ())),
        ("", ((), ())),
    ],
)
def test_a_full_name_is_split_into_given_and_family_names(
    name: str, expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert split_full_name(name) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("bob", "robert"), ("rob", "bob"), ("peggy", "margaret"), ("bill", "william"), ("liz", "beth"), ("pepe", "jose"),
     ("paco", "francisco"), ("sepp", "josef"), ("uschi", "ursula"), ("kate", "catherine"), ("jack", "john")],
)  # fmt: skip
def test_nicknames_share_a_canonical_name(one: str, other: str) -> None:
    assert canonical_given_names(one) & canonical_given_names(other)


def test_names_without_a_common_name_stay_apart() -> None:
    assert not canonical_given_names("bob") & canonical_given_names("william")
    assert canonical_given_names("zebulon") == {"zebulon"}


def test_every_form_in_the_nickname_table_is_a_normalised_name() -> None:
    assert len({name for names in _CANONICAL.values() for name in names}) >= 150
    for form in _CANONICAL:
        assert given_name(form).values == (form,)


@pytest.mark.parametrize(
    ("written", "given", "family"),
    [
        ("García Márquez, Gabriel", "gabriel", "garcia marquez"),
        ("Müller, Hans-Peter Dr.", "hans peter", "muller"),
        ("Prof. Dr. Müller, Hans", "hans", "muller"),
        ("Smith, John, Dr. med.", "john", "smith"),
        ("van der Berg, Jan", "jan", "van der berg"),
        ("Smith Jr., John", "john", "smith"),
        ("John Smith, Jr.", "john", "smith"),
        ("Smith, Mary Ann", "mary ann", "smith"),
        ("Smith,", "smith", ""),
        (", John", "john", ""),
        ("SMITH JOHN MR", "smith", "john"),
        ("Hans Müller Dr.", "hans", "muller"),
    ],
)
def test_a_comma_says_where_the_family_name_ends(written: str, given: str, family: str) -> None:
    (normalised,) = full_name(written).values
    assert split_full_name(normalised, written) == (tuple(given.split()), tuple(family.split()))


def test_a_title_behind_the_given_name_is_dropped() -> None:
    assert full_name("Müller, Hans-Peter Dr.").values == ("hans peter muller",)
    assert full_name("Frank, Heike Dipl.-Ing.").values == ("heike frank",)


@pytest.mark.parametrize("raw", ["test", "TEST", "Test Test", "test user", "Max Mustermann", "First Name", "aaa"])
def test_a_name_that_was_typed_to_get_past_a_form_is_junk(raw: str) -> None:
    assert full_name(raw) == JUNK
    assert given_name(raw) == JUNK


@pytest.mark.parametrize(
    "kind", [AttributeKind.FULL_NAME, AttributeKind.PLACE, AttributeKind.ADDRESS, AttributeKind.TEXT]
)
@pytest.mark.parametrize("raw", ["xxx", "XX", "asdf", "qwerty", "Test Test"])
def test_letters_that_mean_nothing_are_junk(raw: str, kind: AttributeKind) -> None:
    assert normaliser(kind, NormaliseSettings())(raw) == JUNK
