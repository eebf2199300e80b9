"""The API on a masked copy: to be looked at, and told so where more is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.app import create_app
from graph.store import Store
from resolver.masks import BUILT_IN
from resolver.moving.copying import copy_store
from resolver.moving.masking import Masking
from resolver.service import Resolver
from tests.api.conftest import running
from tests.support.company import company
from tests.support.places import Place


@contextmanager
def _masked(folder: Path, target: Store) -> Iterator[Resolver]:
    with company(folder / "whograph.db") as resolver:
        copy_store(resolver.store, target, lambda *_: None, Masking("analyst", BUILT_IN["analyst"], b"secret"))
    yield Resolver(target)


def test_a_masked_copy_shows_customers_and_refuses_to_work(tmp_path: Path, place: Place) -> None:
    with running(create_app(lambda: _masked(tmp_path, place.open()))) as client:
        customer = client.get("/v1/customers").json()["customers"][0]["id"]
        shown = client.get(f"/v1/customers/{customer}")
        assert shown.status_code == 200
        assert "Reyes" not in shown.text
        for answer in (
            client.get("/v1/identify", params={"email": "ana.reyes@example.com"}),
            client.post("/v1/records", json={"source": "crm", "row": {"no": "9", "first": "Ana"}}),
            client.get("/v1/explain", params={"left": "crm:1", "right": "shop:W1"}),
        ):
            assert answer.status_code == 409, answer.text
            assert answer.json()["title"] == "The store is a masked copy"
            assert answer.json()["remedy"] == "use the original store"
