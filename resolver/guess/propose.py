"""From guesses to a configuration: one field for what means the same in several sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from resolver.config import (
    IGNORE,
    AttributeConfig,
    AttributeKind,
    Config,
    IdentifierConfig,
    IdentifierKind,
    ResolutionConfig,
    SourceConfig,
)
from resolver.guess.foreign import with_foreign_keys
from resolver.guess.guesses import ColumnGuess, SourceGuess
from resolver.guess.headers import read_header
from resolver.guess.meanings import CODE, MEANINGS

#: Where sources disagree on the kind of an attribute that has no name of its own, the more general kind is taken.
_GENERAL = (
    AttributeKind.TEXT,
    AttributeKind.FULL_NAME,
    AttributeKind.ADDRESS,
    AttributeKind.PLACE,
    AttributeKind.CATEGORY,
)

#: The order of the table: of several fields of one kind (given and middle name) the main one comes first.
_ORDER = {meaning: place for place, meaning in enumerate(MEANINGS)}


def propose(guesses: Sequence[SourceGuess], base: Config | None = None) -> Config:
    """The configuration for the guessed sources. With ``base`` it is extended: what it says stays as it is, its fields
    are used by name, and only sources that it lacks are added."""
    base = base or Config()
    fresh = [guess for guess in guesses if guess.source not in base.sources]
    known = [_in_words_of_base(guess, base) for guess in fresh]
    settled = [_without_clashes(guess, base) for guess in with_foreign_keys(known, base)]
    region = _region(settled, base)
    sources = dict(base.sources) | {guess.source: _source(guess, region) for guess in settled}
    identifiers = dict(base.identifiers)
    attributes = dict(base.attributes)
    for column in _columns(settled):
        if isinstance(column.kind, IdentifierKind) and column.meaning not in identifiers:
            identifiers[column.meaning] = _identifier(column)
    for column in _columns(settled):
        if isinstance(column.kind, AttributeKind) and column.meaning not in base.attributes:
            attributes[column.meaning] = _attribute(column, attributes.get(column.meaning))
    if "full_name" not in base.attributes:
        attributes = _parts_before_whole(attributes)
    return Config(
        resolution=base.resolution.model_copy(update={"region": region, "date_order": _date_order(settled, base)}),
        sources=sources,
        identifiers=identifiers,
        attributes=dict(sorted(attributes.items(), key=lambda each: _ORDER.get(each[0], len(_ORDER)))),
    )


def _columns(guesses: Sequence[SourceGuess]) -> Iterator[ColumnGuess]:
    return (column for guess in guesses for column in guess.columns if column.meaning not in ("", IGNORE))


def _source(guess: SourceGuess, region: str) -> SourceConfig:
    return SourceConfig(
        id=guess.id,
        time=guess.time,
        customer_id=guess.customer_id,
        role=guess.role,
        region=guess.region if guess.region != region else None,
        date_order=guess.date_order if guess.date_order in ("dmy", "mdy") else None,
        columns={column.column: column.meaning for column in guess.columns if column.meaning},
    )


def _identifier(column: ColumnGuess) -> IdentifierConfig:
    definition = MEANINGS.get(column.meaning, CODE)
    assert isinstance(column.kind, IdentifierKind)
    return IdentifierConfig(kind=column.kind, max_records=definition.max_records, exclusive=column.exclusive)


def _attribute(column: ColumnGuess, known: AttributeConfig | None) -> AttributeConfig:
    """One attribute's config; a source that compares it outvotes one that does not."""
    assert isinstance(column.kind, AttributeKind)
    definition = MEANINGS.get(column.meaning)
    if known is None:
        config = AttributeConfig(kind=column.kind, compared=column.compared)
        survivorship = definition.survivorship if definition else None
        return config.model_copy(update={"survivorship": survivorship}) if survivorship else config
    kind = known.kind
    if column.kind != kind:
        kind = next((general for general in _GENERAL if general in (kind, column.kind)), AttributeKind.TEXT)
    return known.model_copy(update={"kind": kind, "compared": known.compared or column.compared})


def _parts_before_whole(attributes: dict[str, AttributeConfig]) -> dict[str, AttributeConfig]:
    """Full names are taken apart when they are prepared, and need no comparison: parts tell nicknames, initials, new
    family names and families, and how common each of them is."""
    if "full_name" not in attributes or not attributes["full_name"].compared:
        return attributes
    parts = {
        name: AttributeConfig(kind=kind)
        for name, kind in (("given_name", AttributeKind.GIVEN_NAME), ("family_name", AttributeKind.FAMILY_NAME))
    }
    whole = attributes["full_name"].model_copy(update={"compared": False})
    return parts | attributes | {"full_name": whole}


def _region(guesses: Sequence[SourceGuess], base: Config) -> str:
    if base.sources:
        return base.resolution.region
    regions = Counter(guess.region for guess in guesses if guess.region)
    return min(regions, key=lambda region: (-regions[region], region)) if regions else ResolutionConfig().region


def _date_order(guesses: Sequence[SourceGuess], base: Config) -> str:
    """The order that the sources agree on; auto where they do not, or where the base has said otherwise."""
    orders = {guess.date_order for guess in guesses if guess.date_order}
    if base.sources:
        return base.resolution.date_order if orders <= {base.resolution.date_order} else "auto"
    return next(iter(orders)) if len(orders) == 1 else "auto"


def _in_words_of_base(guess: SourceGuess, base: Config) -> SourceGuess:
    """The guess with fields called as the base calls them: its ``mail`` for ``email``."""
    named = {read.meaning: name for name in _fields(base) if (read := read_header(name)) is not None}
    return replace(guess, columns=tuple(_in_words(column, named, base) for column in guess.columns))


def _in_words(column: ColumnGuess, named: dict[str, str], base: Config) -> ColumnGuess:
    fields = _fields(base)
    if column.kind is None or column.meaning in fields:
        return column
    name = named.get(column.meaning)
    if name is None and column.kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE):
        name = next((name for name, kind in fields.items() if kind is column.kind), None)
    return replace(column, meaning=name) if name is not None and fields[name] is column.kind else column


def _fields(config: Config) -> dict[str, IdentifierKind | AttributeKind]:
    kinds: dict[str, IdentifierKind | AttributeKind] = {name: its.kind for name, its in config.identifiers.items()}
    return kinds | {name: its.kind for name, its in config.attributes.items()}


def _without_clashes(guess: SourceGuess, base: Config) -> SourceGuess:
    """A field name is an identifier or an attribute, not both: the base decides, then what the table says."""
    identifiers = {c.meaning for c in guess.columns if isinstance(c.kind, IdentifierKind)} | base.identifiers.keys()
    return replace(guess, columns=tuple(_renamed(column, identifiers, base) for column in guess.columns))


def _renamed(column: ColumnGuess, identifiers: set[str], base: Config) -> ColumnGuess:
    meaning = column.meaning
    if isinstance(column.kind, IdentifierKind) and meaning in base.attributes:
        return replace(column, meaning=f"{meaning}_key")
    if isinstance(column.kind, AttributeKind) and meaning in identifiers:
        return replace(column, meaning=f"{meaning}_value")
    return column
