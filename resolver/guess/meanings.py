"""What a column can mean: the one table of the fields that whograph proposes, with their defaults.

The caps (``max_records``) are the number of records of *one* value above which it tells nothing about a person any
more. They are generous, because a value held by different people is already worth less in scoring, and the cap only
stops what is plainly shared: a company's phone, a shop's tablet, a counter's e-mail address. A number that is issued to
one person (national id, passport) has a low cap: on more records than that it is a placeholder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resolver.config import AttributeKind, IdentifierKind, Survivorship


class Use(StrEnum):
    """What is done with a column of a meaning."""

    IDENTIFIER = "identifier"
    COMPARED = "compared"  # an attribute that is compared
    KEPT = "kept"  # an attribute for the profile only
    DROPPED = "dropped"  # never stored
    ID = "id"
    TIME = "time"
    LABEL = "label"  # the truth of an evaluation: never used


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the table. ``reason`` says why a column is kept or dropped, for people."""

    use: Use
    kind: IdentifierKind | AttributeKind | None = None
    exclusive: bool = False
    max_records: int = 100
    survivorship: Survivorship | None = None
    reason: str = ""


def _identifier(kind: IdentifierKind, max_records: int, *, exclusive: bool = False) -> Meaning:
    return Meaning(Use.IDENTIFIER, kind, exclusive=exclusive, max_records=max_records)


def _compared(kind: AttributeKind, survivorship: Survivorship | None = None) -> Meaning:
    return Meaning(Use.COMPARED, kind, survivorship=survivorship)


def _kept(kind: AttributeKind, reason: str, survivorship: Survivorship | None = None) -> Meaning:
    return Meaning(Use.KEPT, kind, survivorship=survivorship, reason=reason)


def _dropped(reason: str) -> Meaning:
    return Meaning(Use.DROPPED, reason=reason)


#: Meaning of a code that has no better name; the field is called after its column.
CODE = _identifier(IdentifierKind.CODE, 50)

