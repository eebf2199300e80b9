"""Opening a data file: what kind it is, by suffix and by content, and its text as a stream of UTF-8 bytes."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Protocol, Self

import pyarrow as pa

from graph.errors import BadInputError

HEAD_BYTES = 1 << 16
#: A line longer than this is no row of a data file.
MAX_LINE_BYTES = 64 << 20
#: Places in a large file that a sample is taken from, besides its beginning, and bytes of each.
SPREAD_PARTS, _SPREAD_BYTES = 8, 1 << 18
_SCANNED_BYTES = 1 << 20

_GZIP, _ZSTD, _PARQUET, _UTF8_BOM = b"\x1f\x8b", b"(\xb5/\xfd", b"PAR1", codecs.BOM_UTF8
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OTHERS = {
    b"PK\x03\x04": ("is an Excel workbook or a zip archive", "save the sheet as CSV (UTF-8), or unpack the archive"),
    b"\xd0\xcf\x11\xe0": ("is an old Excel workbook", "save the sheet as CSV (UTF-8)"),
    b"SQLite format 3": ("is an SQLite database", "export the table as CSV"),
    b"%PDF": ("is a PDF", "name a CSV, Parquet or JSON lines file"),
    b"BZh": ("is compressed with bzip2", "unpack it, or compress it with gzip or zstd"),
    b"\xfd7zXZ": ("is compressed with xz", "unpack it, or compress it with gzip or zstd"),
}


class Kind(StrEnum):
    DELIMITED = "delimited"
    JSON = "json"
    PARQUET = "parquet"


_KINDS = {
    ".csv": Kind.DELIMITED,
    ".tsv": Kind.DELIMITED,
    ".txt": Kind.DELIMITED,
    ".jsonl": Kind.JSON,
    ".ndjson": Kind.JSON,
    ".json": Kind.JSON,
    ".parquet": Kind.PARQUET,
}
_JSON_START = re.compile(rb'\s*(?:\{\s*"|\[\s*\{)')
_COMPRESSED = (".gz", ".zst")
KNOWN_SUFFIXES = ".csv, .tsv, .txt, .jsonl, .ndjson, .json (each also with .gz or .zst) and .parquet"


def plain_name(path: Path) -> Path:
    """The name without ``.gz`` or ``.zst``."""
    return path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path


def kind_of_suffix(path: Path) -> Kind:
    """Raises BadInputError for a suffix that is not known."""
    kind = _KINDS.get(plain_name(path).suffix.lower())
    if kind is None or (kind is Kind.PARQUET and path.suffix.lower() in _COMPRESSED):
        suffix = "".join(path.suffixes[-2:]) or "no suffix"
        raise BadInputError(f"unknown kind of file ({suffix})", f"known are {KNOWN_SUFFIXES}", place=str(path))
    return kind


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Translates what the operating system and the decompressor say into BadInputError."""
    try:
        yield
    except FileNotFoundError:
        raise BadInputError("no such file", "check the path", place=str(path)) from None
    except IsADirectoryError:
        raise BadInputError("is a directory", "name the files in it", place=str(path)) from None
    except PermissionError:
        raise BadInputError("may not be read", "give yourself permission to read it", place=str(path)) from None
    except (EOFError, zlib.error, OSError) as error:
        if not isinstance(error, OSError) or error.errno is None:  # so do gzip and pyarrow tell of compressed data
            problem = f"is damaged or cut off in its compression ({error})"
            raise BadInputError(problem, "fetch or compress it again", place=str(path)) from error
        raise BadInputError(f"cannot be read ({error.strerror or error})", "check the file", place=str(path)) from error


def recognise(path: Path, encoding: str | None = None) -> Kind:
    """The kind of a file that exists and has content; what it begins with counts more than its suffix.

    Raises BadInputError: missing, a directory, unreadable, empty, an unknown suffix, or binary.
    """
    with reading(path):
        if path.is_dir():
            raise IsADirectoryError
        size = path.stat().st_size
        kind = kind_of_suffix(path)
        if not path.is_file():
            raise BadInputError("is not a regular file", "write its content to a file first", place=str(path))
        if not size:
            raise BadInputError("is empty", "check the export that wrote it", place=str(path))
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    if head.startswith(_PARQUET):
        return Kind.PARQUET
    for magic, (problem, remedy) in _OTHERS.items():
        if head.startswith(magic):
            raise BadInputError(problem, remedy, place=str(path))
    if kind is Kind.PARQUET:
        raise BadInputError("is not a Parquet file", "check the export that wrote it", place=str(path))
    with TextStream(path, encoding) as stream:
        text = stream.read(HEAD_BYTES)
    if not text.strip():
        raise BadInputError("is empty", "check the export that wrote it", place=str(path))
    _refuse_binary(path, text)
    return Kind.JSON if _JSON_START.match(text) else kind


