"""What all models of the API share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: The first and last microsecond of the calendar (years 1 to 9999).
_FIRST, _LAST = ((moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND for moment in (datetime.min, datetime.max))


def time_of(microseconds: Any) -> Any:
    """A time outside the calendar is answered as the calendar's first or last moment."""
    if not isinstance(microseconds, int):
        return microseconds
    return _EPOCH + timedelta(microseconds=min(max(microseconds, _FIRST), _LAST))


def microseconds_of(time: datetime) -> int:
    """A time without zone is UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def _bits(microbits: Any) -> Any:
    return microbits / 1_000_000 if isinstance(microbits, int) else microbits


#: A time, from microseconds.
Time = Annotated[datetime, BeforeValidator(time_of)]
#: A weight in bits, from microbits.
Bits = Annotated[float, BeforeValidator(_bits)]


class Answered(BaseModel):
    """A part of an answer, read from the resolver's value of the same shape."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True, frozen=True)


class Asked(BaseModel):
    """The body of a request; a member it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(BaseModel):
    """RFC 9457 problem details. ``remedy`` says what to do; members beyond these tell more, by type."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
