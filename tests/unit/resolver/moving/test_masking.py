"""What a masked value shows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Change, ChangeKind, Decision, DecisionKind, Quarantined, ReviewItem, ReviewKind
from resolver.config import AttributeKind, Config, IdentifierKind
from resolver.masks import Mask
from resolver.moving.masking import Masker, Masking

KINDS = [*IdentifierKind, *AttributeKind]
CONFIG = Config.model_validate(
    {
        "identifiers": {its.value: {"kind": its.value} for its in IdentifierKind},
        "attributes": {its.value: {"kind": its.value} for its in AttributeKind},
        "sources": {"crm": {"id": "no", "columns": {"mail": "email"}}},
    }
)


def _masker(mask: Mask, secret: bytes = b"secret") -> Masker:
    return Masker(Masking("tester", mask, secret), CONFIG, frozenset())


PARTIAL = _masker(Mask.model_validate({"default": "partial"}))
HASHED = _masker(Mask())


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("email", "ana@example.com", r"[0-9a-f]{16}@example\.com"),
        ("phone", "+447700900123", r"…123~[0-9a-f]{16}"),
        ("code", "628010001", r"…001~[0-9a-f]{16}"),
        ("code", "6280", r"[0-9a-f]{16}"),
        ("given_name", "ana", r"a~[0-9a-f]{8}"),
        ("given_name", "a", r"[0-9a-f]{8}"),
        ("place", "leeds", r"l~[0-9a-f]{8}"),
        ("date", "1984-03-09", r"1984~[0-9a-f]{8}"),
        ("date", "1984", r"[0-9a-f]{8}"),
        ("postcode", "LS1 4DY", r"LS1~[0-9a-f]{8}"),
        ("postcode", "97201", r"97~[0-9a-f]{8}"),
        ("postcode", "101", r"[0-9a-f]{8}"),
        ("address", "14 mill lane", r"[0-9a-f]{8}"),
    ],
)
def test_a_part_that_does_not_identify_alone_may_be_seen(field: str, value: str, part: str) -> None:
    shown = PARTIAL.value(field, value)
    assert shown is not None
    assert re.fullmatch(part, shown)


@given(st.sampled_from(KINDS), st.text(min_size=17), st.text(min_size=1))
def test_no_masked_value_holds_the_value_and_different_ones_stay_different(
    kind: IdentifierKind | AttributeKind, value: str, other: str
) -> None:
    for masker in (PARTIAL, HASHED):
        shown = masker.value(kind.value, value)
        assert shown is not None
        assert value not in shown
        assert shown == masker.value(kind.value, value)
        assert (shown == masker.value(kind.value, other)) is (value == other)


def test_another_secret_or_another_field_gives_another_hash() -> None:
    first = HASHED.value("given_name", "alex")
    assert first not in (HASHED.value("family_name", "alex"), _masker(Mask(), b"other").value("given_name", "alex"))


def test_a_field_that_nobody_configured_is_dropped() -> None:
    assert HASHED.value("shoe_size", "43") is None


def test_what_people_said_of_people_is_gone() -> None:
    said = Decision("d1", DecisionKind.SAME, "crm:1", "email:ana@example.com", "Stella", "is Ana", 5)
    masked = HASHED.decision(said)
    assert (masked.kind, masked.at, masked.reason) == (DecisionKind.SAME, 5, "")
    told = repr(masked)
    for word in ("Stella", "Ana", "ana", "example", "d1'"):
        assert word not in told


def test_only_details_that_are_known_to_hold_no_values_stay() -> None:
    details = {"weight": 5, "decision": "d1", "by": "Stella", "reason": "is Ana", "quoted": "ana@example.com"}
    item = ReviewItem("r1", ReviewKind.SKIPPED_DECISION, 1.0, "crm:1", ("crm:1", "email:ana@example.com"), details)
    assert HASHED.review(item).details.keys() == {"weight", "decision"}
    change = Change(
        ChangeKind.GROWN, "c1", 5, {"records": ["crm:1"], "from": ["c2"], "fields": ["email"], "was": "Ana"}, 7
    )
    masked = HASHED.change(change)
    assert masked.details == {"records": ["crm:1"], "from": ["c2"], "fields": ["email"]}
    assert masked.sequence == 7


def test_the_figures_of_a_review_item_stay_and_its_records_are_masked() -> None:
    figures = {"weight": 9, "probability": 0.5, "fields": ["given_name"], "against": 7_000_000}
    pair = ("crm:1", "crm:2")
    item = ReviewItem("r1", ReviewKind.CONTRADICTORY_CUSTOMER, 0.5, "crm:1", pair, {**figures, "note": "ana"})
    assert HASHED.review(item).details == figures
    large = {"size": 99, "weight": 9, "weakest_link": ["web:ana", "crm:2"]}
    masked = HASHED.review(ReviewItem("r2", ReviewKind.LARGE_CUSTOMER, 0.5, "crm:1", ("crm:1",), large)).details
    assert masked == {**large, "weakest_link": [HASHED.key("web:ana"), "crm:2"]}
    assert "ana" not in str(masked)


def test_of_a_refusal_its_kind_of_reason_stays() -> None:
    reasons = {
        "not an e-mail address": "not an e-mail address",
        "the year 1792 is not between 1850 and 2100": "the year # is not between # and #",
        "source 'ana@example.com' is not configured; add it": "source … is not configured; add it",
        "broken JSON: unexpected ana at character 7": "broken JSON",
    }
    for reason, kept in reasons.items():
        its = HASHED.refusal(Quarantined("crm", "7", "ana.csv line 3", "mail", "ana", reason, 5))
        assert (its.source, its.record_id, its.field, its.value, its.reason, its.at) == (
            "crm",
            "7",
            "mail",
            "",
            kept,
            5,
        )
        assert "ana" not in its.place
    stranger = HASHED.refusal(Quarantined("ana", None, "", "Ana Reyes", "", "no", 5))
    assert "na" not in f"{stranger.source} {stranger.field}"
