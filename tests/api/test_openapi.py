"""The OpenAPI document: complete, and its examples are true."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.openapi import read_examples
from tests.api.conftest import running
from tests.api.record_examples import REQUESTS, VOLATILE, answered, play
from tests.support.company import company


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    its: dict[str, Any] = client.get("/openapi.json").json()
    return its


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, its in document["paths"].items():
        for method, operation in its.items():
            yield f"{method.upper()} {path}", operation


def test_every_example_is_what_the_service_answers(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("examples") / "whograph.db"
    with running(create_app(partial(company, path))) as client:
        for example in read_examples():
            operation, expected = example["operation"], example["response"]
            got = answered(play(client, example["request"], operation))
            for name in VOLATILE.get(operation, ()):
                got["body"][name] = expected["body"][name]
            assert got == expected, f"{operation}, {example['name']}: python -m tests.api.record_examples"


def test_the_examples_are_those_that_are_asked_for() -> None:
    assert [(one["name"], one["operation"]) for one in read_examples()] == [its[:2] for its in REQUESTS]


def test_the_document_shows_the_examples(document: dict[str, Any]) -> None:
    who = document["paths"]["/v1/identify"]["get"]
    (fields,) = [one for one in who["parameters"] if one["name"] == "fields"]
    assert fields["examples"]["by e-mail"]["value"] == {"email": ["ana.reyes@example.com"]}
    assert who["responses"]["200"]["content"]["application/json"]["examples"]["by e-mail"]["value"]["candidates"]
    assert "nobody" in who["responses"]["404"]["content"]["application/problem+json"]["examples"]
    posted = document["paths"]["/v1/records"]["post"]
    assert "a stream, with a bad line" in posted["requestBody"]["content"]["application/x-ndjson"]["examples"]
    assert "a stream, with a bad line" in posted["responses"]["200"]["content"]["application/x-ndjson"]["examples"]


def test_every_operation_says_what_it_does_and_answers_with_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["description"], name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name


def test_every_path_of_the_service_is_in_the_document(document: dict[str, Any]) -> None:
    for path in (
        "/v1/identify", "/v1/customers", "/v1/customers/{id}", "/v1/customers/{id}/records", "/v1/customers/{id}/graph",
        "/v1/customers/{id}/history", "/v1/explain", "/v1/records", "/v1/records/{source}/{id}", "/v1/decisions",
        "/v1/decisions/{id}", "/v1/review", "/v1/changes", "/v1/jobs", "/v1/jobs/{id}", "/health", "/ready", "/metrics",
        "/v1/webhooks", "/v1/webhooks/{id}", "/v1/webhooks/{id}/test", "/v1/webhooks/{id}/resume",
    ):  # fmt: skip
        assert path in document["paths"]
