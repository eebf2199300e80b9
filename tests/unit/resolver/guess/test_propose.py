import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.config import AttributeKind, Config, IdentifierKind, load_config
from resolver.guess import SourceGuess, add_to_toml, guess_source, propose, to_toml
from tests.unit.resolver.guess.tables import FAMILY, GIVEN, Made, guess, read_csv, table


@pytest.fixture
def made() -> Made:
    return Made()


def written_and_read(config: Config, guesses: list[SourceGuess], folder: Path) -> Config:
    path = folder / "whograph.toml"
    path.write_text(to_toml(config, guesses), encoding="utf-8")
    return load_config(path)


def test_what_means_the_same_in_two_sources_is_one_field(made: Made) -> None:
    crm = guess({"id": made.counted(), "given_name": made.any_of(GIVEN), "email": made.emails()}, "crm")
    shop = guess({"Kundennummer": made.counted(), "Vorname": made.any_of(GIVEN), "E-Mail": made.emails()}, "shop")
    config = propose([crm, shop])
    assert config.sources["crm"].columns == {"given_name": "given_name", "email": "email"}
    assert config.sources["shop"].columns == {"Vorname": "given_name", "E-Mail": "email"}
    assert config.sources["shop"].id == "Kundennummer"


def test_the_written_config_reads_back_as_the_same(tmp_path: Path) -> None:
    guesses = [guess_source("fake", read_csv("fake_1000.csv")), guess_source("febrl", read_csv("febrl_dataset3.csv"))]
    config = propose(guesses)
    assert written_and_read(config, guesses, tmp_path) == config


def test_every_column_is_commented_with_what_was_guessed_and_how_sure(made: Made) -> None:
    source = guess({"id": made.counted(), "mail": made.emails(), "cluster": made.counted(per=2)})
    text = to_toml(propose([source]), [source])
    lines = {line.split(" = ")[0]: line for line in text.splitlines() if " = " in line}
    assert "% sure" in lines["id"]
    assert "e-mail addresses" in lines["mail"]
    assert 'cluster = "ignore" #' in lines["cluster"]
    assert "# Look: cluster" in text


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=12), st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=3, max_size=3), max_size=6
    )
)
def test_any_headers_and_cells_give_a_config_that_reads_back(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[object]]
) -> None:
    clean = {_utf8(name): [cell and _utf8(str(cell)) for cell in cells] for name, cells in columns.items()}
    source = guess_source("any", table(clean))
    assert [each.column for each in source.columns] == list(clean)
    config = propose([source])
    assert written_and_read(config, [source], tmp_path_factory.mktemp("any")) == config


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def test_columns_named_like_fields_and_keywords_do_not_clash(made: Made, tmp_path: Path) -> None:
    source = guess(
        {
            "phone": made.any_of(["often", "never"]),
            "mobile": made.numbers(10**8, 10**9, "+447{}"),
            "ignore": made.any_of("ab"),
        }
    )
    config = propose([source])
    assert config.sources["crm"].columns["mobile"] == "phone"
    assert config.identifiers["phone"].kind is IdentifierKind.PHONE
    assert written_and_read(config, [source], tmp_path) == config


def test_full_names_are_compared_by_their_parts(made: Made) -> None:
    crm = guess({"id": made.counted(), "first_name": made.any_of(GIVEN), "surname": made.any_of(FAMILY)}, "crm")
    shop = guess({"id": made.counted(), "customer_name": made.full_names()}, "shop")
    for guesses in ([crm, shop], [shop]):
        attributes = propose(guesses).attributes
        assert [name for name in attributes if "name" in name and attributes[name].compared] == [
            "given_name",
            "family_name",
        ]
        assert not attributes["full_name"].compared


def test_the_given_name_comes_before_the_middle_name_whatever_the_columns_say(made: Made) -> None:
    source = guess({"id": made.counted(), "middle_name": made.any_of(GIVEN), "first_name": made.any_of(GIVEN)})
    given = [name for name, its in propose([source]).attributes.items() if its.kind is AttributeKind.GIVEN_NAME]
    assert given == ["given_name", "middle_name"]


def test_ids_that_another_source_refers_to_become_an_identifier_too(made: Made) -> None:
    customers = guess({"customer_no": made.counted("C{}"), "name": made.full_names()}, "customers")
    orders = guess(
        {
            "order_id": made.counted("O{}"),
            "customer_id": made.numbers(0, 200, "C{}"),
            "total": made.numbers(1, 9, "{}.5"),
        },
        "orders",
    )
    config = propose([customers, orders])
    assert config.sources["customers"].id == "customer_no"
    assert config.sources["customers"].columns["customer_no"] == "customer_id"
    assert config.sources["orders"].columns["customer_id"] == "customer_id"


