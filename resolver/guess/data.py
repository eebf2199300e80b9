"""The lists that this package ships: names, places, words of headers."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def read_text(name: str) -> str:
    return files("resolver.guess").joinpath(name).read_text(encoding="utf-8")


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads(read_text(name))


@cache
def _words() -> dict[str, Any]:
    return read_toml("words.toml")


@cache
def word_list(section: str, name: str) -> frozenset[str]:
    """One list of ``words.toml``."""
    return frozenset(_words()[section][name].split())


@cache
def region_words(name: str) -> dict[str, frozenset[str]]:
    """A table of ``words.toml`` under region: key → words."""
    return {key: frozenset(text.split()) for key, text in _words()["region"][name].items()}


def _lines(name: str) -> list[str]:
    return [line for line in read_text(name).splitlines() if line and not line.startswith("#")]


@cache
def given_names() -> frozenset[str]:
    return frozenset(name for line in _lines("given_names.txt") for name in line.split())


@cache
def family_names() -> frozenset[str]:
    return frozenset(name for line in _lines("family_names.txt") for name in line.split())


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Folded place → the countries (ISO 3166-1 alpha-2) that have one of that name in the list."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("places.txt"):
        country, _, names = line.partition(" ")
        for name in names.split(", "):
            found[name] = (*found.get(name, ()), country)
    return found
