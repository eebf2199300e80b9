"""Stewards' decisions: links and separations that hold through every later ingest and re-cluster."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.schemas.customers import EffectOut
from api.schemas.evidence import (
    DecisionIn,
    DecisionOut,
    DecisionReportOut,
    DecisionsOut,
    DecisionsReportOut,
    TakeOutIn,
    WithdrawIn,
)
from api.service import Its
from graph.errors import NotFoundError
from resolver.answers import DecisionReport

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])


@router.post("", status_code=HTTPStatus.CREATED)
def decide(asked: DecisionIn, service: Its, response: Response) -> DecisionReportOut:
    """Two records or identifiers are the ``same`` customer, or ``different`` ones; ``same`` joins the customers of both
    as wholes. A decision that stands already,
    whoever took it, is answered as it is (status 200, ``repeated``); one that contradicts standing decisions is refused
    with their chain (409). With ``dry_run`` nothing is stored (status 200)."""
    report = service.resolver.decide(
        asked.kind, asked.left, asked.right, by=asked.by, reason=asked.reason, dry_run=asked.dry_run
    )
    if asked.dry_run or report.repeated:
        response.status_code = HTTPStatus.OK
    if not asked.dry_run or report.repeated:
        response.headers["Location"] = f"/v1/decisions/{report.decision.id}"
    return DecisionReportOut.model_validate(report)


@router.post("/take-out", status_code=HTTPStatus.CREATED)
def take_out(asked: TakeOutIn, service: Its, response: Response) -> DecisionsReportOut:
    """Take one record out of its customer: ``different`` from each of the customer's other records. With ``dry_run``,
    and where it is alone already, nothing is stored (status 200)."""
    reports = service.resolver.take_out(asked.record, by=asked.by, reason=asked.reason, dry_run=asked.dry_run)
    if asked.dry_run or not reports:
        response.status_code = HTTPStatus.OK
    return _together(reports, dry_run=asked.dry_run)


@router.post("/withdraw")
def withdraw_all(asked: WithdrawIn, service: Its) -> DecisionsReportOut:
    """Take several decisions back at once, such as those of ``take-out``, or none of them. With ``dry_run`` nothing is
    stored."""
    reports = service.resolver.withdraw_all(asked.ids, by=asked.by, dry_run=asked.dry_run)
    return _together(reports, dry_run=asked.dry_run)


def _together(reports: Sequence[DecisionReport], *, dry_run: bool) -> DecisionsReportOut:
    """Each of the reports has the changes of all."""
    return DecisionsReportOut(
        dry_run=dry_run,
        decisions=[DecisionOut.model_validate(one.decision) for one in reports],
        changes=[EffectOut.model_validate(one) for one in (reports[0].changes if reports else ())],
    )


@router.get("")
def decisions(service: Its) -> DecisionsOut:
    """The standing decisions."""
    return DecisionsOut(decisions=[DecisionOut.model_validate(one) for one in service.resolver.decisions()])


@router.get("/{id}")
def decision(id: str, service: Its) -> DecisionOut:
    """One standing decision."""
    for one in service.resolver.decisions():
        if one.id == id:
            return DecisionOut.model_validate(one)
    raise NotFoundError("standing decision", id, "GET /v1/decisions lists them")


@router.delete("/{id}")
def withdraw(
    id: str, by: Annotated[str, Query(min_length=1, max_length=200)], service: Its, dry_run: bool = False
) -> DecisionReportOut:
    """Take a decision back, and tell what that changed. ``by``: the steward who does. With ``dry_run`` nothing is
    stored."""
    return DecisionReportOut.model_validate(service.resolver.withdraw(id, by=by, dry_run=dry_run))
