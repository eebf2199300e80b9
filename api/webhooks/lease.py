"""Who delivers: of all processes on one store exactly one at a time.

The holder of the lease raises a number in it now and then. Others watch: one that has seen the same number for the
whole time-out, by its own monotonic clock, takes over, so clocks of several machines need not agree. A holder that was
merely stalled finds out before it saves anything, because saving asks for the lease in the same transaction.
"""

from __future__ import annotations

import time
import uuid

from pydantic import BaseModel, ConfigDict

from graph.model import SERVICE
from graph.store import Store, Transaction

LEASE = f"{SERVICE}webhooks_lease"


class _Held(BaseModel):
    """The lease as it is kept: by whom, and the holder's sign of life."""

    model_config = ConfigDict(frozen=True)

    owner: str
    beat: int


class LeaseLostError(Exception):
    """Another process delivers now."""


class Lease:
    """One process's view of the lease. For one thread at a time."""

    def __init__(self, store: Store, seconds: float) -> None:
        """``seconds``: without a sign of life for so long, the holder counts as dead."""
        self._store, self._seconds = store, seconds
        self._owner = uuid.uuid4().hex
        self._seen: str | None = None
        self._since = time.monotonic()
        self._renewed = -seconds

    def hold(self) -> bool:
        """Take the lease if it is free, renew it if it is ours and a third of its time is over. Says whether we
        have it."""
        with self._store.read() as snapshot:
            text = snapshot.meta(LEASE)
        now = time.monotonic()
        if self._is_ours(text):
            return now - self._renewed < self._seconds / 3 or self._put(text)
        if text is not None and text != self._seen:
            self._seen, self._since = text, now
            return False
        return (text is None or now - self._since >= self._seconds) and self._put(text)

    def good_for(self, seconds: float) -> bool:
        """Whether nobody else can take it for so long."""
        return time.monotonic() + seconds < self._renewed + self._seconds

    def check(self, tx: Transaction) -> None:
        """Raises LeaseLostError where another process has taken it."""
        if not self._is_ours(tx.meta(LEASE)):
            raise LeaseLostError

    def give_back(self) -> None:
        """So that the next need not wait."""
        with self._store.write() as tx:
            if self._is_ours(tx.meta(LEASE)):
                tx.put_meta(LEASE, None)
        self._renewed = -self._seconds

    def _is_ours(self, text: str | None) -> bool:
        return text is not None and _Held.model_validate_json(text).owner == self._owner

    def _put(self, expected: str | None) -> bool:
        """Write our sign of life, unless another was faster."""
        began = time.monotonic()  # before the write: the others may see it no earlier
        with self._store.write() as tx:
            if tx.meta(LEASE) != expected:
                return False
            beat = 0 if expected is None else _Held.model_validate_json(expected).beat
            tx.put_meta(LEASE, _Held(owner=self._owner, beat=beat + 1).model_dump_json())
        self._renewed = began
        return True
