"""What monitoring is told."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families


def samples(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """The value of every sample, by name and labels' values in the order of their names."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (its.name, *(its.labels[name] for name in sorted(its.labels))): its.value
        for family in text_string_to_metric_families(response.text)
        for its in family.samples
    }


def test_requests_are_counted_by_method_route_and_status(fresh: httpx.Client) -> None:
    fresh.get("/v1/records/crm/1")
    fresh.get("/v1/records/crm/2")
    fresh.get("/v1/records/crm/404")
    fresh.get("/nothing/of/this")
    fresh.request("BREW", "/health")
    its = samples(fresh)
    route = "/v1/records/{source}/{id}"
    assert its["whograph_request_seconds_count", "GET", route, "200"] == 2
    assert its["whograph_request_seconds_count", "GET", route, "404"] == 1
    assert its["whograph_request_seconds_count", "GET", "(no such path)", "404"] == 1
    assert its["whograph_request_seconds_sum", "GET", route, "200"] > 0
    assert not any("BREW" in labels for labels in its)


def test_the_state_of_the_store_is_told(fresh: httpx.Client) -> None:
    before = samples(fresh)
    assert (before["whograph_records",], before["whograph_customers",]) == (8, 6)
    assert (before["whograph_pending_records",], before["whograph_resolution_version",]) == (0, 1)
    assert before["whograph_review_items",] == len(fresh.get("/v1/review?limit=1000").json()["items"])
    fresh.post("/v1/records", json={"source": "shop", "row": {"account": "W9", "email": "zoe@example.net"}})
    fresh.post("/v1/webhooks", json={"url": "https://example.com/hook", "kinds": ["erased"]})
    job = fresh.post("/v1/jobs", json={"dry_run": True}).json()["id"]
    while fresh.get(f"/v1/jobs/{job}").json()["state"] == "running":
        pass
    after = samples(fresh)
    assert (after["whograph_records",], after["whograph_customers",]) == (9, 7)
    assert after["whograph_sequence",] > before["whograph_sequence",]
    assert after["whograph_jobs", "done"] == 1
    assert after["whograph_webhooks", "delivering"] == 1


def test_a_store_that_was_never_resolved_is_told_of_too(empty: httpx.Client) -> None:
    its = samples(empty)
    assert (its["whograph_records",], its["whograph_resolution_version",]) == (0, 0)
