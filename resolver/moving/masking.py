"""Masking: everything that a store holds, without the personal values, for those who only look.

What stays: the partition, links and weights, sizes, degrees, times, names of sources and fields. What goes: identifiers
and attributes, by their role's treatment; rows as they were delivered, the reasons and authors of decisions, refused
values, junk lists, frequency tables, named texts, and blocking keys and hashes from which values could be guessed.
Hashes are keyed (BLAKE2b, RFC 7693): without the secret nobody can tell whether a value they think of is in the copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np

from graph.model import (
    Assignment,
    Change,
    Customer,
    Decision,
    Fields,
    IndexedRecord,
    Key,
    Link,
    Quarantined,
    Record,
    ResolutionVersion,
    ReviewItem,
    record_key,
)
from graph.store import Snapshot
from resolver.blocking.signatures import Kind
from resolver.config import AttributeKind, Config, IdentifierKind
from resolver.customers.review import review_id
from resolver.hashing import Hashes, hash_texts
from resolver.masks import Mask, Treatment
from resolver.preparing.indexing import identifier_key, indexed
from resolver.scoring.model import Model
from resolver.version import Version

#: Bytes of the hashes that stand for identifiers (by which the graph hangs together), and for other values.
_LONG, _SHORT = 8, 4
#: What details of changes and findings may say; the rest is not known to be free of values.
_CUSTOMER_IDS = frozenset(("merged", "into", "from"))
_PLAIN = frozenset(("fields", "weight", "probability", "against", "size", "kind"))
#: How a time of observation is written in a touch's observations.
_TIME = re.compile(r"\d{20}|-\d{19}")


@dataclass(frozen=True, slots=True)
class Masking:
    """A role by its name, and the secret of its hashes (1 to 64 bytes)."""

    role: str
    mask: Mask
    secret: bytes = field(repr=False)


def masker_of(snapshot: Snapshot, masking: Masking) -> Masker:
    """The guise of a resolved store under a role whose fields it has."""
    adopted = snapshot.version()
    assert adopted is not None
    config = Config.from_json(adopted.config)
    masker = Masker(masking, config, frozenset(config.sources))
    if masking.mask.record_ids == "hash":
        return masker
    return replace(masker, hashed_sources=_telling_sources(snapshot, masker))


@dataclass(frozen=True)
class Masker:
    """A ``guise.Guise``. ``hashed_sources``: those whose record ids are hashed; so are those of unknown sources."""

    masking: Masking
    config: Config
    hashed_sources: frozenset[str]

    @property
    def mark(self) -> str:
        return f" masked {self._tag('mark', self.masking.mask.model_dump_json(), _LONG)}"

    @property
    def role(self) -> str:
        return self.masking.role

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        kinds: dict[str, Kind] = {name: its.kind for name, its in self.config.identifiers.items()}
        return kinds | {name: its.kind for name, its in self.config.attributes.items()}

    @cached_property
    def treatments(self) -> dict[str, Treatment]:
        return {name: self.masking.mask.treatment(name, kind) for name, kind in self.kinds.items()}

    # names

    def _tag(self, what: str, text: str, size: int = _SHORT) -> str:
        """The keyed hash of a text, in hexadecimal digits; of different things it differs."""
        message = f"{what}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(message, digest_size=size, key=self.masking.secret).hexdigest()

    def value(self, field: str, text: str) -> str | None:
        """A value in its guise; None where it goes."""
        treatment = self.treatments.get(field, Treatment.DROP)
        if treatment is Treatment.KEEP:
            return text
        if treatment is Treatment.DROP:
            return None
        tag = self._tag(field, text, _LONG if field in self.config.identifiers else _SHORT)
        return _with_part(self.kinds[field], text, tag) if treatment is Treatment.PARTIAL else tag

    def key(self, key: str) -> str:
        source, _, id = key.partition(":")
        return record_key(self._source(source), self._id(source, id))

    def _source(self, source: str) -> str:
        return source if source in self.config.sources else self._tag("source", source)

    def _id(self, source: str, id: str) -> str:
        kept = source in self.config.sources and source not in self.hashed_sources
        return id if kept else self._tag("id", f"{source}:{id}", _LONG)

    def _endpoint(self, endpoint: str) -> str:
        """The key of a record or of an identifier."""
        type, _, value = endpoint.partition(":")
        if type not in self.config.identifiers or type in self.config.sources:
            return self.key(endpoint)
        return self.identifier(type, value).name

    def identifier(self, type: str, value: str) -> Key:
        shown = self.value(type, value)
        return identifier_key(type, self._tag(type, value, _LONG) if shown is None else shown)

    def _customer(self, id: str) -> str:
        return id if self.masking.mask.customer_ids == "keep" else self._tag("customer", id, _LONG)

    # things

    def record(self, its: Record) -> Record:
        kept = {name: shown for name, shown in its.display.items() if self.treatments.get(name) is Treatment.KEEP}
        return Record(
            self._source(its.source),
            self._id(its.source, its.id),
            its.observed_at,
            self._tag("digest", its.digest, _LONG) if its.digest else "",
            self._fields(its.fields),
            kept,
            {},
            tuple(sorted({seen if _TIME.fullmatch(seen) else self._tag("seen", seen) for seen in its.observations})),
            its.deleted,
        )

    def _fields(self, fields: Fields) -> Fields:
        shown = {
            name: tuple(dict.fromkeys(its for text in texts if (its := self.value(name, text)) is not None))
            for name, texts in fields.items()
        }
        return {name: texts for name, texts in shown.items() if texts}

    def signature(self, its: int) -> int:
        if its == 0:
            return 0
        return int.from_bytes(bytes.fromhex(self._tag("signature", str(its), 8)), "big", signed=True) or 1

    def indexed(self, records: Sequence[Record], version: Version) -> list[IndexedRecord]:
        """Identifiers that are dropped have no key, and there are no blocking keys: nothing is resolved here."""
        return [
            IndexedRecord(
                self.record(its.record),
                self.signature(its.signature),
                tuple(
                    self.identifier(key.type, key.value)
                    for key in its.keys
                    if key.value is not None and self.treatments[key.type] is not Treatment.DROP
                ),
            )
            for its in indexed(records, version).values()
        ]

    def assignment(self, its: Assignment) -> Assignment:
        component, customer = self.key(its.component), self._customer(its.customer_id)
        return Assignment(self.key(its.record_key), component, customer, its.confidence)

    def customer(self, its: Customer) -> Customer:
        heir = None if its.merged_into is None else self._customer(its.merged_into)
        former = tuple(sorted(map(self.key, its.former_members)))
        return replace(its, id=self._customer(its.id), merged_into=heir, former_members=former)

    def link(self, its: Link) -> Link:
        left, right = sorted((self.key(its.left), self.key(its.right)))
        return Link(left, right, its.weight)

    def review(self, its: ReviewItem) -> ReviewItem:
        records = tuple(map(self._endpoint, its.records))
        details, about = {name: value for name, value in its.details.items() if name in _PLAIN}, records
        if "weakest_link" in its.details:
            details["weakest_link"] = [self.key(key) for key in its.details["weakest_link"]]
        if "decision" in its.details:
            details["decision"] = self._decision_id(its.details["decision"])
            about = (*records, details["decision"])
        component = self._endpoint(its.component)
        return ReviewItem(review_id(its.kind, about), its.kind, its.severity, component, records, details)

    def decision(self, its: Decision) -> Decision:
        left, right = sorted((self._endpoint(its.left), self._endpoint(its.right)))
        return replace(its, id=self._decision_id(its.id), left=left, right=right, by=self._tag("by", its.by), reason="")

    def _decision_id(self, id: str) -> str:
        return f"d{self._tag('decision', id, _LONG)}"

    def change(self, its: Change) -> Change:
        details = {name: value for name, value in its.details.items() if name in _PLAIN}
        for name in _CUSTOMER_IDS & its.details.keys():
            details[name] = [self._customer(id) for id in its.details[name]]
        if "records" in its.details:
            details["records"] = [self.key(key) for key in its.details["records"]]
        return replace(its, customer_id=self._customer(its.customer_id), details=details)

    def refusal(self, its: Quarantined) -> Quarantined:
        """Of each refusal its source, field, time and kind of reason."""
        source = self.config.sources.get(its.source)
        known = source is not None and (its.field in source.columns or its.field == source.time)
        everything = "\0".join((its.source, its.record_id or "", its.place, its.field or "", its.value, its.reason))
        return Quarantined(
            self._source(its.source),
            None if its.record_id is None else self._id(its.source, its.record_id),
            self._tag("place", everything, _LONG),
            its.field if known or its.field is None else self._tag("column", its.field),
            "",
            _without_values(its.reason),
            its.at,
        )

    def version(self, its: ResolutionVersion) -> ResolutionVersion:
        config, model = Config.from_json(its.config), Model.from_json(its.model)
        identifiers = {name: part.model_copy(update={"junk": ()}) for name, part in config.identifiers.items()}
        attributes = {name: part.model_copy(update={"junk": ()}) for name, part in config.attributes.items()}
        config = config.model_copy(update={"identifiers": identifiers, "attributes": attributes})
        fields = {name: replace(part, frequencies={}) for name, part in model.fields.items()}
        return replace(its, config=config.canonical_json(), model=replace(model, fields=fields).to_json())

    def texts(self, its: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002  none of them is for those who look
        return {}


def _with_part(kind: Kind, text: str, tag: str) -> str:
    """The part of a value that may be seen, and the tag of all of it; the tag alone where no part is short of all."""
    part = ""
    match kind:
        case IdentifierKind.EMAIL:
            return f"{tag}@{text.rpartition('@')[2]}" if "@" in text else tag
        case IdentifierKind.PHONE | IdentifierKind.CODE | IdentifierKind.NATIONAL_ID:
            part = f"…{text[-3:]}" if len(text) >= 8 else ""
        case AttributeKind.GIVEN_NAME | AttributeKind.FAMILY_NAME | AttributeKind.FULL_NAME | AttributeKind.PLACE:
            part = text[:1] if len(text) > 1 else ""
        case AttributeKind.DATE:
            part = text[:4] if len(text) > 4 and text[:4].isdecimal() else ""
        case AttributeKind.POSTCODE:
            part = text[:-3].strip()
        case _:
            pass
    return f"{part}~{tag}" if part else tag


def _without_values(reason: str) -> str:
    """The kind of reason: what is quoted in it, counted, or told behind a colon is left out."""
    return re.sub(r"\d+", "#", re.sub(r"'.*'|\".*\"", "…", reason.partition(":")[0], flags=re.DOTALL))


def _telling_sources(snapshot: Snapshot, masker: Masker) -> frozenset[str]:
    """The sources whose ids would tell a masked value: ids that whograph made of a row's content, ids in a column that
    is an identifier or attribute too, ids that are equal to some identifier of the store, and e-mail addresses."""
    config = masker.config
    masked = {name for name, its in masker.treatments.items() if its is not Treatment.KEEP}
    telling = {name for name, its in config.sources.items() if its.id is None or its.columns.get(its.id, "") in masked}
    identifiers = masked & config.identifiers.keys()
    ids: dict[str, list[str]] = {name: [] for name in config.sources if name not in telling}
    for key in snapshot.changed_since(0):  # tombstones too
        name, _, id = key.partition(":")
        if name in ids:
            ids[name].append(id)
    telling |= {name for name, its in ids.items() if any("@" in id for id in its)}
    values: list[Hashes] = []
    for chunk in snapshot.scan_records():
        fields = [record.fields.get(name, ()) for record, _ in chunk for name in identifiers]
        values.append(hash_texts(_folded(text) for texts in fields for text in texts))
    if values:
        known = np.unique(np.concatenate(values))
        telling |= {name for name, its in ids.items() if np.isin(hash_texts(map(_folded, its)), known).any()}
    return frozenset(telling)


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
