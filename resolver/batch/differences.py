"""What a re-cluster changes in a store: found before it writes, and written in one transaction, or in parts
(``islands``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graph.model import Change, Customer, Link, ReviewItem
from graph.store import Transaction
from resolver.batch.everything import Held
from resolver.batch.restating import Restated, assignments_at, changed_assignments
from resolver.columns import Ints
from resolver.customers.naming import Named
from resolver.customers.outcome import fresh_in
from resolver.customers.partition import Assigned

Ends = tuple[str, str]

#: Of the write, as its progress is told: keys with links and review items; assignments; customers; events.
STEPS = 4


@dataclass(frozen=True, slots=True)
class Stated:
    """What one round of a re-cluster has computed: its outcome and what the store held before, when that was
    (microseconds), and how many candidate pairs were kept."""

    restated: Restated
    held: Held
    now: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Differences:
    """What is written and what is dropped. ``rows``: of ``assigned``, those whose assignments are written; ``weights``:
    of links by their ends, of which ``links`` are written."""

    assigned: Assigned
    rows: Ints
    unassigned: Sequence[str]
    weights: Mapping[Ends, int]
    links: Sequence[Ends]
    unlinked: Sequence[Ends]
    review: Sequence[ReviewItem]
    settled: Sequence[str]
    customers: Sequence[Customer]
    events: Sequence[Change]

    def __len__(self) -> int:
        """The number of rows, of any kind."""
        kinds = (self.rows, self.unassigned, self.links, self.unlinked, self.review, self.settled, self.customers)
        return sum(map(len, kinds)) + len(self.events)

    def write(self, tx: Transaction, tell: Callable[[int], object]) -> None:
        """Write all, and tell how many of the ``STEPS`` are done."""
        tx.drop_links(self.unlinked)
        tx.put_links(Link(*ends, self.weights[ends]) for ends in self.links)
        tx.drop_review(self.settled)
        tx.put_review(self.review)
        tell(1)
        tx.drop_assignments(self.unassigned)
        tx.put_assignments(assignments_at(self.assigned, self.rows))
        tell(2)
        tx.put_customers(self.customers)
        tell(3)
        if self.events:
            tx.append_changes(self.events)


def differences_of(stated: Stated, profiles: Sequence[Change]) -> Differences:
    """What there is to write where nobody has written since the re-cluster began. ``profiles``: events of changed
    profiles."""
    its, held = stated.restated, stated.held
    assigned = its.named.assigned()
    unassigned, rows = changed_assignments(held.assigned, assigned)
    return Differences(
        assigned,
        rows,
        unassigned,
        its.links,
        [ends for ends, weight in its.links.items() if held.links.get(ends) != weight],
        sorted(held.links.keys() - its.links.keys()),
        fresh_in(its.review, held.review),
        sorted(held.review.keys() - its.review.keys()),
        its.named.customers,
        [*its.named.changes, *profiles],
    )


def differences_in_naming(named: Named, before: Assigned) -> Differences:
    """What there is to write where links and review items are written already."""
    assigned = named.assigned()
    unassigned, rows = changed_assignments(before, assigned)
    return Differences(assigned, rows, unassigned, {}, (), (), (), (), named.customers, named.changes)
