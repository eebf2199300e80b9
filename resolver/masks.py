"""Roles for masked copies, ``[masks.ROLE]`` in ``whograph.toml``: how much of each value those see who look at a copy.

They say nothing of how records are resolved, so they are no part of the resolution version.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import BadInputError, MaskedError
from graph.store import Snapshot
from resolver.config import AttributeKind, Config, IdentifierKind, read_toml

#: The table of ``whograph.toml`` that declares roles.
SECTION = "masks"
#: The small text by which a masked copy is known: its role.
MASKED = "masked"


class Treatment(StrEnum):
    """What becomes of a value. ``keep``: it stays. ``hash``: a keyed hash, so that equal values stay equal.
    ``partial``: a part that does not identify alone (first letter, year, postcode district, domain, last digits), and a
    keyed hash. ``drop``: it goes; an identifier takes its node and edges along."""

    KEEP = "keep"
    HASH = "hash"
    PARTIAL = "partial"
    DROP = "drop"


class Mask(BaseModel):
    """One role. A field's treatment stands over its kind's, that over ``default``. ``record_ids``: whether the ids that
    sources gave stay; ids that are, or were made from, masked values never do. ``customer_ids`` likewise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: Treatment = Treatment.HASH
    kinds: dict[AttributeKind | IdentifierKind, Treatment] = Field(default_factory=dict)
    fields: dict[str, Treatment] = Field(default_factory=dict)
    record_ids: Literal["keep", "hash"] = "keep"
    customer_ids: Literal["keep", "hash"] = "keep"

    def treatment(self, field: str, kind: AttributeKind | IdentifierKind) -> Treatment:
        return self.fields.get(field, self.kinds.get(kind, self.default))


#: What there is without any declaration. Enough to see what a customer hangs together by, and of what age and region.
BUILT_IN = MappingProxyType(
    {"analyst": Mask(kinds={AttributeKind.DATE: Treatment.PARTIAL, AttributeKind.POSTCODE: Treatment.PARTIAL})}
)


def load_mask(role: str, path: Path | None) -> Mask:
    """The role of this name: declared in the config at ``path``, or built in. Raises BadInputError that names the roles
    there are, or the key that is wrong."""
    section: Any = {} if path is None else read_toml(path, "name the one that declares the role").get(SECTION, {})
    place = str(path) if path is not None else None
    if not isinstance(section, dict):
        raise BadInputError(f"{SECTION} is not a table", f"declare each role under [{SECTION}.ROLE]", place=place)
    if role in section:
        try:
            return Mask.model_validate(section[role])
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join((SECTION, role, *(str(part) for part in first["loc"] if part != "[key]")))
            raise BadInputError(f"{where}: {first['msg']}", "mend that key", place=place) from error
    if role in BUILT_IN:
        return BUILT_IN[role]
    roles = ", ".join(sorted({*BUILT_IN, *section}))
    raise BadInputError(f"no role {role!r}", f"use one of: {roles}; or declare [{SECTION}.{role}]", place="--mask")


def see_fields(mask: Mask, config: Config) -> None:
    """Raises BadInputError where the role names a field that the store's configuration does not have."""
    known = config.identifiers.keys() | config.attributes.keys()
    if unknown := sorted(mask.fields.keys() - known):
        raise BadInputError(
            f"the role speaks of a field {unknown[0]!r}, which the store does not have",
            f"name one of: {', '.join(sorted(known))}",
            place=f"{SECTION}.*.fields",
        )


def refuse_masked(snapshot: Snapshot, what: str) -> None:
    """Raises MaskedError where the store is a masked copy; ``what`` is what was to be done, such as "ingest"."""
    if snapshot.meta(MASKED) is not None:
        raise masked_error(what)


def masked_error(what: str) -> MaskedError:
    return MaskedError(f"this store is a masked copy, made to be looked at: cannot {what}", "use the original store")
