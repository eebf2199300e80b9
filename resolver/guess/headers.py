"""What the name of a column says. Headers are cut into words, folded, and looked up in ``vocabulary.toml``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache

from resolver.config import IGNORE
from resolver.guess.data import read_toml, word_list
from resolver.normalise.text import fold

_CASES = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL = re.compile(rf"{_CASES.pattern}|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_WORD = re.compile(r"[a-z0-9]+")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
#: A remark in a header, and what parts a path.
_REMARK = re.compile(r"\([^()]*\)")
_PATH = re.compile(r"\.(?=[^\s.])|:\s*|\s[-–>]\s")
_LONGEST_PHRASE = 6
_WHOLE = 0.95

NOISE = word_list("header", "noise")
RELATIONS = word_list("header", "relations")
BYSTANDERS = word_list("header", "bystanders")
ABOUT = word_list("header", "about")
_ASKING = word_list("header", "asking")
_GLUED = word_list("header", "glued")
_HASHES = word_list("header", "hashes")


@dataclass(frozen=True, slots=True)
class HeaderGuess:
    """The meaning of a header. ``strength``: how much of the header it explains, 0…1. ``language``: ISO 639-1, None
    where the phrase is used in English too. ``relation``: whose, when not the row's own person. ``hashed``: the header
    says that values are hashes. ``ordinal``: the number in the header, as in ``first_name_2``."""

    meaning: str
    strength: float
    phrase: str
    language: str | None = None
    relation: str | None = None
    hashed: bool = False
    ordinal: int | None = None


def words_of(header: str) -> list[str]:
    """The folded words of a header: ``custEmail_1`` → ``cust``, ``email``, ``1``."""
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFC", header))
    return _WORD.findall(fold(spaced))


def field_name(header: str, otherwise: str) -> str:
    """A field name made from a header: ``Favourite Colour`` → ``favourite_colour``."""
    spaced = _CASES.sub(" ", unicodedata.normalize("NFC", header))
    name = "_".join(_WORD.findall(fold(spaced))) or otherwise
    return f"{name}_column" if name == IGNORE else name


@dataclass(frozen=True, slots=True)
class _Entry:
    meaning: str
    language: str | None
    whole: bool


@cache
def vocabulary() -> dict[str, _Entry]:
    """Folded phrase without blanks → what it means. Where two meanings claim a phrase, the first in the file has it."""
    entries: dict[str, _Entry] = {}
    for meaning, by_language in read_toml("vocabulary.toml").items():
        for language, phrases in by_language.items():
            for phrase in phrases:
                for spelling in _spellings(phrase):
                    entry = _Entry(meaning, None if language == "en" else language, phrase.endswith("!"))
                    entries.setdefault(spelling, entry)
    return entries


def _spellings(phrase: str) -> set[str]:
    lowered = phrase.casefold().rstrip("!")
    written_out = "".join(_UMLAUTS.get(letter, letter) for letter in lowered)
    return {"".join(re.findall(r"[a-z0-9]+", fold(text))) for text in (lowered, written_out)}


def read_header(header: str) -> HeaderGuess | None:
    """What the header says, or None. Of a path (``person.name.first``, ``Home address: city``) the end is tried first.
    Every run of words is looked up; the longest phrase wins, then the later one."""
    plain = _REMARK.sub(" ", header) if _REMARK.sub("", header).strip() else header
    end = _PATH.split(plain)[-1]
    if end != plain and "".join(words_of(plain)) not in vocabulary():  # "Kd.-Nr." is no path
        at_end = _read_words(words_of(end))
        if at_end is not None and at_end.strength >= _WHOLE:
            return replace(at_end, relation=at_end.relation or _relation(words_of(plain)))
    return _read_words(words_of(plain))


def _read_words(words: list[str]) -> HeaderGuess | None:
    hashed = any(word in _HASHES for word in words)
    found = _longest_phrase(words)
    if found is None:
        return _glued(words, _relation(words))
    start, end, entry = found
    relation = _relation(words[:start] + words[end:])
    left_over = [w for w in words[:start] + words[end:] if w not in NOISE and w not in RELATIONS and w not in _HASHES]
    meaning, strength = entry.meaning, _WHOLE if not left_over else 0.75 if len(left_over) == 1 else 0.55
    if any(word in ABOUT for word in left_over) or (start > 0 and words[0] in _ASKING):
        return _about(words, left_over)
    if len(left_over) > 2:
        strength = 0.4
    rest = words[:start] + words[end:]
    ordinal = next((int(word) for word in rest if word.isdigit() and len(word) == 1), None)
    return HeaderGuess(meaning, strength, " ".join(words[start:end]), entry.language, relation, hashed, ordinal)


def _relation(words: list[str]) -> str | None:
    return next((word for word in words if word in RELATIONS), None)


def _longest_phrase(words: list[str]) -> tuple[int, int, _Entry] | None:
    best: tuple[int, int, _Entry] | None = None
    best_length = 0
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _LONGEST_PHRASE) + 1):
            joined = "".join(words[start:end])
            entry = vocabulary().get(joined)
            if entry is None or (entry.whole and not _is_whole(words, start, end)):
                continue
            if len(joined) >= best_length:
                best, best_length = (start, end, entry), len(joined)
    return best


def _is_whole(words: list[str], start: int, end: int) -> bool:
    return all(word in NOISE or word in RELATIONS or word in _HASHES for word in words[:start] + words[end:])


def _about(words: list[str], left_over: list[str]) -> HeaderGuess:
    """A header about a known thing (``email_verified``): a switch, a date or a category, judged by its values."""
    dates = {"changed", "updated", "modified", "created"}
    if dates & set(left_over):
        return HeaderGuess("created", 0.6, " ".join(words))
    return HeaderGuess("flag", 0.5, " ".join(words))


def _glued(words: list[str], relation: str | None) -> HeaderGuess | None:
    """A known word stuck to others without a mark: ``custemail``, ``emailaddr1``, ``strfirstname``. A header that only
    names a relation (``spouse``) is that person's name."""
    if relation is not None and all(word in RELATIONS or word in NOISE for word in words):
        return HeaderGuess("full_name", 0.7, relation, relation=relation)
    pieces = [piece for word in words for piece in _GLUED if word.startswith(piece) or word.endswith(piece)]
    if not pieces:
        return None
    piece = max(pieces, key=lambda each: (len(each), each))
    entry = vocabulary()[piece]
    return HeaderGuess(entry.meaning, 0.5, piece, entry.language, relation)
