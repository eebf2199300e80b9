"""Records on their way in, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictFloat, StrictInt

from api.schemas.base import Answered, Asked, Time
from resolver.answers import OutcomeKind
from resolver.config import OBSERVED_AT, RETURNED_ID

#: A time in any of the forms that rows have it in.
_Said = Annotated[str, Field(strict=True, min_length=1, max_length=100)] | StrictInt | StrictFloat


class RecordIn(Asked):
    """A row of a source: columns and values as the source has them, its id column among them. ``observed_at``: when the
    row was as it is, where no column says so (`time` in the source's configuration, or `whograph_observed_at`) or
    another time is meant. ``customer``: one of our customer ids, where the source's system knows it (it may come in a
    column, too: `customer_id` in the source's configuration, or `whograph_customer_id`); the record is then decided to
    be of that customer."""

    source: str = Field(min_length=1)
    row: dict[str, Any]
    observed_at: _Said | None = None
    customer: str | None = Field(default=None, min_length=1, max_length=200)

    @property
    def whole(self) -> dict[str, Any]:
        """The row with what was said beside it."""
        beside = {OBSERVED_AT: self.observed_at, RETURNED_ID: self.customer}
        return self.row | {name: value for name, value in beside.items() if value is not None}


class RecordOut(Answered):
    """A record: its row as it was delivered, its normalised ``fields``, the customer it belongs to (null while it
    waits for its first re-cluster), and the match probability of its strongest edge to the customer's other records."""

    record: str
    source: str
    id: str
    observed_at: Time
    customer: str | None
    confidence: float | None
    fields: dict[str, list[str]]
    row: dict[str, Any]


class RefusedOut(Answered):
    """What was refused of a record; ``field`` is the column, null where it is the whole row."""

    field: str | None
    value: str
    reason: str


class RegisteredOut(Answered):
    """A source that was registered with these records, by what their columns look like. ``id``: its column of record
    ids (null: rows are told apart by their content). ``left_out``: columns that count from the next re-cluster on,
    because no other source has such a field."""

    source: str
    version: int
    id: str | None
    time: str | None
    role: str
    columns: dict[str, str]
    left_out: dict[str, str]
    warnings: list[str]


class OutcomeOut(Answered):
    """What became of one record. ``refused``: nothing of it was stored; ``quarantined``: it was set aside, with its
    reasons. ``registered``: on the first record of a new source."""

    index: int
    record: str | None = Field(validation_alias="record_key")
    outcome: OutcomeKind | Literal["refused"] = Field(validation_alias="kind")
    customer: str | None = Field(validation_alias="customer_id")
    confidence: float | None
    changed_customers: list[str]
    refused: list[RefusedOut]
    registered: RegisteredOut | None = None

    @classmethod
    def refusal(cls, index: int, reason: str) -> OutcomeOut:
        """For a record that was not even handed to the resolver; what it held is not repeated."""
        refused = [RefusedOut(field=None, value="", reason=reason)]
        return cls(
            index=index,
            record=None,
            outcome="refused",
            customer=None,
            confidence=None,
            changed_customers=[],
            refused=refused,
        )

    @property
    def landed(self) -> bool:
        return self.outcome not in ("refused", "quarantined")


class OutcomesOut(Answered):
    """One outcome per record, in the order of the request."""

    landed: int
    refused: int
    records: list[OutcomeOut]

    @classmethod
    def of(cls, outcomes: list[OutcomeOut]) -> OutcomesOut:
        landed = sum(one.landed for one in outcomes)
        return cls(landed=landed, refused=len(outcomes) - landed, records=outcomes)
