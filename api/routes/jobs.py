"""Long work: re-clustering."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.schemas.jobs import JobIn, JobOut, JobsOut
from api.service import Its

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post("", status_code=HTTPStatus.ACCEPTED)
def start(asked: JobIn, service: Its, response: Response) -> JobOut:
    """Begin to re-cluster, or with ``dry_run`` to find out what that would change. One job runs at a time (else
    409)."""
    job = service.jobs.start(asked)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get("")
def jobs(service: Its) -> JobsOut:
    """The newest jobs."""
    return JobsOut(jobs=service.jobs.all())


@router.get("/{id}")
def job(id: str, service: Its) -> JobOut:
    """How far a job is, and its result once it is done."""
    return service.jobs.get(id)


@router.delete("/{id}", status_code=HTTPStatus.ACCEPTED)
def cancel(id: str, service: Its) -> JobOut:
    """Ask a job to stop; it does at its next step and leaves the store as it was before, or says what it leaves."""
    return service.jobs.cancel(id)
