"""How common the values are that many people share, before anything is learned: names, towns, regions.

A shipped model without this took two John Smiths of London, with another e-mail address and telephone each, for one
person. The shares are rounded up to one per kind: what such a value has where it is at home, or among those born in the
same years. Too much caution costs a review, too little a wrong customer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from resolver.blocking.signatures import Kind
from resolver.config import AttributeKind
from resolver.hashing import hash_texts
from resolver.normalise import NormaliseSettings, normaliser
from resolver.normalise.regions import region_names

GIVEN_NAME, FAMILY_NAME, TOWN, REGION, CATEGORY = 0.02, 0.015, 0.15, 0.5, 0.5


@cache
def common_shares(kind: Kind) -> Mapping[int, float]:
    """The share of people by hash of value, of the common values of this kind; empty for all kinds but names of one
    part, places and categories."""
    match kind:
        case AttributeKind.GIVEN_NAME:
            return _shares(_names(), GIVEN_NAME)
        case AttributeKind.FAMILY_NAME:
            return _shares(_names(), FAMILY_NAME)
        case AttributeKind.PLACE:
            return _shares(_towns(), TOWN) | _shares(_regions(), REGION)
        case AttributeKind.CATEGORY:
            return _shares([*_listed("category"), *_regions()], CATEGORY)
        case _:
            return {}


def _shares(values: Iterable[str], share: float) -> dict[int, float]:
    return dict.fromkeys(hash_texts(values).tolist(), share)


def _listed(section: str) -> list[str]:
    groups = tomllib.loads(files("resolver.training").joinpath("common.toml").read_text(encoding="utf-8"))[section]
    return [name.replace("_", " ") for group in groups.values() for name in group.split()]


def _names() -> list[str]:
    """Of both parts, since many write the family name first (Kim Minjun, Nagy István)."""
    return [*_listed("given_name"), *_listed("family_name")]


def _towns() -> set[str]:
    from resolver.guess.data import places  # with word lists that live work does not need otherwise

    normalise = normaliser(AttributeKind.PLACE, NormaliseSettings(region="GB"))  # abbreviates no states
    return {*_listed("town"), *(value for place in places() for value in normalise(place).values)}


def _regions() -> set[str]:
    """Countries and states."""
    return {*_listed("region"), *(name for region in ("US", "AU") for name in region_names(region).values())}
