"""Why: evidence, explanations, decisions, review, and who somebody is."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.base import Answered, Asked, Bits, Time
from api.schemas.customers import CustomerDetail, EffectOut
from graph.model import DecisionKind
from resolver.answers import Answer, ReviewPage


class FieldEvidenceOut(Answered):
    """What one field says of a pair: both sides' values, the comparison level in words, its weight."""

    field: str
    left: list[str]
    right: list[str]
    level: str
    bits: Bits = Field(validation_alias="weight")


class EvidenceOut(Answered):
    """Why, or why not, two records match: ``prior_bits``, the fields' bits and ``related_bits`` add up to ``bits``.
    ``candidate``: whether they share an active key at all, and by which ``rules``."""

    left: str
    right: str
    bits: Bits = Field(validation_alias="weight")
    probability: float
    prior_bits: Bits = Field(validation_alias="prior")
    related_bits: Bits = Field(validation_alias="related")
    fields: list[FieldEvidenceOut]
    candidate: bool
    rules: list[str]


class DecisionIn(Asked):
    """``left`` and ``right``: record keys (``crm:42``) or identifier keys (``email:ana@example.com``); ``by``: the
    steward. With ``dry_run`` nothing is stored, and the answer tells what would happen."""

    kind: DecisionKind
    left: str = Field(min_length=1)
    right: str = Field(min_length=1)
    by: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)
    dry_run: bool = False


class TakeOutIn(Asked):
    """``record``: the key of a record (``crm:42``) that belongs to somebody else than its customer."""

    record: str = Field(min_length=1)
    by: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)
    dry_run: bool = False


class DecisionOut(Answered):
    """A steward's word; ``withdrawn_at`` is null while it stands."""

    id: str
    kind: DecisionKind
    left: str
    right: str
    by: str
    reason: str
    at: Time
    withdrawn_at: Time | None


class DecisionsOut(Answered):
    """The standing decisions, oldest first."""

    decisions: list[DecisionOut]


class DecisionReportOut(Answered):
    """A decision and what it changed (with ``dry_run``: would change). ``skipped``: it contradicts others and
    does not count. ``sleeps``: so many records carry an identifier in it that it binds nobody until they are fewer.
    ``repeated``: it stood already, as it is here, with its own steward and reason."""

    decision: DecisionOut
    dry_run: bool
    skipped: bool
    sleeps: bool
    repeated: bool
    changes: list[EffectOut]


class WithdrawIn(Asked):
    """``ids``: of standing decisions, such as those that ``take-out`` answered; ``by``: the steward."""

    ids: list[str] = Field(min_length=1, max_length=10_000)
    by: str = Field(min_length=1, max_length=200)
    dry_run: bool = False


class DecisionsReportOut(Answered):
    """Decisions that were taken or withdrawn together, and what that changed (with ``dry_run``: would change)."""

    dry_run: bool
    decisions: list[DecisionOut]
    changes: list[EffectOut]


class ExplanationOut(Answered):
    """Why (not) one customer: the evidence of the two themselves, the strongest path between them with its weakest link
    where they are one customer, the pairs that speak against, and what stewards said."""

    left: str
    right: str
    same_customer: bool
    left_customer: str
    right_customer: str
    verdict: str
    link_threshold_bits: Bits = Field(validation_alias="link_threshold")
    direct: EvidenceOut
    path: list[EvidenceOut]
    weakest: EvidenceOut | None
    conflicts: list[EvidenceOut]
    decisions: list[DecisionOut]


class SharedOut(Answered):
    """An identifier of the question that several customers carry; not ``active``: so many records carry it that it
    links nothing."""

    key: str
    records: int
    customers: int
    active: bool


class UnusedOut(Answered):
    """A part of the question that could not be used."""

    part: str
    reason: str


class CandidateOut(Answered):
    """A customer that the question may mean, and the evidence against its best record (``left``, the question, has no
    key)."""

    probability: float
    customer: CustomerDetail
    evidence: EvidenceOut


class AnswerOut(Answered):
    """Candidates, the likeliest first; none: unknown."""

    candidates: list[CandidateOut]
    shared: list[SharedOut]
    refused: list[UnusedOut]

    @classmethod
    def of(cls, answer: Answer) -> AnswerOut:
        return cls(
            candidates=[
                CandidateOut(
                    probability=one.probability,
                    customer=CustomerDetail.of(one.view),
                    evidence=EvidenceOut.model_validate(one.evidence),
                )
                for one in answer.candidates
            ],
            shared=[SharedOut.model_validate(one) for one in answer.shared],
            refused=[UnusedOut(part=part, reason=reason) for part, reason in answer.refused],
        )


class AnswersOut(Answered):
    """One answer per question, in the order of the request."""

    answers: list[AnswerOut]


class ReviewItemOut(Answered):
    """Something for a person's eye; ``severity`` 0…1, 1 is worst."""

    id: str
    kind: str
    severity: float
    records: list[str]
    details: dict[str, Any]
    evidence: EvidenceOut | None = None


class ReviewOut(Answered):
    """The review queue, worst first."""

    items: list[ReviewItemOut]

    @classmethod
    def of(cls, page: ReviewPage) -> ReviewOut:
        return cls(
            items=[
                ReviewItemOut.model_validate(item).model_copy(
                    update={"evidence": EvidenceOut.model_validate(page.evidence[item.id])}
                )
                if item.id in page.evidence
                else ReviewItemOut.model_validate(item)
                for item in page.items
            ]
        )
