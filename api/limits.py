"""How much one request may bring."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes. ``body``: any request but a stream; ``record``: one record of it; ``stream``: the whole of an
    NDJSON stream; ``batch`` records (or ``batch_bytes``) of a stream are resolved at a time; ``questions`` in one
    request."""

    body: int = 10 * MEGABYTE
    record: int = MEGABYTE
    stream: int = 1_000 * MEGABYTE
    batch: int = 500
    batch_bytes: int = 4 * MEGABYTE
    questions: int = 1_000
