"""The configuration, ``whograph.toml``: what the columns of each source mean, and how strict resolution is.

pydantic checks it at the edge; an unknown key or an impossible value is one clear ``BadInputError``. A config is part
of the resolution version, so its JSON form (``Config.canonical_json``) is stable.
"""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from graph.errors import BadInputError

#: The meaning of a column that is read and then dropped: its values are never stored.
IGNORE = "ignore"
#: The column in which any row may bring one of our customer ids; ``SourceConfig.customer_id`` names another.
RETURNED_ID = "whograph_customer_id"
#: The column in which any row may say when it was observed; it stands over the one that ``SourceConfig.time`` names.
OBSERVED_AT = "whograph_observed_at"
#: The field that says on which day (UTC) a record was seen at its source, where an identifier's weight depends on it.
SEEN_DAY = "whograph_seen_day"


class IdentifierKind(StrEnum):
    """How an identifier's values are normalised and how near misses of it are told."""

    EMAIL = "email"
    PHONE = "phone"
    CODE = "code"  # loyalty, account, device, cookie, order numbers: case and punctuation do not count
    NATIONAL_ID = "national_id"  # a code that typos get into, so that near misses are compared


class AttributeKind(StrEnum):
    """How an attribute's values are normalised and compared."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    DATE = "date"
    POSTCODE = "postcode"
    PLACE = "place"  # city, suburb, state, birth place
    ADDRESS = "address"  # street lines, with or without house number
    HOUSE_NUMBER = "house_number"
    CATEGORY = "category"  # few distinct values: gender, title, trade, colour
    TEXT = "text"  # anything else that is compared
    NUMBER = "number"


class Survivorship(StrEnum):
    """Which value of a field the golden profile shows."""

    LATEST = "latest"
    MOST_TRUSTED = "most_trusted"
    MOST_FREQUENT = "most_frequent"
    LONGEST = "longest"
    ALL = "all"
    MIN = "min"
    MAX = "max"
    SUM = "sum"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentifierConfig(_Section):
    """One identifier type. ``match_probability``: how sure sharing one active value makes us, 0…1 exclusive, or auto
    (learned from the data). ``max_records``: cap on the degree of a value. ``exclusive``: a customer has one, so that
    two different values speak against, by ``conflict_weight`` bits. ``half_life_days``: after so many days half of the
    values belong to somebody else (telephone numbers are given out again), so that records which share one, seen far
    apart, get fewer bits for it; None: values stay with their owners."""

    kind: IdentifierKind = IdentifierKind.CODE
    match_probability: Annotated[float, Field(gt=0, lt=1)] | Literal["auto"] = "auto"
    max_records: int = Field(default=100, ge=2)
    exclusive: bool = False
    conflict_weight: float = Field(default=10.0, ge=0, le=60)
    half_life_days: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    junk: tuple[str, ...] = ()
    survivorship: Survivorship = Survivorship.ALL

    @model_serializer(mode="wrap")
    def _without_what_is_off(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Configs that know no half-life have the text that they had before there was one."""
        its: dict[str, Any] = dump(self)
        return {name: value for name, value in its.items() if name != "half_life_days" or value is not None}


class AttributeConfig(_Section):
    """One attribute. An attribute that is not ``compared`` is kept for the profile only."""

    kind: AttributeKind
    compared: bool = True
    junk: tuple[str, ...] = ()
    survivorship: Survivorship = Survivorship.MOST_FREQUENT


class SourceConfig(_Section):
    """One source. ``id`` names its record-id column (None: a row's id is made from its content; in a touch source from
    its identifiers), ``time`` the column that says when a row was last changed. ``columns`` maps each column to an
    identifier type, an attribute name, or ``ignore``. ``trust``: higher wins under most_trusted. ``region`` and
    ``date_order`` stand in for those of the resolution where they are given. ``customer_id`` names the column in which
    the system keeps our customer id."""

    id: str | None = None
    time: str | None = None
    customer_id: str | None = None
    role: Literal["customer", "prospect", "touch"] = "customer"
    trust: int = 0
    region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    date_order: Literal["auto", "dmy", "mdy"] | None = None
    columns: dict[str, str] = Field(default_factory=dict)

    def learned_from(self) -> dict[str, Any]:
        """What its records are made under: all but what only decides or shows afterwards."""
        its = self.model_dump(mode="json", exclude={"trust", "customer_id"})
        return its | {"columns": list(self.columns.items())}  # whose order means something

    def column_of(self, meaning: str) -> list[str]:
        """The columns with this meaning, in the order of the config."""
        return [column for column, its in self.columns.items() if its == meaning]


class ResolutionConfig(_Section):
    """Thresholds in bits, sizes in records. ``link_threshold`` auto: chosen with the model, without labels."""

    link_threshold: Annotated[float, Field(ge=-20, le=60)] | Literal["auto"] = "auto"
    conflict_threshold: Annotated[float, Field(ge=-60, le=20)] | Literal["auto"] = "auto"
    review_margin: float = Field(default=3.0, ge=0, le=20)
    max_component: int = Field(default=2_000, ge=2)
    max_pairwise: int = Field(default=300, ge=2)
    blocking_cap: int = Field(default=100, ge=2)
    region: str = Field(default="US", pattern="^[A-Z]{2}$")
    date_order: Literal["auto", "dmy", "mdy"] = "auto"
    allow_new_sources: bool = False


