"""A customer as it is answered: its profile, merged on read, and its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.errors import NotFoundError
from graph.model import Assignment, Customer, Record
from graph.store import Snapshot
from resolver.answering.feed import foreign_cursor
from resolver.answers import CustomerView, MemberRecord
from resolver.config import Config
from resolver.customers.profile import golden_profile


def customer_view(snapshot: Snapshot, customer_id: str, config: Config) -> CustomerView:
    """The customer that this id names today: retired ids redirect, through chains too. Raises NotFoundError."""
    customer = _followed(snapshot, customer_id)
    view = customer_views(snapshot, [customer], config)[0]
    if customer.id == customer_id:
        return view
    return CustomerView(view.customer, view.profile, view.records, asked_for=customer_id)


def _followed(snapshot: Snapshot, customer_id: str) -> Customer:
    seen: set[str] = set()
    id: str | None = customer_id
    while id is not None and id not in seen:
        seen.add(id)
        found = snapshot.customers([id]).get(id)
        if found is None:
            break
        if not found.retired:
            return found
        id = found.merged_into
    if len(seen) > 1 or id is None:
        raise NotFoundError("customer", customer_id, "it is no more, and nothing took its place; see its history")
    raise NotFoundError("customer", customer_id, "look one up by an identifier or a record key")


def customer_page(snapshot: Snapshot, after: str | None, limit: int) -> list[Customer]:
    """Live customers in id order after this id. Raises BadInputError where it is none of this store's."""
    if after is not None and not snapshot.customers([after]):
        raise foreign_cursor()
    return snapshot.page_customers(after, limit)


def customer_views(
    snapshot: Snapshot,
    customers: Sequence[Customer],
    config: Config,
    records: Mapping[str, Record] | None = None,
    assignments: Mapping[str, Assignment] | None = None,
) -> list[CustomerView]:
    """The views of live customers, in this order. ``records`` and ``assignments``: those that were read already."""
    members = snapshot.members_of_customers([customer.id for customer in customers])
    keys = [key for its in members.values() for key in its]
    found, assigned = dict(records or {}), dict(assignments or {})
    if unread := [key for key in keys if key not in found]:
        found |= snapshot.records(unread)
    if unread := [key for key in keys if key not in assigned]:
        assigned |= snapshot.assignments(unread)
    return [_view(its, [found[key] for key in members.get(its.id, ())], assigned, config) for its in customers]


def _view(
    customer: Customer, records: Sequence[Record], assignments: Mapping[str, Assignment], config: Config
) -> CustomerView:
    members = tuple([_member(record, assignments[record.key].confidence, config) for record in records])
    return CustomerView(customer, golden_profile(records, config), members)


def _member(record: Record, confidence: float | None, config: Config) -> MemberRecord:
    fields = record.fields
    identifiers = tuple([f"{type}:{value}" for type in config.identifiers if type in fields for value in fields[type]])
    return MemberRecord(
        record.key, record.source, record.id, record.observed_at, confidence, record.payload, identifiers
    )
