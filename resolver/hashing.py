"""Stable 64-bit hashes: of texts one by one, and mixed together as whole arrays.

Hashes are unsigned inside arrays and signed at the store's port (``signed``). The finaliser is SplitMix64's (Steele,
Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def hash_text(text: str) -> int:
    """The unsigned 64-bit hash of one text. Lone surrogates are hashed as they are."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_texts(texts: Iterable[str]) -> Hashes:
    """``hash_text`` of each, shape (n,)."""
    packed = b"".join([blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).digest() for t in texts])
    return np.frombuffer(packed, dtype="<u8").astype(np.uint64)


def mix(left: Hashes, right: Hashes) -> Hashes:
    """One hash of an ordered pair of hashes, element by element (arrays broadcast)."""
    with np.errstate(over="ignore"):
        z = left * _GOLDEN + right
        z = (z ^ (z >> np.uint64(30))) * _FIRST
        z = (z ^ (z >> np.uint64(27))) * _SECOND
        return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)


def signed(hashes: Hashes) -> NDArray[np.int64]:
    """The same bits as signed integers, as the store keeps them."""
    return hashes.view(np.int64)
