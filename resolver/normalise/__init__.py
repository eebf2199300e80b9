"""Normalising: from a cell as people wrote it to the form that is compared and stored.

Pure functions of the text and the settings, without clock or network; each result normalises to itself. They run once
per distinct cell, so each kind decides the ordinary cases by one regular expression and leaves the rest to slower,
thorough code and to the field's libraries.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import email_validator
import idna
import phonenumbers

from resolver.config import AttributeKind, IdentifierKind
from resolver.normalise.codes import normalise_code, normalise_national_id
from resolver.normalise.dates import date_normaliser
from resolver.normalise.emails import normalise_email
from resolver.normalise.names import (
    PARTICLES,
    normalise_family_name,
    normalise_full_name,
    normalise_given_name,
    split_full_name,
)
from resolver.normalise.nicknames import canonical_given_names, given_name_number, may_be_one_name
from resolver.normalise.phones import phone_normaliser
from resolver.normalise.places import (
    normalise_address,
    normalise_house_number,
    place_normaliser,
    postcode_normaliser,
)
from resolver.normalise.plain import normalise_text, number_normaliser
from resolver.normalise.text import clean
from resolver.normalise.times import day_of, parse_time
from resolver.normalise.values import JUNK, Normalised, NormaliseSettings

__all__ = [
    "NORMALISER_VERSION",
    "PARTICLES",
    "NormaliseSettings",
    "Normalised",
    "canonical_given_names",
    "day_of",
    "given_name_number",
    "may_be_one_name",
    "normaliser",
    "parse_time",
    "split_full_name",
]

#: Part of the resolution version: another one may give other values, so only a re-cluster adopts it.
NORMALISER_VERSION = (
    f"whograph-4 phonenumbers-{phonenumbers.__version__} email-validator-{email_validator.__version__} "
    f"idna-{idna.__version__} unicode-{unicodedata.unidata_version}"
)

_PLAIN_KINDS: dict[IdentifierKind | AttributeKind, Callable[[str], Normalised]] = {
    IdentifierKind.EMAIL: normalise_email,
    IdentifierKind.CODE: normalise_code,
    IdentifierKind.NATIONAL_ID: normalise_national_id,
    AttributeKind.GIVEN_NAME: normalise_given_name,
    AttributeKind.FAMILY_NAME: normalise_family_name,
    AttributeKind.FULL_NAME: normalise_full_name,
    AttributeKind.ADDRESS: normalise_address,
    AttributeKind.HOUSE_NUMBER: normalise_house_number,
    AttributeKind.CATEGORY: normalise_text,
    AttributeKind.TEXT: normalise_text,
}


def normaliser(kind: IdentifierKind | AttributeKind, settings: NormaliseSettings) -> Callable[[str], Normalised]:
    """The function that normalises one cell of this kind; it never raises. Raises BadInputError itself if the kind is
    phone and the region does not exist."""
    plain = _plain_normaliser(kind, settings)
    if not settings.junk:
        return plain
    junk = frozenset(word.strip().casefold() for word in settings.junk)
    junk |= {value for word in settings.junk for value in plain(word).values}

    def without_junk(raw: str) -> Normalised:
        found = plain(raw)
        if not found.values:
            return found
        if raw.strip().casefold() in junk or clean(raw).casefold() in junk:
            return JUNK
        values = tuple(value for value in found.values if value not in junk)
        if len(values) == len(found.values):
            return found
        return Normalised(values) if values else JUNK

    return without_junk


def _plain_normaliser(kind: IdentifierKind | AttributeKind, settings: NormaliseSettings) -> Callable[[str], Normalised]:
    if kind is IdentifierKind.PHONE:
        return phone_normaliser(settings.region)
    if kind is AttributeKind.DATE:
        return date_normaliser(settings.date_order)
    if kind is AttributeKind.POSTCODE:
        return postcode_normaliser(settings.region)
    if kind is AttributeKind.PLACE:
        return place_normaliser(settings.region)
    if kind is AttributeKind.NUMBER:
        return number_normaliser(settings.region)
    return _PLAIN_KINDS[kind]
