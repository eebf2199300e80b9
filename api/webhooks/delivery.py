"""The background task that delivers: it looks at the feed, and sends each webhook its messages in order.

One message of a webhook is on its way at a time, and the next is sent when the store knows that the one before was
taken. So a crash in between means that a message is sent again, under the same id, never that one is lost. A webhook
that fails does not hold up the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from api.webhooks.hooks import FAILING, Hook, Place, put_place, read_hooks, read_place
from api.webhooks.lease import Lease, LeaseLostError
from api.webhooks.messages import Message, message, plan
from api.webhooks.sending import Sender, Try
from graph.errors import StoreError
from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction

_log = logging.getLogger("whograph.webhooks")

#: Pages of the feed that are stepped over in one transaction while a webhook wants nothing of them.
PAGES = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast webhooks are served, in seconds. ``look``: between looks at the feed; ``send``: the most that one try
    may take; ``first``: the pause after a first failure, which doubles with each further one up to ``longest``;
    ``slow``: the pause once a webhook is failing; ``lease``: without a sign of life for so long a process counts as
    dead; ``end``: what the last messages may take when the service stops."""

    look: float = 0.5
    send: float = 15.0
    first: float = 2.0
    longest: float = 300.0
    slow: float = 3_600.0
    lease: float = 45.0
    end: float = 3.0

    def pause(self, attempts: int, asked: float) -> float:
        """Seconds until the next try, after so many failures; ``asked``: what the receiver asked for."""
        if attempts >= FAILING:
            return self.slow
        pause: float = min(self.first * 2.0 ** (attempts - 1), self.longest)
        return max(pause * random.uniform(0.8, 1.2), min(asked, self.slow))


class Delivery:
    """Delivers for one store while its process lives. For one event loop."""

    def __init__(self, store: Store, clock: Callable[[], int], pace: Pace) -> None:
        self._store, self._clock, self._pace = store, clock, pace
        self._lease = Lease(store, pace.lease)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._nothing_until: dict[str, int] = {}  # by webhook, the sequence up to which there was nothing to send
        self._holding = False

    async def run(self) -> None:
        """Until it is cancelled; then the messages on their way have a moment left, and the lease is given back."""
        async with Sender(self._pace.send, self._clock) as sender:
            try:
                while True:
                    try:
                        await self._look(sender)
                    except StoreError as error:
                        _log.warning("webhooks wait: %s", error)
                    except Exception:
                        _log.exception("webhooks wait after an unexpected error")
                    await asyncio.sleep(self._pace.look)
            finally:
                await self._end()

    async def _look(self, sender: Sender) -> None:
        due = await run_in_threadpool(self._due)
        for hook, place in due:
            if hook.id not in self._busy:
                task = asyncio.create_task(self._serve(hook, place, sender), name=hook.id)
                self._busy[hook.id] = task
                task.add_done_callback(lambda done: self._busy.pop(done.get_name(), None))

    def _due(self) -> list[tuple[Hook, Place]]:
        """The webhooks that have something to send now; none while another process delivers."""
        with self._store.read() as snapshot:
            hooks = read_hooks(snapshot)
        if not hooks:
            if self._holding:
                self._lease.give_back()
            self._holding = False
            return []
        held, self._holding = self._holding, self._lease.hold()
        if self._holding and not held:
            _log.info("this process delivers the webhooks")
        if not self._holding:
            self._nothing_until.clear()
            return []
        return read_again(self._store, lambda snapshot: self._ready(hooks, snapshot))

    def _ready(self, hooks: list[Hook], snapshot: Snapshot) -> list[tuple[Hook, Place]]:
        sequence, now = snapshot.sequence(), self._clock()
        due = []
        for hook in hooks:
            place = read_place(snapshot, hook.id)
            if place.not_before > now:
                continue
            if place.planned or max(place.cursor, self._nothing_until.get(hook.id, 0)) < sequence:
                due.append((hook, place))
        return due

    async def _serve(self, hook: Hook, place: Place, sender: Sender) -> None:
        """Send message after message, until there is none or one fails."""
        try:
            while True:
                if not place.planned:
                    found = await run_in_threadpool(self._planned, hook)
                    if found is None:
                        return
                    place = found
                if not self._lease.good_for(self._pace.send):
                    return  # a look renews it
                going = await run_in_threadpool(self._message, hook, place)
                how = Try(None, None) if going is None else await sender.send(hook, going)
                if not how.taken:
                    await run_in_threadpool(self._failed, hook, place, how)
                    return
                following = await run_in_threadpool(self._taken, hook, place)
                if following is None:
                    return
                place = following
        except LeaseLostError:
            _log.warning("another process delivers the webhooks now")
        except StoreError as error:
            _log.warning("webhook %s waits: %s", hook.id, error)
        except Exception:
            _log.exception("webhook %s waits after an unexpected error", hook.id)

    def _message(self, hook: Hook, place: Place) -> Message | None:
        return read_again(self._store, lambda snapshot: message(hook, place, snapshot))

    def _planned(self, hook: Hook) -> Place | None:
        """The place with the next message planned; None where there is nothing to send."""
        if not read_again(self._store, lambda snapshot: self._worth_planning(hook, snapshot)):
            return None
        with self._store.write() as tx:
            return self._plan(tx, hook, read_place(tx, hook.id))

    def _worth_planning(self, hook: Hook, snapshot: Snapshot) -> bool:
        """Whether there is something to send, or so much to step over that it is worth a write."""
        place = read_place(snapshot, hook.id)
        cursor, upto = (place.cursor, place.upto) if place.planned else plan(hook, place.cursor, snapshot)
        if upto > cursor or snapshot.changes(cursor, 1):
            return True
        self._nothing_until[hook.id] = snapshot.sequence()
        return False

    def _plan(self, tx: Transaction, hook: Hook, place: Place) -> Place | None:
        """Keep the place, with the next message planned if there is one."""
        self._lease.check(tx)
        if hook not in read_hooks(tx):  # it was removed meanwhile
            return None
        for _ in range(PAGES):
            if place.planned:
                break
            cursor, upto = plan(hook, place.cursor, tx)
            if upto == place.cursor:
                break
            place = place.model_copy(update={"cursor": cursor, "upto": upto})
        put_place(tx, hook.id, place)
        return place if place.planned else None

    def _taken(self, hook: Hook, place: Place) -> Place | None:
        """Keep that the message was taken; the place with the next one planned, if there is one."""
        if place.attempts:
            _log.info("webhook %s delivers again", hook.id)
        moved = Place(cursor=place.upto, upto=place.upto, delivered_at=self._clock())
        with self._store.write() as tx:
            return self._plan(tx, hook, moved)

    def _failed(self, hook: Hook, place: Place, how: Try) -> None:
        attempts = FAILING if how.gone else place.attempts + 1
        pause = self._pace.pause(attempts, how.retry_after)
        level = logging.ERROR if attempts >= FAILING else logging.WARNING
        _log.log(level, "webhook %s %s (try %d); again in %.0f s", hook.id, how.problem, place.attempts + 1, pause)
        update = {"attempts": attempts, "not_before": self._clock() + int(pause * 1e6), "problem": how.problem}
        with self._store.write() as tx:
            self._lease.check(tx)
            if hook in read_hooks(tx):
                put_place(tx, hook.id, place.model_copy(update=update))

    async def _end(self) -> None:
        tasks = list(self._busy.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._pace.end)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._holding:
            with contextlib.suppress(StoreError):
                await run_in_threadpool(self._lease.give_back)
