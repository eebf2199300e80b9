"""Records that change, and by which keys they are found before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.model import IndexedRecord, KeyKind


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record before and after: None where there was none (or a tombstone), or is none any more."""

    before: IndexedRecord | None
    after: IndexedRecord | None

    @property
    def key(self) -> str:
        its = self.after or self.before
        assert its is not None
        return its.record.key


@dataclass(frozen=True, slots=True)
class ChangedCarriers:
    """A key's type and value, empty for a blocking key, and its carriers among the changed records with their
    signatures: those that carried it before, and those that do after."""

    type: str
    value: str
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)


def carriers_among(changed: Iterable[ChangedRecord]) -> dict[KeyKind, dict[int, ChangedCarriers]]:
    """By kind and hash all keys that these records carry or carried."""
    found: dict[KeyKind, dict[int, ChangedCarriers]] = {kind: {} for kind in KeyKind}
    identifiers, blocking = found[KeyKind.IDENTIFIER], found[KeyKind.BLOCKING]
    for its in changed:
        record_key = its.key
        for indexed, is_after in ((its.before, False), (its.after, True)):
            for key in indexed.keys if indexed else ():
                kind = blocking if key.value is None else identifiers
                carriers = kind.get(key.hash)
                if carriers is None:
                    carriers = kind[key.hash] = ChangedCarriers("" if key.value is None else key.type, key.value or "")
                (carriers.after if is_after else carriers.before)[record_key] = indexed.signature if indexed else 0
    return found
