"""What the resolver answers: plain frozen values that the command line prints and the API turns into JSON.

Times are microseconds since 1970 UTC, weights microbits, probabilities and confidences 0…1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graph.model import Change, Customer, Decision, Quarantined, ReviewItem


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """One value of a profile field with its provenance: the display text, its normalised form, the record that it
    comes from, when that was observed, and how many of the customer's records say the same."""

    value: str
    normalised: str
    record_key: str
    observed_at: int
    records: int


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A field of the golden profile: the surviving values (one, or several under the rule ``all``), the rule that
    picked them, and the values that lost, best first."""

    name: str
    rule: str
    values: tuple[ProfileValue, ...]
    lost: tuple[ProfileValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """The golden profile of one customer, fields in the order of the config."""

    status: Literal["known", "prospect", "anonymous"]
    fields: tuple[ProfileField, ...]


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A record of a customer: its row as delivered, and the match probability of its strongest edge to the rest (None
    alone)."""

    record_key: str
    source: str
    id: str
    observed_at: int
    confidence: float | None
    payload: Mapping[str, Any]
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer with its profile and records. ``asked_for`` is the id in the question where that redirects here."""

    customer: Customer
    profile: Profile
    records: tuple[MemberRecord, ...]
    asked_for: str | None = None


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """What one field says of a pair: both sides' values, the level in words, its weight (microbits)."""

    field: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    level: str
    weight: int


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """Why, or why not, two records match: ``prior``, one term per field and ``related`` (what being of one household
    explains, ≤ 0) add up to ``weight`` (before clipping to ±20 bits); ``candidate``: whether they share an active key
    at all, and by which keys (``rules``)."""

    left: str
    right: str
    prior: int
    fields: tuple[FieldEvidence, ...]
    related: int
    weight: int
    probability: float
    candidate: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "why (not) one customer?" for two records: the pair's own evidence, and the strongest path between
    them where they are one customer; ``weakest`` is the weakest link of that path. ``conflicts``: pairs that spoke
    against within their component. ``decisions``: stewards' words on the two."""

    left: str
    right: str
    same_customer: bool
    left_customer: str
    right_customer: str
    direct: PairEvidence
    path: tuple[PairEvidence, ...]
    weakest: PairEvidence | None
    verdict: str
    link_threshold: int
    conflicts: tuple[PairEvidence, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node of a customer's graph: an identifier (``email:…``) or a record (``crm:42``)."""

    key: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """``observed``: a record carries an identifier; ``similar``: two records match. Weight in microbits, with its
    probability."""

    left: str
    right: str
    method: Literal["observed", "similar"]
    weight: int
    probability: float


@dataclass(frozen=True, slots=True)
class CustomerGraph:
    customer_id: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


@dataclass(frozen=True, slots=True)
class SharedIdentifier:
    """An identifier of the question that several customers carry, or that is over its cap (``active`` False): then
    ``records`` is one more than the cap and ``customers`` theirs, for no more carriers are looked at."""

    key: str
    records: int
    customers: int
    active: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One customer that the question may mean: how sure, and by what: the evidence against its best record."""

    view: CustomerView
    probability: float
    evidence: PairEvidence


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is this: candidates, the likeliest first (none: unknown). ``shared`` tells of identifiers that belong to
    several. ``refused``: parts of the question that could not be used, with the reason."""

    candidates: tuple[Candidate, ...]
    shared: tuple[SharedIdentifier, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a bulk load did with one source. ``seconds`` of wall time."""

    source: str
    rows: int
    new: int
    updated: int
    unchanged: int
    stale: int
    deleted: int
    refused_rows: int
    refused_values: int
    seconds: float
    warnings: tuple[str, ...] = ()
    examples: tuple[Quarantined, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedCustomer:
    """An example of what a re-cluster changes: kind (created, merged, split, grown, shrunk, erased), the ids involved,
    some records."""

    kind: str
    customer_id: str
    others: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReclusterReport:
    """What a re-cluster did, or with ``dry_run`` would do. ``counts`` by kind of change (created, merged, split, grown,
    shrunk, erased, unchanged customers); ``pairs`` compared; ``seconds`` by stage."""

    version: int
    records: int
    customers: int
    counts: Mapping[str, int]
    pairs: int
    seconds: Mapping[str, float]
    retrained: bool
    dry_run: bool
    examples: tuple[ChangedCustomer, ...] = ()
    warnings: tuple[str, ...] = ()


OutcomeKind = Literal["new", "joined", "merged", "split", "unchanged", "stale", "deleted", "quarantined"]


@dataclass(frozen=True, slots=True)
class SourceRegistration:
    """What was guessed of a source that nobody had configured: its record-id column (None: rows are told apart by their
    content), its time column, the meaning of each column, and those that were ``left_out`` until the next re-cluster,
    because no other source has such a field (each with the name that the field will have). ``version``: the resolution
    version that knows the source."""

    source: str
    version: int
    id: str | None
    time: str | None
    role: str
    columns: Mapping[str, str]
    left_out: Mapping[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of a live batch: ``index`` in the batch; the customer it belongs to now (None:
    quarantined or deleted), its confidence, the customers that changed, and what was refused of it. ``registered``: on
    the first record of a source that came with it, what was guessed of that."""

    index: int
    record_key: str | None
    kind: OutcomeKind
    customer_id: str | None
    confidence: float | None
    changed_customers: tuple[str, ...] = ()
    refused: tuple[Quarantined, ...] = ()
    registered: SourceRegistration | None = None


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """A decision taken (or with ``dry_run`` only tried): what happens to the customers. ``skipped``: others contradict
    it through what records carry. ``sleeps``: so many records carry an identifier in it that it binds nobody until they
    are fewer. ``repeated``: it stood already, as it is here."""

    decision: Decision
    dry_run: bool = False
    changes: tuple[Change, ...] = ()
    skipped: bool = False
    sleeps: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of the change feed, and the cursor after it."""

    changes: tuple[Change, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    items: tuple[ReviewItem, ...]
    evidence: Mapping[str, PairEvidence] = field(default_factory=dict)
