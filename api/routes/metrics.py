"""How the service is, for monitoring."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.service import Its

router = APIRouter(tags=["service"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(service: Its) -> Response:
    """Requests by route and status with their durations, records, customers, what waits, the review queue, the feed,
    jobs and webhooks, in Prometheus' text form. It tells numbers only."""
    return Response(service.requests.text() + service.state.text(), media_type=CONTENT_TYPE_LATEST)
