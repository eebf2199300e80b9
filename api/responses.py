"""Answers that are asked for all day."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel


def as_json(answer: BaseModel) -> Response:
    """The answer as a response, made in the thread that found it. FastAPI would check the model again, in another
    thread, and write the JSON in the event loop: two more turns for the processor. The route names the model as its
    ``response_model``, for the description."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
