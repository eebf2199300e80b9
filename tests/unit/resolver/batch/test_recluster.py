"""Re-clustering a store: everything anew, only the differences written, one version at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError
from graph.model import ChangeKind, DecisionKind
from graph.sqlite_store import SqliteStore
from resolver.config import Config
from resolver.scoring.model import Model
from resolver.service import Resolver
from resolver.training.default_model import default_model
from tests.support.companies import CONFIG, TIME, owners
from tests.support.core import raw_table
from tests.support.neutrality import differences, verdict_of
from tests.support.places import Place

ROWS: list[dict[str, Any]] = [
    {"id": "1", "email": "ana@example.com", "given_name": "Ana", "family_name": "Silva", "at": "2023-01-01"},
    {"id": "2", "email": "ana@example.com", "given_name": "Anna", "family_name": "Silva", "at": "2023-01-02"},
    {"id": "3", "phone": "020 7946 0018", "given_name": "Ben", "family_name": "Kern", "at": "2023-01-03"},
]
#: A record that links Ana with whoever has the device.
BETWEEN = {"id": "5", "email": "ana@example.com", "device": "d1"}


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    store, clock = SqliteStore.open(tmp_path / "batch.db"), count(TIME, 1_000_000)
    yield Resolver(store, CONFIG, lambda: next(clock))
    store.close()


@pytest.fixture
def anywhere(place: Place) -> Resolver:
    """A resolver on a store of any kind."""
    clock = count(TIME, 1_000_000)
    return Resolver(place.open(), CONFIG, lambda: next(clock))


def load(resolver: Resolver, rows: list[dict[str, Any]] = ROWS, source: str = "crm") -> None:
    resolver.load(source, [(raw_table(rows), "row {}".format)])


def contents(resolver: Resolver) -> tuple[object, ...]:
    with resolver.store.read() as snapshot:
        return (
            snapshot.sequence(),
            [its for chunk in snapshot.scan_assignments() for its in chunk],
            snapshot.page_customers(None, 100),
            snapshot.changes(0, 100),
            snapshot.versions(),
        )


def test_a_first_re_cluster_adopts_a_version_and_names_the_customers(resolver: Resolver) -> None:
    load(resolver)
    report = resolver.recluster()
    assert (report.version, report.records, report.customers) == (1, 3, 2)
    assert report.counts == {"created": 2, "unchanged": 0}
    ids = owners(resolver.store)
    assert ids["crm:1"] == ids["crm:2"] != ids["crm:3"]


def test_re_clustering_what_did_not_change_writes_nothing(resolver: Resolver) -> None:
    load(resolver)
    resolver.recluster()
    before = contents(resolver)
    report = resolver.recluster()
    assert report.counts == {"unchanged": 2}
    assert not report.retrained
    assert contents(resolver) == before


def test_a_dry_run_tells_and_changes_nothing(resolver: Resolver) -> None:
    load(resolver, [*ROWS, {"id": "4", "device": "d1"}])
    resolver.recluster()
    load(resolver, [BETWEEN])
    before = contents(resolver)
    report = resolver.recluster(dry_run=True)
    assert report.dry_run
    assert report.counts["merged"] == 1
    assert contents(resolver) == before


def test_another_configuration_can_be_tried_before_it_is_adopted(anywhere: Resolver) -> None:
    load(anywhere)
    anywhere.recluster()
    strict = Config.model_validate(
        {**CONFIG.model_dump(), "resolution": {"region": "GB", "link_threshold": 20.0, "conflict_threshold": -2.0}}
    )
    tried = anywhere.recluster(config=strict, dry_run=True)
    assert tried.counts["split"] == 1
    (example,) = [its for its in tried.examples if its.kind == "split"]
    assert example.records == ("crm:2",)
    assert owners(anywhere.store)["crm:1"] == owners(anywhere.store)["crm:2"]
    adopted = anywhere.recluster(config=strict)
    assert (adopted.version, adopted.counts["split"]) == (2, 1)


def test_going_back_to_the_old_configuration_gives_the_old_ids_back(anywhere: Resolver) -> None:
    load(anywhere)
    anywhere.recluster()
    before = owners(anywhere.store)
    strict = Config.model_validate({**CONFIG.model_dump(), "resolution": {"region": "GB", "link_threshold": 20.0}})
    anywhere.recluster(config=strict)
    anywhere.recluster()
    assert owners(anywhere.store) == before


def test_a_new_configuration_gives_records_their_new_normal_form(anywhere: Resolver) -> None:
    load(anywhere, [{"id": "1", "phone": "(202) 555-0143"}])
    anywhere.recluster()
    american = Config.model_validate({**CONFIG.model_dump(), "resolution": {"region": "US"}})
    anywhere.recluster(config=american)
    assert anywhere.record("crm", "1").fields == {"phone": ("+12025550143",)}
    with anywhere.store.read() as snapshot:
        assert snapshot.version_number() == 2
    assert Resolver(anywhere.store).identify({"phone": ["+12025550143"]}).candidates


def test_what_was_loaded_under_another_configuration_is_resolved_as_if_it_had_been_loaded_under_this_one(
    anywhere: Resolver, tmp_path: Path
) -> None:
    columns = {"phone": "phone", "email": "email", "given_name": "ignore"}
    changed = Config.model_validate(
        {
            **CONFIG.model_dump(),
            "resolution": {"region": "US"},
            "sources": {"crm": {"id": "id", "time": "at", "columns": columns}},
        }
    )
    rows = [
        {"id": "1", "phone": "(202) 555-0143", "given_name": "Ana", "at": "2024-01-01"},
        {"id": "2", "phone": "202 555 0143", "email": "ana@example.com", "given_name": "Bea", "at": "2024-01-01"},
    ]
    load(anywhere, rows)
    anywhere.recluster(config=changed)
    fresh = Resolver(SqliteStore.open(tmp_path / "fresh.db"), changed, lambda: TIME)
    load(fresh, rows)
    fresh.recluster()
    assert owners(anywhere.store)["crm:1"] == owners(anywhere.store)["crm:2"]
    for id in ("1", "2"):
        assert anywhere.record("crm", id) == fresh.record("crm", id)
        assert "given_name" not in anywhere.record("crm", id).payload
    with anywhere.store.read() as snapshot:
        assert snapshot.named_texts() == {}
    fresh.store.close()


def test_what_was_loaded_between_under_a_configuration_that_was_taken_back_is_resolved_under_the_old_one(
    anywhere: Resolver,
) -> None:
    load(anywhere, [{"id": "1", "phone": "+44 20 7946 0101"}])
    anywhere.recluster()
    american = Config.model_validate({**CONFIG.model_dump(), "resolution": {"region": "US"}})
    load(Resolver(anywhere.store, american, lambda: TIME), [{"id": "2", "phone": "(202) 555-0143"}])
    load(Resolver(anywhere.store, american, lambda: TIME), [{"id": "3", "phone": "020 7946 0101"}])
    anywhere.recluster()
    assert anywhere.record("crm", "2").fields == {"phone": ("+442025550143",)}
    assert anywhere.record("crm", "3").fields == {"phone": ("+442079460101",)}
    assert owners(anywhere.store)["crm:3"] == owners(anywhere.store)["crm:1"]


def test_a_given_model_is_adopted_as_it_is(resolver: Resolver) -> None:
    load(resolver)
    model = replace(default_model(CONFIG), prior=0.001)
    assert resolver.recluster(model=model).retrained
    version = resolver.version()
    assert version is not None
    assert Model.from_json(version.model) == model


def test_decisions_survive_every_re_cluster(anywhere: Resolver) -> None:
    load(anywhere)
    anywhere.recluster()
    anywhere.decide(DecisionKind.DIFFERENT, "crm:1", "crm:2", by="jo", reason="sisters")
    apart = owners(anywhere.store)
    anywhere.recluster(retrain=True)
    assert owners(anywhere.store) == apart
    assert apart["crm:1"] != apart["crm:2"]


def test_loaded_at_once_or_ingested_one_by_one_the_customers_are_the_same(resolver: Resolver, tmp_path: Path) -> None:
    load(resolver)
    resolver.recluster()
    store = SqliteStore.open(tmp_path / "live.db")
    live = Resolver(store, CONFIG, lambda: TIME)
    for row in reversed(ROWS):
        live.ingest("crm", [row])
    assert differences(verdict_of(store), verdict_of(resolver.store)) == []
    store.close()


def test_live_work_and_a_re_cluster_after_it_agree(resolver: Resolver) -> None:
    for row in ROWS:
        resolver.ingest("crm", [row])
    resolver.delete("crm", "2")
    before = contents(resolver)
    assert resolver.recluster().counts == {"unchanged": 2}
    assert contents(resolver) == before


def test_an_empty_store_has_nothing_to_re_cluster_but_takes_the_version(resolver: Resolver) -> None:
    report = resolver.recluster()
    assert (report.version, report.records, report.customers) == (1, 0, 0)


def test_without_any_configuration_there_is_nothing_to_go_by(resolver: Resolver) -> None:
    with pytest.raises(BadInputError, match="no resolution version"):
        Resolver(resolver.store).recluster()


def test_each_merge_is_one_event_of_the_feed_and_tells_what_the_profile_gained(anywhere: Resolver) -> None:
    load(anywhere, [*ROWS, {"id": "4", "device": "d1"}])
    anywhere.recluster()
    cursor = anywhere.changes().cursor
    load(anywhere, [BETWEEN])
    anywhere.recluster()
    assert [change.kind for change in anywhere.changes(cursor).changes] == [ChangeKind.MERGED, ChangeKind.PROFILE]


def busy(resolver: Resolver, times: int) -> Callable[[str, int, int | None], None]:
    """A watcher in whose sight a record comes in while a re-cluster computes, this many times."""
    left = iter(range(times))

    def watch(stage: str, *_: int | None) -> None:
        number = next(left, None) if stage == "resolve" else None
        if number is not None:
            resolver.ingest("shop", [{"id": f"{number}", "email": f"{number}@example.com"}])

    return watch


def test_what_comes_in_while_it_computes_is_resolved_too(anywhere: Resolver) -> None:
    for row in ROWS:
        anywhere.ingest("crm", [row])
    report = anywhere.recluster(retrain=True, progress=busy(anywhere, 1))
    assert (report.records, report.customers) == (4, 3)
    assert "shop:0" in owners(anywhere.store)


def without_devices(config: Config) -> Config:
    document = config.model_dump()
    del document["sources"]["crm"]["columns"]["device"]
    return Config.model_validate(document)


def test_a_customer_that_was_merged_while_it_computed_and_is_brought_back_has_no_changed_profile(
    anywhere: Resolver,
) -> None:
    load(anywhere, [*ROWS, {"id": "4", "device": "d1"}])
    anywhere.recluster()
    cursor, id = anywhere.changes().cursor, owners(anywhere.store)["crm:4"]

    def merge(stage: str, *_: int | None) -> None:
        if stage == "name":
            anywhere.ingest("crm", [BETWEEN])

    anywhere.recluster(config=without_devices(CONFIG), progress=merge)
    assert owners(anywhere.store)["crm:4"] == id
    told = [
        change
        for change in anywhere.changes(cursor).changes
        if id in (change.customer_id, *change.details.get("merged", ()))
    ]
    assert [change.kind for change in told] == [ChangeKind.MERGED, ChangeKind.CREATED]


def test_a_recluster_ends_on_a_store_that_never_comes_to_rest(anywhere: Resolver) -> None:
    for row in ROWS:
        anywhere.ingest("crm", [row])
    assert anywhere.recluster(progress=busy(anywhere, 99)).records == 4


class Cancelled(Exception):  # noqa: N818
    """The watcher has seen enough."""


@pytest.mark.parametrize("step", range(5))
def test_a_recluster_can_be_cancelled_in_the_middle_of_its_write(resolver: Resolver, step: int) -> None:
    load(resolver)

    def watch(stage: str, done: int, total: int | None) -> None:
        if (stage, done) == ("write", step):
            assert total == 4
            raise Cancelled

    with pytest.raises(Cancelled):
        resolver.recluster(progress=watch)
    assert owners(resolver.store) == {}
    assert resolver.version() is None


def test_a_recluster_that_is_done_can_not_be_cancelled_any_more(anywhere: Resolver) -> None:
    load(anywhere)
    told: list[tuple[str, int, int | None]] = []
    anywhere.recluster(progress=lambda *word: told.append(word))
    assert told[-1] == ("write", 4, 4)


def people(many: int) -> list[dict[str, Any]]:
    return [
        {
            "id": str(number),
            "email": f"p{number}@example.com",
            "given_name": f"G{chr(97 + number % 26)}{chr(97 + number % 17)}a",
            "family_name": f"F{chr(97 + number % 23)}{chr(97 + number % 19)}o",
            "birth_date": f"19{40 + number % 60}-0{1 + number % 9}-1{number % 10}",
            "at": "2023-01-01",
        }
        for number in range(many)
    ]


def reordered(config: Config) -> Config:
    """The same with its sections, and what is in them, the other way round."""
    document = config.model_dump()
    for section in ("sources", "identifiers", "attributes"):
        document[section] = dict(reversed(document[section].items()))
    return Config.model_validate(document)


def test_the_order_of_the_sources_in_a_configuration_means_nothing() -> None:
    document = CONFIG.model_dump()
    turned = Config.model_validate({**document, "sources": dict(reversed(document["sources"].items()))})
    assert turned.canonical_json() == CONFIG.canonical_json()


def test_a_configuration_in_another_order_shows_profiles_in_it_and_learns_nothing_anew(resolver: Resolver) -> None:
    load(resolver, people(400))
    first = resolver.recluster()
    again = resolver.recluster(config=reordered(CONFIG))
    assert (first.retrained, again.retrained) == (True, False)
    assert again.counts == {"unchanged": first.customers}
    shown = [its.name for its in resolver.customer(owners(resolver.store)["crm:1"]).profile.fields]
    assert shown.index("birth_date") < shown.index("family_name") < shown.index("given_name")


@pytest.mark.parametrize(
    "change",
    [
        {"resolution": {**CONFIG.resolution.model_dump(), "link_threshold": 5.0, "review_margin": 1.0}},
        {"attributes": {**CONFIG.model_dump()["attributes"], "postcode": {"kind": "postcode", "survivorship": "all"}}},
        {"sources": {**CONFIG.model_dump()["sources"], "crm": {**CONFIG.model_dump()["sources"]["crm"], "trust": 9}}},
    ],
)
def test_a_change_that_only_decides_or_shows_keeps_the_model(resolver: Resolver, change: dict[str, Any]) -> None:
    load(resolver, people(400))
    resolver.recluster()
    before = resolver.version()
    again = resolver.recluster(config=Config.model_validate({**CONFIG.model_dump(), **change}))
    after = resolver.version()
    assert before is not None
    assert after is not None
    assert (again.retrained, after.number, after.model) == (False, 2, before.model)


def test_another_kind_of_field_is_learned_anew(resolver: Resolver) -> None:
    load(resolver, people(400))
    resolver.recluster()
    texts = {**CONFIG.model_dump()["attributes"], "postcode": {"kind": "text"}}
    assert resolver.recluster(config=Config.model_validate({**CONFIG.model_dump(), "attributes": texts})).retrained


def test_the_shipped_model_serves_until_there_is_enough_to_learn_from(resolver: Resolver) -> None:
    load(resolver)
    resolver.recluster()
    load(resolver, people(400))
    assert resolver.recluster().retrained
    version = resolver.version()
    assert version is not None
    assert Model.from_json(version.model).trained_on == 400
    assert not resolver.recluster().retrained


def test_the_shipped_model_of_an_earlier_release_serves_until_there_is_enough_to_learn_from(resolver: Resolver) -> None:
    load(resolver)
    earlier = replace(default_model(CONFIG), prior=0.001)
    resolver.recluster(model=earlier)
    assert not resolver.recluster().retrained
    load(resolver, people(400))
    assert resolver.recluster().retrained
    version = resolver.version()
    assert version is not None
    assert Model.from_json(version.model).trained_on == 400


def fading(days: float | None) -> Config:
    document = CONFIG.model_dump()
    document["identifiers"]["phone"]["half_life_days"] = days
    return Config.model_validate(document)


def test_a_half_life_that_is_off_is_in_no_text_of_the_version() -> None:
    assert fading(None) == CONFIG
    assert "half_life" not in CONFIG.canonical_json() + CONFIG.learned_from()
    assert Config.from_json(fading(30).canonical_json()) == fading(30)


def test_another_half_life_decides_anew_and_learns_nothing_anew(resolver: Resolver) -> None:
    load(resolver, people(400))
    resolver.recluster(config=fading(30))
    with resolver.store.read() as snapshot:
        records = list(snapshot.scan_full_records())
    report = resolver.recluster(config=fading(90))
    assert (report.version, report.retrained) == (2, False)
    with resolver.store.read() as snapshot:
        assert list(snapshot.scan_full_records()) == records


def test_records_that_were_loaded_before_there_was_a_half_life_fade_as_those_that_come_under_it(
    tmp_path: Path,
) -> None:
    """Whether it was then adopted or not."""
    rows = [
        {"id": "1", "phone": "020 7946 0018", "at": "2020-01-01"},
        {"id": "2", "phone": "020 7946 0018", "at": "2023-01-01"},
    ]
    found = []
    for steps in ([fading(100)], [CONFIG, fading(100)], [None, fading(100)]):
        store = SqliteStore.open(tmp_path / f"{len(found)}.db")
        resolver = Resolver(store, CONFIG if None in steps or CONFIG in steps else steps[0], lambda: TIME)
        load(resolver, rows)
        for config in filter(None, steps):
            resolver.recluster(config=config)
        found.append(verdict_of(store))
        store.close()
    assert differences(found[0], found[1]) == differences(found[0], found[2]) == []
    assert len(found[0].customers) == 2
