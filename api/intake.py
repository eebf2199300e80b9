"""Records out of a request's body into the resolver: one object, a list, or lines of a stream."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from pydantic import ValidationError

from api.exact import parsed, size_of
from api.limits import Limits
from api.schemas.records import OutcomeOut, RecordIn
from graph.errors import BadInputError
from resolver.service import Resolver


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that cannot be handed on, with the reason."""

    reason: str


Item = RecordIn | Unread

#: What a record looks like, for those who sent something else.
_SHAPE = 'a record is {"source": "crm", "row": {"id": "42", …}}, the row as its source has it'


def read_item(value: Any) -> Item:
    """A parsed JSON value as a record. What it held is not repeated in the reason."""
    if not isinstance(value, Mapping):
        return Unread(f"is not an object; {_SHAPE}")
    try:
        return RecordIn.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        return Unread(f"{first['loc'][0]}: {first['msg']}; {_SHAPE}")


def value_of(line: bytes, limits: Limits) -> Any | Unread:
    """The JSON value of one line of a stream."""
    if len(line) > limits.record:
        return _too_large(limits)
    try:
        return parsed(line.removeprefix(BOM_UTF8))
    except JSONDecodeError as error:
        return Unread(f"is not JSON ({error}); write one object per line")


def read_line(line: bytes, limits: Limits) -> Item:
    """One line of a stream as a record."""
    value = value_of(line, limits)
    return value if isinstance(value, Unread) else read_item(value)


def read_list(values: Sequence[Any], size: int, limits: Limits) -> list[Item]:
    """The parsed items of a list that was ``size`` bytes long."""
    if size <= limits.record:
        return [read_item(value) for value in values]
    return [_too_large(limits) if size_of(value) > limits.record else read_item(value) for value in values]


def _too_large(limits: Limits) -> Unread:
    return Unread(f"the record is larger than {limits.record:,} bytes; leave out what does not identify anybody")


def ingest(
    resolver: Resolver, items: Sequence[Item], first: int = 0, *, allow_new_sources: bool = False
) -> list[OutcomeOut]:
    """Resolve the records, those of one source in one transaction, and answer for each in order, counted from
    ``first``. With ``allow_new_sources`` a source that nobody configured is registered by its first records. A record
    or source that is refused leaves the others to land; any other error ends it, and repeating is harmless."""
    outcomes: list[OutcomeOut | None] = [None] * len(items)
    by_source: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        if isinstance(item, Unread):
            outcomes[place] = OutcomeOut.refusal(first + place, item.reason)
        else:
            by_source.setdefault(item.source, []).append(place)
    for source, places in by_source.items():
        rows = [item.whole for place in places if isinstance(item := items[place], RecordIn)]
        for place, outcome in zip(places, _of_source(resolver, source, rows, allowed=allow_new_sources), strict=True):
            outcomes[place] = outcome.model_copy(update={"index": first + place})
    return [outcome for outcome in outcomes if outcome is not None]


def _of_source(
    resolver: Resolver, source: str, rows: Sequence[Mapping[str, Any]], *, allowed: bool
) -> list[OutcomeOut]:
    try:
        outcomes = resolver.ingest(source, rows, allow_new_sources=allowed)
        return [OutcomeOut.model_validate(outcome) for outcome in outcomes]
    except BadInputError as error:
        return [OutcomeOut.refusal(0, str(error)) for _ in rows]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of a stream that are resolved together; ``first`` is the index of the first record."""

    first: int
    lines: list[bytes]


async def batches(chunks: AsyncIterator[bytes], limits: Limits) -> AsyncIterator[Batch]:
    """Lines as they come, in batches that are small enough to hold. Empty lines are skipped. Of a line over the limit
    only its beginning is kept, enough to refuse it."""
    first, lines, size = 0, list[bytes](), 0
    async for line in _lines(chunks, limits.record + 1):
        lines.append(line)
        size += len(line)
        if len(lines) >= limits.batch or size >= limits.batch_bytes:
            yield Batch(first, lines)
            first, lines, size = first + len(lines), [], 0
    if lines:
        yield Batch(first, lines)


async def _lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for part in whole:
            rest += part
            if line := bytes(rest[:longest]).strip():
                yield line
            rest.clear()
        rest += last
        del rest[longest:]
    if line := bytes(rest).strip():
        yield line
