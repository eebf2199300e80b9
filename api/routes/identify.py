"""Who is this?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from api.problems import ProblemError
from api.questions import SCHEMA, Question, read_body
from api.responses import as_json
from api.schemas.evidence import AnswerOut, AnswersOut
from api.service import Its
from graph.errors import BadInputError
from resolver.answers import Answer

router = APIRouter(prefix="/v1", tags=["who is this"])

LIMIT = 10
MOST = 100

_Limit = Annotated[int, Query(ge=1, le=MOST, description="The most candidates to answer.")]
_FIELDS = {
    "name": "fields",
    "in": "query",
    "required": True,
    "style": "form",
    "explode": True,
    "description": "Any identifier type or attribute of the configuration by its name, each as often as there are "
    "values: `email=…&phone=…&phone=…`. Only a field named `limit` must be asked for by POST.",
    "schema": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
}


@router.get("/identify", response_model=AnswerOut, openapi_extra={"parameters": [_FIELDS]})
def identify(request: Request, service: Its, limit: _Limit = LIMIT) -> Response:
    """Who is this: the customers that these values may mean, the likeliest first. An identifier that several customers
    share ranks them and says so; one that nobody has is a 404 that says what was looked for. Nothing is stored."""
    question: Question = {}
    for name, value in request.query_params.multi_items():
        if name != "limit":
            question.setdefault(name, []).append(value)
    if not question:
        raise BadInputError("the question is empty", "name a field and its value, such as ?email=ana@example.com")
    return as_json(_one(service, question, limit))


@router.post(
    "/identify",
    response_model=AnswerOut | AnswersOut,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": SCHEMA}}}},
)
def identify_by_body(body: Annotated[Any, Body()], service: Its, limit: _Limit = LIMIT) -> Response:
    """The same with the values in the body, out of reach of logs on the way: one question, or a list of many. A list is
    answered one by one, in its order; an unknown one among them has no candidates."""
    asked = read_body(body, service.limits.questions)
    if isinstance(asked, dict):
        return as_json(_one(service, asked, limit))
    answers = [service.resolver.identify(question, limit=limit) for question in asked]
    return as_json(AnswersOut(answers=[AnswerOut.of(answer) for answer in answers]))


def _one(service: Its, question: Question, limit: int) -> AnswerOut:
    answer = service.resolver.identify(question, limit=limit)
    for part, reason in answer.refused:
        if part in question:  # the field itself, not one of its values
            raise BadInputError(f"{part}: {reason.partition('; ')[0]}", reason.partition("; ")[2] or "leave it out")
    if not answer.candidates and not answer.shared:
        raise _nobody(question, answer)
    return AnswerOut.of(answer)


def _nobody(question: Question, answer: Answer) -> ProblemError:
    """Names the fields that were looked for, never their values."""
    refused = [{"field": part.partition("=")[0], "reason": reason} for part, reason in answer.refused]
    if len(refused) == sum(map(len, question.values())):
        told = "; ".join(f"{one['field']}: {one['reason']}" for one in refused)
        detail = f"none of this can be looked for ({told or 'no values'}); mend the values, or ask by something else"
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input", detail, refused=refused)
    unusable = {one["field"] for one in refused if len(question.get(one["field"], ())) == 1}
    names = sorted(question.keys() - unusable)
    detail = f"nobody is known by this {' and '.join(names)}; check the spelling, or ask with more: "
    detail += "another identifier, or name, birth date and address"
    return ProblemError(HTTPStatus.NOT_FOUND, "nobody", detail, looked_for=names, refused=refused)
