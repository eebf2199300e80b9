"""The proposed configuration as a commented ``whograph.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import tomlkit
from pydantic import BaseModel
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from resolver.config import IGNORE, Config, SourceConfig
from resolver.guess.guesses import ColumnGuess, SourceGuess

_HEAD = (
    "whograph.toml: what the columns of each source mean, and how strict resolution is.",
    "Proposed from the columns' names and values; the comments say what was seen and how sure that is.",
    'Change what is wrong: name another field, or "ignore" for a column that is not to be stored.',
)
_IDENTIFIERS = (
    "Identifiers: sharing a value speaks for one customer. kind: email, phone, code or national_id. max_records:",
    "a value on more records links nothing. exclusive: a customer has one, so that two different ones speak against.",
    "half_life_days (off unless given): after so many days half of the values are another's, as of telephone numbers",
    "that are given out again; records of sources with a time that share one, seen far apart, get fewer bits for it.",
)
_ATTRIBUTES = (
    "Attributes: compared (unless compared = false), and merged into the profile by their survivorship rule.",
)


def to_toml(config: Config, guesses: Sequence[SourceGuess]) -> str:
    """The text of ``whograph.toml``: reads back (``load_config``) as an equal config. Guessed columns have comments."""
    by_source = {guess.source: guess for guess in guesses}
    document = tomlkit.document()
    _comment(document, _HEAD)
    document.add(tomlkit.nl())
    document.add("resolution", _settings(config.resolution, always=("region", "date_order", "link_threshold")))
    sources = tomlkit.table(is_super_table=True)
    for name, source in config.sources.items():
        sources.add(name, _source(source, by_source.get(name)))
    document.add("sources", sources)
    document.add("identifiers", _fields(_of_identifiers(config), _IDENTIFIERS))
    document.add("attributes", _fields(_of_attributes(config), _ATTRIBUTES))
    return tomlkit.dumps(document)


def add_to_toml(existing: str, config: Config, guesses: Sequence[SourceGuess]) -> str:
    """``existing`` with what ``config`` has besides, as ``propose`` extended it; comments and layout of the rest stay.
    Where that cannot be done, the whole is written anew. Raises tomlkit's ParseError if ``existing`` is not TOML."""
    document = tomlkit.parse(existing)
    by_source = {guess.source: guess for guess in guesses}
    try:
        sources = {name: _source(its, by_source.get(name)) for name, its in config.sources.items()}
        _add_missing(document, "sources", sources)
        _add_missing(document, "identifiers", _of_identifiers(config))
        _add_missing(document, "attributes", _of_attributes(config))
        if config.resolution.date_order != document.get("resolution", {}).get("date_order", "auto"):
            document.setdefault("resolution", tomlkit.table())["date_order"] = config.resolution.date_order
        text = tomlkit.dumps(document)
        written = tomllib.loads(text)
        written.pop("service", None)  # where it runs, which is no part of the config
        if Config.model_validate(written) == config:
            return text
    except (TOMLKitError, ValueError):
        pass  # a layout that cannot be added to, such as inline tables
    return to_toml(config, guesses)


def _add_missing(document: tomlkit.TOMLDocument, section: str, tables: dict[str, Table]) -> None:
    if section not in document:
        document.add(section, tomlkit.table(is_super_table=True))
    for name, table in tables.items():
        if name not in document[section]:
            document[section][name] = table


def _comment(container: Any, lines: Sequence[str]) -> None:
    for line in lines:
        container.add(tomlkit.comment(_one_line(line)))


def _source(source: SourceConfig, guess: SourceGuess | None) -> Table:
    table = tomlkit.table()
    _comment(table, [f"Look: {warning}" for warning in guess.warnings] if guess else [])
    said = {column.column: column for column in guess.columns} if guess else {}
    for key, value in source.model_dump(mode="json", exclude={"columns"}, exclude_defaults=True).items():
        table.add(key, value)
        if key in ("id", "time", "customer_id") and value in said:
            table[key].comment(_remark(said[value]))
    columns = tomlkit.table()
    for column, meaning in source.columns.items():
        columns.add(column, meaning)
        if column in said:
            columns[column].comment(_remark(said[column], meaning))
    table.add("columns", columns)
    return table


def _remark(guess: ColumnGuess, meaning: str | None = None) -> str:
    remark = guess.why if meaning == IGNORE else f"{guess.certainty:.0%} sure: {guess.why}"
    return _one_line(remark)


def _one_line(text: str) -> str:
    """A comment must not break out of its line, nor hold control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def _of_identifiers(config: Config) -> dict[str, Table]:
    return {name: _settings(its, ("kind", "max_records", "exclusive")) for name, its in config.identifiers.items()}


def _of_attributes(config: Config) -> dict[str, Table]:
    return {name: _settings(its, ("kind", "compared")) for name, its in config.attributes.items()}


def _fields(fields: dict[str, Table], introduction: Sequence[str]) -> Table:
    table = tomlkit.table()
    _comment(table, introduction)
    for name, settings in fields.items():
        table.add(name, settings)
    return table


def _settings(model: BaseModel, always: tuple[str, ...]) -> Table:
    """What differs from the defaults, and the settings that people most often look at."""
    table = tomlkit.table()
    values = model.model_dump(mode="json")
    defaults = {name: field.get_default() for name, field in type(model).model_fields.items()}
    for name, value in values.items():
        if name in always or getattr(model, name) != defaults[name]:
            table.add(name, value)
    return table
