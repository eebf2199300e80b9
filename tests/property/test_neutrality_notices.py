"""The comparison with a batch is worth something: where the finding of affected records is broken, it sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.neighbourhood import affected
from tests.support.neutrality import batch_over, differences, verdict_of
from tests.support.people import WORLDS, Row
from tests.support.shop import Shop

NEWER = "2024-05-02T12:00:00Z"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A device or a telephone alone links two records here, one that three strangers share does not."""
    its = Shop(tmp_path, WORLDS["no review margin"], link_bits=3.1)
    yield its
    its.store.close()


def differences_after(shop: Shop, *batches: list[Row]) -> list[str]:
    for rows in batches:
        shop.send(*rows)
    return differences(verdict_of(shop.store), batch_over(shop.store, shop.folder / "batch.db"))


def on_device(*numbers: int) -> list[Row]:
    return [{"no": str(number), "device": "d1"} for number in numbers]


#: Each crosses what the degree of a key decides: up and down over the cap of three, and to a third signature.
HISTORIES: dict[str, list[list[Row]]] = {
    "over the cap": [on_device(1, 2), on_device(3, 4)],
    "over the cap one by one": [on_device(1), on_device(2), on_device(3), on_device(4)],
    "back under the cap": [on_device(1, 2, 3, 4), [{"no": "4", "first": "Ben", "at": NEWER}]],
    "one stranger more": [
        [{"no": "1", "tel": "020 7946 0018", "first": "Ann"}, {"no": "2", "tel": "020 7946 0018"}],
        [{"no": "3", "tel": "020 7946 0018", "last": "Jones"}, {"no": "4", "tel": "020 7946 0018", "last": "Kent"}],
    ],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_keys_that_cross_their_cap_or_gain_strangers_re_examine_all_of_their_carriers(shop: Shop, history: str) -> None:
    assert differences_after(shop, *HISTORIES[history]) == []


@pytest.mark.parametrize("history", HISTORIES)
def test_a_broken_handling_of_degrees_is_noticed(shop: Shop, history: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affected, "_state", lambda *_: (True, 0))
    assert differences_after(shop, *HISTORIES[history]) != []
