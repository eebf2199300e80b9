"""Every Cypher statement of whograph, in named files, and their loader.

A ``.cypher`` file of this folder holds sections. A section begins with a line ``// == name ==``, then a comment that
says what it is for, then one statement. Values reach a statement as parameters, never by building its text. What every
reading statement ends with is written once, as the section ``answer``.
``browser/`` holds the queries that people save in Neo4j Browser, one a file, and its style.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_HEADING = re.compile(r"^// == (?P<name>[a-z0-9_]+) ==$", re.MULTILINE)


@cache
def _statements() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".cypher"):
            for name, text in _sections(file.name, file.read_text(encoding="utf-8")):
                if name in found:
                    raise ValueError(f"{file.name}: there is another statement named {name}")
                found[name] = text
    answer = found.pop("answer")
    return {name: f"{text}\n{answer}" if text.endswith(" AS rows") else text for name, text in found.items()}


def _sections(file: str, text: str) -> list[tuple[str, str]]:
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        (heading["name"], _without_comment(f"{file}: {heading['name']}", text[heading.end() : end]))
        for heading, end in zip(headings, ends, strict=True)
    ]


def _without_comment(place: str, section: str) -> str:
    """The bare statement. Comments stay behind: the server keeps plans by a statement's text."""
    lines = section.strip().splitlines()
    if not lines or not lines[0].startswith("//"):
        raise ValueError(f"{place} must begin with a comment that says what it is for")
    statement = "\n".join(line for line in lines if not line.lstrip().startswith("//")).strip().removesuffix(";")
    if not statement:
        raise ValueError(f"{place} has no statement")
    return statement


def names() -> list[str]:
    """The names of all statements, sorted."""
    return sorted(_statements())


def statement(name: str) -> str:
    """The text of the statement with this name. Raises KeyError that names the unknown one."""
    try:
        return _statements()[name]
    except KeyError:
        raise KeyError(f"no Cypher statement named {name!r} in cypher/*.cypher") from None


def browser_queries() -> dict[str, str]:
    """The saved queries for Neo4j Browser, with their comments, by name."""
    folder = resources.files(__name__) / "browser"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".cypher")), key=lambda entry: entry.name
    )
    return {entry.name.removesuffix(".cypher"): entry.read_text(encoding="utf-8") for entry in files}
