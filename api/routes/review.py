"""What needs a person's eye."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.schemas.evidence import ReviewOut
from api.service import Its

router = APIRouter(prefix="/v1", tags=["decisions"])


@router.get("/review")
def review(service: Its, limit: Annotated[int, Query(ge=1, le=1_000)] = 50) -> ReviewOut:
    """Uncertain links, customers held together weakly or whose records contradict each other on who they are, conflicts
    that were cut: worst first, with the evidence. Deciding on an item removes it."""
    return ReviewOut.of(service.resolver.review(limit))
