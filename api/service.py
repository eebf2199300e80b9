"""What the routes call, as one value that the running app carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.jobs import Jobs
from api.limits import Limits
from api.metrics import Requests, StoreState
from api.webhooks.delivery import Pace
from api.webhooks.hooks import Webhooks
from graph.store import Store
from resolver.service import Resolver


@dataclass(frozen=True, slots=True)
class Service:
    """The resolver, the long work, the limits, the webhooks with their pace, and what monitoring asks for."""

    resolver: Resolver
    jobs: Jobs
    limits: Limits
    webhooks: Webhooks
    pace: Pace
    requests: Requests
    state: StoreState

    @property
    def store(self) -> Store:
        """For what needs no resolving: is the store ready, what is in a record."""
        return self.resolver.store


async def _of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


#: The parameter by which a route gets the service.
Its = Annotated[Service, Depends(_of)]
