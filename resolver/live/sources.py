"""Sources that nobody configured: registered when their first records come, with guessed columns.

What is guessed is kept in the store beside the resolution version, in full, and stands after ``whograph.toml``, which
may name the source any day. Live, a version that differs from the one before in nothing but this source is adopted at
once: model and blocking rules stay, and columns that would bring fields which the model does not know are left out. The
next re-cluster takes these in, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from graph.errors import BadInputError
from graph.model import ResolutionVersion
from graph.store import Snapshot, Transaction
from resolver.answers import SourceRegistration
from resolver.config import IGNORE, Config, SourceConfig
from resolver.normalise import NORMALISER_VERSION
from resolver.preparing.rows import table_of_payloads
from resolver.scoring.model import Model
from resolver.training.default_model import default_model

#: The store's small text that holds the registered sources, with all fields that they use, as a config of its own.
REGISTERED = "registered_sources"
#: Rows of a first request that are looked at.
SAMPLE = 10_000


def registered(snapshot: Snapshot) -> Config | None:
    """The registered sources; None where there are none."""
    text = snapshot.meta(REGISTERED)
    return None if text is None else Config.from_json(text)


def in_force(config: Config, its: Config | None, names: Collection[str] | None = None) -> Config:
    """A config with the registered sources that it does not name itself. ``names``: of the fields that these would
    add, only those are added, and other columns left out; None: all."""
    added = {name: source for name, source in (its.sources if its else {}).items() if name not in config.sources}
    if its is None or not added:
        return config
    known = config.identifiers.keys() | config.attributes.keys()
    used = {meaning for source in added.values() for meaning in source.columns.values()}
    fresh = {name for name in used - known if names is None or name in names}
    sources = {name: _with_columns(source, known | fresh) for name, source in added.items()}
    return Config(
        resolution=config.resolution,
        sources=dict(config.sources) | sources,
        identifiers=dict(config.identifiers) | {name: one for name, one in its.identifiers.items() if name in fresh},
        attributes=dict(config.attributes) | {name: one for name, one in its.attributes.items() if name in fresh},
    )


def _with_columns(source: SourceConfig, fields: Collection[str]) -> SourceConfig:
    kept = {column: its for column, its in source.columns.items() if its == IGNORE or its in fields}
    return source.model_copy(update={"columns": kept})


def fields_of(config: Config) -> set[str]:
    return {*config.identifiers, *config.attributes}


def known_fields(config: Config, its: Config, model: Model) -> set[str]:
    """The fields that may be used under a model: those of the config, those that the model knows, and of the registered
    sources those that are only kept for profiles."""
    kept = {name for name, one in its.attributes.items() if not one.compared}
    return fields_of(config) | model.fields.keys() | kept


def register(tx: Transaction, source: str, rows: Sequence[Mapping[str, Any]], now: int) -> SourceRegistration | None:
    """Register a source by what its first rows look like, and adopt a version with it; None where the adopted one has
    it already. A store without any version gets its first. Raises BadInputError for a name or rows that cannot be
    used."""
    adopted = tx.version()
    base = Config() if adopted is None else Config.from_json(adopted.config)
    if source in base.sources:
        return None
    _check_name(source, base, tx)
    if tx.source_counts().get(source):
        raise BadInputError(
            f"the store holds records of source {source!r}, which the configuration named once",
            "name it there again, and run: whograph recluster",
            place=source,
        )
    its, warnings = _guessed(source, rows, in_force(base, registered(tx)))
    known = registered(tx) or Config()
    fragment = Config(
        sources=dict(known.sources) | {source: its.sources[source]},
        identifiers=dict(known.identifiers) | dict(its.identifiers),
        attributes=dict(known.attributes) | dict(its.attributes),
    )
    tx.put_meta(REGISTERED, fragment.canonical_json())
    if adopted is None:
        live = its
        model, normaliser = default_model(its).to_json(), NORMALISER_VERSION
    else:
        live = in_force(base, fragment, fields_of(base))
        model, normaliser = adopted.model, adopted.normaliser
    number = max((one.number for one in tx.versions()), default=0) + 1
    tx.adopt_version(ResolutionVersion(number, live.canonical_json(), model, normaliser, now))
    used = live.sources[source]
    left_out = {
        column: its.sources[source].columns[column] for column in its.sources[source].columns.keys() - used.columns
    }
    return SourceRegistration(
        source, number, used.id, used.time, used.role, dict(used.columns), dict(sorted(left_out.items())), warnings
    )


def _check_name(source: str, base: Config, tx: Transaction) -> None:
    if not source or ":" in source or source != source.strip() or not source.isprintable() or len(source) > 100:
        raise BadInputError(
            f"source name {source[:100]!r} cannot be used",
            "it must be short, and hold no colon and no outer blanks",
            place="source",
        )
    ends = {end.partition(":")[0] for its in tx.decisions() for end in (its.left, its.right)}
    if source in base.identifiers and source in ends:  # they would speak of records from now on
        raise BadInputError(
            f"source name {source!r} is a type of identifier that decisions speak of",
            "give the source another name",
            place="source",
        )


def _guessed(source: str, rows: Sequence[Mapping[str, Any]], base: Config) -> tuple[Config, tuple[str, ...]]:
    """The source with all fields that it uses, as a config of its own, and what was doubtful."""
    from resolver.guess import guess_source, propose  # word lists that nothing else of live work needs

    guess = guess_source(source, sample(source, rows))
    proposed = propose([guess], base)
    its = proposed.sources[source]
    if base.sources and its.region is None and proposed.resolution.region != base.resolution.region:
        its = its.model_copy(update={"region": proposed.resolution.region})
    used = set(its.columns.values())
    config = Config(
        resolution=base.resolution if base.sources else proposed.resolution,
        sources={source: its},
        identifiers={name: one for name, one in proposed.identifiers.items() if name in used},
        attributes={name: one for name, one in proposed.attributes.items() if name in used},
    )
    return config, tuple(guess.warnings)


def sample(source: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The first rows of a source that show what its columns mean. Raises BadInputError where none does."""
    usable = []
    for row in rows[:SAMPLE]:
        try:
            table_of_payloads([row])
        except (BadInputError, AttributeError):  # it will be refused with its reason
            continue
        usable.append(row)
    if not any(usable):
        raise BadInputError("no row shows what the columns mean", "send rows with values", place=source)
    return table_of_payloads(usable)
