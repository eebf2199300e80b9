"""Which customers' profiles bulk work changes, and in which fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graph.chunks import chunks
from graph.model import Change, ChangeKind, Record
from graph.store import Snapshot
from resolver.ask import Ask
from resolver.config import Config, Survivorship
from resolver.customers.profile import Settings, golden_fields, settings_of
from resolver.preparing.renormalise import renormalised

#: Customers whose records are read at a time.
_AT_ONCE = 1_000


#: Keys of the records that customers had, and have now.
Members = Mapping[str, tuple[Sequence[str], Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Under which config profiles are shown before a re-cluster, and after it. ``renewed``: it brings records into
    another normal form."""

    before: Config
    after: Config
    renewed: bool

    @property
    def alike(self) -> bool:
        """Whether equal records show equal profiles."""
        return not self.renewed and _shown_by(self.before) == _shown_by(self.after)


Records = Mapping[str, Record]


def as_stored(records: Records) -> Records:
    return records


def renewed_under(config: Config) -> Callable[[Records], Records]:
    """Reads records as they will be in the normal form of a config."""
    return lambda records: {its.key: its for its in renormalised(list(records.values()), config)}


@dataclass(frozen=True, slots=True)
class View:
    """What shows profiles: the records that ``ask`` finds, as they are ``read``, under a config."""

    ask: Ask
    config: Config
    read: Callable[[Records], Records] = as_stored


def _shown_by(config: Config) -> tuple[dict[str, Survivorship], dict[str, int]]:
    """What of a config decides how equal records are shown."""
    rules = {name: its.survivorship for name, its in settings_of(config).items()}
    return rules, {name: source.trust for name, source in config.sources.items()}


def changed_fields(
    then: Sequence[Record], today: Sequence[Record], config: Config, formerly: Config | None = None
) -> list[str]:
    """The fields that the golden profile of these records shows otherwise than that of those; sorted names.
    ``formerly``: the config that those were shown under, where it was another."""
    its = settings_of(config)
    was = its if formerly is None else settings_of(formerly)
    doubtful = {name for name in was.keys() | its.keys() if not _shown_alike(name, (was, its), (then, today))}
    old, new = (
        {field.name: [value.value for value in field.values] for field in golden_fields(part, under, settings)}
        for part, under, settings in (
            (then, formerly or config, {name: was[name] for name in was if name in doubtful}),
            (today, config, {name: its[name] for name in its if name in doubtful}),
        )
    )
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _shown_alike(name: str, settings: tuple[Settings, Settings], records: tuple[Sequence[Record], ...]) -> bool:
    """Whether it is certain without merging anything."""
    was, its = (one.get(name) for one in settings)
    if was is None or its is None or was.kind is not its.kind:
        return False
    return Survivorship.SUM not in (was.survivorship, its.survivorship) and _said_alike(name, *records)


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


def changes_of(members: Members, views: tuple[View, View], now: int) -> list[Change]:
    """The events of those of these customers, which keep their ids, whose profiles the second view shows otherwise than
    the first; in id order."""
    (then, today), changes = views, []
    for some in chunks(sorted(members), _AT_ONCE):
        keys = sorted({key for id in some for part in members[id] for key in part})
        stored = _live(then.ask, keys)
        was = then.read(stored)
        its = today.read(stored if today.ask is then.ask else _live(today.ask, keys))
        for id in some:
            had, has = members[id]
            old, new = [was[key] for key in had if key in was], [its[key] for key in has if key in its]
            if fields := changed_fields(old, new, today.config, then.config):
                changes.append(profile_event(id, fields, now))
    return changes


def _live(ask: Ask, keys: Sequence[str]) -> dict[str, Record]:
    def question(snapshot: Snapshot) -> dict[str, Record]:
        return {key: record for key, record in snapshot.records(keys).items() if not record.deleted}

    return ask(question)
