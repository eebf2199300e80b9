"""Between the model's values and the rows and properties of the graph. What must come back exactly is JSON text, and
properties beside it are for people and for indexes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from graph.errors import BadInputError
from graph.model import (
    Carrier,
    Change,
    Customer,
    Decision,
    Fields,
    IdentifierWeight,
    IndexedRecord,
    Key,
    Link,
    Quarantined,
    Record,
    ReviewItem,
    ReviewKind,
    record_key,
)
from graph.rows import decision_from_row, decision_to_row, quarantined_digest, quarantined_to_row, to_json

Row = dict[str, Any]

#: Bytes of a text that an index of Neo4j surely takes (its keys end near 8 kB).
INDEXABLE_BYTES = 7_000
MICROSECONDS = 1_000_000
#: An observation that is known by its time (microseconds), not by its content.
_TIME = re.compile(r"\d{20}|-\d{19}")
#: Labels and properties that mean something to the store; identifier types and fields with such names get a tail.
_LABELS = frozenset(
    (
        *("Identifier", "Record", "RecordKey", "Tombstone", "Pending", "BlockingKeys", "Customer", "CustomerKey"),
        *("Retired", "Change", "Decision", "Review", "Quarantined", "Version", "Meta", "WhographStore"),
    )
)
_PROPERTIES = frozenset(
    ("key", "source", "id", "observed_at", "signature", "hash", "record", "extra", "changed", "component_id")
)


def indexable(text: str) -> str:
    """The text, or where it is too long for an index its beginning and its hash."""
    if len(text) * 4 <= INDEXABLE_BYTES or len(text.encode()) <= INDEXABLE_BYTES:
        return text
    return f"{text[:100]}… sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def indexable_key(key: str, what: str) -> str:
    """A key by which something is found. Raises BadInputError if it is too long for an index."""
    if len(key) * 4 > INDEXABLE_BYTES and len(key.encode("utf-8", "surrogatepass")) > INDEXABLE_BYTES:
        raise BadInputError(
            f"{what} {key[:40]}… is longer than {INDEXABLE_BYTES} bytes", "Neo4j cannot index it: shorten it"
        )
    return key


def label_of(type: str) -> str:
    """The node label of an identifier type: ``store_card`` gives ``StoreCard``."""
    label = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z\u0080-\U0010ffff]+", type))
    return f"{label}Identifier" if label in _LABELS or not label else label


# -- records -----------------------------------------------------------------------------------------------------------


def record_to_row(indexed: IndexedRecord, changed: int) -> Row:
    """The key, the properties, when what it carries was seen, and the time in whole seconds, which the server makes a
    date of (a date as a parameter costs more than all the rest of the row)."""
    key = indexable_key(indexed.record.key, "the record key")
    seconds = indexed.record.observed_at // MICROSECONDS
    properties = _record_to_properties(indexed, changed)
    return {"key": key, "seconds": seconds, "seen": seen(indexed.record), "properties": properties}


def seen(record: Record) -> Row:
    """When a record's identifiers were seen on it: the ``first`` and the ``last`` time (whole seconds) and how many
    ``times``. A touch was seen with each of its observations, a record with an id of its own in the version it has."""
    times = [int(its) for its in record.observations if _TIME.fullmatch(its)]
    return {
        "first": min([*times, record.observed_at]) // MICROSECONDS,
        "last": max([*times, record.observed_at]) // MICROSECONDS,
        "times": max(1, len(record.observations)),
    }


def _record_to_properties(indexed: IndexedRecord, changed: int) -> Row:
    record = indexed.record
    properties = {} if record.deleted else _readable(record)
    properties |= {
        "key": record.key,
        "source": record.source,
        "id": record.id,
        "signature": indexed.signature,
        "changed": changed,
        "record": to_json(
            [
                record.source,
                record.id,
                record.observed_at,
                record.digest,
                record.deleted,
                indexed.signature,
                record.fields,
                record.observations,
            ],
            record.key,
        ),
    }
    if record.display or record.payload:
        properties["extra"] = to_json([record.display, record.payload], record.key)
    return properties


def _readable(record: Record) -> Row:
    """The fields as people wrote them, as properties."""
    properties: Row = {}
    for name, values in (dict(record.fields) | dict(record.display)).items():
        properties[property_of(name)] = values[0] if len(values) == 1 else list(values)
    return properties


def property_of(field: str) -> str:
    """The property of a record that shows this field."""
    return f"{field}_" if field in _PROPERTIES or not field else field.replace("\0", "_")


def record_from_row(row: list[Any]) -> Record:
    """From ``record`` and, where it is asked for, ``extra``."""
    return _record(row)[0]


def scanned_from_row(row: list[Any]) -> tuple[Record, int]:
    """A record and its signature, from ``record``."""
    return _record(row)


def fields_from_row(row: list[Any]) -> tuple[str, Fields]:
    """A record's key and fields, from ``record``."""
    source, id, _, _, _, _, fields, _ = orjson.loads(row[0])
    return record_key(source, id), _fields(fields)


