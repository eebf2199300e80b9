"""The resolver: one object with every operation, for programs that embed whograph; command line and API call nothing else.

Each method parses nothing and prints nothing: it takes normalised questions or raw rows, and answers values of ``answers``.
All methods raise children of WhographError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from graph.model import Change, Customer, Decision, DecisionKind
from graph.store import Store
from resolver.answers import (
    Answer,
    ChangePage,
    CustomerGraph,
    CustomerView,
    DecisionReport,
    Explanation,
    LoadReport,
    Outcome,
    ReclusterReport,
    ReviewPage,
)
from resolver.config import Config

#: Told of progress on long work: the stage's name, how much is done, how much there is (None: not known).
Progress = Callable[[str, int, int | None], None]


class Resolver:
    """Resolves records in one store. Safe to share between threads; ``clock`` answers microseconds."""

    def __init__(self, store: Store, config: Config | None = None, clock: Callable[[], int] | None = None) -> None:
        """``config``: what ``whograph.toml`` says; None to use the store's adopted version."""
        raise NotImplementedError

    # bulk
    def load(
        self, source: str, tables: Iterable[tuple[pa.Table, Callable[[int], str]]], *, full: bool = False,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Bulk-load the rows of one source: tables of text columns, each with a function from row number to its place
        in the file. One transaction: all or nothing. ``full``: records of the source that are absent are deleted."""
        raise NotImplementedError

    def recluster(
        self, *, config: Config | None = None, retrain: bool = False, dry_run: bool = False, progress: Progress | None = None
    ) -> ReclusterReport:
        """Resolve everything anew; adopts a new version where config or model changed. A dry run changes nothing."""
        raise NotImplementedError

    # who is this
    def identify(self, question: Mapping[str, Sequence[str]], *, limit: int = 10) -> Answer:
        """``question``: raw values by field name (identifier types and attributes). Nothing is stored."""
        raise NotImplementedError

    def customer(self, id: str) -> CustomerView:
        """Follows redirects of retired ids. Raises NotFoundError."""
        raise NotImplementedError

    def customers(self, after: str | None = None, limit: int = 100) -> list[Customer]: ...

    def graph(self, customer_id: str) -> CustomerGraph: ...

    def history(self, customer_id: str) -> list[Change]: ...

    def explain(self, left: str, right: str) -> Explanation:
        """``left`` and ``right``: record keys (``crm:42``) or identifier keys (``email:ana@example.com``); an identifier
        stands for its carrier that fits best. Raises NotFoundError."""
        raise NotImplementedError

    # live (issue 4)
    def ingest(self, source: str, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]: ...

    def delete(self, source: str, id: str, *, at: int | None = None) -> Outcome: ...

    def decide(
        self, kind: DecisionKind, left: str, right: str, *, by: str, reason: str, dry_run: bool = False
    ) -> DecisionReport: ...

    def withdraw(self, decision_id: str, *, by: str) -> DecisionReport: ...

    def decisions(self) -> list[Decision]: ...

    def review(self, limit: int = 50) -> ReviewPage: ...

    def changes(self, after: str | None = None, limit: int = 100) -> ChangePage: ...
