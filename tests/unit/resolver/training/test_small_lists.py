"""Lists that are too small to learn from, as people write them to try things out: what the shipped model makes of
namesakes, of families, and of one person written in two ways.

Each case is two records; ``Told`` says what a careful steward would do.
"""

from __future__ import annotations

from enum import Enum

import pyarrow as pa
import pytest

from graph.model import ReviewKind
from resolver.batch.in_memory import choose_model, cluster_table, prepare_batch
from resolver.customers.review import review_items
from resolver.guess import guess_source, propose
from resolver.version import Version
from tests.support.core import TIME, raw_table

HEADERS = {
    "contacts": "name,email,phone,city",
    "addresses": "name,email,phone,address,city",
    "parts": "first_name,last_name,email,phone,city",
    "gender": "name,gender,email,phone,city",
    "births": "first_name,last_name,birth_date,email,phone,address,postcode,city",
    "states": "name,email,phone,city,state,country",
    "cities": "name,city",
    "phones": "name,phone",
    "emails": "name,email",
    "whole": "first_name,last_name,address,postcode,city",
}


class Told(Enum):
    """One customer; two, with the pair in the review queue; or two."""

    ONE = "one"
    ASKED = "asked"
    TWO = "two"


def told(header: str, one: str, other: str) -> Told:
    names = HEADERS[header].split(",")
    rows = [dict(zip(("id", *names), (id, *text.split("|")), strict=True)) for id, text in (("1", one), ("2", other))]
    given: pa.Table = raw_table([{name: cell or None for name, cell in row.items()} for row in rows])
    config = propose([guess_source("list", given)])
    table = prepare_batch([("list", [(given, "row {}".format)])], config, TIME).table
    version = Version(config, choose_model(table, config))
    found = cluster_table(table, version)
    if found.cluster[0] == found.cluster[1]:
        return Told.ONE
    items = review_items(table, found, version, ([], set()))
    return Told.ASKED if any(its.kind is ReviewKind.UNCERTAIN_LINK for its in items) else Told.TWO


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        (
            "contacts",
            "John Smith|john.smith@gmail.com|+44 7700 900111|London",
            "John Smith|jsmith77@yahoo.com|+44 7700 900222|London",
        ),
        (
            "parts",
            "Sarah|Johnson|sjohnson@aol.com|(312) 555-0134|Chicago",
            "Sarah|Johnson|sarah.j88@gmail.com|(312) 555-0871|Chicago",
        ),
        (
            "gender",
            "David Jones|M|dj@btinternet.com|029 2018 0111|Cardiff",
            "David Jones|M|david.jones4@gmail.com|029 2018 0634|Cardiff",
        ),
        (
            "contacts",
            "Maria Garcia|mgarcia@correo.es|+34 612 345 678|Madrid",
            "María García|maria.g.lopez@gmail.com|+34 655 987 210|Madrid",
        ),
        (
            "contacts",
            "Mohammed Ali|mali@gmail.com|+971 50 123 4567|Dubai",
            "Mohammed Ali|m.ali.1990@hotmail.com|+971 55 765 4321|Dubai",
        ),
        (
            "contacts",
            "Rahul Sharma|rahul.s@gmail.com|+91 98200 12345|Mumbai",
            "Rahul Sharma|sharma.rahul90@yahoo.in|+91 99870 54321|Mumbai",
        ),
        (
            "contacts",
            "Wei Wang|weiwang@qq.com|+86 138 0013 8000|Beijing",
            "Wei Wang|wwei1985@163.com|+86 159 1234 5678|Beijing",
        ),
        (
            "contacts",
            "José da Silva|jsilva@uol.com.br|+55 11 91234 5678|São Paulo",
            "José da Silva|zesilva@gmail.com|+55 11 99876 5432|São Paulo",
        ),
        (
            "contacts",
            "Thomas Müller|t.mueller@web.de|+49 171 1234567|Berlin",
            "Thomas Müller|thomas@mueller-bau.de|+49 160 7654321|Berlin",
        ),
        (
            "contacts",
            "Andrea Rossi|arossi@libero.it|+39 347 123 4567|Roma",
            "Andrea Rossi|andrea.rossi@gmail.com|+39 333 765 4321|Roma",
        ),
        (
            "contacts",
            "Иван Иванов|ivanov@mail.ru|+7 912 345 67 89|Moscow",
            "Иван Иванов|vanya77@yandex.ru|+7 903 987 65 43|Moscow",
        ),
        (
            "contacts",
            "Anna Nowak|anowak@wp.pl|501 234 567|Warszawa",
            "Anna Nowak|ania.nowak@gmail.com|602 765 432|Warszawa",
        ),
        (
            "contacts",
            "Michael Brown|mike@x.com|(713) 555-0134|Houston",
            "Michael Brown|mb@y.com|(713) 555-0871|Houston",
        ),
        (
            "contacts",
            "Kim Min-jun|hello@x.kr|+82 10 1234 5678|Seoul",
            "Kim Min-jun|minkim@y.kr|+82 10 8765 4321|Seoul",
        ),
        (
            "contacts",
            "佐藤 健|ken.s@x.jp|+81 90 1234 5678|東京",
            "佐藤 健|sato@y.jp|+81 90 8765 4321|東京",
        ),
        (
            "contacts",
            "Chinedu Okafor|chichi@x.ng|+234 803 123 4567|Lagos",
            "Chinedu Okafor|cokafor@y.ng|+234 805 765 4321|Lagos",
        ),
        (
            "contacts",
            "Mehmet Yılmaz|memo34@x.tr|+90 532 123 4567|Istanbul",
            "Mehmet Yilmaz|my@y.tr|+90 533 765 4321|Istanbul",
        ),
        (
            "contacts",
            "Jean Martin|titi75@x.fr|+33 6 12 34 56 78|Paris",
            "Jean Martin|jm@y.fr|+33 6 87 65 43 21|Paris",
        ),
        (
            "contacts",
            "John Smith|john.smith@gmail.com||London",
            "John Smith||+44 7700 900222|London",
        ),
        ("cities", "John Smith|London", "John Smith|London"),
        ("cities", "Maria Garcia|Madrid", "Maria Garcia|Madrid"),
        ("contacts", "Bob Smith|||London", "Robert Smith|||London"),
        (
            "states",
            "James Brown|jb@aol.com|(512) 555-0134|Austin|TX|USA",
            "James Brown|jamesb71@gmail.com|(512) 555-0761|Austin|TX|USA",
        ),
        (
            "contacts",
            "Emma Wilson|emmaw@sky.com|+44 1584 811123|Ludlow",
            "Emma Wilson|e.wilson92@gmail.com|+44 1584 877456|Ludlow",
        ),
    ],
)
def test_namesakes_of_a_common_name_are_asked_about_and_not_merged(header: str, one: str, other: str) -> None:
    assert told(header, one, other) is Told.ASKED


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        (
            "addresses",
            "Maria Garcia|mgarcia@correo.es|+34 612 345 678|Calle Mayor 5|Madrid",
            "Maria Garcia|maria77@gmail.com|+34 655 987 210|Avenida de América 118|Madrid",
        ),
        ("contacts", "John Smith|js@x.com|+44 7700 900111|London", "John Smith|smithj@y.com|+44 7911 123456|Leeds"),
        ("phones", "John Smith|+44 7700 900111", "John Smith|+44 7911 123456"),
        ("emails", "Li Wei|liwei@qq.com", "Li Wei|wei.li.88@163.com"),
        (
            "births",
            "Anna|Kowalska|1975-03-12|||||Kraków",
            "Anna|Kowalska|1991-11-30|||||Kraków",
        ),
        ("cities", "John Smith|London", "John Smith|Bristol"),
        ("cities", "Peter Parker|New York", "Mary Parker|New York"),
    ],
)
def test_namesakes_whose_data_all_differ_are_two(header: str, one: str, other: str) -> None:
    assert told(header, one, other) is not Told.ONE


