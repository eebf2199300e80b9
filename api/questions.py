"""Questions out of a request's body, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.errors import BadInputError

#: Raw values by field name.
Question = dict[str, list[str]]

_EXAMPLE = 'ask for example {"email": "ana@example.com"}'
_VALUE = {"anyOf": [{"type": "string"}, {"type": "number"}]}
_QUESTION = {
    "type": "object",
    "description": "Raw values by field name: identifier types and attributes of the configuration. null is no value.",
    "minProperties": 1,
    "additionalProperties": {"anyOf": [*_VALUE["anyOf"], {"type": "array", "items": _VALUE}, {"type": "null"}]},
}
#: The JSON schema of what ``read_body`` reads.
SCHEMA = {"anyOf": [_QUESTION, {"type": "array", "minItems": 1, "items": _QUESTION}]}


def read_body(body: Any, most: int) -> Question | list[Question]:
    """One question, or a list of at most so many."""
    if not isinstance(body, list):
        return read_question(body, "body")
    if not body:
        raise BadInputError("the list holds no question", _EXAMPLE, place="body")
    if len(body) > most:
        raise BadInputError(f"{len(body)} questions are too many", f"ask at most {most} at once", place="body")
    return [read_question(one, f"body.{place}") for place, one in enumerate(body)]


def read_question(asked: Any, place: str) -> Question:
    """Raises BadInputError; values are not repeated in it."""
    if isinstance(asked, bytes):  # what FastAPI hands on where the content type is not JSON
        raise BadInputError("the body is not JSON", "send the header Content-Type: application/json", place=place)
    if not isinstance(asked, Mapping):
        raise BadInputError("a question must be an object of field names and values", _EXAMPLE, place=place)
    question = {name: values for name, its in asked.items() if (values := _values(its, f"{place}.{name}"))}
    if not question:
        raise BadInputError("the question is empty", _EXAMPLE, place=place)
    return question


def _values(its: Any, place: str) -> list[str]:
    values = its if isinstance(its, list) else [] if its is None else [its]
    if any(isinstance(value, bool) or not isinstance(value, str | int | float) for value in values):
        raise BadInputError("a value must be text or a number", "send one such value, or a list of them", place=place)
    return [str(value) for value in values]
