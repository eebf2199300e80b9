"""E-mail addresses. Syntax is email-validator's (RFC 5321, 5322, 6531 and IDNA); a regular expression that accepts
only what the library accepts unchanged decides the ordinary ones.

Rules: domain and local part in lower case, domain in its ASCII form. Gmail ignores dots and what follows a plus, and
the large mailbox providers of ``_PLUS_TAGS`` deliver name+tag to name, so there tags (and for Gmail dots) are dropped
and googlemail.com is gmail.com. Elsewhere a tag may well be another person's (orders+anna@shop.example): it is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from resolver.normalise.text import MAX_CHARACTERS, TOO_LONG, clean, is_blank
from resolver.normalise.values import BLANK, JUNK, Normalised
from resolver.normalise.wordlists import word_set

_NOT_AN_EMAIL = Normalised((), "not an e-mail address")

# Only ASCII, no hyphen pairs (IDNA), and short enough that no label can pass 63 characters.
_PLAIN_LENGTH = 65
_PLAIN = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})", re.ASCII).fullmatch

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_PLUS_TAGS = _GMAIL | word_set(
    """outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.es hotmail.it live.com live.co.uk msn.com
    icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me fastmail.com fastmail.fm"""
)

#: Local parts that nobody has, at whatever domain.
_JUNK_LOCALS = word_set(
    """noreply no-reply no.reply no_reply donotreply do-not-reply do.not.reply do_not_reply dontreply noemail no-email
    no.email no_email noemailaddress nomail no-mail no.mail no_mail noaddress notprovided not-provided not.provided
    notavailable not.available notapplicable nothing noone nobody nouser none null n/a unknown undefined anonymous
    test test1 test2 test12 test123 test1234 testtest testing tester testuser test.test test-test testemail
    emailtest asdf asdfasdf asdfgh asdfghjkl asd asdasd qwe qwerty qwertz qwer azerty abc123 dummy fake fakeemail
    invalid example noname no-name noonehere nein keine keineangabe keine-mail keinemail keineemail sinemail sincorreo
    notiene notengo pasdemail pasdadresse sansmail aucun aucune inconnu unbekannt desconocido mailer-daemon
    postmaster"""
)
#: Local parts that are junk where the domain is no better.
_DUBIOUS_LOCALS = word_set(
    """abc abcd xyz na nil nan no not no.no email e-mail mail mymail myemail
    name user username you me someone somebody somewhere anyone customer client foo bar foobar 12 123
    1234 12345 123456 nope any address default temp sample demo blank empty first.last firstname
    firstname.lastname"""
) | frozenset(letter * times for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for times in range(2, 9))
_DUBIOUS_LABELS = _DUBIOUS_LOCALS | word_set(
    """test testing asdf qwerty none null domain company yourdomain mydomain website site noemail nomail
    unknown somewhere nowhere anywhere fake dummy mailinator"""
)
#: Domains that were typed to get past a form.
_JUNK_DOMAINS = word_set(
    """noemail.com nomail.com no-email.com noemail.org noemail.net noemail.local nomail.org no-mail.com none.com
    none.none none.net none.org na.na na.com nowhere.com noreply.com notprovided.com notavailable.com noaddress.com
    asdf.com asdf.asdf qwerty.com test.test email.email aaa.aaa xxx.xxx example.invalid"""
)
_SPECIAL_DOMAINS = _PLUS_TAGS | _JUNK_DOMAINS
_SUSPECT_LOCALS = _JUNK_LOCALS | _DUBIOUS_LOCALS
_BRACKETS = " \"'()[]{}"
_PUNCTUATION_AFTER = ".,;:"


def normalise_email(raw: str) -> Normalised:
    """One address, or several where one cell holds a list."""
    if len(raw) <= _PLAIN_LENGTH:
        lower = raw.lower()
        plain = _PLAIN(lower)
        if plain:
            local, domain = plain.groups()
            if domain not in _SPECIAL_DOMAINS and local not in _SUSPECT_LOCALS and lower[-8:] != ".invalid":
                return Normalised((lower,))
            return _finish(local, domain)
    return _unusual(raw)


def _finish(local: str, domain: str) -> Normalised:
    if domain in _PLUS_TAGS:
        if "+" in local:
            local = local[: local.index("+")]
        if domain in _GMAIL:
            local, domain = local.replace(".", ""), "gmail.com"
        if not local or local[-1] == ".":
            return _NOT_AN_EMAIL
    if local in _JUNK_LOCALS or domain in _JUNK_DOMAINS or domain.endswith(".invalid"):
        return JUNK
    if local in _DUBIOUS_LOCALS:
        label = domain.partition(".")[0]
        if label in _DUBIOUS_LABELS or label == local:
            return JUNK
    return Normalised((f"{local}@{domain}",))


def _unusual(raw: str) -> Normalised:
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    text = clean(raw)
    if is_blank(text):
        return BLANK
    if text.count("@") > 1:
        found = _several(text)
        if found is not None:
            return found
    return _one(text)


def _several(text: str) -> Normalised | None:
    """A list of addresses, if every part of it is one (junk parts are left out)."""
    parts = [part for part in re.split(r"[;,|/\s]+", text) if part]
    if len(parts) < 2:
        return None
    each = [_one(part) for part in parts]
    if any(part.refused and part is not JUNK for part in each):
        return None
    values = tuple(dict.fromkeys(value for part in each for value in part.values))
    return Normalised(values) if values else JUNK


def _one(text: str) -> Normalised:
    lower = clean(_unwrapped(text).lower())
    plain = _PLAIN(lower) if len(lower) <= _PLAIN_LENGTH else None
    if plain:
        return _finish(plain[1], plain[2])
    if lower.count("@") != 1 or " " in lower or len(lower) > 320:
        return _NOT_AN_EMAIL
    try:
        valid = validate_email(lower, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return _NOT_AN_EMAIL
    domain = _ascii_domain(valid.domain)
    local = clean(valid.local_part.lower())
    if domain is None or " " in local:
        return _NOT_AN_EMAIL
    return _finish(local, domain)


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str | None:
    """The domain as the library writes it in ASCII (punycode), if it reads that back as the same."""
    try:
        ascii_domain = validate_email(f"a@{domain}", check_deliverability=False, test_environment=True).ascii_domain
        again = validate_email(f"a@{ascii_domain}", check_deliverability=False, test_environment=True).ascii_domain
    except EmailNotValidError:
        return None
    return ascii_domain if again == ascii_domain and len(ascii_domain) <= 253 else None


def _unwrapped(text: str) -> str:
    """The address in ``mailto:ana@x.com?subject=…``, ``Ana <ana@x.com>``, ``"ana@x.com",``."""
    opened, closed = text.rfind("<"), text.rfind(">")
    if 0 <= opened < closed:
        text = text[opened + 1 : closed]
    text = text.lstrip(_BRACKETS).rstrip(_BRACKETS + _PUNCTUATION_AFTER)
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    return text.strip()
