"""Moving in and out: a store copied into another, of either kind, is the same store and lives on the same way."""

from __future__ import annotations

from itertools import count
from urllib.parse import unquote, urlsplit

import pytest

from graph.errors import BadInputError, StoreError, VersionError
from graph.model import DecisionKind
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.moving import copying
from resolver.moving.copying import copy_store
from resolver.progress import silent
from resolver.service import Resolver
from resolver.unfinished import COPY
from tests.support.command_line import CommandLine
from tests.support.company import CONFIG, CRM, SHOP, loaded, table
from tests.support.contents import contents, differences
from tests.support.places import Place

NEXT = 1_720_000_000_000_000


def _resolver(store: Store, start: int = NEXT) -> Resolver:
    clock = count(start, 1_000_000)
    return Resolver(store, CONFIG, lambda: next(clock))


def _lived(store: Store) -> Resolver:
    """A company with everything that a store may hold: a tombstone, a merge, decisions, refusals, pending records."""
    resolver = loaded(store, count(NEXT - 10**12, 1_000_000))
    resolver.ingest("shop", [{"account": "W9", "email": "not an e-mail", "last_name": "Reyes", "seen": "2024-04-01"}])
    resolver.decide(DecisionKind.SAME, "crm:4", "crm:5", by="ana", reason="married")
    gone = resolver.decide(DecisionKind.DIFFERENT, "crm:1", "shop:W1", by="ana", reason="sisters")
    resolver.withdraw(gone.decision.id, by="bo")
    resolver.delete("crm", "3")
    with store.write() as tx:
        tx.put_meta("note", '{"a": "🦉"}')
    return resolver


def _live_on(store: Store) -> Resolver:
    resolver = _resolver(store)
    resolver.ingest("shop", [{"account": "W3", "email": "dmitri@example.org", "last_name": "Weiss", "seen": "2024-05"}])
    resolver.decide(DecisionKind.DIFFERENT, "crm:1", "crm:2", by="bo", reason="namesakes")
    resolver.recluster()
    return resolver


def _assert_equal(left: Store, right: Store) -> None:
    assert differences(contents(left), contents(right)) == []
    for store in (left, right):
        assert store.check() == []


def test_a_copy_of_an_embedded_store_is_equal_and_lives_on_alike(embedded: SqliteStore, place: Place) -> None:
    _lived(embedded)
    target = place.open()
    report = copy_store(embedded, target, silent)
    assert (report.copied["records"], report.copied["decisions"], report.copied["quarantine"]) == (9, 2, 1)
    assert (report.copied["signatures"], report.copied["versions"]) == (8, 1)
    _assert_equal(embedded, target)
    with embedded.read() as before, target.read() as after:
        assert [its.sequence for its in before.changes(0, 100)] == [its.sequence for its in after.changes(0, 100)]
        assert before.named_texts() == after.named_texts()
    _live_on(embedded)
    _live_on(target)
    _assert_equal(embedded, target)


def test_a_copy_into_an_embedded_store_is_equal_and_lives_on_alike(embedded: SqliteStore, place: Place) -> None:
    source = place.open()
    _lived(source)
    copy_store(source, embedded, silent)
    _assert_equal(source, embedded)
    _live_on(source)
    _live_on(embedded)
    _assert_equal(source, embedded)


def test_records_that_wait_for_a_recluster_wait_in_the_copy_too(embedded: SqliteStore, place: Place) -> None:
    _lived(embedded).load(
        "shop", [(table((SHOP[0], ("W7", "x@example.org", *[None] * 5, "2024-06-01"))), "row {}".format)]
    )
    target = place.open()
    copy_store(embedded, target, silent)
    with target.read() as snapshot:
        assert snapshot.pending(10) == ["shop:W7"]
    for store in (embedded, target):
        _resolver(store).recluster()
    _assert_equal(embedded, target)


