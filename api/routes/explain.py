"""Why, or why not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.schemas.evidence import ExplanationOut
from api.service import Its

router = APIRouter(prefix="/v1", tags=["why"])

_KEY = "A record (`crm:42`) or an identifier (`email:ana@example.com`)."
_Key = Annotated[str, Query(min_length=1, description=_KEY)]


@router.get("/explain")
def explain(left: _Key, right: _Key, service: Its) -> ExplanationOut:
    """Why two records or identifiers are, or are not, one customer: weights level by level, and the path between
    them."""
    return ExplanationOut.model_validate(service.resolver.explain(left, right))
