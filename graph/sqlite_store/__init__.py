"""The embedded store: everything in one SQLite file, shared by threads and processes."""

from graph.sqlite_store.store import SqliteStore

__all__ = ["SqliteStore"]
