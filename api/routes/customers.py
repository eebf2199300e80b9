"""Customers and what is known of them. A retired id answers with the customer that it went into, status 200, and the
body's ``redirected_from`` tells: that spares programs a second request, and none need follow redirects."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.responses import as_json
from api.schemas.customers import (
    ChangeOut,
    CustomerDetail,
    CustomerOut,
    CustomersOut,
    GraphOut,
    HistoryOut,
    MemberOut,
    MembersOut,
)
from api.service import Its

router = APIRouter(prefix="/v1/customers", tags=["customers"])


@router.get("")
def customers(
    service: Its, after: str | None = None, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> CustomersOut:
    """All customers in id order, page by page: follow ``next`` until it is null."""
    page = service.resolver.customers(after, limit + 1)
    more = len(page) > limit
    shown = [CustomerOut.model_validate(one) for one in page[:limit]]
    following = f"/v1/customers?{urlencode({'after': shown[-1].id, 'limit': limit})}" if more else None
    return CustomersOut(customers=shown, next=following)


@router.get("/{id}", response_model=CustomerDetail)
def customer(id: str, service: Its) -> Response:
    """One customer with its golden profile."""
    return as_json(CustomerDetail.of(service.resolver.customer(id)))


@router.get("/{id}/records")
def records(id: str, service: Its) -> MembersOut:
    """The customer's records as their sources delivered them."""
    view = service.resolver.customer(id)
    members = [MemberOut.model_validate(one) for one in view.records]
    return MembersOut(customer=view.customer.id, redirected_from=view.asked_for, records=members)


@router.get("/{id}/graph")
def graph(id: str, service: Its) -> GraphOut:
    """The customer's records and identifiers as nodes, with weighted edges."""
    view = service.resolver.customer(id)  # which follows redirects
    drawn = GraphOut.model_validate(service.resolver.graph(view.customer.id))
    return drawn.model_copy(update={"redirected_from": view.asked_for})


@router.get("/{id}/history")
def history(id: str, service: Its) -> HistoryOut:
    """Every event of this very id, in order; of a retired id its own, and where it went."""
    changes, last = service.resolver.history(id), service.resolver.succession(id)
    shown = sorted([*changes, *([last] if last else [])], key=lambda one: one.sequence)
    return HistoryOut(
        customer=id,
        merged_into=last.customer_id if last else None,
        changes=[ChangeOut.model_validate(one) for one in shown],
    )
