"""What monitoring asks for, in Prometheus' text form: requests by route and status, and how the store is.

Of several workers on one port each counts its own requests; ``serve`` then names a folder in
``PROMETHEUS_MULTIPROC_DIR``, through which whichever of them is asked tells of all.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from api.jobs import Jobs
from api.webhooks.hooks import read_hooks, read_place
from graph.reading import read_again
from graph.store import Snapshot, Store

#: The variable must be there before a worker loads the library.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
#: The length of the review queue is counted again after so many seconds, if anything was written: it costs a scan.
REVIEW_SECONDS = 60.0


class Requests:
    """The requests that this process has answered."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "whograph_request_seconds",
            "Requests by method, route and status, and how long they took",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library types only a part of itself
        return generate_latest(registry)


class StoreState:
    """How the store and its service are at this moment."""

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store, self._jobs = store, jobs
        self._lock = threading.Lock()
        self._review: tuple[int, float, int] | None = None  # sequence, when (monotonic), items

    def text(self) -> bytes:
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        counts, version, hooks = read_again(
            self._store, lambda its: (its.counts(), its.version_number(), _hook_states(its))
        )
        for name, told, value in (
            ("records", "Live records", counts.records),
            ("tombstones", "Deleted records that are remembered", counts.tombstones),
            ("customers", "Living customers", counts.customers),
            ("pending_records", "Bulk-loaded records that wait for a re-cluster", counts.pending),
            ("quarantined", "Refused rows and values", counts.quarantined),
            ("sequence", "The number of the newest change", counts.sequence),
            ("review_items", "Items that need a person's eye", self._review_items(counts.sequence)),
            ("resolution_version", "The adopted resolution version, 0 before the first", version or 0),
        ):
            yield GaugeMetricFamily(f"whograph_{name}", told, value=value)
        yield _by_state("whograph_jobs", "Kept jobs by state", Counter(job.state for job in self._jobs.all()))
        yield _by_state("whograph_webhooks", "Webhooks by state", hooks)

    def _review_items(self, sequence: int) -> int:
        with self._lock:
            known, now = self._review, time.monotonic()
            if known is None or (known[0] != sequence and now - known[1] >= REVIEW_SECONDS):
                size = read_again(self._store, lambda its: sum(map(len, its.scan_review())))
                known = self._review = (sequence, now, size)
            return known[2]


def _hook_states(snapshot: Snapshot) -> Counter[str]:
    return Counter(read_place(snapshot, hook.id).state for hook in read_hooks(snapshot))


def _by_state(name: str, told: str, states: Counter[str]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=["state"])
    for state, count in sorted(states.items()):
        family.add_metric([state], count)
    return family
