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

#: The mask of 64 bits.
ALL_BITS = (1 << 64) - 1
_EMPTY = blake2b(digest_size=8)
_GOLDEN_INT, _FIRST_INT, _SECOND_INT = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_GOLDEN, _FIRST, _SECOND = np.uint64(_GOLDEN_INT), np.uint64(_FIRST_INT), np.uint64(_SECOND_INT)


def hash_text(text: str) -> int:
    """The unsigned 64-bit hash of one text. Lone surrogates are hashed as they are."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_texts(texts: Iterable[str]) -> Hashes:
    """``hash_text`` of each, shape (n,)."""
    fresh = _EMPTY.copy  # setting one up anew costs more than hashing a short text
    digests = []
    for text in texts:
        state = fresh()
        state.update(text.encode("utf-8", "surrogatepass"))
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def mix(left: Hashes | np.uint64, right: Hashes) -> Hashes:
    """One hash of an ordered pair of hashes, element by element (arrays broadcast)."""
    with np.errstate(over="ignore"):
        z = np.asarray(left * _GOLDEN + right)
        z ^= z >> np.uint64(30)  # in place: large arrays are bound by memory
        z *= _FIRST
        z ^= z >> np.uint64(27)
        z *= _SECOND
        z ^= z >> np.uint64(31)
        return z


def mix_one(left: int, right: int) -> int:
    """``mix`` of one pair, unsigned, without the fixed costs of arrays."""
    z = (left * _GOLDEN_INT + right) & ALL_BITS
    z = ((z ^ (z >> 30)) * _FIRST_INT) & ALL_BITS
    z = ((z ^ (z >> 27)) * _SECOND_INT) & ALL_BITS
    return z ^ (z >> 31)


def stable_order(hashes: Hashes) -> NDArray[np.int64]:
    """The positions that sort these numbers, equal ones in their order; shape (n,).

    A number's leading bits and its position are packed into one integer, because sorting integers is several times
    faster than sorting positions. Where the leading bits do not tell two numbers apart, positions are sorted.
    """
    n = len(hashes)
    bits = np.uint64(max(1, (n - 1).bit_length()))
    small = n == 0 or int(hashes.max()) < 1 << (64 - int(bits))
    leading = hashes << bits if small else hashes >> bits << bits
    packed = np.sort(leading | np.arange(n, dtype=np.uint64))
    order = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    if not small:
        packed >>= bits
        ordered = hashes[order]
        if ((packed[1:] == packed[:-1]) & (ordered[1:] != ordered[:-1])).any():
            return np.argsort(hashes, kind="stable")
    return order


def signed(hashes: Hashes) -> NDArray[np.int64]:
    """The same bits as signed integers, as the store keeps them."""
    return hashes.view(np.int64)


def signed_one(unsigned: int) -> int:
    """``signed`` of one hash."""
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned
