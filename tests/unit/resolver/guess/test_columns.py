import pytest

from resolver.config import AttributeKind, IdentifierKind
from tests.unit.resolver.guess.tables import FAMILY, GIVEN, Made, column, guess


@pytest.fixture
def made() -> Made:
    return Made()


def test_emails_are_told_by_their_values(made: Made) -> None:
    found = column(guess({"col7": made.emails()}), "col7")
    assert (found.role, found.meaning, found.kind) == ("identifier", "email", IdentifierKind.EMAIL)
    assert found.certainty > 0.9


def test_phones_are_told_by_their_values(made: Made) -> None:
    found = column(guess({"x": made.numbers(100_000_000, 999_999_999, "+44 7{}")}), "x")
    assert (found.meaning, found.kind) == ("phone", IdentifierKind.PHONE)


@pytest.mark.parametrize(
    "layout", ["{year}-{month:02}-{day:02}", "{day:02}.{month:02}.{year}", "{year}{month:02}{day:02}"]
)
def test_dates_spread_like_births_are_birth_dates(made: Made, layout: str) -> None:
    assert column(guess({"x": made.dates(layout)}), "x").meaning == "birth_date"


def test_dates_of_recent_years_are_kept_but_not_compared(made: Made) -> None:
    found = column(guess({"x": made.dates(years=(2019, 2024))}), "x")
    assert (found.role, found.kind, found.compared) == ("attribute", AttributeKind.DATE, False)


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        (["SW1A 1AA", "TA4 2UU", "M1 1AE"], "postcode"),
        (["K1A 0B1", "V5K 0A1"], "postcode"),
        (["1012 AB", "3511 LX"], "postcode"),
    ],
)
def test_postcodes_with_letters_are_told_by_their_values(made: Made, values: list[str], meaning: str) -> None:
    assert column(guess({"x": made.any_of(values)}), "x").meaning == meaning


def test_names_of_people_are_told_by_their_values(made: Made) -> None:
    source = guess({"a": made.any_of(GIVEN), "b": made.any_of(FAMILY), "c": made.counted(), "d": made.full_names()})
    assert column(source, "a").meaning == "given_name"
    assert column(source, "b").meaning == "family_name"
    assert column(source, "d").meaning == "full_name"


def test_places_are_told_by_their_values(made: Made) -> None:
    found = column(guess({"x": made.any_of(["London", "Leeds", "York", "Little Snoring"])}), "x")
    assert (found.meaning, found.kind) == ("city", AttributeKind.PLACE)


def test_streets_are_told_by_their_values(made: Made) -> None:
    found = column(
        guess({"x": made.any_of(["12 Mill Lane", "Hauptstraße 7", "3 rue de la Paix", "The Old Barn"])}), "x"
    )
    assert (found.meaning, found.kind) == ("address", AttributeKind.ADDRESS)


@pytest.mark.parametrize("name", ["trade", "couleur", "col7"])
def test_few_different_words_are_a_compared_category(made: Made, name: str) -> None:
    found = column(guess({name: made.any_of(["red", "blue", "green"])}), name)
    assert (found.role, found.kind, found.compared) == ("attribute", AttributeKind.CATEGORY, True)


def test_an_unknown_category_is_called_after_its_column(made: Made) -> None:
    assert (
        column(guess({"Lieblings-Farbe": made.any_of(["rot", "blau"])}), "Lieblings-Farbe").meaning == "lieblings_farbe"
    )


def test_a_place_in_a_column_called_place_is_compared(made: Made) -> None:
    assert column(guess({"place": made.any_of(["Paris", "Lyon"])}), "place").kind is AttributeKind.PLACE


def test_genders_are_told_by_their_values(made: Made) -> None:
    assert column(guess({"x": made.any_of(["m", "f"])}), "x").meaning == "gender"


def test_states_are_told_by_their_values(made: Made) -> None:
    assert column(guess({"x": made.any_of(["nsw", "vic", "qld", "wa"])}), "x").meaning == "state"


@pytest.mark.parametrize(
    "values",
    [
        ["https://a.example/x", "https://b.example/y"],
        ["10.0.0.1", "192.168.1.7"],
        ['{"a": 1}', '{"b": 2}'],
        ["a long remark about a customer that nobody will ever read again, not even by mistake", "another " * 12],
    ],
)
def test_addresses_of_the_web_nested_data_and_long_texts_are_ignored(made: Made, values: list[str]) -> None:
    found = column(guess({"x": made.any_of(values)}), "x")
    assert (found.role, found.meaning) == ("ignore", "ignore")


def test_amounts_are_kept_but_not_compared(made: Made) -> None:
    found = column(guess({"x": made.numbers(0, 99, "{}.50")}), "x")
    assert (found.role, found.compared) == ("attribute", False)


def test_secrets_are_never_stored(made: Made) -> None:
    assert column(guess({"password_hash": made.numbers(10**9, 10**10)}), "password_hash").role == "ignore"


def test_an_empty_column_of_unknown_meaning_is_ignored_with_the_reason() -> None:
    found = column(guess({"a": [None, "", " ", "n/a"]}), "a")
    assert found.role == "ignore"
    assert "empty" in found.why


def test_an_empty_column_with_a_clear_name_keeps_its_meaning() -> None:
    assert column(guess({"email": [None, None, None]}), "email").meaning == "email"


