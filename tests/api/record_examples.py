"""Records the examples of the OpenAPI document anew, from the running service on the small company.

After a change of what is answered: ``python -m tests.api.record_examples``, and look at the difference.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx

import api
from api.app import create_app
from api.openapi import EXAMPLES
from tests.api.conftest import running
from tests.support.company import company

NDJSON = "application/x-ndjson"
#: A request: its name, the operation as declared, the path as asked, and for some a body.
Request = tuple[str, str, str] | tuple[str, str, str, Any]

_ANA = "vrprlonozyrjpuv7"
_WHO = "GET /v1/identify"
_IN = "POST /v1/records"
_DECIDE = "POST /v1/decisions"
_ZOE = {"account": "W9", "email": "zoe@example.net", "first_name": "Zoe", "seen": "2024-03-01T12:00:00Z"}
_ANN = {"no": "9", "mail": "ana.reyes@example.com", "first": "Ann", "changed": "2024-03-01"}
_CLUB = {"member_id": "M-7", "e_mail": "ana.reyes@example.com", "surname": "Reyes", "device": "a1b2c3d4"}
_LINES = '{"source": "shop", "row": {"account": "W10", "email": "yan@example.net"}}\n{"source": "nowhere", "row": {}}\n'
_SAME = {"kind": "same", "left": "crm:4", "right": "crm:5", "by": "mo", "reason": "both confirmed by telephone"}
_NAMED = {"given_name": "Ana", "family_name": "Reyes", "birth_date": "1984-03-12"}
_HOOK = {"url": "https://crm.example.com/hooks/whograph", "kinds": ["merged", "split"]}
_SEVERAL = [{"email": "carla@example.org"}, {"email": "jo.bloggs@example.com"}]

REQUESTS: tuple[Request, ...] = (
    ("ready", "GET /ready", "/ready"),
    ("by e-mail", _WHO, "/v1/identify?email=ana.reyes%40example.com"),
    ("a shared telephone", _WHO, "/v1/identify?phone=%2B442079460101&limit=5"),
    ("nobody", _WHO, "/v1/identify?email=jo.bloggs%40example.com"),
    ("an unknown field", _WHO, "/v1/identify?fax=1"),
    ("by name and birth date", "POST /v1/identify", "/v1/identify", _NAMED),
    ("several at once", "POST /v1/identify", "/v1/identify", _SEVERAL),
    ("a page", "GET /v1/customers", "/v1/customers?limit=2"),
    ("a customer", "GET /v1/customers/{id}", f"/v1/customers/{_ANA}"),
    ("unknown", "GET /v1/customers/{id}", "/v1/customers/aaaaaaaaaaaaaaaa"),
    ("records", "GET /v1/customers/{id}/records", f"/v1/customers/{_ANA}/records"),
    ("graph", "GET /v1/customers/{id}/graph", f"/v1/customers/{_ANA}/graph"),
    ("history", "GET /v1/customers/{id}/history", f"/v1/customers/{_ANA}/history"),
    ("why", "GET /v1/explain", "/v1/explain?left=crm%3A1&right=shop%3AW1"),
    ("why not", "GET /v1/explain", "/v1/explain?left=crm%3A1&right=email%3Ab.reyes%40example.com"),
    ("a record", "GET /v1/records/{source}/{id}", "/v1/records/shop/W1"),
    ("one record", _IN, "/v1/records", {"source": "crm", "row": _ANN}),
    ("a list, with a bad one", _IN, "/v1/records", [{"source": "shop", "row": _ZOE}, {"source": "nowhere", "row": {}}]),
    ("a stream, with a bad line", _IN, "/v1/records", _LINES),
    ("refused", _IN, "/v1/records", {"source": "nowhere", "row": {"id": "1"}}),
    ("gone", "DELETE /v1/records/{source}/{id}", "/v1/records/shop/W9"),
    ("tried", _DECIDE, "/v1/decisions", _SAME | {"dry_run": True}),
    ("the same customer", _DECIDE, "/v1/decisions", _SAME),
    ("a contradiction", _DECIDE, "/v1/decisions", _SAME | {"kind": "different"}),
    ("standing decisions", "GET /v1/decisions", "/v1/decisions"),
    (
        "several at once",
        "POST /v1/decisions/withdraw",
        "/v1/decisions/withdraw",
        {"ids": ["dba790a2cd4dec901"], "by": "mo", "dry_run": True},
    ),
    (
        "a record of somebody else",
        "POST /v1/decisions/take-out",
        "/v1/decisions/take-out",
        {"record": "crm:9", "by": "mo", "reason": "her sister's", "dry_run": True},
    ),
    ("a new source", _IN, "/v1/records?allow_new_sources=true", {"source": "club", "row": _CLUB}),
    ("of a customer of ours", _IN, "/v1/records", {"source": "shop", "row": {"account": "W12"}, "customer": _ANA}),
    ("the queue", "GET /v1/review", "/v1/review?limit=3"),
    ("re-cluster", "POST /v1/jobs", "/v1/jobs", {"kind": "recluster", "dry_run": True}),
    ("merges and splits", "POST /v1/webhooks", "/v1/webhooks", _HOOK),  # the last: nothing happens after it
)
#: Members that differ between runs: what a job, a webhook and a store are called, and when they came to be.
VOLATILE = {
    "POST /v1/jobs": ("id", "started_at"),
    "POST /v1/webhooks": ("id", "created_at", "cursor", "secret"),
}


def play(client: httpx.Client, request: dict[str, Any], operation: str) -> httpx.Response:
    """Send a recorded request."""
    method = operation.partition(" ")[0]
    if "body" not in request:
        return client.request(method, request["path"])
    body = request["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"content-type": request["content_type"]}
    return client.request(method, request["path"], content=content.encode(), headers=headers)


def answered(response: httpx.Response) -> dict[str, Any]:
    """What is recorded of a response."""
    streamed = response.headers["content-type"].startswith(NDJSON)
    return {"status": response.status_code, "body": response.text if streamed else response.json()}


def _recorded(client: httpx.Client, asked: Request) -> dict[str, Any]:
    name, operation, path, *body = asked
    request: dict[str, Any] = {"path": path}
    if body:
        request |= {"content_type": NDJSON if isinstance(body[0], str) else "application/json", "body": body[0]}
    response = answered(play(client, request, operation))
    return {"name": name, "operation": operation, "request": request, "response": response}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(create_app(partial(company, Path(folder) / "whograph.db"))) as client,
    ):
        examples = [_recorded(client, asked) for asked in REQUESTS]
    path = Path(api.__file__).parent / EXAMPLES
    path.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(examples)} examples in {path.name}")


if __name__ == "__main__":
    main()
