"""The resources of the API, one module each."""

from fastapi import APIRouter

from api.routes import changes, customers, decisions, explain, identify, jobs, records, review

router = APIRouter(prefix="/v1")
for resource in (identify, customers, explain, records, decisions, review, changes, jobs):
    router.include_router(resource.router)
