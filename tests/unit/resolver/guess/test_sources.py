import pyarrow as pa
import pytest

from resolver.config import AttributeKind, IdentifierKind
from resolver.guess import guess_source
from tests.unit.resolver.guess.tables import FAMILY, GIVEN, Made, column, guess, meanings, read_csv


@pytest.fixture
def made() -> Made:
    return Made()


def test_fake_1000_is_understood_and_its_truth_left_alone() -> None:
    source = guess_source("fake_1000", read_csv("fake_1000.csv"))
    assert meanings(source) == {
        "unique_id": "(id)",
        "first_name": "given_name",
        "surname": "family_name",
        "dob": "birth_date",
        "city": "city",
        "email": "email",
        "cluster": "ignore",
    }
    assert source.region == "GB"
    assert any(warning.startswith("cluster") for warning in source.warnings)


def test_febrl_is_understood() -> None:
    source = guess_source("febrl", read_csv("febrl_dataset3.csv"))
    assert meanings(source) == {
        "rec_id": "(id)",
        "given_name": "given_name",
        "surname": "family_name",
        "street_number": "house_number",
        "address_1": "address",
        "address_2": "address_2",
        "suburb": "city",
        "postcode": "postcode",
        "state": "state",
        "date_of_birth": "birth_date",
        "soc_sec_id": "national_id",
    }
    assert source.region == "AU"


def test_febrl_is_understood_from_its_values_alone() -> None:
    table = read_csv("febrl_dataset3.csv")
    source = guess_source("febrl", table.rename_columns([str(number) for number in range(table.num_columns)]))
    found = meanings(source)
    assert found["0"] == "(id)"
    assert [found[number] for number in "12349"] == [
        "given_name",
        "family_name",
        "house_number",
        "address",
        "birth_date",
    ]
    assert found["7"] == "postcode"
    assert column(source, "10").kind is IdentifierKind.NATIONAL_ID
    assert all(each.role in ("attribute", "identifier") for each in source.columns[1:])


def test_fake_1000_without_names_does_not_use_its_truth() -> None:
    table = read_csv("fake_1000.csv")
    source = guess_source("fake", table.rename_columns([f"col{number}" for number in range(table.num_columns)]))
    assert meanings(source)["col6"] == "ignore"
    assert meanings(source)["col5"] == "email"


def test_german_customers_are_understood(made: Made) -> None:
    source = guess(
        {
            "Kundennummer": made.counted("K{}"),
            "Anrede": made.any_of(["Herr", "Frau"]),
            "Vorname": made.any_of(GIVEN),
            "Name": made.any_of(FAMILY),
            "Strasse": made.any_of(["Hauptstraße", "Bahnhofstr.", "Lindenweg"]),
            "Hausnummer": made.numbers(1, 99),
            "PLZ": made.numbers(10_000, 99_999),
            "Ort": made.any_of(["Berlin", "Hamburg", "Kleinkleckersdorf"]),
            "Telefon": made.numbers(1_000_000, 9_999_999, "030 {}"),
            "E-Mail": made.emails("web.de"),
            "Geburtsdatum": made.dates("{day:02}.{month:02}.{year}"),
            "geändert am": made.dates("{day:02}.{month:02}.{year} 10:11", (2020, 2024)),
        }
    )
    assert list(meanings(source).values()) == [
        "(id)", "title", "given_name", "family_name", "address", "house_number", "postcode", "city", "phone", "email",
        "birth_date", "(time)",
    ]  # fmt: skip
    assert (source.region, source.date_order, source.role) == ("DE", "dmy", "customer")


def test_french_customers_are_understood(made: Made) -> None:
    source = guess(
        {
            "id": made.counted(),
            "nom": made.any_of(FAMILY),
            "prénom": made.any_of(GIVEN),
            "date_naissance": made.dates("{day:02}/{month:02}/{year}"),
            "ville": made.any_of(["Paris", "Lyon", "Foix"]),
            "code_postal": made.numbers(10_000, 95_999),
            "téléphone": made.numbers(10_000_000, 99_999_999, "06{}"),
            "courriel": made.emails("orange.fr"),
            "métier": made.any_of(["boulanger", "médecin"]),
            "carte_fidélité": made.sometimes(made.numbers(10**9, 10**10)),
        }
    )
    assert list(meanings(source).values()) == [
        "(id)", "family_name", "given_name", "birth_date", "city", "postcode", "phone", "email", "occupation",
        "loyalty",
    ]  # fmt: skip
    assert (source.region, source.date_order) == ("FR", "dmy")


