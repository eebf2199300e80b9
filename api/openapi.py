"""The OpenAPI document: what FastAPI makes, with problem details and with examples that are true.

``examples.json`` holds requests and the answers they got, in order; a test plays them again against the running
service.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.release import release
from api.schemas.base import Problem

EXAMPLES = "examples.json"
_METHODS = ("get", "post", "put", "delete")
_DESCRIPTION = (
    "Who is this customer, how sure are we, and why. Times are ISO 8601 in UTC, weights are bits (log2 of the Bayes "
    "factor), probabilities 0 to 1. Every failure is an RFC 9457 problem (`application/problem+json`)."
)


def describe(app: FastAPI) -> None:
    """Make the app serve the document."""

    @cache
    def document() -> dict[str, Any]:
        made = get_openapi(title="whograph", version=release(), description=_DESCRIPTION, routes=app.routes, tags=[])
        made.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for path in made["paths"].values():
            for method in _METHODS:
                if method in path:
                    _answer_with_problems(path[method])
        for example in read_examples():
            _add_example(made["paths"], example)
        return made

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def read_examples() -> list[dict[str, Any]]:
    """Each: ``name``, ``operation`` (method and path as declared), ``request`` (path, and where it has one
    content_type and body), ``response`` (status, body)."""
    examples: list[dict[str, Any]] = orjson.loads(files("api").joinpath(EXAMPLES).read_bytes())
    return examples


def _answer_with_problems(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own form of validation errors, which is not what is answered
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses["default"] = {"description": "What went wrong and what to do", "content": content}


def _add_example(paths: dict[str, Any], example: dict[str, Any]) -> None:
    method, _, path = example["operation"].partition(" ")
    operation, name = paths[path][method.lower()], example["name"]
    request, response = example["request"], example["response"]
    for parameter in operation.get("parameters", []):
        value = _value(parameter, path, request["path"])
        if value:
            parameter.setdefault("examples", {})[name] = {"value": value}
    kind = "application/json"
    if "body" in request:
        kind = request["content_type"]  # the answer's too
        operation["requestBody"]["content"][kind].setdefault("examples", {})[name] = {"value": request["body"]}
    if response["status"] >= HTTPStatus.BAD_REQUEST:
        kind = MEDIA_TYPE
    status = HTTPStatus(response["status"])
    responded = operation["responses"].setdefault(str(status.value), {"description": status.phrase})
    content = responded.setdefault("content", {}).setdefault(kind, {})
    content.setdefault("examples", {})[name] = {"value": response["body"]}


def _value(parameter: dict[str, Any], declared: str, asked: str) -> Any:
    path, _, query = asked.partition("?")
    pairs = parse_qsl(query)
    if parameter["in"] == "path":
        places = dict(zip(declared.split("/"), path.split("/"), strict=False))
        return places.get("{" + parameter["name"] + "}")
    if parameter["schema"].get("type") == "object":
        return {name: [value for its, value in pairs if its == name] for name, _ in pairs if name != "limit"}
    return dict(pairs).get(parameter["name"])
