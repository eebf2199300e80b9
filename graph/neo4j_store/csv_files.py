"""CSV as ``neo4j-admin database import`` reads it: typed headers, texts in quotes, nothing where there is no value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from graph.errors import BadInputError

#: Headers with their types, and the names that their values have in a row.
Columns = dict[str, str]
#: Between the elements of a list; the unit separator of ASCII, which texts do not hold.
ARRAY_DELIMITER = "\x1f"
_EPOCH = datetime(1970, 1, 1)  # of UTC; the zone is written as Z
#: The importer takes it for the end of a file.
_UNREADABLE = "\uffff"


class CsvFiles:
    """Files of nodes and of edges in one folder: one for each name and header, opened when their first row comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, ...], TextIOWrapper] = {}
        self._names: dict[str, int] = {}
        self._nodes: list[str] = []
        self._edges: list[tuple[str, str]] = []

    def node(self, name: str, columns: Columns, row: Mapping[str, Any]) -> None:
        self._write((name, "", *columns), columns, row)

    def edge(self, name: str, type: str, columns: Columns, row: Mapping[str, Any]) -> None:
        self._write((name, type, *columns), columns, row)

    def _write(self, which: tuple[str, ...], columns: Columns, row: Mapping[str, Any]) -> None:
        file = self._open.get(which)
        if file is None:
            file = self._open[which] = self._begin(which)
        try:
            file.write(",".join([_cell(row.get(its)) for its in columns.values()]) + "\n")
        except UnicodeEncodeError as error:
            raise BadInputError(f"text that is not valid Unicode ({error.reason})", "replace its surrogates") from error

    def _begin(self, which: tuple[str, ...]) -> TextIOWrapper:
        name, type, *header = which
        number = self._names[name] = self._names.get(name, 0) + 1
        file = f"{name}.csv" if number == 1 else f"{name}_{number}.csv"
        if type:
            self._edges.append((type, file))
        else:
            self._nodes.append(file)
        opened = (self._folder / file).open("x", encoding="utf-8", newline="", buffering=1 << 20)
        opened.write(",".join(map(_cell, header)) + "\n")
        return opened

    def finish(self) -> list[str]:
        """Close all, and answer the arguments of the import."""
        self.close()
        return [
            "neo4j-admin",
            *("database", "import", "full", "neo4j"),
            f"--array-delimiter=U+{ord(ARRAY_DELIMITER):04X}",
            "--multiline-fields=true",
            *(f"--nodes={file}" for file in self._nodes),
            *(f"--relationships={type}={file}" for type, file in self._edges),
        ]

    def close(self) -> None:
        for file in self._open.values():
            file.close()


def time_of(seconds: int) -> str:
    """Seconds since 1970 as a date and time of UTC."""
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}Z"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        if _UNREADABLE in value:
            raise BadInputError("text with U+FFFF, which Neo4j's import cannot read", "use whograph copy")
        return '"' + value.replace('"', '""') + '"'
    if value is None:
        return ""
    if isinstance(value, list):
        if any(ARRAY_DELIMITER in its for its in value):
            raise BadInputError("one of several values holds U+001F, which separates them", "use whograph copy")
        return _cell(ARRAY_DELIMITER.join(value))
    return str(value).lower() if isinstance(value, bool) else repr(value)
