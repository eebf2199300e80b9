"""One cookie, device or telephone that many use: it unites what is one person's, and fuses nobody."""

from __future__ import annotations

from hashlib import md5

import pytest

from graph.model import ReviewItem, ReviewKind
from resolver.batch.in_memory import cluster_table
from resolver.config import Config
from resolver.customers.review import review_items
from resolver.version import Version
from tests.support.core import CONFIG, Values, customers, table, version

#: As configurations are guessed: a hundred records may share a code, and no login but the telephone is doubtful.
SHOP = Config.model_validate(
    {
        **CONFIG.model_dump(),
        "identifiers": {
            "email": {"kind": "email", "max_records": 100},
            "phone": {"kind": "phone", "max_records": 100},
            "cookie": {},
            "device": {},
            "loyalty": {},
            "user": {},
        },
    }
)
VERSION = version(SHOP)
NAMES = ["ana", "bruno", "carla", "dieter", "emma", "fritz", "gloria", "hugo", "ines", "jonas"]
FAMILIES = ["silva", "kern", "abel", "otto"]
LOGINS = {
    "email": "{hash}@example.com",
    "phone": "+4420{number:08d}",
    "loyalty": "l{number}",
    "user": "u{number}",
}


def person(number: int, login: str) -> tuple[str, Values]:
    """What a person logs in with, and the record of that person, who shares nothing with another one."""
    name, family = NAMES[number % 10], FAMILIES[number // 10 % 4]
    its = LOGINS[login].format(
        hash=md5(name.encode() + family.encode()).hexdigest(), number=10_000_019 + 7_654_321 * number
    )
    born = f"{1950 + number}-{1 + number % 12:02}-{1 + number % 28:02}"
    return its, {login: (its,), "given_name": (name,), "family_name": (family,), "birth_date": (born,)}


def crowd(people: int, visits: int, login: str, *, known: bool = True, over: str = "cookie") -> dict[str, Values]:
    """Visits on one cookie, each with the login of one of these people, and a record of each of them if ``known``."""
    records: dict[str, Values] = {}
    for number in range(people):
        its, record = person(number, login)
        if known:
            records[f"crm:{number:02}"] = record
        for visit in range(visits):
            records[f"web:{number:02}.{visit}"] = {login: (its,), over: ("c1",)}
    return records


def found(records: dict[str, Values], its: Version = VERSION) -> set[frozenset[str]]:
    rows = table(records, its.config)
    return customers(rows, cluster_table(rows, its))


def reviewed(records: dict[str, Values]) -> list[ReviewItem]:
    rows = table(records, SHOP)
    return review_items(rows, cluster_table(rows, VERSION), VERSION, ([], set()))


def by_person(records: dict[str, Values]) -> set[frozenset[str]]:
    people = {key[4:6] for key in records}
    return {frozenset(key for key in records if key[4:6] == number) for number in people}


@pytest.mark.parametrize("login", ["email", "loyalty", "user"])
@pytest.mark.parametrize("visits", [1, 3])
@pytest.mark.parametrize("people", [2, 3, 5, 12, 20, 30])
def test_people_who_share_nothing_but_a_cookie_are_not_one(people: int, visits: int, login: str) -> None:
    records = crowd(people, visits, login)
    assert found(records) == by_person(records)


@pytest.mark.parametrize("people", [5, 12, 30])
def test_nor_are_they_where_their_logins_say_less_than_the_cookie(people: int) -> None:
    records = crowd(people, 3, "phone")
    assert found(records) == by_person(records)


def test_how_often_somebody_comes_makes_no_difference() -> None:
    records = {
        key: its for key, its in crowd(6, 9, "email").items() if not key.startswith("web") or key[6:] <= f".{key[5]}"
    }
    assert found(records) == by_person(records)


@pytest.mark.parametrize(("login", "over"), [("email", "cookie"), ("email", "phone"), ("loyalty", "cookie")])
def test_many_logins_of_people_whom_nobody_knows_are_not_one_person(login: str, over: str) -> None:
    records = crowd(30, 2, login, known=False, over=over)
    assert found(records) == by_person(records)


def test_a_few_logins_on_one_cookie_are_one_customer_who_is_looked_at() -> None:
    records = crowd(4, 1, "email", known=False)
    assert found(records) == {frozenset(records)}
    (item,) = reviewed(records)
    assert item.kind is ReviewKind.WEAK_CUSTOMER


@pytest.mark.parametrize("login", [{}, {"email": ("ana@silva.example",)}])
def test_a_cookie_unites_all_visits_of_one_person(login: Values) -> None:
    records: dict[str, Values] = {f"web:{n:02}": {**login, "cookie": ("c1",)} for n in range(90)}
    assert found(records) == {frozenset(records)}


def test_one_person_with_two_addresses_on_one_cookie_is_one() -> None:
    ana = {"given_name": ("ottoline",), "family_name": ("quillfeather",)}
    records: dict[str, Values] = {"crm:1": {**ana, "email": ("ana@silva.example",)}}
    records["crm:2"] = {**ana, "email": ("a.s@work.example",)}
    for number in "12":
        records |= {
            f"web:{number}.{n}": {"email": records[f"crm:{number}"]["email"], "cookie": ("c1",)} for n in range(3)
        }
    assert found(records) == {frozenset(records)}


def test_on_a_familys_tablet_everybody_keeps_their_own_and_the_rest_is_looked_at() -> None:
    family = crowd(2, 2, "email")
    anonymous: Values = {"cookie": ("c1",)}
    assert found({**family, "web:99": anonymous}) == by_person({**family, "web:99": anonymous})
    cut = [its for its in reviewed({**family, "web:99": anonymous}) if its.kind is ReviewKind.CONFLICT_CUT]
    assert any("web:99" in its.records for its in cut)


def test_an_anonymous_visit_goes_to_whoever_uses_the_cookie_most() -> None:
    records = {key: its for key, its in crowd(2, 3, "email").items() if key < "web:01.1"}
    assert frozenset({"crm:00", "web:00.0", "web:00.1", "web:00.2", "web:99"}) in found(
        {**records, "web:99": {"cookie": ("c1",)}}
    )


def test_visits_that_share_only_what_a_crowd_does_take_nobodys_time() -> None:
    for people in (12, 30):
        assert reviewed(crowd(people, 2, "email")) == []
        assert reviewed(crowd(people, 2, "email", known=False)) == []
