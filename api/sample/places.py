"""Cities, postcodes, telephone area codes and streets of the sample company's country."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from api.sample.arrays import Ints, Objects, objects
from api.sample.names import lines_of, zipf

_FLATS = ("", "Apt {}", "Unit {}", "#{}")


@dataclass(frozen=True, slots=True)
class Places:
    """Cumulative weights draw a city; its postcodes and area codes are lists by city; ``kinds`` are pairs such as
    (Street, St)."""

    cities: Objects
    city_cumulative: NDArray[np.float64]
    zip_prefixes: tuple[tuple[int, ...], ...]
    area_codes: tuple[tuple[int, ...], ...]
    streets: Objects
    street_cumulative: NDArray[np.float64]
    kinds: Objects
    kinds_short: Objects


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses as columns of equal length; ``flat`` holds the second part of the line or the empty string."""

    number: Ints
    street: Ints
    kind: Ints
    flat: Objects
    city: Ints
    postcode: Ints


@cache
def load_places() -> Places:
    cities = [line.split("|") for line in lines_of("cities.txt")]
    lists = {head: its.split() for head, its in (line.split(": ") for line in lines_of("streets.txt"))}
    kinds = [kind.split("|") for kind in lists["kinds"]]
    streets = [name.replace("_", " ") for name in lists["names"]]
    return Places(
        cities=objects([city[0] for city in cities]),
        city_cumulative=np.cumsum(zipf(len(cities), 8.0, 1.0)),
        zip_prefixes=tuple(tuple(int(prefix) for prefix in city[2].split()) for city in cities),
        area_codes=tuple(tuple(int(code) for code in city[3].split()) for city in cities),
        streets=objects(streets),
        street_cumulative=np.cumsum(zipf(len(streets), 10.0, 0.8)),
        kinds=objects([kind[0] for kind in kinds]),
        kinds_short=objects([kind[1] for kind in kinds]),
    )


def make_addresses(rng: np.random.Generator, count: int, places: Places) -> Addresses:
    city = np.searchsorted(places.city_cumulative, rng.random(count) * 0.999999)
    number = (rng.lognormal(5.5, 1.6, count)).astype(np.int64) % 9_999 + 1
    flat_kind = rng.choice(len(_FLATS), count, p=[0.74, 0.16, 0.05, 0.05])
    flat_number = rng.integers(1, 60, count)
    return Addresses(
        number=number,
        street=np.searchsorted(places.street_cumulative, rng.random(count) * 0.999999),
        kind=np.minimum(rng.geometric(0.28, count) - 1, len(places.kinds) - 1),
        flat=objects([_FLATS[kind].format(its) for kind, its in zip(flat_kind, flat_number, strict=True)]),
        city=city,
        postcode=_of_city(rng, city, places.zip_prefixes) * 100 + rng.integers(1, 60, count),
    )


def make_phones(rng: np.random.Generator, cities: Ints, places: Places) -> Ints:
    """Ten-digit numbers in the area codes of the cities; exchanges never are 555 or end in 11."""
    count = len(cities)
    exchange = rng.integers(220, 1_000, count)
    exchange = np.where((exchange % 100 == 11) | (exchange == 555), exchange + 1, exchange)
    numbers: Ints = (_of_city(rng, cities, places.area_codes) * 1_000 + exchange) * 10_000 + rng.integers(
        0, 10_000, count
    )
    return numbers


def _of_city(rng: np.random.Generator, cities: Ints, choices: tuple[tuple[int, ...], ...]) -> Ints:
    """One of the values that each city has."""
    sizes = np.array([len(its) for its in choices])
    starts = np.cumsum(sizes) - sizes
    flat = np.array([value for its in choices for value in its], dtype=np.int64)
    chosen: Ints = flat[starts[cities] + (rng.random(len(cities)) * sizes[cities]).astype(np.int64)]
    return chosen