def test_a_full_name_beside_its_parts_is_kept_but_not_compared(made: Made) -> None:
    source = guess(
        {
            "full_name": made.full_names(),
            "first_and_surname": made.full_names(),
            "first_name": made.any_of(GIVEN),
            "surname": made.any_of(FAMILY),
        }
    )
    assert [each.compared for each in source.columns] == [False, False, True, True]
    assert column(source, "first_and_surname").kind is AttributeKind.FULL_NAME


def test_a_full_name_alone_is_compared(made: Made) -> None:
    assert column(guess({"contact_name": made.full_names()}), "contact_name").compared


def test_the_best_name_among_unique_columns_is_the_record_id(made: Made) -> None:
    source = guess({"email": made.emails(), "account_no": made.counted("A{}"), "unique_id": made.counted()})
    assert source.id == "unique_id"
    assert column(source, "account_no").role == "identifier"


def test_a_column_with_a_repeated_id_is_not_the_record_id(made: Made) -> None:
    source = guess({"id": made.counted(per=3), "first_name": made.any_of(GIVEN), "key": made.counted("k{}")})
    assert source.id == "key"
    assert column(source, "id").role == "ignore"
    assert any(warning.startswith("id:") for warning in source.warnings)


def test_a_few_repeated_ids_are_forgiven_with_a_warning(made: Made) -> None:
    ids = made.counted()
    source = guess({"id": [*ids[:-1], ids[0]], "email": made.emails()})
    assert source.id == "id"
    assert any("repeat an id" in warning for warning in source.warnings)


def test_a_source_without_any_id_has_none(made: Made) -> None:
    assert guess({"first_name": made.any_of(GIVEN), "email": made.emails()}).id is None


def test_a_card_number_is_the_record_id_of_its_source_and_an_identifier(made: Made) -> None:
    found = column(guess({"card_no": made.counted("98{}77"), "email": made.emails()}, "loyalty"), "card_no")
    assert (found.role, found.meaning, found.kind) == ("id", "loyalty", IdentifierKind.CODE)


@pytest.mark.parametrize("name", ["cluster", "person_id", "entityId", "true_match_id", "group", "duplicate_of"])
def test_a_truth_column_is_never_used(made: Made, name: str) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), name: made.counted(per=3)})
    assert (column(source, name).role, column(source, name).meaning) == ("ignore", "ignore")
    assert any(warning.startswith(name) for warning in source.warnings)


def test_a_column_that_record_ids_begin_with_is_an_answer(made: Made) -> None:
    ids = [f"Q{row // 3}-{row % 3}" for row in range(made.rows)]
    source = guess({"unique_id": ids, "wiki": [each.partition("-")[0] for each in ids], "name": made.full_names()})
    assert column(source, "wiki").role == "ignore"


def test_numbers_of_unknown_name_that_count_groups_are_an_answer(made: Made) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), "x": made.counted(per=3)})
    assert column(source, "x").role == "ignore"


def test_a_person_id_that_differs_on_every_row_may_be_the_record_id(made: Made) -> None:
    source = guess({"person_id": made.counted(), "name": made.full_names()})
    assert source.id == "person_id"


def test_a_repeated_customer_id_among_persons_with_ids_is_doubted(made: Made) -> None:
    source = guess({"row_id": made.counted(), "customer_id": made.counted("{}", per=2), "name": made.full_names()})
    assert column(source, "customer_id").foreign
    assert any(warning.startswith("customer_id") for warning in source.warnings)


def test_a_repeated_customer_id_of_orders_is_an_identifier(made: Made) -> None:
    source = guess(
        {"order_id": made.counted(), "customer_id": made.numbers(1, 90), "amount": made.numbers(1, 9, "{}.95")}
    )
    found = column(source, "customer_id")
    assert (found.role, found.foreign) == ("identifier", False)


def test_the_time_of_the_last_change_is_found_and_a_birth_date_is_not_it(made: Made) -> None:
    source = guess({"id": made.counted(), "dob": made.dates(), "last_modified": made.dates(years=(2020, 2024))})
    assert source.time == "last_modified"
    assert guess({"id": made.counted(), "dob": made.dates()}).time is None


@pytest.mark.parametrize("name", ["observed_at", "ObservedAt", "whograph_observed_at"])
def test_the_day_on_which_a_person_was_observed_is_the_time_of_the_row(made: Made, name: str) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), name: made.dates(years=(2020, 2024))})
    assert source.time == name


def test_when_a_person_was_registered_does_not_say_when_the_row_changed(made: Made) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), "created_at": made.dates(years=(2020, 2024))})
    assert source.time is None
    assert not column(source, "created_at").compared


def test_visits_with_devices_and_cookies_are_touches(made: Made) -> None:
    source = guess(
        {
            "cookie_id": made.numbers(10**8, 10**9, "GA1.2.{}.1700000000"),
            "device": made.numbers(1, 90, "d{:05}"),
            "email": made.sometimes(made.emails()),
            "login_time": made.dates("{year}-{month:02}-{day:02}T01:02:03Z", (2024, 2024)),
        },
        "web",
    )
    assert source.role == "touch"
    assert meanings(source) == {"cookie_id": "cookie", "device": "device", "email": "email", "login_time": "(time)"}


def test_what_web_analytics_calls_a_client_is_a_cookie(made: Made) -> None:
    visits = {"client_id": made.numbers(10**8, 10**9 - 1, "{}.1700000000"), "at": made.dates(years=(2024, 2024))}
    assert meanings(guess(visits, "web"))["client_id"] == "cookie"


def test_whoever_gets_a_delivery_is_not_the_customer_where_another_pays(made: Made) -> None:
    order = {"Billing Name": made.full_names(), "Billing Phone": made.numbers(10**9, 10**10 - 1, "+1{}")}
    gift = {"Shipping Name": made.full_names(), "Shipping Phone": made.numbers(10**9, 10**10 - 1, "+1{}")}
    source = guess(order | gift, "orders")
    assert (column(source, "Billing Name").compared, column(source, "Shipping Name").compared) == (True, False)
    assert (column(source, "Billing Phone").meaning, column(source, "Shipping Phone").role) == ("phone", "attribute")
    assert meanings(guess(gift, "parcels")) == {"Shipping Name": "full_name", "Shipping Phone": "phone"}


def test_a_number_beside_a_street_without_one_is_the_house_number(made: Made) -> None:
    streets = made.any_of(["Rua das Flores", "Rua da Paz", "Avenida Brasil", "Rua Bahia"])
    source = guess({"código": made.counted(), "logradouro": streets, "número": made.numbers(1, 200)})
    assert meanings(source) == {"código": "(id)", "logradouro": "address", "número": "house_number"}
    assert source.warnings == ()


def test_the_record_number_of_a_hospital_is_the_record_id_and_no_document_of_the_state(made: Made) -> None:
    assert guess({"MRN": made.counted("4{:05}"), "name": made.full_names()}).id == "MRN"


def test_both_spanish_surnames_are_family_names(made: Made) -> None:
    surnames = made.any_of(["García", "Pérez", "López", "Ruiz"])
    source = guess({"Nombre": made.any_of(["Eva", "Luis"]), "Primer apellido": surnames, "Segundo apellido": surnames})
    assert [each.meaning for each in source.columns] == ["given_name", "family_name", "family_name"]


def test_leads_are_prospects(made: Made) -> None:
    assert guess({"id": made.counted(), "name": made.full_names()}, "newsletter_leads").role == "prospect"


def test_a_birth_year_alone_is_a_partial_birth_date(made: Made) -> None:
    found = column(guess({"name": made.full_names(), "birth_year": made.numbers(1930, 2000)}), "birth_year")
    assert (found.meaning, found.kind) == ("birth_date", AttributeKind.DATE)


def test_a_birth_year_beside_the_date_is_not_compared_again(made: Made) -> None:
    source = guess({"dob": made.dates(), "yob": made.numbers(1930, 2000), "age": made.numbers(18, 90)})
    assert [each.compared for each in source.columns] == [True, False, False]


def test_births_in_three_columns_are_three_fields(made: Made) -> None:
    source = guess(
        {
            "fname_c1": made.any_of(GIVEN),
            "by": made.numbers(1930, 2000),
            "bm": made.numbers(1, 12),
            "bd": made.numbers(1, 28),
        }
    )
    assert meanings(source) == {"fname_c1": "given_name", "by": "birth_year", "bm": "birth_month", "bd": "birth_day"}
    assert all(each.compared for each in source.columns)


