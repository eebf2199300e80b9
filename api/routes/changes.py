"""The change feed."""

from __future__ import annotations

from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from api.schemas.customers import ChangesOut
from api.service import Its
from resolver.answers import ChangePage

router = APIRouter(prefix="/v1", tags=["changes"])

#: Seconds between looks while a client waits.
LOOK_SECONDS = 0.25
MOST_SECONDS = 60.0

_After = Annotated[str | None, Query(description="The `cursor` of the page before; without it, from the beginning.")]
_Wait = Annotated[float, Query(ge=0, le=MOST_SECONDS, description="Seconds to wait for a first change.")]


@router.get("/changes")
async def changes(
    request: Request,
    service: Its,
    after: _After = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    wait: _Wait = 0,
) -> ChangesOut:
    """Everything that happened to customers, in one total order, nothing lost or seen twice: ask on with the cursor of
    the answer. With ``wait`` the answer comes with the first change, or empty when the time is over."""
    # A waiting client costs no thread: it sleeps here, and only each look is done in one.
    deadline = anyio.current_time() + wait
    while True:
        page: ChangePage = await run_in_threadpool(service.resolver.changes, after, limit)
        left = deadline - anyio.current_time()
        if page.changes or left <= 0 or await request.is_disconnected():
            return ChangesOut.model_validate(page)
        await anyio.sleep(min(LOOK_SECONDS, left))
