"""The kinds of array that the sample is made of, and two helpers for arrays of strings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Objects = NDArray[np.object_]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]


def objects(values: Iterable[str | None]) -> Objects:
    """Strings as an array of objects, which indexes and concatenates fast."""
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def choose(mask: Bools, then: Objects | str | None, otherwise: Objects | str | None) -> Objects:
    """Elementwise ``then`` where the mask holds, else ``otherwise``; either may be one value for all."""
    chosen = np.full(len(mask), otherwise, dtype=object) if not isinstance(otherwise, np.ndarray) else otherwise.copy()
    chosen[mask] = then[mask] if isinstance(then, np.ndarray) else then
    return chosen
