"""Cutting delimited text into records, exactly: quoted cells may span lines, and a quote may never be closed.

Cells follow RFC 4180, leniently: a quote opens a quoted cell only at the cell's very start, ``""`` within is one quote,
and text between a closing quote and the next delimiter belongs to the cell. pyarrow's parser reads them the same way.
Here is one rule more: a quoted cell that spans lines must end at a delimiter or at an end of line. Otherwise the quote
that seems to close it is the opening one of a later cell, and the line with the stray quote is given up alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: A quoted cell that spans more bytes than this is taken for one whose quote is never closed.
MAX_OPEN_BYTES = 16 << 20

_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+')


@dataclass(slots=True)
class Records:
    """Complete records with the line each starts on; ``unclosed`` are single lines whose quote is never closed.
    ``rest`` is an incomplete record at the end. ``next_line`` is the line that it, or what follows, starts on."""

    records: list[bytes] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    unclosed: list[tuple[int, bytes]] = field(default_factory=list)
    rest: bytes = b""
    next_line: int = 0


class Splitter:
    """Splits text with one delimiter into records."""

    def __init__(self, delimiter: str) -> None:
        d = re.escape(delimiter.encode())
        spanning = rb'"[^"]*+(?:""[^"]*+)*+"(?=[%b\r\n]|\Z)' % d
        one_line = rb'"[^"\r\n]*+(?:""[^"\r\n]*+)*+"[^%b\r\n]*+' % d
        cell = rb'(?:%b|%b|[^"%b\r\n][^%b\r\n]*+|)' % (spanning, one_line, d, d)
        self._cells = re.compile(rb"(?:%b%b)*+" % (cell, d))
        self._record = re.compile(rb"(?:%b%b)*+%b(?:\r\n|\r|\n|\Z)" % (cell, d, cell))

    def is_complete(self, line: bytes) -> bool:
        """Whether a record that starts with this line ends with it, too."""
        return b'"' not in line or self._record.match(line) is not None

    def split(self, body: bytes, first_line: int, *, final: bool) -> Records:
        """Split text that starts at the start of a record on ``first_line``. With ``final``, nothing follows it."""
        found = Records()
        at, line = 0, first_line
        match_record = self._record.match
        while at < len(body):
            match = match_record(body, at)
            if match is None:
                if not final and self._is_open(body, at):
                    found.rest = body[at:]
                    break
                end = _end(_LINE, body, at)
                found.unclosed.append((line, body[at:end]))
            else:
                end = match.end()
                record = body[at:end]
                if record.strip(b"\r\n"):
                    found.records.append(record)
                    found.lines.append(line)
            line += _line_ends(body, at, end)
            at = end
        found.next_line = line
        return found

    def _is_open(self, body: bytes, at: int) -> bool:
        """Whether what follows the body may yet close the record that starts here."""
        quote = _end(self._cells, body, at)
        return _end(_QUOTED, body, quote) == len(body) and len(body) - quote <= MAX_OPEN_BYTES


def _end(pattern: re.Pattern[bytes], body: bytes, at: int) -> int:
    match = pattern.match(body, at)
    return match.end() if match else at


def _line_ends(body: bytes, at: int, end: int) -> int:
    """How many lines end in this part of a body."""
    feeds = body.count(b"\n", at, end)
    returns = body.count(b"\r", at, end)
    return feeds + returns - body.count(b"\r\n", at, end) if returns else feeds
