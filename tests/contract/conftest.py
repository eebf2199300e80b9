"""Every test of this folder runs on every kind of store."""

from __future__ import annotations

import pytest

from graph.store import Store
from tests.support.places import Place


@pytest.fixture
def store(place: Place) -> Store:
    return place.open()
