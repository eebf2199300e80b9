from random import Random

from resolver.guess.slips import has_slips


def typed(slips: int) -> list[str]:
    random = Random(3)
    numbers = [str(random.randint(10**6, 10**7 - 1)) for _ in range(1_000)]
    return numbers + [f"{number[:3]}{(int(number[3]) + 1) % 10}{number[4:]}" for number in numbers[:slips]]


def test_numbers_that_people_typed_show_slips() -> None:
    assert has_slips(typed(slips=100))


def test_drawn_numbers_show_none() -> None:
    assert not has_slips(typed(slips=0))


def test_counted_codes_are_near_each_other_by_nature() -> None:
    assert not has_slips([f"K{number:06}" for number in range(2_000)])


def test_few_or_short_codes_tell_nothing() -> None:
    assert not has_slips([])
    assert not has_slips(["12345", "12346"])
    assert not has_slips([str(number) for number in range(1_000)])
