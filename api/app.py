"""The HTTP side of whograph, built by ``create_app``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

# The resolver loads these when they are first needed; a server has them before the first request.
import networkx  # noqa: F401
import scipy.sparse.csgraph  # noqa: F401
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.jobs import Jobs
from api.limits import Limits
from api.middleware import AccessLog, BodyLimit
from api.openapi import describe
from api.problems import answer_problems
from api.routes import ROUTERS
from api.service import Service
from resolver.service import Resolver

#: Opens the store and the resolver on it, and closes the store at the end.
OpenResolver = Callable[[], AbstractContextManager[Resolver]]


def create_app(open_resolver: OpenResolver, limits: Limits = Limits()) -> FastAPI:  # noqa: B008  it is frozen
    """The application. The store is opened when it starts and closed when it ends, after a running job has stopped.

    The endpoints are plain functions that FastAPI runs in its threads; the store and the resolver are made for that.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = open_resolver()
        resolver = await run_in_threadpool(opened.__enter__)
        jobs = Jobs(resolver)
        app.state.service = Service(resolver, jobs, limits)
        try:
            yield
        finally:
            await run_in_threadpool(jobs.close)
            await run_in_threadpool(opened.__exit__, None, None, None)

    app = FastAPI(title="whograph", lifespan=lifespan, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    answer_problems(app)
    app.add_middleware(BodyLimit, limits=limits)
    app.add_middleware(AccessLog)
    describe(app)
    return app
