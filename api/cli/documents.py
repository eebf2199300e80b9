"""Answers as JSON documents, the same as the API's: weights in bits, times in ISO 8601 (UTC)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from api.schemas.base import Answered, time_of
from api.schemas.customers import ChangesOut, CustomerDetail, MemberOut
from api.schemas.evidence import AnswerOut, DecisionOut, DecisionReportOut, ExplanationOut, ReviewOut
from api.schemas.jobs import ReclusterOut
from graph.model import Decision
from resolver.answers import (
    Answer,
    ChangePage,
    CustomerView,
    DecisionReport,
    Explanation,
    ReclusterReport,
    ReviewPage,
)

#: Answers that the API gives too have its form.
_AS_API: dict[type, Callable[[Any], Answered]] = {
    Answer: AnswerOut.of,
    ChangePage: ChangesOut.model_validate,
    Decision: DecisionOut.model_validate,
    DecisionReport: DecisionReportOut.model_validate,
    Explanation: ExplanationOut.model_validate,
    ReclusterReport: ReclusterOut.model_validate,
    ReviewPage: ReviewOut.of,
}
#: Fields of other values that are microseconds since 1970 UTC.
_TIMES = frozenset({"at", "observed_at", "created_at", "updated_at", "withdrawn_at"})


def iso_time(microseconds: int) -> str:
    """``2024-05-01T12:00:00Z``, with a fraction where there is one."""
    return str(time_of(microseconds).isoformat().replace("+00:00", "Z"))


def to_document(value: Any) -> Any:
    """The JSON form of an answer, or of any nesting of answers, dataclasses, mappings and sequences."""
    if type(value) in _AS_API:
        value = _AS_API[type(value)](value)
    if isinstance(value, Answered):
        return value.model_dump(mode="json")
    if isinstance(value, CustomerView):
        members = [MemberOut.model_validate(its).model_dump(mode="json") for its in value.records]
        return CustomerDetail.of(value).model_dump(mode="json") | {"records": members}
    if is_dataclass(value) and not isinstance(value, type):
        return {its.name: _member(its.name, getattr(value, its.name)) for its in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_document(its) for name, its in value.items()}
    if isinstance(value, list | tuple):
        return [to_document(its) for its in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _member(name: str, value: Any) -> Any:
    return iso_time(value) if name in _TIMES and isinstance(value, int) else to_document(value)
