"""What one resolution reads of the store: everything once, whoever asks for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import Generic, Protocol, TypeVar

from graph.model import Assignment, Carrier, Decision, Fields, Link, Record, ReviewItem
from graph.store import Snapshot

T = TypeVar("T")


class RecordsAndKeys(Protocol):
    """The part of a snapshot that tells which records there are, and who carries a key (``graph.store``)."""

    def live_fields(self, keys: Collection[str]) -> dict[str, Fields]: ...

    def carriers(self, hashes: Collection[int], limit: int) -> dict[int, list[Carrier]]: ...


class ReadOnce:
    """Answers the questions of a snapshot, from memory what was asked before; nothing of that may change in the
    meantime. Lists come in no particular order, but for decisions."""

    def __init__(self, snapshot: Snapshot, known: Iterable[Record] = ()) -> None:
        """``known``: records as they are stored, which need not be read."""
        self._snapshot = snapshot
        self._fields: dict[str, Fields | None] = {its.key: None if its.deleted else its.fields for its in known}
        self._carriers: dict[int, list[Carrier]] = {}
        self._limits: dict[int, int] = {}
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

    def carriers(self, hashes: Collection[int], limit: int) -> dict[int, list[Carrier]]:
        known, limits = self._carriers, self._limits
        if missing := [its for its in hashes if limits.get(its, 0) < limit]:
            known.update(self._snapshot.carriers(missing, limit))
            limits.update(dict.fromkeys(missing, limit))
        return {its: known[its][:limit] for its in hashes if its in known}

    def degree(self, hash: int) -> int:
        return self._snapshot.degree(hash)

    def carriers_up_to(self, limits: Mapping[int, int]) -> dict[int, list[Carrier]]:
        """As ``carriers``, each key to a limit of its own but in few questions: of some keys up to four times as many
        are answered."""
        found: dict[int, list[Carrier]] = {}
        ordered = sorted(limits, key=limits.__getitem__)
        while ordered:
            end = bisect_right(ordered, 4 * limits[ordered[0]], key=limits.__getitem__)
            found.update(self.carriers(ordered[:end], limits[ordered[end - 1]]))
            ordered = ordered[end:]
        return found

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
