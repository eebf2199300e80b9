"""What is stored, in columns: for work on everything, where an object per row would cost more than the work itself.

Position i of every column of one value speaks of the same row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Live records: ``fields`` are the normalised values of each by field name, a single value as itself, several as a
    list."""

    keys: Sequence[str]
    fields: Sequence[Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True, slots=True)
class AssignmentColumns:
    """Assignments, as in ``graph.model.Assignment``."""

    record_keys: Sequence[str]
    components: Sequence[str]
    customer_ids: Sequence[str]
    confidences: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class LinkColumns:
    """Links, as in ``graph.model.Link``: weights in microbits."""

    left: Sequence[str]
    right: Sequence[str]
    weights: Sequence[int]


@dataclass(frozen=True, slots=True)
class BlockingColumns:
    """The blocking keys of n distinct records: record i carries ``hashes[ends[i - 1]:ends[i]]`` (from 0 for the first),
    signed 64-bit integers; ``ends`` has shape (n,)."""

    record_keys: Sequence[str]
    ends: NDArray[np.int64]
    hashes: NDArray[np.int64]

    def rows(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Record by record, as ``put_blocking_keys`` takes them."""
        hashes, start = self.hashes.tolist(), 0
        for key, end in zip(self.record_keys, self.ends.tolist(), strict=True):
            yield key, tuple(hashes[start:end])
            start = end
