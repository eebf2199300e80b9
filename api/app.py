"""The HTTP side of whograph, built by ``create_app``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress

# The resolver loads these when they are first needed; a server has them before the first request.
import networkx  # noqa: F401
import scipy.sparse.csgraph  # noqa: F401
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.jobs import Jobs
from api.limits import Limits
from api.metrics import Requests, StoreState
from api.middleware import AccessLog, BodyLimit
from api.openapi import describe
from api.problems import answer_problems
from api.routes import ROUTERS
from api.service import Service
from api.webhooks.delivery import Delivery, Pace
from api.webhooks.hooks import Webhooks
from resolver.service import Resolver, wall_clock

#: Opens the store and the resolver on it, and closes the store at the end.
OpenResolver = Callable[[], AbstractContextManager[Resolver]]


def create_app(
    open_resolver: OpenResolver,
    limits: Limits = Limits(),  # noqa: B008  these two are frozen
    pace: Pace = Pace(),  # noqa: B008
) -> FastAPI:
    """The application. The store is opened when it starts and closed when it ends, after a running job has stopped.
    While it runs, webhooks are delivered at this pace.

    The endpoints are plain functions that FastAPI runs in its threads; the store and the resolver are made for that.
    """

    requests = Requests()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = open_resolver()
        resolver = await run_in_threadpool(opened.__enter__)
        jobs = Jobs(resolver)
        webhooks = Webhooks(resolver.store, wall_clock)
        app.state.service = Service(resolver, jobs, limits, webhooks, pace, requests, StoreState(resolver.store, jobs))
        delivering = asyncio.create_task(Delivery(resolver.store, wall_clock, pace).run(), name="webhooks")
        try:
            yield
        finally:
            delivering.cancel()
            with suppress(asyncio.CancelledError):
                await delivering
            await run_in_threadpool(jobs.close)
            await run_in_threadpool(opened.__exit__, None, None, None)

    app = FastAPI(title="whograph", lifespan=lifespan, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    answer_problems(app)
    app.add_middleware(BodyLimit, limits=limits)
    app.add_middleware(AccessLog, requests=requests)
    describe(app)
    return app
