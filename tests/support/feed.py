"""The change feed, read as a reader of it would: event after event, to who is alive with which records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graph.model import Change, ChangeKind


@dataclass
class Replay:
    """``members``: the records of every living customer; ``heirs``: where merged ids went; ``profiles``: the fields of
    which each customer's profile changed, since that was last emptied."""

    members: dict[str, set[str]] = field(default_factory=dict)
    heirs: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, set[str]] = field(default_factory=dict)

    def apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._apply(change, set(change.details.get("records", ())))

    def _apply(self, change: Change, records: set[str]) -> None:
        id, kind = change.customer_id, change.kind
        if kind is ChangeKind.CREATED:
            assert id not in self.members, f"{id} was created, but lives"
            self.members[id] = records
            self.heirs.pop(id, None)
            return
        if kind is ChangeKind.ERASED:
            assert self.members.pop(id) == records, f"{id} was erased with other records than it had"
            return
        assert id in self.members, f"{kind} of {id}, which does not live"
        if kind in (ChangeKind.MERGED, ChangeKind.GROWN):
            self.members[id] |= records
            for merged in change.details.get("merged", ()):
                # A retired id whose former records moved goes elsewhere from now on.
                assert merged in self.members or merged in self.heirs, f"{merged} was merged, but never lived"
                self.members.pop(merged, None)
                self.heirs[merged] = id
        elif kind in (ChangeKind.SPLIT, ChangeKind.SHRUNK):
            assert records <= self.members[id], f"{id} lost records that it had not"
            self.members[id] -= records
        else:
            self.profiles.setdefault(id, set()).update(change.details["fields"])

    def heir(self, id: str) -> str | None:
        """The living customer that an id stands for now."""
        seen = set()
        while id not in self.members:
            assert id not in seen, f"the redirects of {id} run in a circle"
            seen.add(id)
            if id not in self.heirs:
                return None
            id = self.heirs[id]
        return id


def as_members(clusters: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    return {id: set(keys) for id, keys in clusters.items()}
