"""Names of people, for comparison: case and Latin accents folded, punctuation gone, titles dropped at the front.

A full name in the order "surname, given" is turned round while the comma is still there. Other scripts stay as they
are. ``split_full_name`` takes a normalised full name apart.
"""

from __future__ import annotations

import re

from resolver.normalise.text import (
    BLANK_NAMES,
    JUNK_WORDS,
    MAX_CHARACTERS,
    TOO_LONG,
    clean,
    fold_case,
    has_letter_or_digit,
    plain_latin,
    words,
)
from resolver.normalise.values import BLANK, JUNK, Normalised
from resolver.normalise.wordlists import phrase_set, word_set

_PLAIN = re.compile(r"[a-z]+(?: [a-z]+)*", re.ASCII).fullmatch
_SOME_LETTER = re.compile(r"[^\W\d_]").search
#: Typed to get past a form, or left over from trying one out.
JUNK_NAMES = JUNK_WORDS | phrase_set(
    """test|testing|test user|testuser|test name|test customer|test account|test person|test tester|
    fname|lname|firstname|lastname|first name|last name|vorname|nachname|noname|no name|dummy|foo bar|
    foobar|john q public|max muster|max mustermann|erika mustermann|aaa|bbb|abc|abcd|fake name"""
)
_ONLY_DIGITS = Normalised((), "only digits, not a name")

#: Dropped at the front of a name, if something remains. Titles that are also given names (Don, Dean) are not here.
TITLES = word_set(
    """mr mrs ms miss mx mister master messrs madam dr doctor prof professor sir dame lady lord rev revd reverend hon
    capt captain col colonel lt lieut lieutenant sgt sergeant cpl maj cmdr commander brig
    herr herrn frau frl fraulein hr dipl dipling
    mme mlle mmes madame mademoiselle monsieur maitre
    senor senora senorita sr sra srta sres dna doctora licenciado licenciada
    sigra signor signora signorina dott dottssa avv
    senhor senhora exmo dhr mevr mevrouw drs shri smt shrimati"""
)
#: Dropped after one of those only, because they are names too: Dipl.-Ing., Dr. med., Mag. Dr.
_FURTHER_TITLES = word_set("ing med mag jur habil techn sig ir")
_TITLES_AFTER_A_TITLE = TITLES | _FURTHER_TITLES
#: Of these, what lists of passengers and members write behind a name without a comma.
_TITLES_BEHIND = word_set("mr mrs ms miss mstr dr prof herr frau")
#: Dropped at the end.
SUFFIXES = word_set(
    """jr jnr junior sr snr senior ii iii iv esq esquire phd md dds dvm rn cpa llb llm lld mba bsc msc obe mbe
    cbe kbe kcb kcmg kg gcb frs qc kc bt bart baronet"""
)
#: Titles of nobility that follow an ordinal: "3rd baronet", "1st baron clifford of chudleigh".
_PEERAGE = word_set(
    """baronet bt bart baron baroness viscount viscountess earl countess count marquess marquis marchioness duke
    duchess lord lady prince princess"""
)
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th)").fullmatch
#: Words that open a surname of several words.
PARTICLES = word_set(
    """van von vom zu zum zur der den de del della dello degli dei di da dal dalla do dos das du des la las le les lo
    los el al ap af av ten ter te op bin ben ibn abu bint abd abdel abdul fitz st saint santa san mac mc o of"""
)
_CONNECTORS = frozenset({"y", "e", "i", "und"})


def normalise_given_name(raw: str) -> Normalised:
    return _name(raw)


def normalise_family_name(raw: str) -> Normalised:
    """As a given name, less a suffix (jr, iii, phd) at the end."""
    found = _name(raw)
    if found.values and " " in found.values[0]:
        name = found.values[0]
        tokens = name.split(" ")
        while len(tokens) > 1 and tokens[-1] in SUFFIXES:
            tokens.pop()
        kept = " ".join(tokens)
        return found if kept == name else _finish(kept)
    return found


def normalise_full_name(raw: str) -> Normalised:
    """As a given name, given names first: "Smith, John Jr" becomes "john jr smith"'s usual order "john smith jr"."""
    if "," not in raw and "\uff0c" not in raw and "\ufe10" not in raw and "\ufe50" not in raw:
        return _name(raw)
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    text = clean(raw)
    return _name(_given_first(text) if "," in text and fold_case(text) not in BLANK_NAMES else text)


