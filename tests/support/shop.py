"""A small store with a resolver, for histories that are short enough to read."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from graph.model import DecisionKind, ReviewKind
from graph.sqlite_store import SqliteStore
from resolver.config import Config
from resolver.service import Resolver
from tests.support.neutrality import batch_over, clusters, differences, verdict_of
from tests.support.people import WORLDS, Row, adopt, model_for

#: Microseconds: long after all times that rows bring.
START = 1_750_000_000_000_000


class Shop:
    """A store with a resolver of the plain world; ``checked`` compares it with a batch."""

    def __init__(self, folder: Path, config: Config = WORLDS["plain"], link_bits: float = 1.0) -> None:
        self.folder, self.store = folder, SqliteStore.open(folder / "live.db")
        ticks = count(START, 1_000_000)
        adopt(self.store, config, model_for(config, link_bits), next(ticks))
        self.resolver = Resolver(self.store, config, lambda: next(ticks))

    def send(self, *rows: Row, source: str = "crm") -> None:
        self.resolver.ingest(source, [{"at": "2024-05-01T12:00:00Z", **row} for row in rows])

    def decide(self, kind: DecisionKind, left: str, right: str) -> str:
        return self.resolver.decide(kind, left, right, by="ann", reason="seen").decision.id

    def checked(self) -> dict[str, tuple[str, ...]]:
        """The records by customer id."""
        path = self.folder / "batch.db"
        path.unlink(missing_ok=True)
        assert differences(verdict_of(self.store), batch_over(self.store, path)) == []
        assert self.store.check() == []
        with self.store.read() as snapshot:
            return clusters(snapshot)

    def customer_of(self, key: str) -> str:
        return next(id for id, keys in self.checked().items() if key in keys)

    def skipped(self) -> list[tuple[str, ...]]:
        return self._found(ReviewKind.SKIPPED_DECISION)

    def doubts(self) -> list[tuple[str, ...]]:
        return self._found(ReviewKind.UNCERTAIN_LINK)

    def contradictions(self) -> list[tuple[str, ...]]:
        return self._found(ReviewKind.CONTRADICTORY_CUSTOMER)

    def _found(self, kind: ReviewKind) -> list[tuple[str, ...]]:
        with self.store.read() as snapshot:
            return [its.records for chunk in snapshot.scan_review() for its in chunk if its.kind is kind]
