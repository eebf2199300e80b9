"""When the store cannot: what clients are told, and that the service recovers by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from tests.api.conftest import running
from tests.support.company import CRM, company, table
from tests.support.http_problems import problem

RECORD = {"source": "shop", "row": {"account": "W9", "email": "zoe@example.net"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    its = tmp_path / "whograph.db"
    with company(its):
        pass
    return its


@pytest.fixture
def hasty(path: Path) -> Iterator[httpx.Client]:
    """A service that waits for other writers only briefly."""
    with running(create_app(partial(company, path, resolved=False, timeout=0.2))) as its:
        yield its


def test_a_store_that_is_busy_is_unavailable_and_the_same_request_succeeds_later(
    hasty: httpx.Client, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = hasty.post("/v1/records", json=RECORD)
        problem(response, 503, "unavailable")
        assert int(response.headers["retry-after"]) > 0
        assert hasty.get("/ready").status_code == 200
        other.execute("ROLLBACK")
    assert hasty.post("/v1/records", json=RECORD).json()["outcome"] == "new"


def test_a_store_that_a_newer_program_took_over_cannot_be_used_and_says_so(hasty: httpx.Client, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        schema = other.execute("PRAGMA user_version").fetchone()[0]
        other.execute(f"PRAGMA user_version = {schema + 1}")
        other.commit()
        assert "newer whograph" in problem(hasty.get("/ready"), 503, "store")["detail"]
        response = hasty.get("/v1/identify?email=ana.reyes@example.com")
        problem(response, 503, "store")
        assert int(response.headers["retry-after"]) > 0
        assert hasty.get("/health").status_code == 200
        other.execute(f"PRAGMA user_version = {schema}")
        other.commit()
    assert hasty.get("/ready").status_code == 200


def test_records_wait_while_a_bulk_load_is_not_yet_resolved(hasty: httpx.Client, path: Path) -> None:
    names, *_ = CRM
    row = ("77", "new@example.com", None, "Nia", "Moor", None, None, "2024-05-01")
    with company(path, resolved=False) as other:
        other.load("crm", [(table((names, row)), lambda row: f"row {row + 1}")])
    assert "whograph recluster" in problem(hasty.post("/v1/records", json=RECORD), 409, "version")["detail"]
    assert hasty.get("/ready").json()["pending"] == 1


def test_an_unexpected_error_is_a_problem_without_its_details(path: Path) -> None:
    app = create_app(partial(company, path, resolved=False))

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("ana.reyes@example.com")

    with running(app) as client:
        response = client.get("/broken")
        problem(response, 500, "internal")
        assert "ana.reyes" not in response.text
        assert client.get("/health").status_code == 200
