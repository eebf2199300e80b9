"""Customers: the id, the golden profile, the records, the graph, the history."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.base import Answered, Bits, Time
from resolver.answers import CustomerView, Profile


class CustomerOut(Answered):
    """A customer id and its state; ``confidence`` is the match probability of its weakest link."""

    id: str
    size: int
    confidence: float | None
    created_at: Time
    updated_at: Time


class ValueOut(Answered):
    """A value with its provenance: the record it comes from, and how many of the customer's records say the same."""

    value: str
    normalised: str
    record: str = Field(validation_alias="record_key")
    observed_at: Time
    records: int


class FieldOut(Answered):
    """The values that survive under ``rule``, and those that lost, best first."""

    rule: str
    values: list[ValueOut]
    lost: list[ValueOut]


class ProfileOut(Answered):
    """The golden profile; ``fields`` by name, in the order of the configuration."""

    status: Literal["known", "prospect", "anonymous"]
    fields: dict[str, FieldOut]

    @classmethod
    def of(cls, profile: Profile) -> ProfileOut:
        return cls.model_validate({"status": profile.status, "fields": {one.name: one for one in profile.fields}})


class CustomerDetail(CustomerOut):
    """A customer with its profile and the keys of its records. ``redirected_from``: the retired id that was asked
    for."""

    redirected_from: str | None
    profile: ProfileOut
    records: list[str]

    @classmethod
    def of(cls, view: CustomerView) -> CustomerDetail:
        customer = CustomerOut.model_validate(view.customer)
        return cls(
            **dict(customer),
            redirected_from=view.asked_for,
            profile=ProfileOut.of(view.profile),
            records=[one.record_key for one in view.records],
        )


class CustomersOut(Answered):
    """Customers in id order; ``next`` is the address of the following page, null on the last."""

    customers: list[CustomerOut]
    next: str | None


class MemberOut(Answered):
    """A record of a customer: its row as it was delivered, the identifiers it carries, and the match probability of its
    strongest edge to the rest."""

    record: str = Field(validation_alias="record_key")
    source: str
    id: str
    observed_at: Time
    confidence: float | None
    identifiers: list[str]
    row: dict[str, Any] = Field(validation_alias="payload")


class MembersOut(Answered):
    customer: str
    redirected_from: str | None
    records: list[MemberOut]


class NodeOut(Answered):
    key: str
    kind: str
    label: str


class EdgeOut(Answered):
    """``observed``: a record carries an identifier; ``similar``: two records match."""

    left: str
    right: str
    method: Literal["observed", "similar"]
    bits: Bits = Field(validation_alias="weight")
    probability: float


class GraphOut(Answered):
    customer: str = Field(validation_alias="customer_id")
    redirected_from: str | None = None
    nodes: list[NodeOut]
    edges: list[EdgeOut]


class EffectOut(Answered):
    """What happens to one customer; ``details`` tells record keys, other customer ids, or profile fields."""

    kind: str
    customer: str = Field(validation_alias="customer_id")
    at: Time
    details: dict[str, Any]


class ChangeOut(EffectOut):
    """One event of the feed; ``sequence`` ascends in the feed's order, with gaps."""

    sequence: int


class HistoryOut(Answered):
    """Every event of one customer id, in order. ``merged_into``: the customer that a retired id went into (which may
    have gone further since); its `merged` event, which is told of that customer, is the last here."""

    customer: str
    merged_into: str | None
    changes: list[ChangeOut]


class ChangesOut(Answered):
    """A page of the feed in its order; ask on with ``after=cursor``."""

    changes: list[ChangeOut]
    cursor: str
