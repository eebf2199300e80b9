"""Which customers' profiles bulk work changes, and in which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from graph.model import Change, ChangeKind, Record
from graph.store import Snapshot
from resolver.ask import Ask
from resolver.config import Config, Survivorship
from resolver.customers.profile import golden_fields, settings_of

#: Customers whose records are read at a time.
_AT_ONCE = 1_000


def changed_fields(then: Sequence[Record], today: Sequence[Record], config: Config) -> list[str]:
    """The fields that the golden profile of these records shows otherwise than that of those; sorted names."""
    open_to_doubt = {
        name: its
        for name, its in settings_of(config).items()
        if its.survivorship is Survivorship.SUM or not _said_alike(name, then, today)
    }
    old, new = (
        {its.name: [value.value for value in its.values] for its in golden_fields(part, config, open_to_doubt)}
        for part in (then, today)
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _said_alike(name: str, then: Sequence[Record], today: Sequence[Record]) -> bool:
    """Whether all that was and is said of a field is one value in the same words, so that whatever rule picks it (but a
    sum), the same is shown."""
    was, its = (
        [(values, record.display.get(name)) for record in part if (values := record.fields.get(name))]
        for part in (then, today)
    )
    if not was or not its:
        return not was and not its
    first = was[0]
    return len(first[0]) == 1 and all(other == first for other in (*was, *its))


def profile_event(customer_id: str, fields: Sequence[str], now: int) -> Change:
    return Change(ChangeKind.PROFILE, customer_id, now, {"fields": list(fields)})


def changes_of_moved(
    moved: Mapping[str, tuple[Sequence[str], Sequence[str]]], ask: Ask, config: Config, now: int
) -> list[Change]:
    """The events of customers that keep their ids with other records (keys before and after), in id order."""
    changes = []
    ids = iter(sorted(moved))
    while some := list(islice(ids, _AT_ONCE)):
        keys = sorted({key for id in some for part in moved[id] for key in part})
        records = _live(ask, keys)
        for id in some:
            then, today = ([records[key] for key in part if key in records] for part in moved[id])
            if fields := changed_fields(then, today, config):
                changes.append(profile_event(id, fields, now))
    return changes


def _live(ask: Ask, keys: Sequence[str]) -> dict[str, Record]:
    def question(snapshot: Snapshot) -> dict[str, Record]:
        return {key: record for key, record in snapshot.records(keys).items() if not record.deleted}

    return ask(question)
