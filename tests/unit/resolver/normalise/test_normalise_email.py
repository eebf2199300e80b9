from __future__ import annotations

import pytest

from resolver.config import IdentifierKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser

email = normaliser(IdentifierKind.EMAIL, NormaliseSettings())


@pytest.mark.parametrize(
    "raw",
    [
        "ana@example.com", "ANA@Example.COM", "  ana@example.com ", "mailto:ana@example.com",
        "MAILTO:ana@example.com?subject=hi", "<ana@example.com>", "Ana María <ana@example.com>", '"ana@example.com",',
        "ana@example.com.", "ana\u200b@example.com", "ａｎａ@example.com", "ana@example.com\0",
    ],
)  # fmt: skip
def test_case_wrapping_and_stray_characters_do_not_count(raw: str) -> None:
    assert email(raw).values == ("ana@example.com",)


def test_gmail_ignores_dots_and_tags() -> None:
    assert email("A.na.Ruiz+shop@googlemail.com").values == ("anaruiz@gmail.com",)


def test_large_mailbox_providers_ignore_tags_but_not_dots() -> None:
    assert email("ana.ruiz+shop@outlook.com").values == ("ana.ruiz@outlook.com",)


def test_elsewhere_a_tag_may_be_another_person() -> None:
    assert email("orders+ana@shop.example").values == ("orders+ana@shop.example",)


def test_a_domain_in_another_script_and_its_ascii_form_are_one() -> None:
    assert email("ana@münchen.de").values == email("ana@xn--mnchen-3ya.de").values == ("ana@xn--mnchen-3ya.de",)


def test_a_local_part_in_another_script_is_kept() -> None:
    assert email("José@example.com").values == ("josé@example.com",)


@pytest.mark.parametrize("raw", ["ana@example.com", "ana@example.org", "ana@shop.test", "ana@firm.local"])
def test_example_test_and_internal_domains_are_accepted(raw: str) -> None:
    assert email(raw).values == (raw,)


@pytest.mark.parametrize(
    "raw",
    ["test@test.com", "test@example.com", "none@none.com", "noemail@shop.com", "no-reply@shop.com", "NoReply@shop.com",
     "asdf@asdf.com", "aaa@aaa.com", "na@na.com", "ana@noemail.com", "someone@example.invalid", "donotreply@x.org",
     "t.e.s.t@gmail.com", "unknown@unknown.com", "no.email+12@gmail.com"],
)  # fmt: skip
def test_a_placeholder_address_is_junk(raw: str) -> None:
    assert email(raw) == Normalised((), "junk value")


@pytest.mark.parametrize(
    "raw", ["ana", "ana@", "@example.com", "ana@example", "ana example.com", "a b@example.com", "a@@b.com", "ana@.com",
            "ana..ruiz@example.com", "+tag@gmail.com", "ana@exa mple.com", "ana@-x-.com"]
)  # fmt: skip
def test_what_is_no_address_is_refused(raw: str) -> None:
    assert email(raw) == Normalised((), "not an e-mail address")


def test_several_addresses_in_one_cell_are_several_values() -> None:
    assert email("ana@example.com; Bea@example.com, ana@example.com").values == ("ana@example.com", "bea@example.com")


def test_a_junk_address_beside_a_good_one_is_left_out() -> None:
    assert email("ana@example.com, noreply@shop.com").values == ("ana@example.com",)


def test_configured_junk_is_refused_in_any_writing() -> None:
    normalise = normaliser(IdentifierKind.EMAIL, NormaliseSettings(junk=frozenset({" Front.Desk@Gmail.com "})))
    assert normalise("frontdesk+1@googlemail.com") == Normalised((), "junk value")
    assert normalise("FRONT.DESK@gmail.com") == Normalised((), "junk value")
    assert normalise("front@gmail.com").values == ("front@gmail.com",)