MEANINGS: dict[str, Meaning] = {
    # Identifiers. Exclusive: what the law gives a person once. A passport or licence is renewed, a person may hold two
    # loyalty cards, and devices, e-mail addresses and phones are many, so these are not.
    "email": _identifier(IdentifierKind.EMAIL, 50),
    "phone": _identifier(IdentifierKind.PHONE, 100),
    "national_id": _identifier(IdentifierKind.NATIONAL_ID, 20, exclusive=True),
    "tax_id": _identifier(IdentifierKind.NATIONAL_ID, 20, exclusive=True),
    "health_id": _identifier(IdentifierKind.NATIONAL_ID, 20, exclusive=True),
    "passport": _identifier(IdentifierKind.NATIONAL_ID, 20),
    "driver_licence": _identifier(IdentifierKind.NATIONAL_ID, 20),
    "loyalty": _identifier(IdentifierKind.CODE, 50),
    "account": _identifier(IdentifierKind.CODE, 50),
    "customer_id": _identifier(IdentifierKind.CODE, 200),  # orders or tickets of one customer may be many
    "device": _identifier(IdentifierKind.CODE, 50),
    "cookie": _identifier(IdentifierKind.CODE, 100),
    "session": _identifier(IdentifierKind.CODE, 100),
    "iban": _identifier(IdentifierKind.CODE, 30),
    "payment_card": _identifier(IdentifierKind.CODE, 30),
    "vehicle": _identifier(IdentifierKind.CODE, 30),
    "order": _identifier(IdentifierKind.CODE, 30),
    # Attributes that are compared.
    "given_name": _compared(AttributeKind.GIVEN_NAME),
    "middle_name": _compared(AttributeKind.GIVEN_NAME),
    "family_name": _compared(AttributeKind.FAMILY_NAME),
    "family_name_2": _compared(AttributeKind.FAMILY_NAME),
    "birth_name": _compared(AttributeKind.FAMILY_NAME),
    "full_name": _compared(AttributeKind.FULL_NAME, Survivorship.LONGEST),
    "name_particle": _compared(AttributeKind.CATEGORY),
    "name_suffix": _compared(AttributeKind.CATEGORY),
    "title": _compared(AttributeKind.CATEGORY),
    "gender": _compared(AttributeKind.CATEGORY),
    "birth_date": _compared(AttributeKind.DATE),
    "birth_month": _compared(AttributeKind.CATEGORY),
    "birth_day": _compared(AttributeKind.CATEGORY),
    "birth_place": _compared(AttributeKind.PLACE),
    "death_date": _compared(AttributeKind.DATE),
    "age": _compared(AttributeKind.NUMBER, Survivorship.LATEST),
    "address": _compared(AttributeKind.ADDRESS, Survivorship.LATEST),
    "address_2": _compared(AttributeKind.ADDRESS, Survivorship.LATEST),
    "full_address": _compared(AttributeKind.ADDRESS, Survivorship.LATEST),
    "house_number": _compared(AttributeKind.HOUSE_NUMBER, Survivorship.LATEST),
    "unit": _compared(AttributeKind.HOUSE_NUMBER, Survivorship.LATEST),
    "city": _compared(AttributeKind.PLACE, Survivorship.LATEST),
    "suburb": _compared(AttributeKind.PLACE, Survivorship.LATEST),
    "state": _compared(AttributeKind.PLACE, Survivorship.LATEST),
    "county": _compared(AttributeKind.PLACE, Survivorship.LATEST),
    "country": _compared(AttributeKind.PLACE, Survivorship.LATEST),
    "postcode": _compared(AttributeKind.POSTCODE, Survivorship.LATEST),
    "occupation": _compared(AttributeKind.TEXT),
    "company": _compared(AttributeKind.TEXT),
    "last_digits": _compared(AttributeKind.TEXT),
    "nationality": _compared(AttributeKind.CATEGORY),
    "ethnicity": _compared(AttributeKind.CATEGORY),
    "marital_status": _compared(AttributeKind.CATEGORY, Survivorship.LATEST),
    "language": _compared(AttributeKind.CATEGORY),
    "religion": _compared(AttributeKind.CATEGORY),
    "political_party": _compared(AttributeKind.CATEGORY, Survivorship.LATEST),
    "education": _compared(AttributeKind.CATEGORY, Survivorship.LATEST),
    "blood_type": _compared(AttributeKind.CATEGORY),
    # Kept for the profile, and no evidence of who somebody is.
    "created": _kept(AttributeKind.DATE, "says when, not who", Survivorship.MIN),
    "amount": _kept(AttributeKind.NUMBER, "a measure, not a trait of a person", Survivorship.LATEST),
    "flag": _kept(AttributeKind.CATEGORY, "a switch that many people share", Survivorship.LATEST),
    "segment": _kept(AttributeKind.CATEGORY, "says how a customer is handled, not who it is", Survivorship.LATEST),
    # Dropped.
    "note": _dropped("free text"),
    "url": _dropped("a web address"),
    "ip": _dropped("network addresses are shared and change hands"),
    "secret": _dropped("a secret, which must not be stored"),
    "fax": _dropped("fax numbers are shared by offices"),
    # What rules the reading of a source.
    "record_id": Meaning(Use.ID, IdentifierKind.CODE),
    "row_number": Meaning(Use.ID, IdentifierKind.CODE),
    "time": Meaning(Use.TIME, AttributeKind.DATE),
    "label": Meaning(Use.LABEL),
    # Told by name only, then folded into another field by resolver/guess/source.py.
    "birth_year": _compared(AttributeKind.DATE),
}

#: Meanings that make a source one of persons, not of touches.
PERSONAL = frozenset(
    {
        "given_name",
        "family_name",
        "full_name",
        "birth_date",
        "birth_year",
        "address",
        "full_address",
        "postcode",
        "national_id",
    }
)

#: Identifiers that come with a visit rather than with a person.
OF_TOUCHES = frozenset({"device", "cookie", "session"})
