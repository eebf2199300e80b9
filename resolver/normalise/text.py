"""What all kinds share: cleaning, folding of case and accents, blank words.

Every function here settles: applied to its own result it changes nothing. Unicode makes that less than obvious
(dropping a character lets its neighbours compose), so the rare texts outside ASCII are run until they stand still.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from resolver.normalise.values import Normalised
from resolver.normalise.wordlists import phrase_set

MAX_CHARACTERS = 10_000
TOO_LONG = Normalised((), "longer than 10,000 characters")

#: Words that stand for "no value" in any kind of field, casefolded.
BLANK_WORDS = frozenset({""}) | phrase_set(
    """n/a|n.a.|n.a|n\\a|#n/a|#n/a n/a|#na|na|<na>|n/v|n/k|null|(null)|<null>|[null]|#null!|none|(none)|<none>|nan|-nan|
    nil|nill|void|unknown|(unknown)|<unknown>|unk|unkn|tbd|tba|tbc|to be confirmed|to be determined|to be defined|
    to be advised|not available|not applicable|not known|not provided|not given|not specified|not set|not stated|
    not disclosed|not recorded|not entered|no data|no value|no entry|no information|undefined|undisclosed|unspecified|
    unavailable|missing|empty|blank|(blank)|<blank>|(empty)|#value!|#ref!|#name?|#div/0!|#error!|no answer|
    prefer not to say|declined|withheld|anonymous|
    unbekannt|keine angabe|keine angaben|keine|k.a.|k. a.|k.a|k/a|nicht bekannt|nicht angegeben|nicht vorhanden|
    ohne angabe|o.a.|leer|entfällt|entfaellt|
    inconnu|inconnue|non renseigné|non renseigne|non renseignée|non communiqué|non communique|non disponible|
    non précisé|néant|neant|aucun|aucune|vide|sans objet|s.o.|pas de valeur|
    desconocido|desconocida|no disponible|sin datos|sin dato|sin información|sin informacion|no aplica|no consta|
    ninguno|ninguna|vacío|vacio|no especificado|no informado|
    sconosciuto|sconosciuta|non disponibile|nessuno|non specificato|desconhecido|desconhecida|não informado|
    nao informado|não disponível|nao disponivel|nenhum|
    onbekend|niet bekend|niet beschikbaar|geen|okänd|okand|saknas|ukendt|ukjent|ingen|tuntematon|nieznany|nieznana|
    brak|brak danych|nie podano|neznámý|neznamy|ismeretlen|bilinmiyor|yok|неизвестно|нет данных|нет|н/д|не указано|
    невідомо|άγνωστο|不明|未知|无|無|なし|該当なし|未定|없음|미상|غير معروف|לא ידוע"""
)

#: Typed to get past a form: no value either, but worth telling. In folded words.
JUNK_WORDS = phrase_set(
    "xx|xxx|xxxx|xxxxx|xxxxxx|zzz|zzzz|asdf|asdfg|asdfgh|asdf asdf|qwerty|qwertz|test test|testtest"
)

#: The unambiguous ones among them, for names of people: Null, Nil, None, Nan, Na, Blank and Keine are real ones.
BLANK_NAMES = BLANK_WORDS - phrase_set(
    """na|null|none|nan|nil|nill|void|unk|tba|tbc|empty|blank|missing|declined|keine|leer|neant|vide|geen|ingen|brak|
    yok|нет|无|無|nessuno|nenhum|okand|aucun"""
)

_SOME_LETTER_OR_DIGIT = re.compile(r"[^\W_]").search
_LATIN_WITH_MARKS = re.compile("([a-z])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
#: Latin letters that Unicode does not take apart.
_LATIN_FOLDS = str.maketrans(
    {"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n", "ĸ": "k",
     "ß": "ss", "ŧ": "t", "ŀ": "l", "ƒ": "f", "ɨ": "i", "ʉ": "u", "ɓ": "b", "ɗ": "d", "ƙ": "k"}
)  # fmt: skip


class _CleanTable(dict[int, str]):
    """Maps a code point as ``clean`` wants it; filled as characters are met, so that translate stays in C."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            kept = " "
        elif unicodedata.category(character) in ("Cc", "Cf", "Cs"):  # controls, zero-width and bidi marks, surrogates
            kept = ""
        else:
            kept = "'" if character == "\u00b4" else character  # NFKC would make a blank of the acute accent
        self[code] = kept
        return kept


class _WordTable(dict[int, str]):
    """Maps a code point to itself if it is a letter, mark or digit, to nothing if it is an apostrophe, else to a
    blank."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character if unicodedata.category(character)[0] in "LMN" else " "
        self[code] = kept
        return kept


class _LatinTable(dict[int, str]):
    """Maps a character to its folded ASCII form where that does not depend on its neighbours, else to itself: what
    comes out as ASCII is folded, anything else has to go the long way."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _words_the_long_way(character)
        kept = folded if folded.isascii() and folded.isalpha() else character
        self[code] = kept
        return kept


_LATIN_TABLE = _LatinTable()
_CLEAN_TABLE = _CleanTable()
_WORD_TABLE = _WordTable({ord(mark): "" for mark in "'’‘`ʼʻʹ"})


def settle(step: Callable[[str], str], text: str) -> str:
    """``step`` applied until it changes nothing more (twice in practice; bounded so that it always ends)."""
    for _ in range(10):
        changed = step(text)
        if changed == text:
            break
        text = changed
    return text


def clean(text: str) -> str:
    """NFKC; controls, zero-width characters and lone surrogates removed; outer and repeated blanks folded."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    return settle(_clean_once, text)


def _clean_once(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text.translate(_CLEAN_TABLE)).split())


def fold(text: str) -> str:
    """Cleaned text casefolded, with the accents of Latin letters folded (ä→a, ß→ss, ø→o); other scripts keep theirs."""
    return text.lower() if text.isascii() else settle(_fold_once, text)


def fold_case(text: str) -> str:
    """Cleaned text casefolded; accents stay."""
    return text.lower() if text.isascii() else settle(lambda each: clean(each.casefold()), text)


def _fold_once(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.casefold().translate(_LATIN_FOLDS))
    return clean(_LATIN_WITH_MARKS.sub(r"\1", apart).translate(_LATIN_FOLDS))


def words(text: str) -> str:
    """Text folded, apostrophes removed, all other punctuation and symbols to blanks."""
    ascii_text = plain_latin(text)
    if ascii_text.isascii() and (ascii_text is not text or text.isprintable()):
        return " ".join(ascii_text.lower().translate(_WORD_TABLE).split())
    return _words_the_long_way(text)


def plain_latin(text: str) -> str:
    """The text with its accented Latin letters folded to lower-case ASCII, if that makes all of it ASCII; else as it
    was or half done, which is not ASCII. ASCII text is returned as it is."""
    return text if text.isascii() else text.translate(_LATIN_TABLE)


def _words_the_long_way(text: str) -> str:
    return settle(_words_once, clean(text))


def _words_once(text: str) -> str:
    return " ".join(fold(text).translate(_WORD_TABLE).split())


def is_blank(text: str) -> bool:
    """Whether cleaned text says that there is no value: nothing but punctuation, or a blank word."""
    return not _SOME_LETTER_OR_DIGIT(text) or text.casefold() in BLANK_WORDS


def has_letter_or_digit(text: str) -> bool:
    return _SOME_LETTER_OR_DIGIT(text) is not None
