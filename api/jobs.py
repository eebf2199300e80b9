"""Long work that a request begins: one at a time, with progress, in a thread of its own.

The newest jobs are kept in the store as one small named text, so that any process that serves the same store can tell
of them, refuses a second one meanwhile, and can cancel the first. While a job runs its process writes a beat every few
seconds; a job whose beats have stopped has died with its process.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable

from pydantic import BaseModel, TypeAdapter

from api.schemas.base import time_of
from api.schemas.jobs import JobIn, JobOut, ProgressOut, ReclusterOut
from graph.errors import NotFoundError, StoreError, StoreUnavailableError, WhographError
from resolver.service import Resolver, wall_clock

#: The store's named text that holds the jobs.
META = "jobs"
KEPT = 20
BEAT_SECONDS = 5.0
#: Seconds without a beat after which a job counts as dead; more than a long write of its own may hold the beats up.
DEAD_SECONDS = 120.0
#: Seconds between tries to keep a job's end while the store does not answer.
END_PAUSES = (1.0, 5.0, 20.0)

_log = logging.getLogger("whograph.jobs")


class JobRunningError(WhographError):
    """One job runs at a time; ``job`` is the id of the one that does."""

    def __init__(self, job: str) -> None:
        self.job, self.remedy = job, f"wait for it (GET /v1/jobs/{job}) or cancel it (DELETE /v1/jobs/{job})"
        super().__init__(f"job {job} is running; {self.remedy}")


class _CancelledError(Exception):
    """Raised inside the work, which then leaves the store as it was, or says in a note what it leaves."""


class _Stored(BaseModel):
    """A job as it is kept: what is answered, when its process last gave a sign (microseconds), whether to cancel it."""

    job: JobOut
    beat: int
    cancel: bool = False


_STORED = TypeAdapter(list[_Stored])


class Jobs:
    """The jobs of one store. Safe to share between threads."""

    def __init__(self, resolver: Resolver, beat_seconds: float = BEAT_SECONDS) -> None:
        self._store, self._resolver, self._beat_seconds = resolver.store, resolver, beat_seconds
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._thread: threading.Thread | None = None

    def start(self, asked: JobIn) -> JobOut:
        """Begin, and answer at once. Raises JobRunningError."""
        with self._lock:
            if self._running is not None:
                raise JobRunningError(self._running.job.id)
            job = JobOut(
                id=uuid.uuid4().hex,
                kind=asked.kind,
                state="running",
                dry_run=asked.dry_run,
                retrain=asked.retrain,
                started_at=time_of(wall_clock()),
            )
            self._claim(job)
            self._running = running = _Running(job)
            self._thread = threading.Thread(target=self._run, args=(running, asked), name=f"job-{job.id}")
            self._thread.start()
        return job

    def get(self, id: str) -> JobOut:
        """Raises NotFoundError."""
        for job in self.all():
            if job.id == id:
                return job
        raise NotFoundError("job", id, f"GET /v1/jobs lists the last {KEPT}")

    def all(self) -> list[JobOut]:
        """The newest first."""
        running = self._running
        with self._store.read() as snapshot:
            stored = _read(snapshot.meta(META))
        return [
            running.seen() if running is not None and running.job.id == one.job.id else _as_of_now(one)
            for one in reversed(stored)
        ]

    def cancel(self, id: str) -> JobOut:
        """Ask it to stop; it does at its next step. A job that is over stays as it is. Raises NotFoundError."""
        running = self._running
        if running is not None and running.job.id == id:
            running.cancel.set()
            return running.seen()
        job = self.get(id)
        if job.state == "running":  # in another process, which reads this with its next beat
            self._change(id, lambda one: one.model_copy(update={"cancel": True}))
        return job

    def close(self) -> None:
        """Cancel what runs and wait for its end."""
        running, thread = self._running, self._thread
        if running is not None:
            running.cancel.set()
        if thread is not None:
            thread.join()

    def _claim(self, job: JobOut) -> None:
        with self._store.write() as transaction:
            stored = _read(transaction.meta(META))
            for one in stored:
                if _as_of_now(one).state == "running":
                    raise JobRunningError(one.job.id)
            settled = [one.model_copy(update={"job": _as_of_now(one)}) for one in stored]
            kept = [*settled, _Stored(job=job, beat=wall_clock())][-KEPT:]
            transaction.put_meta(META, _STORED.dump_json(kept).decode())

    def _run(self, running: _Running, asked: JobIn) -> None:
        beats = threading.Thread(target=self._beat, args=(running,), name=f"beats-{running.job.id}", daemon=True)
        beats.start()
        try:
            finished = self._work(running, asked)
        finally:
            running.over.set()
        beats.join()
        self._keep(finished)
        self._running = None

    def _keep(self, finished: JobOut) -> None:
        for pause in (*END_PAUSES, None):
            try:
                self._change(finished.id, lambda one: one.model_copy(update={"job": finished}))
            except StoreError as error:
                _log.warning("the end of job %s (%s) could not be kept: %s", finished.id, finished.state, error)
                if pause is not None:
                    time.sleep(pause)
            else:
                return

    def _work(self, running: _Running, asked: JobIn) -> JobOut:
        job = running.job
        try:
            report = self._resolver.recluster(
                config=asked.config, retrain=asked.retrain, dry_run=asked.dry_run, progress=running.progressed
            )
        except _CancelledError as cancelled:
            left = "; ".join(_notes(cancelled)) or "the store is as it was before"
            return _ended(job, "cancelled", f"it was cancelled; {left}")
        except WhographError as error:
            return _ended(job, "failed", "; ".join([str(error), *_notes(error)]))
        except Exception:
            _log.exception("job %s failed", job.id)
            return _ended(job, "failed", "an unexpected error; the service's log says more")
        result = ReclusterOut.model_validate(report)
        return _ended(job, "done").model_copy(update={"result": result})

    def _beat(self, running: _Running) -> None:
        """Tell the others that the job lives, and listen whether one of them cancels it."""
        while not running.over.wait(self._beat_seconds):
            try:
                stored = self._change(
                    running.job.id, lambda one: one.model_copy(update={"job": running.seen(), "beat": wall_clock()})
                )
            except StoreUnavailableError:
                continue  # the work itself may be writing; the next beat tells
            except StoreError as error:
                _log.warning("job %s gives no signs: %s", running.job.id, error)
                return
            if stored is not None and stored.cancel:
                running.cancel.set()

    def _change(self, id: str, change: Callable[[_Stored], _Stored]) -> _Stored | None:
        with self._store.write() as transaction:
            stored = _read(transaction.meta(META))
            changed = [change(one) if one.job.id == id else one for one in stored]
            transaction.put_meta(META, _STORED.dump_json(changed).decode())
        return next((one for one in changed if one.job.id == id), None)


class _Running:
    """The job that this process runs."""

    def __init__(self, job: JobOut) -> None:
        self.job = job
        self.cancel, self.over = threading.Event(), threading.Event()
        self._progress: ProgressOut | None = None

    def progressed(self, stage: str, done: int, total: int | None) -> None:
        if self.cancel.is_set():
            raise _CancelledError
        self._progress = ProgressOut(stage=stage, done=done, total=total)

    def seen(self) -> JobOut:
        return self.job.model_copy(update={"progress": self._progress})


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _read(text: str | None) -> list[_Stored]:
    return _STORED.validate_json(text) if text else []


def _as_of_now(one: _Stored) -> JobOut:
    if one.job.state != "running" or wall_clock() - one.beat < DEAD_SECONDS * 1_000_000:
        return one.job
    return _ended(one.job, "failed", "its process ended before it could tell the result")


def _ended(job: JobOut, state: str, problem: str | None = None) -> JobOut:
    return job.model_copy(
        update={"state": state, "problem": problem, "finished_at": time_of(wall_clock()), "progress": None}
    )
