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
from resolver.guess.guesses import ColumnGuess, SourceGuess
from resolver.guess.headers import words_of
from resolver.guess.meanings import CODE, MEANINGS

#: Where sources disagree on the kind of an attribute that has no name of its own, the more general kind is taken.
_GENERAL = (
    AttributeKind.TEXT,
    AttributeKind.FULL_NAME,
    AttributeKind.ADDRESS,
    AttributeKind.PLACE,
    AttributeKind.CATEGORY,
)


def propose(guesses: Sequence[SourceGuess], base: Config | None = None) -> Config:
    """The configuration for the guessed sources. With ``base`` it is extended: what it says stays as it is, its fields
    are used by name, and only sources that it lacks are added."""
    base = base or Config()
    fresh = [guess for guess in guesses if guess.source not in base.sources]
    settled = [_without_clashes(guess, base) for guess in _with_foreign_keys(fresh, base)]
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
    return Config(
        resolution=base.resolution.model_copy(update={"region": region, "date_order": _date_order(settled, base)}),
        sources=sources,
        identifiers=identifiers,
        attributes=attributes,
    )


def _columns(guesses: Sequence[SourceGuess]) -> Iterator[ColumnGuess]:
    return (column for guess in guesses for column in guess.columns if column.meaning not in ("", IGNORE))


def _source(guess: SourceGuess, region: str) -> SourceConfig:
    return SourceConfig(
        id=guess.id,
        time=guess.time,
        role=guess.role,
        region=guess.region if guess.region != region else None,
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


def _with_foreign_keys(guesses: Sequence[SourceGuess], base: Config) -> list[SourceGuess]:
    """Where a column holds another source's record ids, those ids become identifiers of that type there as well."""
    changed = {guess.source: guess for guess in guesses}
    for guess in guesses:
        for column in guess.columns:
            if column.role != "identifier" or column.kind is not IdentifierKind.CODE:
                continue
            owners = [other for other in guesses if other is not guess and _owns(other, column.meaning)]
            if len(owners) == 1 and column.meaning not in base.attributes:
                owner = changed[owners[0].source]
                changed[owner.source] = _id_also(owner, column)
    return list(changed.values())


def _owns(guess: SourceGuess, meaning: str) -> bool:
    """Whether the record ids of a source are what an identifier of this name holds."""
    id_column = guess.id
    if id_column is None:
        return False
    source, id_words = "_".join(words_of(guess.source)), "_".join(words_of(id_column))
    named = {
        f"{source}_{end}" for end in ("id", "no", "nr", "number", "key", "ref", "customer_id", "customer_no", id_words)
    }
    specific = id_words not in ("id", "unique_id", "rec_id", "record_id", "row_id", "uid", "key")
    also = next((column.meaning for column in guess.columns if column.role == "id"), "")
    return meaning in named or meaning == also or (specific and meaning == id_words)


def _id_also(guess: SourceGuess, identifier: ColumnGuess) -> SourceGuess:
    columns = tuple(
        replace(
            column, meaning=identifier.meaning, kind=identifier.kind, why=f"{column.why}; other sources refer to it"
        )
        if column.role == "id" and not column.meaning
        else column
        for column in guess.columns
    )
    return replace(guess, columns=columns)


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
