"""How work that takes long tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, how many are done, and of how many (None: not known beforehand)."""


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Tells nobody."""
