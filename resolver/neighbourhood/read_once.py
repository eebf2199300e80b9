"""What one resolution reads of the store: everything once, whoever asks for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from graph.model import Assignment, Carrier, Decision, Fields, KeyKind, Link, ReviewItem
from graph.store import Snapshot
from resolver.neighbourhood.changed import ChangedRecord, carriers_among

T = TypeVar("T")

_record_key = attrgetter("record_key")


class RecordsAndKeys(Protocol):
    """The part of a snapshot that tells which records there are, and who carries a key (``graph.store``)."""

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]: ...

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind) -> dict[int, list[Carrier]]: ...


def carriers_up_to(
    snapshot: Snapshot, limits: Mapping[int, int], kind: KeyKind | None = None
) -> dict[int, list[Carrier]]:
    """As ``Snapshot.carriers``, each key to a limit of its own but in few questions: of some keys up to four times as
    many are answered."""
    found: dict[int, list[Carrier]] = {}
    ordered = sorted(limits, key=limits.__getitem__)
    while ordered:
        end = bisect_right(ordered, 4 * limits[ordered[0]], key=limits.__getitem__)
        found.update(snapshot.carriers(ordered[:end], limits[ordered[end - 1]], kind))
        ordered = ordered[end:]
    return found


class ReadOnce:
    """Answers the questions of a snapshot, from memory what was asked before; nothing of that may change in the
    meantime. Lists come in no particular order, but for decisions and carriers."""

    def __init__(self, snapshot: Snapshot, changed: Sequence[ChangedRecord] = ()) -> None:
        """``changed``: records that are answered as they are after their change, with their keys, whether or not the
        snapshot has it already."""
        self._snapshot = snapshot
        self._fields: dict[str, Fields | None] = {
            its.key: its.after.record.fields if its.after and not its.after.record.deleted else None for its in changed
        }
        self._changed = frozenset(self._fields)
        #: The keys of the changed records.
        self.own = carriers_among(changed)
        self._carriers: dict[KeyKind, dict[int, list[Carrier]]] = {kind: {} for kind in KeyKind}
        self._limits: dict[KeyKind, dict[int, int]] = {kind: {} for kind in KeyKind}
        self._assignments: dict[str, Assignment | None] = {}
        self._links = _Touching(snapshot.links, lambda its: (its.left, its.right), lambda its: (its.left, its.right))
        self._review = _Touching(snapshot.review_of, lambda its: its.records, lambda its: its.id)
        self._decisions = _Touching(snapshot.decisions_on, lambda its: (its.left, its.right), lambda its: its.id)

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]:
        known = self._fields
        if missing := [key for key in keys if key not in known]:
            found = self._snapshot.live_fields(missing)
            known.update((key, found.get(key)) for key in missing)
        return {key: fields for key in keys if (fields := known[key]) is not None}

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind) -> dict[int, list[Carrier]]:
        return self.carriers_up_to(dict.fromkeys(hashes, limit), kind)

    def degree(self, hash: int) -> int:
        return self._snapshot.degree(hash)

    def carriers_up_to(self, limits: Mapping[int, int], kind: KeyKind) -> dict[int, list[Carrier]]:
        """As ``carriers``, each key to a limit of its own but in few questions."""
        known, so_far = self._carriers[kind], self._limits[kind]
        if missing := {hash: limit for hash, limit in limits.items() if so_far.get(hash, 0) < limit}:
            self._read_carriers(missing, kind)
            so_far.update(missing)
        return {hash: known[hash][:limit] for hash, limit in limits.items() if hash in known}

    def _read_carriers(self, limits: Mapping[int, int], kind: KeyKind) -> None:
        """So many of the snapshot's are asked for that enough are left without the changed ones."""
        own, known, mine = self.own[kind], self._carriers[kind], self._changed
        wanted = {
            hash: limit + len(its.before) + len(its.after) if (its := own.get(hash)) else limit
            for hash, limit in limits.items()
        }
        found = carriers_up_to(self._snapshot, wanted, kind)
        for hash in limits:
            carriers = found.get(hash, [])
            if changed := own.get(hash):
                after = [Carrier(key, signature) for key, signature in changed.after.items()]
                others = [its for its in carriers if its.record_key not in mine]
                carriers = sorted([*others, *after], key=_record_key) if others or len(after) > 1 else after
            if carriers:
                known[hash] = carriers

    def assignments(self, keys: Collection[str]) -> dict[str, Assignment]:
        known = self._assignments
        if missing := [key for key in keys if key not in known]:
            found = self._snapshot.assignments(missing)
            known.update((key, found.get(key)) for key in missing)
        return {key: its for key in keys if (its := known[key]) is not None}

    def members_of_components(self, components: Collection[str]) -> dict[str, list[str]]:
        return self._snapshot.members_of_components(components)

    def links(self, keys: Collection[str]) -> list[Link]:
        return self._links.of(keys)

    def review_of(self, keys: Collection[str]) -> list[ReviewItem]:
        return self._review.of(keys)

    def decisions_on(self, keys: Collection[str]) -> list[Decision]:
        return sorted(self._decisions.of(keys), key=lambda its: (its.at, its.id))


class _Touching(Generic[T]):
    """Things that are asked for by what they touch."""

    def __init__(
        self,
        ask: Callable[[Collection[str]], Iterable[T]],
        touched: Callable[[T], Iterable[str]],
        name: Callable[[T], Hashable],
    ) -> None:
        self._ask, self._touched, self._name = ask, touched, name
        self._by_key: dict[str, list[T]] = {}

    def of(self, keys: Collection[str]) -> list[T]:
        """Those that touch any of these, each once."""
        by_key = self._by_key
        if missing := [key for key in keys if key not in by_key]:
            by_key.update((key, []) for key in missing)
            asked = set(missing)
            for its in self._ask(missing):
                for key in asked.intersection(self._touched(its)):
                    by_key[key].append(its)
        return list({self._name(its): its for key in keys for its in by_key[key]}.values())
