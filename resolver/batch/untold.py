"""Events of changed profiles that are too many for the transaction that changes them.

A re-cluster that adopts another config may change what is shown of every customer at that moment. Where a store cannot
hold all of these events in one transaction, it takes them over as small texts, hundreds of events in the room of one,
in the transaction that adopts the version. They are told in parts afterwards, each part in the transaction that takes
its text away, by the same re-cluster, or the next one if it was interrupted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from graph.chunks import chunks
from graph.model import Change
from graph.store import Store, Transaction
from resolver.ask import asking
from resolver.customers.profile_changes import profile_event
from resolver.unfinished import UNTOLD


def leave(tx: Transaction, events: Sequence[Change], most: int) -> None:
    """Take these events, of which there are some, over, to be told in parts of at most so many."""
    text = tx.meta(UNTOLD)
    first, end = (0, 0) if text is None else json.loads(text)
    for some in chunks(events, most):
        alike: defaultdict[tuple[int, tuple[str, ...]], list[str]] = defaultdict(list)
        for event in some:
            alike[event.at, tuple(event.details["fields"])].append(event.customer_id)
        tx.put_meta(_name(end), json.dumps([(at, fields, ids) for (at, fields), ids in alike.items()]))
        end += 1
    tx.put_meta(UNTOLD, json.dumps([first, end]))


def tell_left(store: Store) -> None:
    """Tell all that was left, by whomever."""
    while asking(store)(lambda snapshot: snapshot.meta(UNTOLD)) is not None:
        with store.write() as tx:
            _tell_part(tx)


def _tell_part(tx: Transaction) -> None:
    text = tx.meta(UNTOLD)
    if text is None:  # another re-cluster was faster
        return
    part, end = json.loads(text)
    events = [
        profile_event(id, fields, at) for at, fields, ids in json.loads(tx.meta(_name(part)) or "[]") for id in ids
    ]
    living = {its.id for its in tx.customers([event.customer_id for event in events]).values() if not its.retired}
    if told := sorted((its for its in events if its.customer_id in living), key=lambda event: event.customer_id):
        tx.append_changes(told)
    tx.put_meta(_name(part), None)
    tx.put_meta(UNTOLD, None if part + 1 == end else json.dumps([part + 1, end]))


def _name(part: int) -> str:
    return f"{UNTOLD}:{part}"
