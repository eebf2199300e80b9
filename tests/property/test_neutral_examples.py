"""Histories that once ended otherwise than a batch, or could: one each, short enough to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model import ChangeKind, DecisionKind
from tests.support.people import WORLDS, Row
from tests.support.shop import START, Shop

SAME, DIFFERENT = DecisionKind.SAME, DecisionKind.DIFFERENT


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    its = Shop(tmp_path)
    yield its
    its.store.close()


def person(no: str, **values: Any) -> Row:
    return {"no": no, **values}


def test_a_store_without_records_can_be_reclustered(shop: Shop) -> None:
    assert shop.resolver.recluster().records == 0


def test_a_record_that_is_gone_can_be_deleted_again(shop: Shop) -> None:
    shop.send(person("1", mail="ann@example.com"))
    shop.resolver.delete("crm", "1")
    assert shop.resolver.delete("crm", "1").kind == "deleted"
    assert shop.checked() == {}


def test_two_records_that_were_merged_and_unmerged_have_their_own_ids_again(shop: Shop) -> None:
    shop.send(person("2", first="Ann"))
    shop.send(person("1", first="Ben"))
    before = shop.checked()
    merge = shop.decide(SAME, "crm:1", "crm:2")
    assert len(shop.checked()) == 1
    shop.resolver.withdraw(merge, by="ann")
    assert shop.checked() == before


def test_an_unmerge_by_a_decision_revives_the_retired_id(shop: Shop) -> None:
    shop.send(person("2", first="Ann", tel="020 7946 0018"))
    shop.send(person("1", mail="b@example.com"))
    before = shop.checked()
    shop.send(person("1", mail="b@example.com", tel="020 7946 0018", at="2024-05-02T12:00:00Z"))
    assert len(shop.checked()) == 1
    shop.decide(DIFFERENT, "crm:1", "crm:2")
    assert shop.checked() == before


def contradicted(shop: Shop) -> str:
    """A ``same`` on two e-mail addresses, and a ``different`` on records that later become the smallest to carry them;
    answers the id of the latter."""
    shop.send(person("1", mail="ann@example.com"), person("2"), person("3", mail="ben@example.com"))
    shop.decide(SAME, "email:ann@example.com", "email:ben@example.com")
    different = shop.decide(DIFFERENT, "crm:1", "crm:2")
    assert shop.skipped() == []
    shop.send(person("2", mail="ben@example.com", at="2024-05-02T12:00:00Z"))
    assert shop.skipped() == [("email:ann@example.com", "email:ben@example.com")]
    shop.checked()
    return different


def test_a_skipped_decision_on_identifiers_leaves_the_review_when_it_fits_again(shop: Shop) -> None:
    different = contradicted(shop)
    shop.resolver.withdraw(different, by="ann")
    assert shop.skipped() == []
    shop.checked()


def test_a_skipped_decision_on_identifiers_leaves_the_review_when_nobody_carries_them_any_more(shop: Shop) -> None:
    contradicted(shop)
    shop.send(person("1", first="Ann", at="2024-05-02T12:00:00Z"))
    assert shop.skipped() == []
    shop.checked()


def test_a_decision_on_identifiers_joins_the_same_carriers_whatever_else_is_resolved_later(shop: Shop) -> None:
    both = {"mail": "ann@example.com"}, {"mail": "ben@example.com"}
    shop.send(person("1", card="L-1", **both[0]), person("3", card="L-3", **both[0]))
    shop.send(person("2", card="L-2", **both[1]), person("4", card="L-4", **both[1]))
    shop.decide(SAME, "email:ann@example.com", "email:ben@example.com")
    before = shop.checked()
    assert len(before) > 1
    shop.send(person("5", card="L-3"), person("6", card="L-4"))
    shop.checked()


def test_a_decision_on_a_record_that_is_gone_is_not_one_on_an_identifier_that_is_spelled_alike(tmp_path: Path) -> None:
    plain = WORLDS["plain"]
    config = plain.model_copy(update={"sources": {**plain.sources, "device": plain.sources["crm"]}})
    shop = Shop(tmp_path, config)
    shop.send(person("d1", first="Ann"), source="device")
    shop.send(person("1", first="Ben", device="d1"), person("2", last="Jones"))
    shop.decide(SAME, "device:d1", "crm:2")
    assert len(shop.checked()) == 2
    shop.resolver.delete("device", "d1")
    assert len(shop.checked()) == 2
    shop.store.close()


def test_the_feed_tells_a_merge_and_its_undoing(shop: Shop) -> None:
    shop.send(person("1", first="Ann"), person("2", first="Ben"))
    first, second = shop.customer_of("crm:1"), shop.customer_of("crm:2")
    merge = shop.decide(SAME, "crm:1", "crm:2")
    cursor = shop.resolver.changes(limit=1000).cursor
    shop.resolver.withdraw(merge, by="ann")
    told = {(its.kind, its.customer_id) for its in shop.resolver.changes(cursor).changes}
    survivor = next(id for id in (first, second) if (ChangeKind.SPLIT, id) in told)
    assert (ChangeKind.CREATED, second if survivor == first else first) in told


def test_a_sleeping_decision_wakes_when_its_record_comes_back(shop: Shop) -> None:
    shop.send(person("1", first="Ann"), person("2", first="Ben"))
    shop.decide(SAME, "crm:1", "crm:2")
    shop.resolver.delete("crm", "1", at=START)
    assert len(shop.checked()) == 1
    shop.resolver.ingest("crm", [person("1", first="Ann")])
    assert list(shop.checked().values()) == [("crm:1", "crm:2")]


def test_a_decision_on_an_identifier_moves_to_its_new_smallest_carrier(shop: Shop) -> None:
    shop.send(person("3", cookie="c1"), person("4", cookie="c1"), person("5", first="Ben"))
    shop.decide(SAME, "cookie:c1", "crm:5")
    assert ("crm:3", "crm:5") in shop.checked().values()
    shop.send(person("2", cookie="c1"))
    assert ("crm:2", "crm:5") in shop.checked().values()
    shop.send(person("2", first="Eve", at="2024-05-02T12:00:00Z"))
    assert ("crm:3", "crm:5") in shop.checked().values()


def test_a_doubt_leaves_the_review_with_its_reason(shop: Shop) -> None:
    shop.send(person("1", cookie="c1"), person("2", cookie="c1"))
    assert len(shop.doubts()) == 1
    shop.send(person("1", first="Ann", at="2024-05-02T12:00:00Z"))
    assert shop.doubts() == []
    shop.checked()


def test_a_doubt_between_equal_touches_is_seen_whichever_of_them_are_resolved(shop: Shop) -> None:
    for device in ("d1", "d2", "d3"):
        shop.send({"cookie": "c1", "device": device}, source="web")
    for first, second in (("d1", "d2"), ("d1", "d3"), ("d2", "d3")):
        for no, device in (("0", first), ("1", second)):
            shop.send(person(no, mail="ann@example.com", card=f"L-{no}", device=device))
        shop.checked()
        for no in ("0", "1"):
            shop.resolver.delete("crm", no, at=START - 10_000 * 24 * 3600 * 1_000_000)
            shop.resolver.delete("crm", no)
        shop.checked()


def test_twins_who_share_everything_are_told_whatever_comes_first_and_until_somebody_decides(shop: Shop) -> None:
    home = {"last": "Smith", "born": "1980-02-03", "code": "SW1A 1AA", "mail": "smiths@example.com"}
    anna, ben = (person(no, first=name, tel="020 7946 0018", **home) for no, name in (("1", "Anna"), ("2", "Ben")))
    shop.send(ben)
    shop.send(anna)
    assert list(shop.checked().values()) == [("crm:1", "crm:2")]
    assert shop.contradictions() == [("crm:1", "crm:2")]
    for kind in (SAME, DIFFERENT):
        decision = shop.decide(kind, "crm:1", "crm:2")
        assert shop.contradictions() == []
        shop.checked()
        shop.resolver.withdraw(decision, by="ann")
        assert shop.contradictions() == [("crm:1", "crm:2")]
    shop.send({**ben, "first": "Anna", "at": "2024-05-02T12:00:00Z"})
    assert shop.contradictions() == []
    shop.checked()


LOGINS = ["anna", "ben", "family", "carl", "dora", "emil", "greta", "hugo", "ines"]


def test_a_cookie_says_less_with_everyone_who_logs_in_on_it_and_more_when_they_are_gone(tmp_path: Path) -> None:
    shop = Shop(tmp_path, WORLDS["crowded"], link_bits=3.0)
    visits = [{"cookie": "c1", "mail": f"{name}@{name}.example"} for name in LOGINS]
    shop.send({"cookie": "c1"}, source="web")
    for visit in visits:
        shop.send(visit, source="web")
        shop.checked()
    assert len(shop.checked()) == len(visits) + 1
    with shop.store.read() as snapshot:
        keys = sorted(its.key for chunk in snapshot.scan_full_records() for its in chunk if "email" in its.fields)
    for key in keys[2:]:
        shop.resolver.delete("web", key.partition(":")[2])
        shop.checked()
    assert len(shop.checked()) == 1
    shop.store.close()
