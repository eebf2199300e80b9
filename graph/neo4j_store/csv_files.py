"""CSV as ``neo4j-admin database import`` reads it: typed headers, texts in quotes, nothing where there is no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from graph.errors import BadInputError

#: The headers of a file's columns: ``name:type``, or what the import takes for itself, such as ``:LABEL``.
Columns = Sequence[str]
#: Between the elements of a list; the unit separator of ASCII, which texts do not hold.
ARRAY_DELIMITER = "\x1f"
_EPOCH = datetime(1970, 1, 1)  # of UTC; the zone is written as Z
#: The importer takes it for the end of a file.
_UNREADABLE = "\uffff"


class Sheet:
    """One file that is being written: its columns in their order."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._file = path.open("x", encoding="utf-8", newline="", buffering=1 << 20)
        self._write, self._names = self._file.write, tuple(map(_name, columns))
        self.put(*columns)

    def put(self, *values: Any) -> None:
        """A row, by its values."""
        try:
            self._write(",".join([_cell(its) for its in values]) + "\n")
        except UnicodeEncodeError as error:
            raise BadInputError(f"text that is not valid Unicode ({error.reason})", "replace its surrogates") from error

    def row(self, row: Mapping[str, Any]) -> None:
        """A row, by its columns' names (``hash``, ``:START_ID``); what has no column is left out."""
        self.put(*map(row.get, self._names))

    def close(self) -> None:
        self._file.close()


class CsvFiles:
    """Files of nodes and of edges in one folder, each made when its first row comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sheets: dict[str, Sheet] = {}
        self._nodes: list[str] = []
        self._edges: list[tuple[str, str]] = []

    def nodes(self, name: str, columns: Columns) -> Sheet:
        """The file of this name, which has these columns."""
        if name not in self._sheets:
            self._nodes.append(f"{name}.csv")
        return self._sheet(name, columns)

    def edges(self, name: str, type: str, columns: Columns) -> Sheet:
        """The same for edges of one type."""
        if name not in self._sheets:
            self._edges.append((type, f"{name}.csv"))
        return self._sheet(name, columns)

    def _sheet(self, name: str, columns: Columns) -> Sheet:
        sheet = self._sheets.get(name)
        if sheet is None:
            sheet = self._sheets[name] = Sheet(self._folder / f"{name}.csv", columns)
        return sheet

    def finish(self) -> list[str]:
        """Close all, and answer the arguments of the import."""
        for sheet in self._sheets.values():
            sheet.close()
        return [
            "neo4j-admin",
            *("database", "import", "full", "neo4j"),
            f"--array-delimiter=U+{ord(ARRAY_DELIMITER):04X}",
            "--multiline-fields=true",
            *(f"--nodes={file}" for file in self._nodes),
            *(f"--relationships={type}={file}" for type, file in self._edges),
        ]


def _name(header: str) -> str:
    """A column's name: its header without the type, or where it is the import's own without the group of nodes."""
    return header.partition("(" if header.startswith(":") else ":")[0]


def time_of(seconds: int) -> str:
    """Seconds since 1970 as a date and time of UTC."""
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}Z"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        if _UNREADABLE in value:
            raise BadInputError("text with U+FFFF, which Neo4j's import cannot read", "use whograph copy")
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, list):
        if any(ARRAY_DELIMITER in its for its in value):
            raise BadInputError("one of several values holds U+001F, which separates them", "use whograph copy")
        return _cell(ARRAY_DELIMITER.join(value))
    return str(value).lower() if isinstance(value, bool) else repr(value)