class Config(_Section):
    """The whole of ``whograph.toml``."""

    resolution: ResolutionConfig = ResolutionConfig()
    sources: dict[str, SourceConfig] = Field(default_factory=dict)
    identifiers: dict[str, IdentifierConfig] = Field(default_factory=dict)
    attributes: dict[str, AttributeConfig] = Field(default_factory=dict)

    @field_validator("sources")
    @classmethod
    def _source_names_are_plain(cls, sources: dict[str, SourceConfig]) -> dict[str, SourceConfig]:
        for name in sources:
            if not name or ":" in name or name != name.strip():
                raise ValueError(f"source name {name!r} must not be empty, nor hold a colon or outer blanks")
        return sources

    @model_validator(mode="after")
    def _meanings_exist(self) -> Config:
        both = self.identifiers.keys() & self.attributes.keys()
        if both:
            raise ValueError(f"{sorted(both)[0]!r} is both an identifier and an attribute; rename one")
        if any(name in (IGNORE, SEEN_DAY) or not name or ":" in name for name in self.identifiers | self.attributes):
            raise ValueError(f"field names must not be empty, nor 'ignore' or {SEEN_DAY!r}, nor hold a colon")
        for name, source in self.sources.items():
            if source.customer_id and source.columns.get(source.customer_id) == IGNORE:
                raise ValueError(f"sources.{name}.customer_id is {source.customer_id!r}, a column that is ignored")
            for column, meaning in source.columns.items():
                if meaning != IGNORE and meaning not in self.identifiers and meaning not in self.attributes:
                    raise ValueError(
                        f"sources.{name}.columns.{column} is {meaning!r}, which is neither 'ignore' "
                        f"nor in [identifiers] nor in [attributes]"
                    )
        return self

    @property
    def fades(self) -> bool:
        """Whether what some identifier says depends on when records were seen."""
        return any(its.half_life_days is not None for its in self.identifiers.values())

    @property
    def stored_fields(self) -> tuple[str, ...]:
        """The fields that normalised records may have, in the order of the config."""
        return (*self.identifiers, *self.attributes, *((SEEN_DAY,) if self.fades else ()))

    def canonical_json(self) -> str:
        """The form that is stored in the resolution version: the same text for configs that mean the same. The order of
        identifiers and attributes means something (profiles show their fields in it), that of columns too (of several
        columns with one meaning the first comes first); that of sources does not."""
        sources = dict(sorted(self.sources.items()))
        return self.model_copy(update={"sources": sources}).model_dump_json()

    def learned_from(self) -> str:
        """The part of the config that records and model are made under, as JSON with sorted keys. What only decides or
        shows afterwards is left out: a change of it needs no training and no new normal forms."""
        document = self.model_dump(mode="json")
        for name in ("link_threshold", "conflict_threshold", "review_margin", "max_component", "max_pairwise"):
            del document["resolution"][name]
        del document["resolution"]["allow_new_sources"]
        for its in (*document["identifiers"].values(), *document["attributes"].values()):
            del its["survivorship"]
            if its.pop("half_life_days", None) is not None:
                document["fades"] = True  # records say when they were seen; how fast what they share fades, decides
        document["sources"] = {name: its.learned_from() for name, its in self.sources.items()}
        return json.dumps(document, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Config:
        return cls.model_validate_json(text)


def read_toml(path: Path, where_missing: str) -> dict[str, Any]:
    """The document at ``path``. Raises BadInputError; ``where_missing`` says what to do if there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError("no such config", where_missing, place=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot be read ({error})", "name a readable TOML file", place=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"is not TOML ({error})", "mend that line", place=str(path)) from error


def load_config(path: Path) -> Config:
    """Read ``whograph.toml``. Raises BadInputError that names the key and what is wrong with it."""
    document = read_toml(path, "write one with: whograph init FILES")
    for other in ("service", "masks"):  # no part of the resolution version: see api.settings and resolver.masks
        document.pop(other, None)
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the config"
        raise BadInputError(f"{where}: {first['msg']}", "mend that key", place=str(path)) from error
    _refuse_names_alike(config, path)
    _refuse_timeless(config, path)
    return config


def _refuse_names_alike(config: Config, path: Path) -> None:
    """Identifier types that differ in nothing but case and punctuation would be one label of a graph, and are one type
    by mistake. (Not a check of ``Config`` itself: a store whose version has such types must stay readable.)"""
    seen: dict[str, str] = {}
    for name in config.identifiers:
        other = seen.setdefault("".join(filter(str.isalnum, name)).casefold(), name)
        if other != name:
            problem = f"identifiers {other!r} and {name!r} differ only in case and punctuation"
            raise BadInputError(problem, "give them one name, or two that differ", place=str(path))


def _refuse_timeless(config: Config, path: Path) -> None:
    """Nothing would ever fade."""
    fading = [name for name, its in config.identifiers.items() if its.half_life_days is not None]
    if fading and config.sources and not any(its.time for its in config.sources.values()):
        problem = f"identifiers.{fading[0]}.half_life_days counts from when records were seen, and no source has a time"
        raise BadInputError(problem, 'name its column, time = "…" under [sources.NAME]', place=str(path))
