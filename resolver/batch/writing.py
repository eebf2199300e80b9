"""How a re-cluster writes what it has computed: in one transaction, which brings in what others have written meanwhile
and adopts the version; and where the store cannot hold all of it in one, most of it ahead (``ahead``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.chunks import chunks
from graph.model import Change, ChangeKind, ResolutionVersion
from graph.store import Store, Transaction
from resolver.ask import asking, asking_within
from resolver.batch.ahead import Ahead, write_ahead
from resolver.batch.catching_up import catch_up, late_profiles, late_work
from resolver.batch.differences import STEPS, Stated, differences_in_naming
from resolver.batch.loaded import forget_loads
from resolver.batch.meanwhile import Meanwhile
from resolver.batch.restating import write_keys
from resolver.batch.untold import leave
from resolver.customers.naming import Named
from resolver.neighbourhood.weights import weights_in_table
from resolver.progress import Progress
from resolver.unfinished import UNFINISHED


@dataclass(frozen=True, slots=True)
class Written:
    """The number of the version, how its customers are named, and what happened to them."""

    number: int
    named: Named
    changes: list[Change]


def write(tools: tuple[Store, Callable[[], int], Progress], stated: Stated, meanwhile: Meanwhile) -> Written:
    """Write what was stated; all of it, or with StartOver, which others have caused, perhaps a part. ``tools``: the
    store, its clock, and who watches."""
    store, clock, progress = tools
    ahead = write_ahead(store, stated, meanwhile, progress)
    with store.write() as tx:
        meanwhile.look(tx)
        last = _Last(tx, stated, ahead, lambda step: progress("write", ahead.parts + step, ahead.parts + STEPS))
        written = last.write(meanwhile, clock, store)
        waiting = _waiting(tx, store.rows_at_once)
        if not waiting:
            tx.clear_pending()
        meanwhile.settle(tx)
    meanwhile.parts += 1
    _release(store, waiting, meanwhile)
    return written


class _Last:
    """The last transaction."""

    def __init__(self, tx: Transaction, stated: Stated, ahead: Ahead, tell: Callable[[int], object]) -> None:
        self._tx, self._stated, self._its, self._ahead, self._tell = tx, stated, stated.restated, ahead, tell

    def write(self, meanwhile: Meanwhile, clock: Callable[[], int], store: Store) -> Written:
        tx, its, ahead = self._tx, self._its, self._ahead
        self._tell(0)
        late_ones = its.begin.renormalises and not ahead.keyed  # identifiers that are yet to come
        if not ahead.weighed and not late_ones and (its.is_fresh or tx.pending(1)):  # before all else: see the port
            self._weigh()
        late = late_work(tx, meanwhile, clock)
        if late is None:
            named, changes, rest, profiles = its.named, its.named.changes, ahead.rest, ahead.profiles
            write_keys(tx, its, ahead.keyed)
        else:
            caught = catch_up(tx, its, late, ahead.keyed)
            named = caught.named
            changes = [*(event for event in ahead.told if event.kind is not ChangeKind.PROFILE), *named.changes]
            rest = differences_in_naming(named, caught.stated)
            profiles = late_profiles(self._stated, caught, late, ahead, (asking(store), asking_within(tx)))
        rest.write(tx, self._tell)
        most = store.rows_at_once
        if profiles and most is not None and len(rest) + len(profiles) > most:
            leave(tx, profiles, most)
        elif profiles:
            tx.append_changes(profiles)
        if late_ones:
            self._weigh()
        self._tell(STEPS)  # the last moment at which it can be cancelled
        if its.begin.unfinished is not None or meanwhile.parts:
            tx.put_meta(UNFINISHED, None)
        forget_loads(tx, its.begin.loaded)
        return Written(self._adopt(clock), named, changes)

    def _weigh(self) -> None:
        its = self._its
        self._tx.put_identifier_weights(weights_in_table(its.table, its.known, its.version))

    def _adopt(self, clock: Callable[[], int]) -> int:
        """The number of the version that is adopted now."""
        tx, its, adopted = self._tx, self._its, self._its.begin.adopted
        if adopted is not None and not its.is_fresh:
            return adopted.number
        number = max((one.number for one in tx.versions()), default=0) + 1
        tx.adopt_version(ResolutionVersion(number, *its.identity, clock()))
        return number


def _waiting(tx: Transaction, most: int | None) -> list[str]:
    """The records that wait, where they are too many to be changed in one transaction."""
    if most is None or len(tx.pending(most + 1)) <= most:
        return []
    return tx.pending(tx.counts().pending)


def _release(store: Store, waiting: list[str], meanwhile: Meanwhile) -> None:
    """These records wait no more, unless others have written them since. (Whoever dies before this leaves records that
    wait for a re-cluster which has nothing to do.)"""
    meanwhile.keys.clear()  # the last transaction has caught up with these
    for some in chunks(waiting, store.rows_at_once):
        with store.write() as tx:
            meanwhile.read(tx)
            tx.clear_pending([key for key in some if key not in meanwhile.keys])
            meanwhile.settle(tx)
