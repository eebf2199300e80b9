"""Files that nobody prepared, each odd in its own way, with the truth by construction: no configuration, and nobody is
merged with somebody else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.support.command_line import CommandLine

GIVEN = ["Jürgen", "Sabine", "Klaus", "Petra", "Uwe", "Renate", "Günther", "Heike", "Wolfgang", "Birgit", "Horst"]
FAMILY = ["Müller", "Schmidt", "Schneider", "Weber", "Schäfer", "Koch", "Krüger", "Neumann", "Braun", "Wolf", "Jung"]
SPANISH_GIVEN = ["María", "Antonio", "Carmen", "Manuel", "Lucía", "Javier", "Pilar", "Rafael", "Elena", "Miguel"]
SPANISH_FAMILY = ["García", "Márquez", "López", "Sánchez", "Ruiz", "Muñoz", "Álvarez", "Gil", "Serrano", "Castro"]
PEOPLE = 200

#: File name → lines, and record key → person.
Files = tuple[dict[str, list[str]], dict[str, str]]


def born(chance: random.Random) -> tuple[int, int, int]:
    return chance.randint(1940, 2004), chance.randint(1, 12), chance.randint(1, 28)


def members_of_a_club() -> Files:
    """Surname first, with a comma and titles behind; the courses know given and family names apart."""
    chance = random.Random(2)
    club, courses, truth = ["Mitgl.-Nr.;Name, Vorname;Geb.-Datum;Ort;Tel. priv.;Eintritt"], [], {}
    for person in range(PEOPLE):
        given, family, (year, month, day) = chance.choice(GIVEN), chance.choice(FAMILY), born(chance)
        phone = f"0171 {chance.randint(1_000_000, 9_999_999)}"
        title = chance.choice(["", "", " Dr.", " Prof. Dr.", " Dipl.-Ing."])
        since = f"01.03.{1990 + person % 30}"
        club.append(f'M-{person};"{family}, {given}{title}";{day}.{month}.{year};Köln;{phone};{since}')
        truth[f"mitglieder:M-{person}"] = str(person)
        if person % 2:
            reached = phone if chance.random() < 0.6 else "unbekannt"
            courses.append(f"{person};{given};{family};{year}-{month:02}-{day:02};{reached};Köln")
            truth[f"kurse:{person}"] = str(person)
    return {
        "mitglieder.csv": club,
        "kurse.csv": ["Lfd;Vorname;Nachname;Geburtstag;Handy;Wohnort", *courses],
    }, truth


def customers_with_two_surnames() -> Files:
    """Both surnames before a comma in one file, in columns of their own in the other, with or without the second."""
    chance = random.Random(5)
    shop, web, truth = ["codigo,apellidos_nombre,fecha_nacimiento,telefono,poblacion"], [], {}
    for person in range(PEOPLE):
        given, first, second = chance.choice(SPANISH_GIVEN), *chance.sample(SPANISH_FAMILY, 2)
        (year, month, day), phone = born(chance), f"6{chance.randint(10_000_000, 99_999_999)}"
        shop.append(f'{person},"{first} {second}, {given}",{day:02}/{month:02}/{year},{phone},Madrid')
        truth[f"clientes:{person}"] = str(person)
        if person % 2:
            reached = f"+34 {phone}" if chance.random() < 0.6 else "-"
            web.append(f"W{person}\t{given}\t{first}\t{second}\t{reached}\t{year}-{month:02}-{day:02}")
            truth[f"web:W{person}"] = str(person)
    return {
        "clientes.csv": shop,
        "web.csv": ["ID\tNombre\tPrimer apellido\tSegundo apellido\tMóvil\tNacimiento", *web],
    }, truth


def tickets_of_customers() -> Files:
    """The agents who answer have e-mail addresses, too; they are nobody's customers."""
    chance = random.Random(10)
    crm, tickets, truth = ["customer_id,first_name,last_name,dob,email"], [], {}
    for person in range(PEOPLE):
        given, family, (year, month, day) = chance.choice(GIVEN), chance.choice(FAMILY), born(chance)
        mail = f"{chance.getrandbits(40):x}@example.org"
        crm.append(f"{person},{given},{family},{year}-{month:02}-{day:02},{mail}")
        truth[f"crm:{person}"] = str(person)
        for _ in range(person % 3):
            key = f"T-{len(tickets)}"
            agent = chance.choice(["kim@shop.example", "lee@shop.example"])
            tickets.append(f'{key},2024-03-0{1 + len(tickets) % 9},{mail.upper()},"Where is it?",{agent}')
            truth[f"tickets:{key}"] = str(person)
    return {"crm.csv": crm, "tickets.csv": ["ticket,opened_at,requester_email,subject,agent", *tickets]}, truth


def children_of_a_camp() -> Files:
    """Parents' addresses on all brothers and sisters, words for nothing, and rows that somebody made to try it out."""
    chance = random.Random(12)
    rows, truth = ["Reg ID,Child first name,Last name,Date of birth,Parent email,Emergency phone"], {}
    for person in range(PEOPLE):
        if person % 2 == 0:  # the next family
            family, mail, phone = chance.choice(FAMILY), f"family{person}@example.org", f"0160 {1_000_000 + person}"
        year, month, day = chance.randint(2008, 2016), chance.randint(1, 12), chance.randint(1, 28)
        for _ in range(1 + person % 2):
            said = chance.choice(["N/A", "-", "unknown", "xxx"]) if chance.random() < 0.1 else mail
            given = GIVEN[person % len(GIVEN)]
            rows.append(f"{len(rows)},{given},{family},{day:02}/{month:02}/{year},{said},{phone}")
            truth[f"camp:{len(rows) - 1}"] = str(person)
    for test in range(20):
        rows.append(f"{len(rows)},test,test,01/01/1900,test@test.com,0000000000")
        truth[f"camp:{len(rows) - 1}"] = f"test {test}"
    return {"camp.csv": rows}, truth


@pytest.fixture(params=[members_of_a_club, customers_with_two_surnames, tickets_of_customers, children_of_a_camp])
def odd(request: pytest.FixtureRequest, cli: CommandLine) -> Iterator[CommandLine]:
    made: Callable[[], Files] = request.param
    files, truth = made()
    for name, lines in files.items():
        cli.write_rows(name, *lines)
    cli.write_rows("truth.csv", "record_key,person_id", *(f"{key},{person}" for key, person in truth.items()))
    cli("load", *sorted(files)).ok()
    cli("recluster").ok()
    return cli


def test_odd_files_are_resolved_without_any_configuration(odd: CommandLine) -> None:
    judged = odd("evaluate", "--truth", "truth.csv", "--json").ok().json["pairwise"]
    # Two people of one name, born in one month on days that look alike, may be taken for one.
    assert judged["precision"] >= 0.96, judged
    assert judged["recall"] >= 0.9, judged
