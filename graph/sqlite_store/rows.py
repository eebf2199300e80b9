"""Between the model's values and the columns of the tables.

A field with one value is stored as that value, several as a list: ``{"email": "a@example.com", "phone": ["1", "2"]}``.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection

import orjson

from graph.errors import BadInputError
from graph.model import (
    Assignment,
    Change,
    Customer,
    Fields,
    Quarantined,
    Record,
    ReviewItem,
    ReviewKind,
)
from graph.rows import to_json
from graph.sqlite_store.connection import Row

NO_HASHES = b""
HASH_BYTES = 8
NOTHING = "{}"


def fields_to_json(fields: Fields, place: str) -> str:
    if not fields:
        return NOTHING
    try:
        single = {name: value for name, (value,) in fields.items()}  # the usual case, and the fast one
    except ValueError:  # a field has several values
        single = None
    if single is not None:
        return to_json(single, place)
    return to_json({name: values[0] if len(values) == 1 else values for name, values in fields.items()}, place)


def fields_from_json(text: str) -> dict[str, tuple[str, ...]]:
    if text == NOTHING:
        return {}
    decoded = orjson.loads(text)
    if "[" not in text:  # no field has several values: the usual case, and the fast one
        return {name: (value,) for name, value in decoded.items()}
    return {name: tuple(values) if isinstance(values, list) else (values,) for name, values in decoded.items()}


def texts_to_json(texts: Collection[str], place: str) -> str | None:
    return to_json(texts, place) if texts else None


def texts_from_json(text: str | None) -> tuple[str, ...]:
    return tuple(orjson.loads(text)) if text else ()


def pack(hashes: Collection[int]) -> bytes:
    """Key hashes as packed signed 64-bit integers. Raises BadInputError for a number beyond them."""
    try:
        return array("q", hashes).tobytes() if hashes else NO_HASHES
    except OverflowError as error:
        raise BadInputError("a key hash beyond 64 bits", "hash to a signed 64-bit integer") from error


def unpack(packed: bytes) -> array[int]:
    hashes = array("q")
    hashes.frombytes(packed)
    return hashes


#: The columns that ``record_from_row`` takes, without and with what only people read.
SCAN_COLUMNS = "key, observed_at, digest, deleted, fields, observations"
FULL_COLUMNS = f"{SCAN_COLUMNS}, display, payload"


def record_from_row(row: Row) -> Record:
    """A record from SCAN_COLUMNS (display and payload are empty then) or FULL_COLUMNS."""
    key, observed_at, digest, deleted, fields, observations = row[:6]
    display, payload = row[6:8] if len(row) > 6 else (None, None)
    source, _, id = key.partition(":")
    return Record(
        source,
        id,
        observed_at,
        digest,
        fields_from_json(fields),
        fields_from_json(display) if display else {},
        orjson.loads(payload) if payload else {},
        texts_from_json(observations),
        deleted == 1,
    )


def scanned_from_row(row: Row) -> tuple[Record, int]:
    """A live record and its signature, from SCAN_COLUMNS + ``, signature``; the scan's inner loop."""
    key, observed_at, digest, _, fields, observations, signature = row
    source, _, id = key.partition(":")
    several = texts_from_json(observations) if observations else ()
    return Record(source, id, observed_at, digest, fields_from_json(fields), {}, {}, several), signature


ASSIGNMENT_COLUMNS = "record_key, component, customer, confidence"


def assignment_from_row(row: Row) -> Assignment:
    return Assignment(*row)


CUSTOMER_COLUMNS = "id, size, confidence, created_at, updated_at, merged_into, former_members"


def customer_from_row(row: Row) -> Customer:
    id, size, confidence, created_at, updated_at, merged_into, former_members = row
    return Customer(id, size, confidence, created_at, updated_at, merged_into, texts_from_json(former_members))


def customer_to_row(customer: Customer) -> Row:
    return (
        customer.id,
        customer.size,
        customer.confidence,
        customer.created_at,
        customer.updated_at,
        customer.merged_into,
        texts_to_json(customer.former_members, f"customer {customer.id}"),
    )


REVIEW_COLUMNS = "id, kind, severity, component, records, details"


def review_from_row(row: Row) -> ReviewItem:
    id, kind, severity, component, records, details = row
    return ReviewItem(id, ReviewKind(kind), severity, component, texts_from_json(records), orjson.loads(details))


def review_to_row(item: ReviewItem) -> Row:
    place = f"review item {item.id}"
    records, details = to_json(item.records, place), to_json(item.details, place)
    return (item.id, item.kind.value, item.severity, item.component, records, details)


DECISION_COLUMNS = "id, kind, left, right, by, reason, at, withdrawn_at"

CHANGE_COLUMNS = "sequence, kind, customer, at, details"


def change_to_row(its: Change, sequence: int) -> Row:
    return (sequence, its.kind.value, its.customer_id, its.at, to_json(its.details, "a change"))


QUARANTINE_COLUMNS = "source, record_id, place, field, value, reason, at"


def quarantined_from_row(row: Row) -> Quarantined:
    return Quarantined(*row)
