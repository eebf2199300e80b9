"""Copying the write-ahead log into the file, beside the writers rather than in their commits.

What is in the log is committed and durable. Now and then the log is copied into the file, so that it does not grow for
ever: thousands of pages all over the file and a sync of them, for which a commit on a large store waited a second or
two. A passive checkpoint waits for nobody and lets all others read and write
(https://www.sqlite.org/c3ref/wal_checkpoint_v2.html).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress

#: Rows written after which the log is copied: of live work, about as many pages of 4 KiB, since its rows lie far apart.
#: Fewer, and a page that many commits change is copied more often; more, and a commit meets a longer queue at the disk.
ROWS = 8_192
#: What was written during a copy is copied after it, so often at most: the log begins anew once nothing is left over.
PASSES = 4


class Checkpoints:
    """Copies the log of one file, in a thread that lives as long as the copy."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._rows = 0
        self._copying: threading.Thread | None = None

    def written(self, rows: int) -> None:
        """To be called after each commit, by the one whose turn it is to write."""
        self._rows += rows
        if self._rows >= ROWS and (self._copying is None or not self._copying.is_alive()):
            self._rows = 0
            self._copying = threading.Thread(target=self._copy, name="checkpoint", daemon=True)
            self._copying.start()

    def wait(self) -> None:
        """Until no copy is under way."""
        if self._copying is not None:
            self._copying.join()

    def _copy(self) -> None:
        # Of a disk that fails or is full the next commit tells; what was committed stays in the log.
        with suppress(sqlite3.Error), closing(self._connect()) as raw:
            before = 0
            for _ in range(PASSES):
                _, pages, _ = raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if pages <= before:  # nothing came in the meantime, or the log has begun anew
                    break
                before = pages