HOME = "12 Oak Road|LS1 4DY|Leeds"


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        # father and son
        ("births", f"John|Smith|1951-02-11|jsmith@aol.com|0113 496 0001|{HOME}", f"John|Smith|1979-06-23|||{HOME}"),
        (
            "births",
            f"Harold|Featherstone|1951-02-11||0113 496 0001|{HOME}",
            f"Harold|Featherstone|1979-06-23||0113 496 0001|{HOME}",
        ),
        (
            "births",
            "José|García|1948-01-30|||Calle Mayor 5|28013|Madrid",
            "José|García|1975-12-02|||Calle Mayor 5|28013|Madrid",
        ),
        # twins
        ("births", f"Emma|Wilson|2001-04-09||0113 496 0001|{HOME}", f"Olivia|Wilson|2001-04-09||0113 496 0001|{HOME}"),
        ("births", f"Ravi|Patel|2001-04-09|||{HOME}", f"Sunil|Patel|2001-04-09|||{HOME}"),
        # couples
        (
            "births",
            f"Karen|Whitfield|1968-08-01||0113 496 0001|{HOME}",
            f"Alan|Whitfield|1966-05-17||0113 496 0001|{HOME}",
        ),
        ("whole", "Fatima|Khan|4 High Street|M1 1AE|Manchester", "Imran|Khan|4 High Street|M1 1AE|Manchester"),
        (
            "addresses",
            "John Smith|smiths@x.com|0113 496 0001|12 Oak Road|Leeds",
            "Mary Smith|smiths@x.com|0113 496 0001|12 Oak Road|Leeds",
        ),
        ("phones", "Hans Gruber|+43 1 5550 123", "Heidi Gruber|+43 1 5550 123"),
        (
            "addresses",
            "Marie Dubois||01 42 68 53 00|3 rue de la Paix|Paris",
            "Pierre Dubois||01 42 68 53 00|3 rue de la Paix|Paris",
        ),
        # brother and sister
        ("addresses", "Noah Levi|||8 Herzl Street|Haifa", "Noa Levi Cohen|||17 Ben Yehuda|Haifa"),
    ],
)
def test_people_of_one_family_are_two(header: str, one: str, other: str) -> None:
    assert told(header, one, other) is not Told.ONE


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        # one strong identifier
        ("contacts", "Jane Doe|jane@x.com|+44 7700 900333|Leeds", "Jane Doe|jane@x.com||Leeds"),
        ("contacts", "John Smith|john.smith@gmail.com|+44 7700 900111|London", "Jon Smith|john.smith@gmail.com||Leeds"),
        ("contacts", "John Smith|a@x.com|+44 7700 900111|London", "Johnny Smith|b@y.com|+44 7700 900111|London"),
        (
            "contacts",
            "Maria Garcia|mgarcia@correo.es|+34 612 345 678|Madrid",
            "M. Garcia|mgarcia@correo.es|+34 655 987 210|Getafe",
        ),
        ("contacts", "Bob Miller|bob@miller.org||Denver", "Robert Miller|bob@miller.org||Boulder"),
        ("contacts", "Wei Wang|weiwang@qq.com|+86 138 0013 8000|Beijing", "Wang Wei|weiwang@qq.com||Shanghai"),
        ("phones", "Mohammed Ali|+971 50 123 4567", "Muhammad Ali|+971501234567"),
        ("emails", "Karen Whitfield|karen@whitfield.org", "Karen Whitfeild|karen@whitfield.org"),
        (
            "contacts",
            "Ana Lopez|ana.lopez@example.com|555-0101|Austin",
            "Ana Lopes|ana.lopez@example.com|555-0199|Austin",
        ),
        # a birth date
        ("births", "John|Smith|1980-05-17|||||London", "John|Smith|1980-05-17|||||London"),
        (
            "births",
            "Maria|Garcia|1980-05-17|mg@x.es|+34 612 345 678|||Madrid",
            "Maria|Garcia|1980-05-17|m2@y.es|+34 655 987 210|||Madrid",
        ),
        ("births", "Katherine|Jones|1980-05-17|||||Cardiff", "Kate|Jones|1980-05-17|||||Cardiff"),
        ("births", "John|Smith|1980-05-17|js@x.com||||London", "Jon|Smyth|1980-05-17|js@x.com||||London"),
        ("births", "Agnieszka|Wiśniewska|1980-05-17|||||Łódź", "Agnieszka|Wisniewska|1980-05-18|||||Łódź"),
        # a full address
        ("whole", "John|Smith|12 Oak Road|LS1 4DY|Leeds", "John|Smith|12 Oak Rd|LS1 4DY|Leeds"),
        ("whole", "Thomas|Müller|Hauptstraße 5|10827|Berlin", "Thomas|Mueller|Hauptstr. 5|10827|Berlin"),
        ("whole", "Bob|Smith|12 Oak Road|LS1 4DY|Leeds", "Robert|Smith|12 Oak Road|LS1 4DY|Leeds"),
        ("addresses", "Li Na|lina@qq.com||88 Nanjing Road|Shanghai", "Li Na|||88 Nanjing Road|Shanghai"),
        # a rare name
        ("cities", "Ottoline Featherstonehaugh|Ludlow", "Ottoline Featherstonehaugh|Ludlow"),
        (
            "contacts",
            "Ottoline Featherstonehaugh|otto@f.org|+44 1584 811123|Ludlow",
            "Ottoline Featherstonehaugh|of@gmail.com|+44 1584 877456|Ludlow",
        ),
        ("contacts", "Zbigniew Przybylski|zp@wp.pl||Poznań", "Zbigniew Przybylski|zbych@gmail.com||Poznań"),
        ("cities", "Karen Whitfield|Leeds", "Karen Whitfield|Leeds"),
    ],
)
def test_one_person_written_in_two_ways_is_one_customer(header: str, one: str, other: str) -> None:
    assert told(header, one, other) is Told.ONE