def _name(raw: str) -> Normalised:
    if len(raw) > MAX_CHARACTERS:
        return TOO_LONG
    low = plain_latin(raw).lower()
    if _PLAIN(low):
        if " " not in low:
            return BLANK if low in BLANK_NAMES else JUNK if low in JUNK_NAMES else Normalised((low,))
        return _finish(low)
    text = clean(raw)
    if fold_case(text) in BLANK_NAMES:
        return BLANK
    return _finish(words(text))


def _finish(name: str) -> Normalised:
    name = _without_titles(name)
    if name in BLANK_NAMES or not has_letter_or_digit(name):
        return BLANK
    if name in JUNK_NAMES:
        return JUNK
    return Normalised((name,)) if _SOME_LETTER(name) else _ONLY_DIGITS


def _given_first(text: str) -> str:
    """ "Smith, John" → "John Smith"; "John Smith, Jr" and "Thomas Clifford, 1st Baron" only lose the comma."""
    given, family, tail = _at_comma(text)
    return " ".join([*given, family, *tail])


def _at_comma(text: str) -> tuple[list[str], str, list[str]]:
    """What stands after the comma, what before it, and what follows a name. "Müller, Hans Dr." has its title in the
    wrong place."""
    parts = [part for part in (words(part) for part in text.split(",")) if part]
    tail: list[str] = []
    while len(parts) > 1 and _is_suffix(parts[-1]):
        tail.insert(0, parts.pop())
    while len(parts) > 1 and _all_titles(parts[-1].split(" ")):
        parts.pop()
    family = _without_titles(parts[0]) if parts else ""
    return [_without_titles_behind(part) for part in parts[1:]], family, tail


def _all_titles(tokens: list[str]) -> bool:
    return tokens[0] in TITLES and all(token in _TITLES_AFTER_A_TITLE for token in tokens)


def _without_titles_behind(name: str) -> str:
    tokens = name.split(" ")
    title = next((at for at in range(1, len(tokens)) if _all_titles(tokens[at:])), len(tokens))
    return " ".join(tokens[:title])


def _is_suffix(part: str) -> bool:
    first, _, rest = part.partition(" ")
    return first in SUFFIXES or _ORDINAL(first) is not None or (first in _PEERAGE and " " in f"{rest} ".lstrip())


def _without_titles(name: str) -> str:
    dropped = TITLES
    while " " in name:
        first, rest = name.split(" ", 1)
        if first not in dropped:
            break
        name, dropped = rest, _TITLES_AFTER_A_TITLE
    return name


def split_full_name(normalised_full_name: str, written: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Given names and family names of a normalised full name; titles, suffixes and peerages are left out.

    Where ``written``, the name as it was written, has a comma, that says where the family name ends ("García Márquez,
    Gabriel"). Otherwise the family name is the last word, with the particles before it ("jan van der berg") or what
    "y" joins to it ("jose ortega y gasset"). A single word counts as a given name.
    """
    if "," in written and (parts := _split_at_comma(written)):
        return parts
    tokens = _without_titles(normalised_full_name).split(" ")
    tokens = [token for token in tokens if token]
    for at in range(1, len(tokens)):
        if _ORDINAL(tokens[at]):
            tokens = tokens[:at]
            break
    while len(tokens) > 1 and tokens[-1] in SUFFIXES:
        tokens.pop()
    while len(tokens) > 2 and tokens[-1] in _TITLES_BEHIND:
        tokens.pop()
    if len(tokens) < 2:
        return tuple(tokens), ()
    start = len(tokens) - 1
    if start >= 3 and tokens[start - 1] in _CONNECTORS:
        start -= 2
    particle = next((at for at in range(1, start) if tokens[at] in PARTICLES), None)
    if particle is not None:
        start = particle
    return tuple(tokens[:start]), tuple(tokens[start:])


def _split_at_comma(written: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    given, family, _ = _at_comma(clean(written))
    tokens = " ".join(given).split(" ")
    names = family.split(" ")
    while len(names) > 1 and names[-1] in SUFFIXES:
        names.pop()
    return (tuple(tokens), tuple(names)) if tokens[0] and names[0] else None
