"""The cyclic garbage collector, out of the way of bulk work and of requests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Bulk work makes millions of objects and no cycles: the cyclic garbage collector would only walk them, again and
    again (a fifth of the time)."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def leave_out_what_is_loaded() -> None:
    """For a service, once its program is loaded: what there is now (over 100,000 objects, which live as long as the
    process) is looked at no more. Each full collection stopped all requests for tens of milliseconds to walk it."""
    gc.collect()
    gc.freeze()
