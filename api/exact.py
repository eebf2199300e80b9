"""JSON of requests and streams, with whole numbers of any size as they were written: the ids of some systems are longer
than what most JSON readers keep exact."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

#: orjson, which is strict and fast, reads whole numbers beyond 64 bits as rounded floats. These have 20 digits or more.
_LONG = re.compile(rb"[0-9]{20}")


def parsed(text: bytes) -> Any:
    """The value of a JSON text. Raises json.JSONDecodeError."""
    value = orjson.loads(text)
    if _LONG.search(text) is None:
        return value
    try:
        return json.loads(text)
    except RecursionError:
        raise json.JSONDecodeError("it is nested too deeply", "", 0) from None


def size_of(value: Any) -> int:
    """Bytes of a parsed value as JSON; 0 where it is nested too deeply to be written."""
    try:
        return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    except RecursionError:
        return 0
