"""What one resolution reads of the store: each record and each key's carriers once, whoever asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from graph.model import Carrier, Fields, Record
from graph.store import Snapshot


class RecordsAndKeys(Protocol):
    """The part of a snapshot that tells which records there are, and who carries a key (``graph.store``)."""

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]: ...

    def carriers(self, hashes: Collection[int], limit: int) -> dict[int, list[Carrier]]: ...


class ReadOnce:
    """Answers from memory what was asked before; nothing of that may change in the meantime."""

    def __init__(self, snapshot: Snapshot, known: Iterable[Record] = ()) -> None:
        """``known``: records as they are stored, which need not be read."""
        self._snapshot = snapshot
        self._fields: dict[str, Fields | None] = {its.key: None if its.deleted else its.fields for its in known}
        self._carriers: dict[int, list[Carrier]] = {}
        self._limits: dict[int, int] = {}

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        known = self._fields
        if missing := [key for key in keys if key not in known]:
            found = self._snapshot.live_fields(missing)
            known.update((key, found.get(key)) for key in missing)
        return {key: fields for key in keys if (fields := known[key]) is not None}

    def carriers(self, hashes: Collection[int], limit: int) -> dict[int, list[Carrier]]:
        known, limits = self._carriers, self._limits
        if missing := [its for its in hashes if limits.get(its, 0) < limit]:
            known.update(self._snapshot.carriers(missing, limit))
            limits.update(dict.fromkeys(missing, limit))
        return {its: known[its][:limit] for its in hashes if its in known}
