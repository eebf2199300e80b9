"""Long work, and how the service is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from api.schemas.base import Answered, Asked, Time
from resolver.config import Config


class JobIn(Asked):
    """``recluster`` resolves everything anew; with ``retrain`` under a newly learned model, with ``dry_run`` only to
    tell what would change, then also under another ``config`` (``whograph.toml`` as JSON)."""

    kind: Literal["recluster"] = "recluster"
    dry_run: bool = False
    retrain: bool = False
    config: Config | None = None

    @model_validator(mode="after")
    def _another_config_is_only_tried(self) -> JobIn:
        if self.config is not None and not self.dry_run:
            raise ValueError("another config is only tried: set dry_run, or change the service's whograph.toml")
        return self


class ChangedCustomerOut(Answered):
    """An example of what changes, with some of its records."""

    kind: str
    customer: str = Field(validation_alias="customer_id")
    others: list[str]
    records: list[str]


class ReclusterOut(Answered):
    """What a re-cluster did (with ``dry_run``: would do): ``counts`` by kind of change, ``seconds`` by stage."""

    version: int
    records: int
    customers: int
    counts: dict[str, int]
    pairs: int
    seconds: dict[str, float]
    retrained: bool
    dry_run: bool
    examples: list[ChangedCustomerOut]
    warnings: list[str]


class ProgressOut(Answered):
    """``total`` is null where it is not known."""

    stage: str
    done: int
    total: int | None


class JobOut(Answered):
    """Long work. ``result`` once it is done; ``problem`` where it failed or was cancelled, or its process died."""

    id: str
    kind: Literal["recluster"]
    state: Literal["running", "done", "failed", "cancelled"]
    dry_run: bool
    retrain: bool
    started_at: Time
    finished_at: Time | None = None
    progress: ProgressOut | None = None
    result: ReclusterOut | None = None
    problem: str | None = None


class JobsOut(Answered):
    """The newest jobs, newest first."""

    jobs: list[JobOut]


class HealthOut(Answered):
    status: Literal["up"]


class ReadyOut(Answered):
    """The store answers, and resolution ``version`` is adopted. ``pending``: records that wait for a re-cluster.
    ``unfinished_recluster``: one writes in parts just now, or was interrupted then."""

    status: Literal["ready"]
    version: int
    records: int
    customers: int
    pending: int
    unfinished_recluster: bool