def _refuse_binary(path: Path, head: bytes) -> None:
    controls = len(head) - len(head.translate(None, bytes(c for c in range(32) if c not in b"\t\n\v\f\r\x1b")))
    first_line = head.lstrip().split(b"\n", 1)[0]
    nuls = sorted((head[::2].count(b"\0"), head[1::2].count(b"\0")))
    if nuls[1] > len(head) // 4 and nuls[0] <= len(head) // 20:
        problem, remedy = "looks like UTF-16 without its byte order mark", "save it as UTF-8"
    elif b"\0" in first_line or controls > len(head) // 3 or (controls > len(head) // 50 and not _is_utf8(head)):
        problem, remedy = "is a binary file", f"name a data file: known are {KNOWN_SUFFIXES}"
    else:
        return
    raise BadInputError(problem, remedy, place=str(path))


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # incremental: the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _is_unicode(path: Path) -> bool:
    """Whether a file is UTF-8 and could hardly be anything else: it has more than ASCII, and all of it is UTF-8."""
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    with reading(path), path.open("rb") as raw:
        unpacked = _unpacked(raw)
        try:
            while data := unpacked.read(_SCANNED_BYTES):
                plain = plain and data.isascii()
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return not plain


def not_utf8(path: Path, body: bytes, first_line: int) -> BadInputError | None:
    """The error for text that is not UTF-8, None if it is. ``first_line`` is the line that ``body`` starts on."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        line = first_line + body.count(b"\n", 0, error.start)
        column = error.start - body.rfind(b"\n", 0, error.start)
        return BadInputError(
            f"byte {column} of the line (0x{body[error.start]:02X}) is not UTF-8, perhaps Windows-1252",
            "name its encoding (--encoding windows-1252), or save it as UTF-8 (Excel: 'CSV UTF-8')",
            place=f"{path} line {line}",
        )
    return None


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _unpacked(raw: IO[bytes]) -> _Bytes:
    """The bytes of a file without its compression, which is told by what it begins with; the file itself if none."""
    start = raw.read(len(_ZSTD))
    raw.seek(0)
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=raw)
    if start == _ZSTD:
        packed: _Bytes = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
        return packed
    return raw


class TextStream:
    """The text of a file as UTF-8 bytes: unpacked (gzip, zstd), without byte order mark, transcoded from UTF-16 (told
    by its byte order mark) or from ``encoding``, which is for the files among several that are neither. Whether bytes
    that claim to be UTF-8 are so is left to the parsers."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        self._decoder: codecs.IncrementalDecoder | None = None
        with reading(path):
            self._raw: IO[bytes] = path.open("rb")
            try:
                self._file = _unpacked(self._raw)
                self._start = self._file.read(3)
            except BaseException:
                self._raw.close()
                raise
        named = None if encoding is None else _decoder(encoding)
        if self._start.startswith(_UTF8_BOM):
            self._start = b""
        elif self._start.startswith(_UTF16_BOMS):
            self._decoder = _decoder("utf-16")
        elif named is not None and not _is_unicode(path):
            self._decoder = named
        #: Whether the stream's bytes are the file's own, so that one may jump about in the file.
        self._is_plain = self._file is self._raw and self._decoder is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    def read(self, size: int) -> bytes:
        """About ``size`` bytes; empty at the end."""
        with reading(self._path):
            data = self._start + self._file.read(size)
        self._start = b""
        if self._decoder is None:
            return data
        try:
            text = self._decoder.decode(data, final=not data)
            while data and not text:  # a few bytes may give no character yet
                with reading(self._path):
                    data = self._file.read(size)
                text = self._decoder.decode(data, final=not data)
            return text.encode()
        except UnicodeError as error:
            problem = f"is not the encoding it claims to be ({error})"
            raise BadInputError(problem, "save it as UTF-8", place=str(self._path)) from error

    def consumed(self) -> int:
        """How many bytes of the file (compressed ones, if it is) have been read."""
        return self._raw.tell()

    def blocks(self, size: int) -> Iterator[bytes]:
        """Blocks of about ``size`` bytes that end at an end of line (the last one: at the end of the file)."""
        rest = b""
        while data := self.read(size):
            data = rest + data
            # A carriage return counts only without any line feed: it may be the first half of an end of line.
            cut = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1
            if not cut and len(data) > MAX_LINE_BYTES:
                problem = f"has a line of more than {MAX_LINE_BYTES >> 20} MB"
                raise BadInputError(problem, "check that it is a table with one row a line", place=str(self._path))
            if cut:
                yield data[:cut]
            rest = data[cut:]
        if rest:
            yield rest

    def spread(self) -> Iterator[tuple[int, bytes]]:
        """Whole lines from evenly spread places in a large plain file, and where; none of another one."""
        length = self._path.stat().st_size
        if not self._is_plain or length < 2 * SPREAD_PARTS * _SPREAD_BYTES:
            return
        for part in range(1, SPREAD_PARTS + 1):
            place = length * part // (SPREAD_PARTS + 1)
            with reading(self._path):
                self._raw.seek(place)
                data = self._raw.read(_SPREAD_BYTES)
            yield place, data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1]


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError:
        remedy = "name one such as utf-8, windows-1252 or latin-1"
        raise BadInputError("unknown encoding", remedy, place=repr(encoding)) from None
