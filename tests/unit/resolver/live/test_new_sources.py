"""Sources that nobody configured: registered when their first records come, if that is allowed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError, UnknownSourceError, VersionError
from graph.model import DecisionKind
from graph.sqlite_store import SqliteStore
from resolver.answers import Outcome, SourceRegistration
from resolver.config import Config, SourceConfig
from resolver.preparing.rows import table_of_payloads
from resolver.scoring.model import Model
from resolver.service import Resolver
from tests.support.company import CONFIG, CRM, SHOP, company, table
from tests.support.neutrality import differences, verdict_of
from tests.support.places import Place, open_at

CLUB = [
    {"member_id": "M-1", "e_mail": "ana.reyes@example.com", "surname": "Reyes", "name": "Ana", "device": "a1b2c3d4"},
    {"member_id": "M-2", "e_mail": "carla@example.org", "surname": "Okafor", "name": "Carla", "device": "e5f6a7b8"},
    {"member_id": "M-3", "e_mail": "zoe@example.net", "surname": "Lindt", "name": "Zoe", "device": "c9d0e1f2"},
]


@pytest.fixture
def resolver(place: Place) -> Iterator[Resolver]:
    with company(place.url) as its:
        yield its


def config_of(resolver: Resolver) -> Config:
    its = resolver.version()
    assert its is not None
    return Config.from_json(its.config)


def model_of(resolver: Resolver) -> str:
    its = resolver.version()
    assert its is not None
    return its.model


def registration(outcomes: Sequence[Outcome]) -> SourceRegistration:
    assert [its.registered is not None for its in outcomes] == [True] + [False] * (len(outcomes) - 1)
    new = outcomes[0].registered
    assert new is not None
    return new


def test_without_leave_a_new_source_is_refused_and_told_how_to_get_it(resolver: Resolver) -> None:
    with pytest.raises(UnknownSourceError, match=r"whograph init --add.*allow_new_sources"):
        resolver.ingest("club", CLUB)
    assert "club" not in config_of(resolver).sources


def test_its_first_records_say_what_its_columns_mean(resolver: Resolver) -> None:
    outcomes = resolver.ingest("club", CLUB, allow_new_sources=True)
    new = registration(outcomes)
    assert (new.source, new.id, new.version) == ("club", "member_id", 2)
    assert new.columns == {"e_mail": "email", "surname": "family_name", "name": "given_name"}
    assert [its.kind for its in outcomes] == ["joined", "joined", "new"]
    again = resolver.ingest("club", CLUB)
    assert {(its.kind, its.registered) for its in again} == {("unchanged", None)}


def test_the_new_version_differs_in_nothing_but_the_source(resolver: Resolver) -> None:
    before, model = config_of(resolver), model_of(resolver)
    resolver.ingest("club", CLUB, allow_new_sources=True)
    after = config_of(resolver)
    assert {name: its for name, its in after.sources.items() if name != "club"} == before.sources
    assert after.model_copy(update={"sources": before.sources}) == before
    assert model_of(resolver) == model


def test_fields_that_the_model_does_not_know_are_left_out_until_the_next_recluster(resolver: Resolver) -> None:
    assert registration(resolver.ingest("club", CLUB, allow_new_sources=True)).left_out == {"device": "device"}
    assert "device" not in resolver.record("club", "M-1").fields
    resolver.recluster()
    assert "device" in config_of(resolver).identifiers
    assert resolver.record("club", "M-1").fields["device"] == ("a1b2c3d4",)
    fresh = {"member_id": "M-4", "device": "a1b2c3d4", "surname": "Reyes", "name": "Ana"}
    assert resolver.ingest("club", [fresh])[0].kind == "joined"


@pytest.mark.parametrize("reclustered", [False, True])
def test_a_fresh_batch_under_the_last_version_gives_the_same(
    resolver: Resolver, tmp_path: Path, reclustered: bool
) -> None:
    resolver.ingest("club", CLUB[:1], allow_new_sources=True)
    resolver.ingest("club", CLUB[1:])
    if reclustered:
        resolver.recluster()
    store = SqliteStore.open(tmp_path / "fresh.db")
    try:
        batch = Resolver(store, config_of(resolver), lambda: 1_717_200_000_000_000)
        for source, rows in (("crm", table(CRM)), ("shop", table(SHOP)), ("club", table_of_payloads(CLUB))):
            batch.load(source, [(rows, str)])
        batch.recluster(model=Model.from_json(model_of(resolver)))
        live, fresh = verdict_of(resolver.store), verdict_of(store)
        partition = [set(its.customers) for its in (live, fresh)]
        assert partition[0] == partition[1]
        told = [its for its in differences(live, fresh) if not its.startswith("profiles")]  # which show when rows came
        assert told == []
    finally:
        store.close()


def test_registering_one_source_at_the_same_time_does_it_once(place: Place) -> None:
    with company(place.url):
        pass
    outcomes: list[Outcome] = []
    together = threading.Barrier(4)

    def send(number: int) -> None:
        store = open_at(place.url)
        try:
            rows = [row | {"member_id": f"{row['member_id']}-{number}"} for row in CLUB]
            together.wait()
            outcomes.extend(Resolver(store, CONFIG).ingest("club", rows, allow_new_sources=True))
        finally:
            store.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 12
    assert sum(its.registered is not None for its in outcomes) == 1
    assert all(its.customer_id for its in outcomes)
    with company(place.url, resolved=False) as resolver:
        assert config_of(resolver).sources.keys() == {"crm", "shop", "club"}
        assert resolver.counts().records == 8 + 12


def test_another_process_with_the_old_config_goes_on(resolver: Resolver, place: Place) -> None:
    with company(place.url, resolved=False) as other:
        assert other.ingest("shop", [{"account": "W8", "email": "yan@example.net"}])[0].kind == "new"
        resolver.ingest("club", CLUB, allow_new_sources=True)
        assert other.ingest("shop", [{"account": "W9", "email": "zoe@example.net"}])[0].kind == "joined"
        assert other.ingest("club", CLUB)[0].kind == "unchanged"
        other.recluster()
        assert resolver.ingest("club", CLUB)[0].kind == "unchanged"


def test_a_source_that_is_registered_during_a_recluster_is_in_its_version(resolver: Resolver, place: Place) -> None:
    with company(place.url, resolved=False) as other:

        def progress(stage: str, _: int, __: int | None) -> None:
            if stage == "resolve" and "club" not in config_of(other).sources:
                other.ingest("club", CLUB, allow_new_sources=True)

        resolver.recluster(retrain=True, progress=progress)
        assert resolver.ingest("club", CLUB)[0].kind == "unchanged"
        assert config_of(resolver).sources.keys() == {"crm", "shop", "club"}


def test_going_back_to_a_model_from_before_leaves_out_what_that_does_not_know(resolver: Resolver) -> None:
    config, model = config_of(resolver), Model.from_json(model_of(resolver))
    resolver.ingest("club", CLUB, allow_new_sources=True)
    resolver.recluster()
    assert "device" in config_of(resolver).identifiers
    resolver.recluster(config=config, model=model)
    assert config_of(resolver).sources["club"].columns.keys() == {"e_mail", "surname", "name"}
    assert resolver.ingest("club", CLUB)[0].kind == "unchanged"


def test_a_config_that_names_the_source_later_stands_over_the_guess(resolver: Resolver) -> None:
    resolver.ingest("club", CLUB, allow_new_sources=True)
    club = SourceConfig(id="member_id", columns={"e_mail": "email"})
    config = CONFIG.model_copy(update={"sources": {**CONFIG.sources, "club": club}})
    configured = Resolver(resolver.store, config)
    with pytest.raises(VersionError, match="whograph recluster"):
        configured.ingest("club", CLUB)
    configured.recluster()
    assert config_of(configured) == config
    assert configured.ingest("club", CLUB)[0].kind == "unchanged"


def test_a_second_source_uses_the_fields_that_the_first_will_bring(resolver: Resolver) -> None:
    resolver.ingest("club", CLUB, allow_new_sources=True)
    app: Sequence[Mapping[str, Any]] = [{"id": "7", "device": "a1b2c3d4", "e_mail": "ana.reyes@example.com"}]
    assert registration(resolver.ingest("app", app, allow_new_sources=True)).left_out == {"device": "device"}
    resolver.recluster()
    assert config_of(resolver).sources["app"].columns["device"] == "device"


def test_the_config_may_allow_it_for_all(place: Place) -> None:
    with company(place.url) as resolver:
        open_to_all = CONFIG.resolution.model_copy(update={"allow_new_sources": True})
        config = CONFIG.model_copy(update={"resolution": open_to_all})
        allowing = Resolver(resolver.store, config)
        allowing.recluster()
        assert registration(allowing.ingest("club", CLUB)).source == "club"


def test_a_store_without_any_config_begins_with_what_is_guessed(place: Place) -> None:
    store = place.open()
    resolver = Resolver(store)
    with pytest.raises(VersionError):
        resolver.ingest("club", CLUB)
    new = registration(resolver.ingest("club", CLUB, allow_new_sources=True))
    assert (new.version, new.left_out) == (1, {})
    assert Resolver(store).ingest("club", CLUB)[0].kind == "unchanged"
    assert Resolver(store).recluster().counts.get("unchanged") == 3


def test_a_new_store_takes_its_config_and_then_the_new_source(place: Place) -> None:
    with company(place.url, resolved=False) as resolver:
        assert registration(resolver.ingest("club", CLUB, allow_new_sources=True)).version == 2
        assert config_of(resolver).sources.keys() == {"crm", "shop", "club"}


def test_records_that_wait_for_a_recluster_come_first(resolver: Resolver) -> None:
    resolver.load("crm", [(table((*CRM[:1], ("9", None, None, "Gus", "Lee", None, None, None))), str)])
    with pytest.raises(VersionError, match="whograph recluster"):
        resolver.ingest("club", CLUB, allow_new_sources=True)
    assert "club" not in config_of(resolver).sources


def test_a_name_that_cannot_be_used_is_refused(resolver: Resolver) -> None:
    for name in ("", "a:b", " club", "c\nlub", "c" * 101):
        with pytest.raises(BadInputError, match="source name"):
            resolver.ingest(name, CLUB, allow_new_sources=True)


def test_a_name_by_which_decisions_mean_an_identifier_is_refused(resolver: Resolver) -> None:
    resolver.decide(DecisionKind.SAME, "email:carla@example.org", "email:carla.o@example.net", by="mo", reason="told")
    with pytest.raises(BadInputError, match="type of identifier"):
        resolver.ingest("email", CLUB, allow_new_sources=True)
    assert registration(resolver.ingest("phone", CLUB, allow_new_sources=True)).source == "phone"


def test_rows_that_say_nothing_register_nothing(resolver: Resolver) -> None:
    with pytest.raises(BadInputError, match="no row shows"):
        resolver.ingest("club", [{}], allow_new_sources=True)
    assert "club" not in config_of(resolver).sources