def test_a_constant_column_is_not_compared() -> None:
    assert column(guess({"x": ["web"] * 50}), "x").role == "ignore"
    country = column(guess({"country": ["AU"] * 50}), "country")
    assert (country.meaning, country.compared) == ("country", False)


def test_values_overrule_a_name_that_they_contradict(made: Made) -> None:
    found = column(guess({"phone": made.emails()}), "phone")
    assert found.meaning == "email"
    assert "the name says phone" in found.why


def test_a_column_of_hashes_is_an_identifier_of_its_own(made: Made) -> None:
    found = column(
        guess({"email_sha1": made.numbers(10**9, 10**10, "a3f{:037x}".replace(":037x", ":0>37"))}), "email_sha1"
    )
    assert (found.meaning, found.kind) == ("email_hash", IdentifierKind.CODE)


def test_documents_of_the_state_are_exclusive_and_near_misses_count(made: Made) -> None:
    found = column(guess({"soc_sec_id": made.numbers(10**6, 10**7)}), "soc_sec_id")
    assert (found.meaning, found.kind, found.exclusive) == ("national_id", IdentifierKind.NATIONAL_ID, True)


def test_a_second_loyalty_card_does_not_speak_against(made: Made) -> None:
    found = column(
        guess({"id": made.counted(), "loyalty_no": made.sometimes(made.numbers(10**8, 10**9))}), "loyalty_no"
    )
    assert (found.meaning, found.exclusive) == ("loyalty", False)


def test_all_phones_are_one_identifier_and_so_are_all_mails(made: Made) -> None:
    phones = made.numbers(200_000_0000, 989_999_9999)
    source = guess(
        {"home_phone": phones, "work_phone": phones, "mobile": phones, "email1": made.emails(), "email2": made.emails()}
    )
    assert [each.meaning for each in source.columns] == ["phone", "phone", "phone", "email", "email"]


def test_a_list_column_gives_several_values_of_one_type() -> None:
    found = column(guess({"id": ["a", "b"], "emails": [["a@x.com", "b@x.com"], ["c@x.com"]]}), "emails")
    assert (found.meaning, found.kind) == ("email", IdentifierKind.EMAIL)


def test_the_phone_of_an_emergency_contact_is_no_identifier(made: Made) -> None:
    found = column(guess({"emergency_phone": made.numbers(2_000_000_000, 9_899_999_999)}), "emergency_phone")
    assert (found.role, found.compared) == ("attribute", False)


def test_the_mothers_name_is_compared(made: Made) -> None:
    found = column(guess({"mother_first_name": made.any_of(GIVEN)}), "mother_first_name")
    assert (found.meaning, found.kind, found.compared) == ("mother_given_name", AttributeKind.GIVEN_NAME, True)


def test_job_titles_in_a_column_called_title_are_an_occupation(made: Made) -> None:
    jobs = [
        f"{level} {job}"
        for level in ("junior", "senior", "head")
        for job in ["clerk", "baker", "smith", "cook", "guard", "pilot", "judge"]
    ]
    assert column(guess({"title": made.any_of(jobs)}), "title").meaning == "occupation"
    assert column(guess({"title": made.any_of(["Mr", "Mrs"])}), "title").meaning == "title"


def test_birth_dates_may_be_the_day_numbers_of_a_spreadsheet(made: Made) -> None:
    found = column(guess({"Date of Birth": made.numbers(15_000, 38_000)}), "Date of Birth")
    assert (found.meaning, found.kind) == ("birth_date", AttributeKind.DATE)


def test_an_apostrophe_before_digits_is_no_part_of_a_value(made: Made) -> None:
    assert column(guess({"Zip": made.numbers(10_000, 10_400, "'{}")}), "Zip").meaning == "postcode"


def test_a_code_with_a_few_values_is_nobodys_own(made: Made) -> None:
    found = column(guess({"AccountSource": made.any_of(["Web", "Phone Inquiry", "Partner Referral"])}), "AccountSource")
    assert found.role == "attribute"


def test_every_guess_says_why_and_how_sure_it_is(made: Made) -> None:
    source = guess({"id": made.counted(), "mail": made.emails(), "x": made.any_of("abc"), "y": [None] * made.rows})
    assert all(each.why and 0 < each.certainty <= 1 for each in source.columns)


def test_digits_stay_with_their_word_in_a_field_name(made: Made) -> None:
    assert column(guess({"col7": made.any_of(["rot", "blau"])}), "col7").meaning == "col7"


def test_who_served_a_customer_says_nothing_of_the_customer(made: Made) -> None:
    source = guess({"id": made.counted(), "email": made.emails(), "assignee": made.full_names()})
    found = column(source, "assignee")
    assert (found.kind, found.compared) == (AttributeKind.TEXT, False)


def test_a_header_that_only_says_whose_is_judged_by_its_values(made: Made) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), "agent": made.emails()})
    assert (column(source, "agent").meaning, column(source, "agent").compared) == ("agent_email", False)


def test_names_with_legal_forms_are_those_of_firms(made: Made) -> None:
    firms = made.any_of(["Oakfield Plumbing Ltd", "Willow Catering Limited", "Becker GmbH", "Mary Smith"])
    assert column(guess({"id": made.counted(), "Account Name": firms}), "Account Name").meaning == "company"