def test_a_column_named_after_another_source_refers_to_its_ids(made: Made) -> None:
    crm = guess({"id": made.counted("C{}"), "name": made.full_names()}, "crm")
    shop = guess(
        {"id": made.counted("S{}"), "name": made.full_names(), "crm_id": made.sometimes(made.numbers(0, 200, "C{}"))},
        "shop",
    )
    config = propose([crm, shop])
    assert config.sources["crm"].columns["id"] == config.sources["shop"].columns["crm_id"]


def test_own_customer_numbers_of_two_sources_are_not_taken_for_the_same(made: Made) -> None:
    crm = guess({"customer_id": made.counted(), "name": made.full_names()}, "crm")
    shop = guess({"customer_id": made.counted(), "name": made.full_names()}, "shop")
    config = propose([crm, shop])
    assert "customer_id" not in config.identifiers


def test_a_doubted_customer_id_is_used_only_if_another_source_has_those_ids(made: Made) -> None:
    tickets = guess(
        {"ticket_id": made.counted(), "customer_id": made.counted(per=2), "name": made.full_names()}, "tickets"
    )
    crm = guess({"customer_id": made.counted(), "name": made.full_names()}, "crm")
    assert propose([tickets]).sources["tickets"].columns["customer_id"] == "ignore"
    both = propose([tickets, crm])
    assert both.sources["tickets"].columns["customer_id"] == both.sources["crm"].columns["customer_id"] == "customer_id"


def test_a_source_is_added_in_the_words_of_the_config_it_is_added_to(made: Made) -> None:
    base = Config.model_validate(
        {
            "sources": {"crm": {"id": "id", "columns": {"mail": "mail", "surname": "surname"}}},
            "identifiers": {"mail": {"kind": "email", "max_records": 7}},
            "attributes": {"surname": {"kind": "family_name"}},
        }
    )
    added = propose(
        [guess({"id": made.counted(), "email": made.emails(), "last_name": made.any_of(FAMILY)}, "shop")], base
    )
    assert added.sources["crm"] == base.sources["crm"]
    assert added.sources["shop"].columns == {"email": "mail", "last_name": "surname"}
    assert added.identifiers == base.identifiers
    assert added.attributes == base.attributes


def test_a_source_that_the_config_has_is_left_as_it_is(made: Made) -> None:
    first = propose([guess({"id": made.counted(), "email": made.emails()}, "crm")])
    assert propose([guess({"x": made.any_of("ab")}, "crm")], first) == first


def test_the_region_of_most_sources_is_the_default_and_others_keep_theirs(made: Made) -> None:
    def source(name: str, code: str) -> SourceGuess:
        return guess(
            {"id": made.counted(), "phone": [f"{code}{row:06}" for row in range(200_000, 200_000 + made.rows)]}, name
        )

    config = propose([source("a", "+44 20 7"), source("b", "+44 20 7"), source("c", "+33 1 42")])
    assert config.resolution.region == "GB"
    assert [its.region for its in config.sources.values()] == [None, None, "FR"]


def test_sources_that_disagree_on_the_order_of_dates_leave_it_open(made: Made) -> None:
    europe = guess({"id": made.counted(), "dob": made.dates("{day:02}/{month:02}/{year}")}, "europe")
    america = guess({"id": made.counted(), "dob": made.dates("{month:02}/{day:02}/{year}")}, "america")
    assert propose([europe]).resolution.date_order == "dmy"
    assert propose([europe, america]).resolution.date_order == "auto"


def test_sources_that_disagree_on_an_unknown_field_take_the_more_general_kind(made: Made) -> None:
    few = guess({"id": made.counted(), "craft": made.any_of(["baker", "smith"])}, "few")
    many = guess(
        {"id": made.counted(), "craft": [f"maker of {chr(97 + row % 26)}{chr(97 + row // 26)}" for row in range(300)]},
        "many",
    )
    assert propose([few, many]).attributes["craft"].kind is AttributeKind.TEXT


def test_adding_a_source_keeps_the_comments_of_the_config_file(made: Made) -> None:
    crm = guess({"id": made.counted(), "email": made.emails()}, "crm")
    existing = "# my own remark\n" + to_toml(propose([crm]), [crm])
    shop = guess({"id": made.counted(), "E-Mail": made.emails(), "Vorname": made.any_of(GIVEN)}, "shop")
    extended = propose([shop], propose([crm]))
    text = add_to_toml(existing, extended, [shop])
    assert text.startswith(existing[:200])
    assert Config.model_validate(tomllib.loads(text)) == extended


@pytest.mark.parametrize("existing", ["", "sources = {}\nattributes = {}\n", "[sources.crm]\nid = 'id'\n"])
def test_a_source_can_be_added_to_any_layout(made: Made, existing: str) -> None:
    shop = guess({"id": made.counted(), "E-Mail": made.emails(), "Vorname": made.any_of(GIVEN)}, "shop")
    extended = propose([shop], Config.model_validate(tomllib.loads(existing)))
    assert Config.model_validate(tomllib.loads(add_to_toml(existing, extended, [shop]))) == extended
