"""A re-cluster that is overtaken by a live write sees it and tells the truth, on every kind of store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from graph.columns import LinkColumns
from graph.model import ChangeKind
from graph.store import Snapshot, Store
from resolver.config import Config, Survivorship
from resolver.service import Resolver
from tests.support.company import CONFIG, loaded, ticking_clock
from tests.support.contents import contents, differences
from tests.support.places import Place

CHANGED = {"account": "W2", "email": "dmitri@example.org", "card": "L-900", "last_name": "Weiss", "seen": "2024-03-01"}


class _Interrupted:
    """A store on which something happens once, in the middle of a scan, when records and assignments have been read."""

    def __init__(self, store: Store, happens: Callable[[], object]) -> None:
        self._store, self._happens = store, [happens]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        with self._store.read() as snapshot:
            scan, happens = snapshot.scan_link_columns, self._happens

            def scan_links() -> Iterator[LinkColumns]:
                while happens:
                    happens.pop()()
                return scan()

            snapshot.scan_link_columns = scan_links  # type: ignore[method-assign]  # the one place to come in between
            yield snapshot


def test_a_record_that_changes_while_a_recluster_reads_is_not_lost(place: Place) -> None:
    resolver = loaded(place.open())
    other = place.open()
    clock = ticking_clock()
    interrupted = Resolver(_Interrupted(other, lambda: resolver.ingest("shop", [CHANGED])), CONFIG, lambda: next(clock))
    interrupted.recluster()
    after = contents(other)
    assert after["records"]["shop:W2"].fields["email"] == ("dmitri@example.org",)
    place.clear()
    fresh = loaded(place.open())
    fresh.ingest("shop", [CHANGED])
    left, right = (
        {name: its[name] for name in ("records", "signatures", "links", "review")}
        for its in (after, contents(fresh.store))
    )
    assert differences(left, right) == []
    partitions = [
        {key: assignment.customer_id for key, assignment in its["assignments"].items()}
        for its in (after, contents(fresh.store))
    ]
    assert partitions[0] == partitions[1]


#: The company's config, but all given names are shown; and one that keeps no towns.
OTHERWISE = CONFIG.model_copy(
    update={
        "attributes": {
            **CONFIG.attributes,
            "given_name": CONFIG.attributes["given_name"].model_copy(update={"survivorship": Survivorship.ALL}),
        }
    }
)
WITHOUT_TOWN = CONFIG.model_copy(
    update={
        "sources": {
            **CONFIG.sources,
            "crm": CONFIG.sources["crm"].model_copy(
                update={"columns": {name: its for name, its in CONFIG.sources["crm"].columns.items() if its != "city"}}
            ),
        }
    }
)


def _profiles(resolver: Resolver) -> dict[str, dict[str, list[str]]]:
    return {
        its.id: {
            field.name: [value.value for value in field.values] for field in resolver.customer(its.id).profile.fields
        }
        for its in resolver.customers()
    }


@pytest.mark.parametrize("config", [OTHERWISE, WITHOUT_TOWN], ids=["shown otherwise", "read otherwise"])
@pytest.mark.parametrize("interrupted", [False, True], ids=["alone", "overtaken"])
def test_a_recluster_under_another_config_tells_which_profiles_it_changes(
    place: Place, config: Config, interrupted: bool
) -> None:
    resolver = loaded(place.open())
    before, cursor = _profiles(resolver), resolver.changes(None, 1_000).cursor
    clock = ticking_clock()
    store = _Interrupted(place.open(), lambda: interrupted and resolver.ingest("shop", [CHANGED]))
    Resolver(store, config, lambda: next(clock)).recluster()
    after = _profiles(Resolver(place.open()))
    changed: dict[str, set[str]] = {}
    for change in resolver.changes(cursor, 1_000).changes:
        if change.kind is ChangeKind.PROFILE:
            changed.setdefault(change.customer_id, set()).update(change.details["fields"])
    expected = {
        id: {name for name in after[id].keys() | before[id].keys() if after[id].get(name) != before[id].get(name)}
        for id in after.keys() & before.keys()
    }
    assert changed == {id: names for id, names in expected.items() if names}
    assert changed
