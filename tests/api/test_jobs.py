"""Long work over HTTP: begun, watched, cancelled, one at a time, and told by any process of the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.jobs import META, JobRunningError, Jobs
from api.schemas.jobs import JobIn, JobOut
from graph.errors import NotFoundError
from graph.store import Store
from resolver.answers import ReclusterReport
from resolver.batch.recluster import HALFWAY
from resolver.progress import Progress, silent
from resolver.service import Resolver
from tests.api.conftest import running
from tests.support.bounded import Bounded
from tests.support.company import CONFIG, CRM, company, table
from tests.support.http_problems import problem
from tests.support.places import Place


class Patient(Resolver):
    """Re-clusters only when it is let go; until then it waits at its first step, as a store of millions would."""

    def __init__(self, its: Resolver) -> None:
        super().__init__(its.store, CONFIG, its._clock)
        self.go, self.begun = threading.Event(), threading.Event()

    def recluster(self, *, progress: Progress = lambda *_: None, **asked: Any) -> ReclusterReport:
        while not self.go.is_set():
            progress("wait", 1, 2)
            self.begun.set()
            time.sleep(0.01)
        return super().recluster(progress=progress, **asked)


@contextmanager
def patient(url: str) -> Iterator[Patient]:
    with company(url) as its:
        yield Patient(its)


@pytest.fixture
def resolver(place: Place) -> Iterator[Patient]:
    with patient(place.url) as its:
        yield its


@pytest.fixture
def jobs(resolver: Patient) -> Iterator[Jobs]:
    its = Jobs(resolver, beat_seconds=0.02)
    yield its
    its.close()


def ended(client: httpx.Client, id: str) -> dict[str, Any]:
    while (job := client.get(f"/v1/jobs/{id}").json())["state"] == "running":
        time.sleep(0.02)
    its: dict[str, Any] = job
    return its


def end_of(jobs: Jobs, id: str) -> JobOut:
    while (job := jobs.get(id)).state == "running":
        time.sleep(0.02)
    return job


def test_a_recluster_is_accepted_and_ends_with_its_result(fresh: httpx.Client) -> None:
    response = fresh.post("/v1/jobs", json={"kind": "recluster"})
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    job = ended(fresh, response.json()["id"])
    assert (job["state"], job["problem"]) == ("done", None)
    assert (job["result"]["records"], job["result"]["customers"], job["result"]["dry_run"]) == (8, 6, False)
    assert job["finished_at"] >= job["started_at"]


def test_a_dry_run_of_another_config_tells_and_changes_nothing(fresh: httpx.Client) -> None:
    before = fresh.get("/ready").json()
    strict = {"identifiers": {"email": {"kind": "email"}}, "resolution": {"link_threshold": 60.0}}
    job = fresh.post("/v1/jobs", json={"dry_run": True, "config": strict}).json()
    assert ended(fresh, job["id"])["result"]["dry_run"] is True
    assert fresh.get("/ready").json() == before


def test_another_config_is_refused_without_a_dry_run(alone: httpx.Client) -> None:
    assert "dry_run" in problem(alone.post("/v1/jobs", json={"config": {}}), 422, "bad-input")["detail"]


def test_jobs_are_listed_newest_first(fresh: httpx.Client) -> None:
    ids = []
    for _ in range(3):
        ids.append(fresh.post("/v1/jobs", json={"dry_run": True}).json()["id"])
        ended(fresh, ids[-1])
    assert [job["id"] for job in fresh.get("/v1/jobs").json()["jobs"]] == ids[::-1]


def test_an_unknown_job_is_not_found(client: httpx.Client) -> None:
    assert "GET /v1/jobs" in problem(client.get("/v1/jobs/none"), 404, "not-found")["remedy"]
    problem(client.delete("/v1/jobs/none"), 404, "not-found")


def test_a_second_job_is_refused_with_the_id_of_the_first(place: Place) -> None:
    with running(create_app(partial(patient, place.url))) as client:
        first = client.post("/v1/jobs", json={}).json()
        second = client.post("/v1/jobs", json={"dry_run": True})
        assert problem(second, 409, "busy")["job"] == first["id"]
        assert client.delete(f"/v1/jobs/{first['id']}").status_code == 202
        assert ended(client, first["id"])["state"] == "cancelled"


def test_the_end_of_the_service_cancels_the_job(place: Place) -> None:
    with running(create_app(partial(patient, place.url))) as client:
        id = client.post("/v1/jobs", json={}).json()["id"]
    with company(place.url, resolved=False) as its:
        assert Jobs(its).get(id).state == "cancelled"


def test_a_running_job_tells_its_progress(jobs: Jobs, resolver: Patient) -> None:
    id = jobs.start(JobIn()).id
    resolver.begun.wait()
    progress = jobs.get(id).progress
    assert progress is not None
    assert (progress.stage, progress.done, progress.total) == ("wait", 1, 2)


def test_another_process_sees_a_running_job_and_starts_no_second(jobs: Jobs, resolver: Patient) -> None:
    id = jobs.start(JobIn()).id
    other = Jobs(resolver)
    assert other.get(id).state == "running"
    with pytest.raises(JobRunningError, match=id):
        other.start(JobIn())


def test_another_process_can_cancel_a_job(jobs: Jobs, resolver: Patient) -> None:
    id = jobs.start(JobIn()).id
    Jobs(resolver).cancel(id)
    assert end_of(jobs, id).state == "cancelled"


def test_another_process_sees_the_result(jobs: Jobs, resolver: Patient) -> None:
    id = jobs.start(JobIn(dry_run=True)).id
    resolver.go.set()
    its = end_of(jobs, id)
    assert its.result is not None
    jobs.close()
    assert Jobs(resolver).get(id) == its


def test_a_job_whose_process_died_is_failed_and_holds_up_no_other(jobs: Jobs, resolver: Patient) -> None:
    id = jobs.start(JobIn()).id
    with resolver.store.read() as snapshot:
        left = snapshot.meta(META)
    resolver.go.set()
    end_of(jobs, id)
    jobs.close()
    assert left is not None
    with resolver.store.write() as transaction:
        start = left.index('"beat":') + len('"beat":')
        transaction.put_meta(META, left[:start] + "1" + left[left.index(",", start) :])
    assert jobs.get(id).state == "failed"
    assert end_of(jobs, jobs.start(JobIn(dry_run=True)).id).state == "done"


class Halfway(Resolver):
    """Calls somebody when a re-cluster has written two of its parts."""

    def __init__(self, store: Store, call: Callable[[], object]) -> None:
        super().__init__(store, CONFIG)
        self._call = call

    def recluster(self, *, progress: Progress = silent, **asked: Any) -> ReclusterReport:
        def told(stage: str, done: int, total: int | None) -> None:
            if (stage, done) == ("write", 2):
                self._call()
            progress(stage, done, total)

        return super().recluster(progress=told, **asked)


def test_a_job_that_is_cancelled_between_two_parts_says_what_it_leaves(place: Place) -> None:
    with company(place.url, resolved=False) as its:
        its.load("crm", [(table(CRM), "row {}".format)])
        jobs = Jobs(Halfway(Bounded(its.store, 2), lambda: jobs.cancel(jobs.all()[0].id)))
        job = end_of(jobs, jobs.start(JobIn()).id)
        assert (job.state, job.problem) == ("cancelled", f"it was cancelled; {HALFWAY}")
        jobs.close()


def test_an_over_job_is_not_cancelled_any_more(jobs: Jobs, resolver: Patient) -> None:
    resolver.go.set()
    id = jobs.start(JobIn(dry_run=True)).id
    end_of(jobs, id)
    assert jobs.cancel(id).state == "done"


def test_an_unknown_job_is_an_error(jobs: Jobs) -> None:
    with pytest.raises(NotFoundError, match="no job 'none'"):
        jobs.get("none")
