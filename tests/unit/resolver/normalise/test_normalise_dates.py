from __future__ import annotations

from typing import Literal

import pytest

from resolver.config import AttributeKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser, parse_time


def date(raw: str, order: Literal["auto", "dmy", "mdy"] = "auto") -> Normalised:
    return normaliser(AttributeKind.DATE, NormaliseSettings(date_order=order))(raw)


@pytest.mark.parametrize(
    "raw",
    ["1990-05-17", "19900517", "1990/05/17", "1990.5.17", "17/05/1990", "17.05.1990", "17-05-1990", "5/17/90",
     "17.5.90", "17 May 1990", "May 17, 1990", "May 17th, 1990", "17. Mai 1990", "17 mai 1990", "17-MAY-90",
     "17 de mayo de 1990",
     "Thu, 17 May 1990", "1990 May 17", "1990-05-17T00:00:00", "1990-05-17 23:59:59.123+02:00", "1990-05-17T10:00:00Z",
     "17/05/1990 10:30", "5/17/1990 1:05 PM", "19900517.0", "17051990", "05171990", "Donnerstag, 17. Mai 1990"],
)  # fmt: skip
def test_the_usual_ways_to_write_a_day_are_read(raw: str) -> None:
    assert date(raw).values == ("1990-05-17",)


@pytest.mark.parametrize("raw", ["03/04/1990", "3-4-1990", "3/4/90"])
def test_a_day_that_could_be_a_month_keeps_both_readings(raw: str) -> None:
    assert date(raw).values == ("1990-03-04", "1990-04-03")


def test_dots_mean_day_first() -> None:
    assert date("03.04.1990").values == ("1990-04-03",)


def test_the_configured_order_decides_unless_it_gives_no_day() -> None:
    assert date("03/04/1990", "dmy").values == ("1990-04-03",)
    assert date("03/04/1990", "mdy").values == ("1990-03-04",)
    assert date("05/17/1990", "dmy").values == ("1990-05-17",)


def test_equal_day_and_month_are_not_ambiguous() -> None:
    assert date("05/05/1990").values == ("1990-05-05",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("1990", "1990"), ("1990.0", "1990"), ("c. 1850", "1850"), ("1990-05", "1990-05"), ("05/1990", "1990-05"),
     ("May 1990", "1990-05"), ("1990-00-00", "1990"), ("1990-05-00", "1990-05")],
)  # fmt: skip
def test_a_date_known_in_part_is_kept_in_part(raw: str, expected: str) -> None:
    assert date(raw).values == (expected,)


def test_two_digits_of_a_year_turn_at_a_fixed_pivot() -> None:
    assert date("17.05.29").values == ("2029-05-17",)
    assert date("17.05.30").values == ("1930-05-17",)


@pytest.mark.parametrize("raw", ["1990-02-31", "31/04/1990", "13/13/1990", "1990-13-01", "2023-02-29", "32 May 1990"])
def test_a_day_that_does_not_exist_is_refused(raw: str) -> None:
    assert date(raw) == Normalised((), "no such day")


def test_leap_days_exist() -> None:
    assert date("29.02.2000").values == ("2000-02-29",)
    assert date("1900-02-29").refused == "no such day"


@pytest.mark.parametrize("raw", ["0990-01-02", "2199-05-17", "3024-05-17"])
def test_a_year_out_of_reach_is_refused_by_its_number(raw: str) -> None:
    assert f"the year {int(raw[:4])} is not between" in (date(raw).refused or "")


@pytest.mark.parametrize(
    "raw",
    ["1900-01-01", "01/01/1900", "0001-01-01", "9999-12-31", "1111-11-11", "99991231", "2099-12-31", "0000-00-00"],
)
def test_placeholder_dates_are_junk(raw: str) -> None:
    assert date(raw) == Normalised((), "junk value")


@pytest.mark.parametrize(
    "raw", ["soon", "May", "412345", "17 Foo 1990", "1990-05-17-03", "1/2", "17 May", "1990年5月17日"]
)
def test_what_is_no_date_is_refused(raw: str) -> None:
    assert date(raw) == Normalised((), "not a date")


@pytest.mark.parametrize("raw", ["32995", "32995.0", "32995.75"])
def test_the_day_number_of_a_spreadsheet_is_a_date(raw: str) -> None:
    assert date(raw).values == ("1990-05-02",)


def test_an_apostrophe_that_marks_a_text_is_no_part_of_a_date() -> None:
    assert date("'1990-05-02").values == ("1990-05-02",)


MAY_17 = 1_715_904_000_000_000  # 2024-05-17T00:00:00Z
HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-17", MAY_17),
        ("2024-05-17T10:00:00Z", MAY_17 + 10 * HOUR),
        ("2024-05-17 10:00", MAY_17 + 10 * HOUR),
        ("2024-05-17T10:00:00.000001+02:00", MAY_17 + 8 * HOUR + 1),
        ("2024-05-17 10:00:00 UTC", MAY_17 + 10 * HOUR),
        ("1715904000", MAY_17),
        ("1715904000.25", MAY_17 + 250_000),
        ("1715904000123456", MAY_17 + 123_456),
        ("1715904000123", MAY_17 + 123_000),
        ("Fri, 17 May 2024 10:00:00 +0200", MAY_17 + 8 * HOUR),
        ("17/05/2024 10:00", MAY_17 + 10 * HOUR),
        ("5/17/2024 1:00 PM", MAY_17 + 13 * HOUR),
        ("17 May 2024", MAY_17),
        ("1969-12-31T23:59:59Z", -1_000_000),
    ],
)
def test_times_are_microseconds_since_the_epoch(text: str, expected: int) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "03/04/2024", "2024-13-01", "12345", "2024-05-17T25:00:00", "x" * 200])
def test_an_unreadable_or_ambiguous_time_is_none(text: str) -> None:
    assert parse_time(text) is None
