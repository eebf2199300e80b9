"""Is the process up, and can it answer."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from api.problems import ProblemError
from api.schemas.jobs import HealthOut, ReadyOut
from api.service import Its
from graph.model import Counts, ResolutionVersion
from graph.reading import read_again
from graph.store import Snapshot
from resolver.unfinished import is_unfinished, is_unfinished_copy

router = APIRouter(tags=["service"])


@router.get("/health")
async def health() -> HealthOut:
    """The process is up. Says nothing about the store: ask /ready."""
    return HealthOut(status="up")


@router.get("/ready")
def ready(service: Its) -> ReadyOut:
    """The store answers and a resolution version is adopted; otherwise 503 with what to do."""
    version, counts, unfinished, copied = read_again(service.store, _state)
    if copied:
        problem = "the store is an unfinished copy of another; do the same whograph copy again"
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", problem, pending=counts.pending)
    if version is None:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not-ready",
            "no resolution version is adopted yet; load records and run: whograph recluster",
            pending=counts.pending,
        )
    return ReadyOut(
        status="ready",
        version=version.number,
        records=counts.records,
        customers=counts.customers,
        pending=counts.pending,
        unfinished_recluster=unfinished,
    )


def _state(snapshot: Snapshot) -> tuple[ResolutionVersion | None, Counts, bool, bool]:
    return snapshot.version(), snapshot.counts(), is_unfinished(snapshot), is_unfinished_copy(snapshot)