def test_an_interrupted_copy_goes_on_when_it_is_repeated(
    embedded: SqliteStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lived(embedded)
    target = place.open()

    def stop(stage: str, _done: int, _total: int | None) -> None:
        if stage == "links":
            raise KeyboardInterrupt

    monkeypatch.setattr(copying, "PART", 3)
    with pytest.raises(KeyboardInterrupt):
        copy_store(embedded, target, stop)
    with target.read() as snapshot:
        assert snapshot.version() is None
    copy_store(embedded, target, silent)
    _assert_equal(embedded, target)


def test_nobody_works_on_an_unfinished_copy(embedded: SqliteStore, place: Place) -> None:
    _lived(embedded)
    target = place.open()

    def stop(stage: str, _done: int, _total: int | None) -> None:
        if stage == "links":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_store(embedded, target, stop)
    before, resolver = contents(target), _resolver(target)
    for work in (
        lambda: resolver.load("crm", [(table(CRM), str)]),
        lambda: resolver.ingest("shop", [{"account": "W9", "last_name": "Reyes"}]),
        lambda: resolver.delete("crm", "1"),
        resolver.recluster,
        lambda: resolver.decide(DecisionKind.SAME, "crm:1", "crm:2", by="ana", reason="twins"),
        lambda: resolver.identify({"email": ["ana.reyes@example.com"]}),
        lambda: copy_store(target, embedded, silent),
    ):
        with pytest.raises(VersionError, match="unfinished copy of another; do the same whograph copy again"):
            work()
    assert differences(before, contents(target)) == []
    copy_store(embedded, target, silent)
    assert resolver.identify({"email": ["ana.reyes@example.com"]}).candidates


def test_check_tells_of_an_unfinished_copy(company: CommandLine) -> None:
    store = SqliteStore.open(company.folder / "whograph.db")
    with store.write() as tx:
        tx.put_meta(COPY, "another")
    store.close()
    assert company("check", "--json").ok().json["unfinished_copy"]
    assert "an unfinished copy" in company("check").ok().err
    company("who", "email=ana.garcia@example.com").refused("an unfinished copy")


def test_a_target_that_holds_something_is_left_alone(embedded: SqliteStore, place: Place) -> None:
    _lived(embedded)
    target = place.open()
    _lived(target)
    before = contents(target)
    with pytest.raises(BadInputError, match="holds 8 records already"):
        copy_store(embedded, target, silent)
    assert differences(before, contents(target)) == []


def test_a_store_is_not_copied_into_itself(place: Place) -> None:
    store = place.open()
    _lived(store)
    with pytest.raises(BadInputError, match="one store"):
        copy_store(store, place.open(), silent)


def test_a_source_that_was_never_resolved_is_told(embedded: SqliteStore, place: Place) -> None:
    with pytest.raises(BadInputError, match="whograph recluster"):
        copy_store(embedded, place.open(), silent)


def test_a_source_that_changes_meanwhile_is_told_and_the_copy_is_unfinished(
    embedded: SqliteStore, place: Place
) -> None:
    resolver = _lived(embedded)

    def meddle(stage: str, _done: int, _total: int | None) -> None:
        if stage == "links":
            resolver.delete("crm", "1")

    target = place.open()
    with pytest.raises(StoreError, match="written to while it was copied"):
        copy_store(embedded, target, meddle)
    copy_store(embedded, target, silent)
    _assert_equal(embedded, target)


def test_the_command_copies_and_says_how_much(company: CommandLine) -> None:
    done = company("copy", "sqlite:///whograph.db", "sqlite:///copy.db").ok()
    assert "copied and compared: 7 records" in done.out
    assert company("check", "--store", "sqlite:///copy.db", "--json").ok().json["sound"]
    company("copy", "sqlite:///whograph.db", "sqlite:///copy.db").refused("holds 7 records already")
    company("copy", "sqlite:///nowhere.db", "sqlite:///copy2.db").refused("there is no store at nowhere.db")


def test_a_source_that_cannot_be_copied_is_refused_before_a_target_is_made(cli: CommandLine) -> None:
    cli("load", cli.write_rows("crm.csv", "id,email", "1,ana@example.com")).ok()
    cli("copy", "sqlite:///whograph.db", "sqlite:///copy.db").refused("never resolved", "whograph recluster")
    cli("recluster").ok()
    cli("copy", "sqlite:///whograph.db", "sqlite:///masked.db", "--mask", "analyst").ok()
    cli("copy", "sqlite:///masked.db", "sqlite:///copy.db").refused("masked copy", "copy the original store")
    cli.write("whograph.toml", '[masks.boss.fields]\nshoe_size = "keep"\n')
    cli("copy", "sqlite:///whograph.db", "sqlite:///copy.db", "--mask", "boss").refused("shoe_size")
    assert not list(cli.folder.glob("copy.db*"))


@pytest.mark.neo4j
def test_the_target_may_have_a_password_of_its_own(
    company: CommandLine, neo4j_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(neo4j_url)
    target = f"{parts.scheme}://{parts.username}@{parts.hostname}:{parts.port}{parts.path}"
    monkeypatch.setenv("WHOGRAPH_STORE_PASSWORD", "of the source")
    company("copy", "sqlite:///whograph.db", target).refused("user name or password")
    monkeypatch.setenv("WHOGRAPH_TARGET_PASSWORD", unquote(parts.password or ""))
    company("copy", "sqlite:///whograph.db", target).ok()
