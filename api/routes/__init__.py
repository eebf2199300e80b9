"""The resources of the API, one module each. Each router holds its whole path, which is what the log names."""

from api.routes import (
    changes,
    customers,
    decisions,
    explain,
    health,
    identify,
    jobs,
    metrics,
    records,
    review,
    webhooks,
)

ROUTERS = tuple(
    resource.router
    for resource in (identify, customers, explain, records, decisions, review, changes, webhooks, jobs, health, metrics)
)