def _record(row: list[Any]) -> tuple[Record, int]:
    source, id, observed_at, digest, deleted, signature, fields, observations = orjson.loads(row[0])
    display, payload = orjson.loads(row[1]) if len(row) > 1 and row[1] is not None else ({}, {})
    record = Record(
        source, id, observed_at, digest, _fields(fields), _fields(display), payload, tuple(observations), deleted
    )
    return record, signature


def _fields(decoded: Mapping[str, list[str]]) -> Fields:
    return {name: tuple(values) for name, values in decoded.items()}


def carriers_from_rows(rows: Iterable[list[Any]], limit: int) -> dict[int, list[Carrier]]:
    """From each hash with the keys and signatures of its carriers."""
    carriers = {}
    for hash, keys, signatures in rows:
        # A blocking key that is also one of the record's identifiers would be the same record twice.
        found = sorted(set(zip(keys, signatures, strict=True)))[:limit]
        if found:
            carriers[hash] = [Carrier(key, signature) for key, signature in found]
    return carriers


def identifier_to_row(key: Key) -> Row:
    return {
        "hash": key.hash,
        "key": indexable(key.name),
        "type": key.type,
        "value": key.value,
        "label": label_of(key.type),
    }


def identifier_weight_to_row(its: IdentifierWeight) -> Row:
    bits = None if its.weight is None else its.weight / 1_000_000
    return {
        "hash": its.hash,
        "degree": its.degree,
        "active": bits is not None,
        "weight": None if bits is None else round(bits, 2),
        "probability": None if bits is None else _probability(bits),
    }


# -- customers and what surrounds them ---------------------------------------------------------------------------------


def customer_to_row(customer: Customer) -> Row:
    return {
        "id": customer.id,
        "size": customer.size,
        "confidence": customer.confidence,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
        "merged_into": customer.merged_into,
        "former_members": list(customer.former_members) or None,
    }


def customer_from_row(row: list[Any]) -> Customer:
    id, size, confidence, created_at, updated_at, merged_into, former = row
    return Customer(id, size, confidence, created_at, updated_at, merged_into, tuple(former or ()))


def link_to_row(link: Link) -> Row:
    bits = link.weight / 1_000_000
    return {
        "left": link.left,
        "right": link.right,
        "microbits": link.weight,
        "weight": round(bits, 2),
        "probability": _probability(bits),
    }


def _probability(bits: float) -> float:
    """The match probability of a match weight in bits."""
    return 1.0 / (1.0 + math.exp2(-max(-1000.0, min(1000.0, bits))))


def review_to_row(item: ReviewItem) -> Row:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "severity": float(item.severity),
        "rank": -float(item.severity),
        "component": item.component,
        "records": list(item.records),
        "details": to_json(item.details, f"review item {item.id}"),
    }


def review_from_row(row: list[Any]) -> ReviewItem:
    id, kind, severity, component, records, details = row
    return ReviewItem(id, ReviewKind(kind), severity, component, tuple(records), orjson.loads(details))


def decision_to_properties(decision: Decision) -> Row:
    return {
        "id": decision.id,
        "kind": decision.kind.value,
        "left_key": indexable(decision.left),
        "right_key": indexable(decision.right),
        "by": decision.by,
        "reason": decision.reason,
        "at": decision.at,
        "standing": decision.withdrawn_at is None,
        "decision": to_json(decision_to_row(decision), f"decision {decision.id}"),
    }


def decision_from_properties(row: list[Any]) -> Decision:
    return decision_from_row(orjson.loads(row[0]))


def change_to_row(change: Change, sequence: int) -> Row:
    return {
        "sequence": sequence,
        "kind": change.kind.value,
        "customer_id": change.customer_id,
        "at": change.at,
        "details": to_json(change.details, "a change"),
    }


def quarantined_to_properties(entry: Quarantined, number: int) -> Row:
    return {
        "digest": quarantined_digest(entry).hex(),
        "number": number,
        "source": entry.source,
        "field": entry.field,
        "reason": entry.reason,
        "entry": to_json(quarantined_to_row(entry), "a quarantine entry"),
    }


def quarantined_from_properties(row: list[Any]) -> tuple[int, Quarantined]:
    return row[0], Quarantined(*orjson.loads(row[1]))
