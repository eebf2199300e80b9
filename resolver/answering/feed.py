"""Reading the change feed: pages of events and the cursors between them, and what became of one customer id.

A cursor is the store's name and the number of the last event that was read: ``STORE:17``.
"""

from __future__ import annotations

from graph.errors import BadInputError, NotFoundError
from graph.model import Change, ChangeKind
from graph.store import Snapshot
from resolver.answers import ChangePage

#: Digits of a sequence number: it has 64 bits.
LONGEST = 19


def cursor_at(store_id: str, sequence: int) -> str:
    """The cursor after the event of this number."""
    return f"{store_id}:{sequence}"


def sequence_of(cursor: str, snapshot: Snapshot) -> int:
    """The number in a cursor of this store. Raises BadInputError for any other, also for one beyond the newest event:
    a store that was put back from a backup would leave out what comes until it gets there."""
    name, colon, number = cursor.rpartition(":")
    if not colon or name != snapshot.store_id() or not (number.isascii() and number.isdecimal()):
        raise foreign_cursor()
    if len(number) > LONGEST or int(number) > snapshot.sequence():
        raise BadInputError(
            "the cursor is beyond the end of the feed, as after a store was put back from an older copy",
            "read all again, without a cursor",
            place="after",
        )
    return int(number)


def foreign_cursor() -> BadInputError:
    """What is said to who goes on from a place that this store never gave."""
    return BadInputError(
        "the cursor is not of this store", "begin without a cursor, or use one that this store gave", place="after"
    )


def change_page(snapshot: Snapshot, after: str | None, limit: int) -> ChangePage:
    """At most so many events after a cursor (None: from the start). Raises BadInputError for another store's cursor."""
    since = 0 if after is None else sequence_of(after, snapshot)
    changes = snapshot.changes(since, limit)
    return ChangePage(tuple(changes), cursor_at(snapshot.store_id(), changes[-1].sequence if changes else since))


def history(snapshot: Snapshot, customer_id: str) -> list[Change]:
    """All events of a customer id, oldest first. Raises NotFoundError."""
    if not snapshot.customers([customer_id]):
        raise NotFoundError("customer", customer_id, "look one up with: whograph who")
    return snapshot.history(customer_id)


def succession(snapshot: Snapshot, customer_id: str) -> Change | None:
    """The event by which a retired id went into another customer; it is the other's. None where nothing took its place.
    Raises NotFoundError."""
    its = snapshot.customers([customer_id]).get(customer_id)
    if its is None:
        raise NotFoundError("customer", customer_id, "look one up with: whograph who")
    if not its.retired or its.merged_into is None:
        return None
    told = (change for change in reversed(snapshot.history(its.merged_into)) if change.kind is ChangeKind.MERGED)
    return next((change for change in told if customer_id in change.details.get("merged", ())), None)
