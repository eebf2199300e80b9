"""What the driver's errors mean to people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from graph.errors import BadInputError, StoreError, StoreUnavailableError, WhographError

#: Everything that the driver raises on its own account; the last two come from values that SQLite cannot hold.
DRIVER_ERRORS = (sqlite3.Error, UnicodeEncodeError, OverflowError)


def translated(error: Exception, path: Path) -> WhographError:
    if isinstance(error, UnicodeEncodeError):
        return BadInputError(f"text that is not valid Unicode ({error.reason})", "replace its lone surrogates")
    if isinstance(error, OverflowError):
        return BadInputError("a whole number beyond 64 bits", "store it as text")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreUnavailableError(f"the store {path} is busy with another writer", "try again later")
        case sqlite3.SQLITE_FULL:
            return StoreError(f"the disk under {path} is full", "free some space; the store is as it was before")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(f"the store {path} cannot be written to", "make the file and its folder writable")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"the store {path} cannot be opened", "see that it and its folder exist and are writable")
        case sqlite3.SQLITE_NOTADB:
            return StoreError(f"{path} is not a whograph store", "name another file, or move this one away")
        case sqlite3.SQLITE_CORRUPT:
            return StoreError(f"the store {path} is damaged ({error})", "restore it from a backup")
        case sqlite3.SQLITE_IOERR:
            return StoreError(f"the disk under {path} reports an error ({error})", "check the disk and its free space")
        case sqlite3.SQLITE_TOOBIG:
            return BadInputError("a value too large for the store", "keep single values below 1 GB")
        case sqlite3.SQLITE_NOMEM:
            return StoreUnavailableError("the memory is exhausted", "try again with less at a time")
    return StoreError(f"the store {path} failed ({error})", "check it with: whograph check")
