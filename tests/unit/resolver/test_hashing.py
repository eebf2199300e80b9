"""Hashes: stable, and the same one by one as in arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.hashing import hash_text, hash_texts, mix, signed, stable_order


def test_hashes_are_the_same_on_every_machine_and_day() -> None:
    assert hash_text("email:ana@example.com") == 2084267041827933855
    assert mix(np.array([1], dtype=np.uint64), np.array([2], dtype=np.uint64)).tolist() == [10905525725756348110]


@given(st.lists(st.text()))
def test_many_texts_hash_as_one_by_one(texts: list[str]) -> None:
    assert hash_texts(texts).tolist() == [hash_text(text) for text in texts]


def test_a_lone_surrogate_has_a_hash_of_its_own() -> None:
    assert hash_text("\ud800") != hash_text("\ud801")


def test_mixing_depends_on_the_order() -> None:
    one, two = np.array([1], dtype=np.uint64), np.array([2], dtype=np.uint64)
    assert mix(one, two)[0] != mix(two, one)[0]


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_signed_hashes_have_the_same_bits(hashes: list[int]) -> None:
    array = np.array(hashes, dtype=np.uint64)
    assert [its % 2**64 for its in signed(array).tolist()] == hashes


@pytest.mark.parametrize("seed", range(5))
def test_the_stable_order_is_that_of_a_stable_sort(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for most in (3, 1 << 40, 1 << 64):
        hashes = rng.integers(0, most, 1000, dtype=np.uint64, endpoint=False)
        repeated = np.concatenate([hashes, rng.permutation(hashes)])
        assert stable_order(repeated).tolist() == np.argsort(repeated, kind="stable").tolist()


def test_the_stable_order_tells_numbers_apart_that_differ_in_their_last_bits_only() -> None:
    hashes = np.array([2**63 + 3, 2**63 + 1, 2**63 + 3, 2**63 + 2, 2**63 + 1], dtype=np.uint64)
    assert stable_order(hashes).tolist() == [1, 4, 3, 0, 2]


def test_nothing_has_an_empty_order() -> None:
    assert stable_order(np.zeros(0, dtype=np.uint64)).tolist() == []
