import pytest

from resolver.guess.data import word_list
from resolver.guess.headers import field_name, read_header, vocabulary, words_of
from resolver.guess.meanings import MEANINGS


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("dob", "birth_date"),
        ("DateOfBirth", "birth_date"),
        ("date_of_birth", "birth_date"),
        ("soc_sec_id", "national_id"),
        ("ssn", "national_id"),
        ("phone_home", "phone"),
        ("mobile2", "phone"),
        ("given_name", "given_name"),
        ("fname", "given_name"),
        ("firstname", "given_name"),
        ("LAST_NAME", "family_name"),
        ("surname", "family_name"),
        ("full_name", "full_name"),
        ("first_and_surname", "full_name"),
        ("street_number", "house_number"),
        ("address_1", "address"),
        ("address_2", "address_2"),
        ("suburb", "suburb"),
        ("postcode", "postcode"),
        ("zip5", "postcode"),
        ("res_city_desc", "city"),
        ("birth_place", "birth_place"),
        ("birth_year", "birth_year"),
        ("gender_code", "gender"),
        ("emailaddress", "email"),
        ("race_desc", "ethnicity"),
        ("AHV-Nr.", "national_id"),
        ("updated_at", "time"),
        ("last_modified", "time"),
    ],
)
def test_a_known_name_is_found_however_it_is_written(header: str, meaning: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == meaning
    assert found.strength >= 0.7


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("cust_email_1", "email"),
        ("c_fname_txt", "given_name"),
        ("postcode_fake", "postcode"),
        ("billingCity", "city"),
        ("shipping_postcode", "postcode"),
        ("tbl_customer.LastName", "family_name"),
        ("full_phone_num", "phone"),
        ("custemail", "email"),
        ("xxfirstname", "given_name"),
    ],
)
def test_words_around_a_known_name_do_no_harm(header: str, meaning: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == meaning


@pytest.mark.parametrize(
    ("header", "meaning", "language"),
    [
        ("prénom", "given_name", "fr"),
        ("date_naissance", "birth_date", "fr"),
        ("ville", "city", "fr"),
        ("code_postal", "postcode", "fr"),
        ("courriel", "email", "fr"),
        ("nomFamille", "family_name", "fr"),
        ("Vorname", "given_name", "de"),
        ("Geburtsdatum", "birth_date", "de"),
        ("Straße", "address", "de"),
        ("Strasse", "address", "de"),
        ("PLZ", "postcode", "de"),
        ("Kundennummer", "customer_id", "de"),
        ("geaendert am", "time", "de"),
        ("apellidos", "family_name", "es"),
        ("fecha_nacimiento", "birth_date", "es"),
        ("cognome", "family_name", "it"),
        ("data_di_nascita", "birth_date", "it"),
        ("achternaam", "family_name", "nl"),
        ("geboortedatum", "birth_date", "nl"),
    ],
)
def test_headers_in_other_languages_are_read_and_tell_the_language(header: str, meaning: str, language: str) -> None:
    found = read_header(header)
    assert found is not None
    assert (found.meaning, found.language) == (meaning, language)


@pytest.mark.parametrize(
    "header",
    ["cluster", "cluster_id", "label", "truth", "entity_id", "person_id", "true_id", "match_id", "group",
     "duplicate_of", "is_match", "PersonID", "ground_truth"],
)  # fmt: skip
def test_names_of_answers_are_known_as_labels(header: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == "label"


@pytest.mark.parametrize("header", ["email_verified", "phone_type", "newsletter_opt_in", "has_email"])
def test_something_about_a_known_field_is_not_that_field(header: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == "flag"


def test_a_field_of_another_person_says_whose() -> None:
    found = read_header("emergency_contact_phone")
    assert found is not None
    assert (found.meaning, found.relation) == ("phone", "emergency")


def test_the_user_agent_is_not_the_agent_of_somebody() -> None:
    found = read_header("user_agent")
    assert found is not None
    assert found.relation is None


def test_the_longest_known_phrase_wins() -> None:
    found = read_header("place_of_birth")
    assert found is not None
    assert found.meaning == "birth_place"


@pytest.mark.parametrize("header", ["col7", "x", "", "17", "couleur", "🙂"])
def test_a_name_that_says_nothing_is_not_guessed(header: str) -> None:
    assert read_header(header) is None


def test_headers_are_cut_at_case_digits_and_punctuation() -> None:
    assert words_of("custEMailAddr_1.x") == ["cust", "e", "mail", "addr", "1", "x"]


def test_a_field_name_is_never_the_word_for_ignored_columns_and_never_empty() -> None:
    assert field_name("Favourite Colour", "column") == "favourite_colour"
    assert field_name("Ignore", "column") == "ignore_column"
    assert field_name("🙂", "column") == "column"


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("person.name.first", "given_name"),
        ("Home address: City", "city"),
        ("Home Address - Street", "address"),
        ("contact[email]", "email"),
        ("DOB (dd/mm/yyyy)", "birth_date"),
        ("Email (Primary)", "email"),
        ("Full Name*", "full_name"),
        ("What is your email?", "email"),
    ],
)
def test_paths_remarks_and_questions_are_read(header: str, meaning: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == meaning


def test_a_relation_alone_is_that_persons_name() -> None:
    found = read_header("spouse")
    assert found is not None
    assert (found.meaning, found.relation) == ("full_name", "spouse")


def test_every_table_of_the_vocabulary_is_a_meaning_and_every_glued_word_is_known() -> None:
    assert {entry.meaning for entry in vocabulary().values()} <= MEANINGS.keys()
    assert word_list("header", "glued") <= vocabulary().keys()


@pytest.mark.parametrize(
    "header",
    ["apellidos_nombre", "Apellidos, Nombre", "Cognome e Nome", "Nachname, Vorname", "Last Name, First Name",
     "lastname_firstname", "NOM et Prénom", "Ad Soyad", "Nazwisko i imię"],
)  # fmt: skip
def test_family_and_given_name_in_one_header_are_a_full_name(header: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == "full_name"


@pytest.mark.parametrize(
    ("header", "meaning"),
    [("Soyadı", "family_name"), ("Doğum Tarihi", "birth_date"), ("Cep Telefonu", "phone"), ("E-posta", "email"),
     ("TC Kimlik No", "national_id"), ("Şehir", "city"), ("İlçe", "suburb"), ("Posta Kodu", "postcode"),
     ("Müşteri No", "customer_id"), ("Nr domu", "house_number"), ("NIP", "tax_id"), ("Uwagi", "note"),
     ("N° client", "customer_id"), ("Kd.-Nr.", "customer_id"), ("Mitgl.-Nr.", "customer_id"),
     ("Eintritt", "created")],
)  # fmt: skip
def test_headers_of_many_countries_are_read(header: str, meaning: str) -> None:
    found = read_header(header)
    assert found is not None
    assert found.meaning == meaning


def test_the_last_digits_of_a_number_are_not_that_number() -> None:
    found = read_header("SSN last 4")
    assert found is not None
    assert found.meaning == "last_digits"