def test_a_suburb_is_the_city_only_where_no_city_is_given(made: Made) -> None:
    suburbs = made.any_of(["Toorak", "Bondi"])
    assert meanings(guess({"suburb": suburbs}))["suburb"] == "city"
    assert meanings(guess({"suburb": suburbs, "city": made.any_of(["Sydney", "Melbourne"])}))["suburb"] == "suburb"


def test_two_documents_in_one_row_are_two_fields(made: Made) -> None:
    source = guess({"ssn": made.numbers(10**8, 10**9), "nino": made.numbers(100_000, 999_999, "AB{}C")})
    assert meanings(source) == {"ssn": "national_id", "nino": "nino"}


def test_month_first_dates_are_seen_as_such(made: Made) -> None:
    assert guess({"dob": made.dates("{month:02}/{day:02}/{year}")}).date_order == "mdy"
    assert guess({"dob": made.dates()}).date_order is None


@pytest.mark.parametrize(
    ("columns", "region"),
    [
        ({"phone": ["+44 20 7946 0958", "+44 161 496 0123"]}, "GB"),
        ({"phone": ["06 12 34 56 78", "01 42 68 53 00", "04 91 55 12 34"], "ville": ["Foix", "Paris", "Nice"]}, "FR"),
        ({"postcode": ["SW1A 1AA", "TA4 2UU"]}, "GB"),
        ({"state": ["nsw", "vic"], "suburb": ["dapto", "toorak"]}, "AU"),
        ({"city": ["Berlin", "Köln"]}, "DE"),
        ({"name": ["Ana", "Bo"]}, None),
    ],
)
def test_the_region_is_told_by_numbers_postcodes_states_and_places(
    columns: dict[str, list[object]], region: str | None
) -> None:
    assert guess(columns).region == region


def test_one_row_is_enough_for_names_and_shapes() -> None:
    source = guess({"id": ["1"], "name": ["Ana Silva"], "mail": ["a@x.com"], "tel": ["+351 912 345 678"]})
    assert list(meanings(source).values()) == ["(id)", "full_name", "email", "phone"]
    assert source.region == "PT"


def test_a_sample_without_rows_is_guessed_from_names_with_a_warning() -> None:
    source = guess({"id": [], "Vorname": [], "x": []})
    assert list(meanings(source).values()) == ["(id)", "given_name", "ignore"]
    assert any("no rows" in warning for warning in source.warnings)


def test_a_table_without_columns_has_nothing_to_match_and_says_so() -> None:
    source = guess_source("nothing", pa.table({}))
    assert source.columns == ()
    assert any("nothing can be matched" in warning for warning in source.warnings)


def test_of_two_hundred_unknown_columns_only_the_most_telling_are_compared() -> None:
    made = Made(rows=40)
    source = guess({f"q{number}": made.any_of("abcd") for number in range(200)})
    assert 1 <= sum(each.compared for each in source.columns) <= 20


def test_guesses_do_not_depend_on_the_order_of_rows() -> None:
    table = read_csv("fake_1000.csv")
    backwards = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
    assert meanings(guess_source("fake", table)) == meanings(guess_source("fake", backwards))


def test_codes_of_unknown_name_on_every_row_that_few_rows_share_are_an_answer(made: Made) -> None:
    source = guess({"id": made.counted(), "name": made.full_names(), "x": made.counted("Q{:0>6}", per=3)})
    assert column(source, "x").role == "ignore"
    assert any(warning.startswith("x:") for warning in source.warnings)


def test_a_number_of_the_row_gives_way_to_a_better_id(made: Made) -> None:
    source = guess({"Index": made.counted(), "Customer Id": made.counted("c{}7"), "Email": made.emails()})
    assert source.id == "Customer Id"
    assert column(source, "Index").role == "ignore"


def test_phones_written_in_two_ways_are_phones(made: Made) -> None:
    plain, grouped = made.numbers(2_000_000_000, 9_899_999_999), made.numbers(200_0000, 989_9999, "(336) {}")
    source = guess({"x": [a if row % 3 else b for row, (a, b) in enumerate(zip(plain, grouped, strict=True))]})
    assert column(source, "x").meaning == "phone"


def test_a_column_called_telephone_without_any_value_says_nothing_of_the_region() -> None:
    empty = pa.table({"id": ["1", "2"], "phone": pa.array([None, None], pa.string())})
    assert guess_source("crm", empty).region is None
