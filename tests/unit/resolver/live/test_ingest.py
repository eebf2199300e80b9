"""Ingest: rows as they come, resolved at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError, ContradictionError, NotFoundError, UnknownSourceError, VersionError
from graph.model import ChangeKind, DecisionKind, ReviewKind
from graph.sqlite_store import SqliteStore
from resolver.answers import Outcome
from resolver.config import Config
from resolver.live.arrivals import MAX_IDENTIFIERS
from resolver.service import Resolver
from tests.support.companies import CONFIG, TIME


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    store, clock = SqliteStore.open(tmp_path / "live.db"), count(TIME, 1_000_000)
    yield Resolver(store, CONFIG, lambda: next(clock))
    store.close()


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [its.kind for its in outcomes]


ANA = {"id": "1", "email": "ana@example.com", "given_name": "Ana", "at": "2023-01-02"}


def test_a_first_record_is_a_new_customer(resolver: Resolver) -> None:
    (outcome,) = resolver.ingest("crm", [ANA])
    assert (outcome.kind, outcome.record_key, outcome.confidence) == ("new", "crm:1", None)
    assert outcome.changed_customers == (outcome.customer_id,)


def test_a_record_that_shares_an_email_joins_its_customer(resolver: Resolver) -> None:
    (first,) = resolver.ingest("crm", [ANA])
    (second,) = resolver.ingest("shop", [{**ANA, "id": "9"}])
    assert (second.kind, second.customer_id) == ("joined", first.customer_id)
    assert second.confidence is not None
    assert second.confidence > 0.9


def test_a_record_that_links_two_customers_merges_them(resolver: Resolver) -> None:
    one, two = resolver.ingest("web", [{"device": "d1"}, {"email": "ana@example.com"}])
    assert one.customer_id != two.customer_id
    (both,) = resolver.ingest("web", [{"device": "d1", "email": "ana@example.com"}])
    assert both.kind == "merged"
    assert set(both.changed_customers) == {one.customer_id, two.customer_id}


def test_the_same_row_again_changes_nothing_whatever_the_clock_says(resolver: Resolver) -> None:
    timeless = {key: value for key, value in ANA.items() if key != "at"}
    for row in (ANA, timeless | {"id": "2"}):
        resolver.ingest("crm", [row])
        cursor = resolver.changes().cursor
        assert kinds(resolver.ingest("crm", [row])) == ["unchanged"]
        assert resolver.changes(cursor).changes == ()


def test_an_older_version_is_stale(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA])
    assert kinds(resolver.ingest("crm", [{**ANA, "given_name": "Eva", "at": "2022-12-31"}])) == ["stale"]
    assert resolver.record("crm", "1").fields["given_name"] == ("ana",)


def test_of_versions_in_one_batch_the_newest_wins_in_any_order(resolver: Resolver) -> None:
    newer = {**ANA, "given_name": "Eva", "at": "2023-01-03"}
    assert kinds(resolver.ingest("crm", [newer, ANA])) == ["new", "stale"]
    assert resolver.record("crm", "1").fields["given_name"] == ("eva",)


def test_a_bad_row_is_quarantined_and_the_others_land(resolver: Resolver) -> None:
    rows: list[Any] = [
        ANA,
        "no object",
        {"id": "3", "email": {1, 2}},
        {"given_name": "Ben"},
        {"id": "5", "given_name": "\ud800"},
    ]
    outcomes = resolver.ingest("crm", rows)
    assert kinds(outcomes) == ["new", "quarantined", "quarantined", "quarantined", "quarantined"]
    assert [its.refused[0].place for its in outcomes[1:]] == ["record 1", "record 2", "record 3", "record 4"]


def test_a_bad_value_is_told_and_the_rest_of_its_row_counts(resolver: Resolver) -> None:
    (outcome,) = resolver.ingest("crm", [{**ANA, "email": "nonsense"}])
    assert outcome.kind == "new"
    assert [(its.field, its.value) for its in outcome.refused] == [("email", "nonsense")]


@pytest.mark.parametrize(
    "row", [{"id": "1", "note": "x" * 1_000_001}, {"id": "1", "device": [f"d{n}" for n in range(MAX_IDENTIFIERS + 1)]}]
)
def test_a_record_that_is_too_much_is_quarantined(resolver: Resolver, row: dict[str, Any]) -> None:
    assert kinds(resolver.ingest("crm", [row])) == ["quarantined"]


def test_an_unknown_source_is_refused_as_a_whole(resolver: Resolver) -> None:
    with pytest.raises(BadInputError, match="erp"):
        resolver.ingest("erp", [ANA])


def test_no_rows_are_no_outcomes(resolver: Resolver) -> None:
    assert resolver.ingest("crm", []) == []


def test_a_deleted_record_leaves_its_customer_and_a_newer_version_lifts_the_tombstone(resolver: Resolver) -> None:
    (first,) = resolver.ingest("crm", [ANA])
    gone = resolver.delete("crm", "1")
    assert (gone.kind, gone.customer_id, gone.changed_customers) == ("deleted", None, (first.customer_id,))
    with pytest.raises(NotFoundError):
        resolver.record("crm", "1")
    assert kinds(resolver.ingest("crm", [{**ANA, "at": "2023-01-05"}])) == ["stale"]
    (back,) = resolver.ingest("crm", [{**ANA, "at": "2023-11-15"}])
    assert (back.kind, back.customer_id) == ("new", first.customer_id)


def test_a_deletion_as_of_an_earlier_time_is_stale(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA])
    assert resolver.delete("crm", "1", at=1).kind == "stale"
    assert resolver.record("crm", "1").id == "1"


def test_a_deletion_that_comes_before_its_record_keeps_older_versions_away(resolver: Resolver) -> None:
    at = TIME - 24 * 3600 * 1_000_000  # 2023-11-13
    gone = resolver.delete("crm", "1", at=at)
    assert (gone.kind, gone.customer_id, gone.changed_customers) == ("deleted", None, ())
    assert kinds(resolver.ingest("crm", [ANA])) == ["stale"]
    assert resolver.counts().records == 0
    assert kinds(resolver.ingest("crm", [{**ANA, "at": "2023-11-14"}])) == ["new"]


def test_nothing_of_an_unknown_source_can_be_deleted(resolver: Resolver) -> None:
    with pytest.raises(UnknownSourceError, match="erp"):
        resolver.delete("erp", "1")


@pytest.mark.parametrize("id", ["", "  ", "1\0", "x" * 1001])
def test_what_is_no_id_cannot_be_deleted(resolver: Resolver, id: str) -> None:
    with pytest.raises(BadInputError, match="id"):
        resolver.delete("crm", id)


def test_a_deletion_in_the_future_is_refused(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA])
    with pytest.raises(BadInputError, match="future"):
        resolver.delete("crm", "1", at=TIME + 10**15)
    assert resolver.record("crm", "1").id == "1"


def test_a_profile_that_reads_otherwise_is_told_in_the_feed(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA])
    cursor = resolver.changes().cursor
    resolver.ingest("crm", [{**ANA, "given_name": "Anna", "at": "2023-01-03"}])
    (change,) = resolver.changes(cursor).changes
    assert (change.kind, change.details) == (ChangeKind.PROFILE, {"fields": ["given_name"]})


def test_decisions_join_and_part_and_can_be_withdrawn(resolver: Resolver) -> None:
    one, two = resolver.ingest("crm", [ANA, {"id": "2", "given_name": "Zoe"}])
    assert one.customer_id != two.customer_id
    said = resolver.decide(DecisionKind.SAME, "crm:1", "crm:2", by="jo", reason="met her")
    assert said.changes[0].kind is ChangeKind.MERGED
    assert not said.skipped
    with pytest.raises(NotFoundError):
        resolver.withdraw("d-unknown", by="jo")
    resolver.withdraw(said.decision.id, by="jo")
    assert kinds(resolver.ingest("crm", [ANA, {"id": "2", "given_name": "Zoe"}])) == ["unchanged", "unchanged"]
    with resolver.store.read() as snapshot:
        owners = {key: its.customer_id for key, its in snapshot.assignments(["crm:1", "crm:2"]).items()}
    assert owners == {"crm:1": one.customer_id, "crm:2": two.customer_id}


@pytest.mark.parametrize(("by", "reason"), [(" ", "seen"), ("jo", " ")])
def test_a_decision_says_who_and_why(resolver: Resolver, by: str, reason: str) -> None:
    resolver.ingest("crm", [ANA, {**ANA, "id": "2"}])
    with pytest.raises(BadInputError, match="a decision needs"):
        resolver.decide(DecisionKind.DIFFERENT, "crm:1", "crm:2", by=by, reason=reason)
    with pytest.raises(BadInputError, match="a decision needs"):
        resolver.take_out("crm:1", by=by, reason=reason)
    assert resolver.decisions() == []


def test_nobody_cannot_withdraw(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA, {**ANA, "id": "2"}])
    said = resolver.decide(DecisionKind.DIFFERENT, "crm:1", "crm:2", by="jo", reason="seen").decision
    with pytest.raises(BadInputError, match="who"):
        resolver.withdraw(said.id, by=" ")
    assert resolver.decisions() == [said]


def test_a_decision_that_is_only_tried_changes_nothing(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA, {"id": "2", "given_name": "Zoe"}])
    cursor = resolver.changes().cursor
    tried = resolver.decide(DecisionKind.SAME, "crm:1", "crm:2", by="jo", reason="seen", dry_run=True)
    assert tried.changes[0].kind is ChangeKind.MERGED
    assert resolver.decisions() == []
    assert resolver.changes(cursor).changes == ()


def test_a_decision_that_contradicts_one_on_what_records_carry_is_refused_with_it(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA, {"id": "2", "email": "zoe@example.com"}])
    mails = ("email:ana@example.com", "email:zoe@example.com")
    for kind, other in ((DecisionKind.DIFFERENT, DecisionKind.SAME), (DecisionKind.SAME, DecisionKind.DIFFERENT)):
        for ends, others in ((mails, ("crm:1", "crm:2")), (("crm:1", "crm:2"), mails), (("crm:1", mails[1]), mails)):
            first = resolver.decide(kind, *ends, by="jo", reason="seen").decision
            with pytest.raises(ContradictionError) as caught:
                resolver.decide(other, *others, by="al", reason="seen")
            assert caught.value.chain == (first.id,)
            resolver.withdraw(first.id, by="jo")
    assert resolver.review().items == ()


def test_a_decision_that_later_versions_contradict_is_skipped_and_told(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA, {"id": "2", "email": "zoe@example.com"}, {"id": "3", "email": "eve@example.com"}])
    resolver.decide(DecisionKind.DIFFERENT, "email:ana@example.com", "email:zoe@example.com", by="jo", reason="seen")
    said = resolver.decide(DecisionKind.SAME, "crm:1", "crm:3", by="al", reason="seen")
    assert not said.skipped
    resolver.ingest("crm", [{"id": "3", "email": "zoe@example.com"}])
    (item,) = resolver.review().items
    assert (item.kind, item.details["decision"]) == (ReviewKind.SKIPPED_DECISION, said.decision.id)
    assert resolver.decide(DecisionKind.SAME, "crm:1", "crm:3", by="al", reason="seen").skipped


def test_a_record_that_is_taken_out_stays_out(resolver: Resolver) -> None:
    one, two = resolver.ingest("crm", [ANA, {**ANA, "id": "2"}])
    assert one.customer_id == two.customer_id
    resolver.take_out("crm:2", by="jo", reason="her sister")
    again = resolver.ingest("crm", [{**ANA, "id": "2", "at": "2023-02-01"}])
    assert again[0].customer_id != one.customer_id


def test_another_config_than_the_adopted_one_wants_a_re_cluster_first(resolver: Resolver) -> None:
    resolver.ingest("crm", [ANA])
    changed = Config.model_validate({**CONFIG.model_dump(), "resolution": {"region": "US"}})
    with pytest.raises(VersionError, match="recluster"):
        Resolver(resolver.store, changed, lambda: TIME).ingest("crm", [ANA])
