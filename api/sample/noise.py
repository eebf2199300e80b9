"""What people and machines do to a value on its way into a system: slips, letters misread, accents lost.

Every function is pure: its chance comes as one integer ``r``, of which as much is used as is needed.
"""

from __future__ import annotations

import unicodedata

_NEIGHBOURS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfec", "e": "wrd", "f": "dgrv", "g": "fhtb", "h": "gjyn", "i": "uok",
    "j": "hkum", "k": "jlim", "l": "kop", "m": "nkj", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adwx", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xas",
}  # fmt: skip
_MISREAD = {
    "l": "1", "1": "l", "o": "0", "0": "o", "rn": "m", "m": "rn", "s": "5", "5": "s", "i": "l", "cl": "d", "vv": "w",
    "b": "6", "g": "9", "u": "v", "e": "c", "8": "3", "h": "b", "n": "ri",
}  # fmt: skip
#: Letters that Unicode does not take apart into a base letter and an accent.
_WHOLE_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "đ": "d"})


def without_accents(text: str) -> str:
    """The text as a system that knows ASCII only keeps it (José → Jose, Müller → Muller)."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.translate(_WHOLE_LETTERS))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def typo(text: str, r: int) -> str:
    """One slip: a neighbouring key, a letter left out, doubled or added, or two letters exchanged."""
    if len(text) < 3:
        return text
    r, kind = divmod(r, 5)
    r, place = divmod(r, len(text) - 1)
    at = place + 1  # the first letter is rarely the wrong one
    letter = text[at]
    if kind == 0:
        return text[:at] + _neighbour(letter, r) + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + letter + text[at:]
    if kind == 3:
        return text[:at] + _neighbour(letter, r) + text[at:]
    at = min(at, len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def misread(text: str, r: int) -> str:
    """One confusion of optical character recognition (rn → m, l → 1), or a slip where nothing can be confused."""
    found = [(at, shape) for shape in _MISREAD for at in _places(text.lower(), shape)]
    if not found:
        return typo(text, r)
    at, shape = found[r % len(found)]
    return text[:at] + _MISREAD[shape] + text[at + len(shape) :]


def wrong_digit(text: str, r: int) -> str:
    """One digit of a number wrong, or two neighbours exchanged; other characters stay."""
    places = [at for at, letter in enumerate(text) if letter.isdigit()]
    if len(places) < 2:
        return text
    r, exchange = divmod(r, 2)
    r, which = divmod(r, len(places) - 1)
    first, second = places[which], places[which + 1]
    letters = list(text)
    if exchange and letters[first] != letters[second]:
        letters[first], letters[second] = letters[second], letters[first]
    else:
        letters[second] = str((int(letters[second]) + 1 + r % 9) % 10)
    return "".join(letters)


def _neighbour(letter: str, r: int) -> str:
    if letter.isdigit():
        return str((int(letter) + (1 if r % 2 else 9)) % 10)
    near = _NEIGHBOURS.get(letter.lower(), "e")
    other = near[r % len(near)]
    return other.upper() if letter.isupper() else other


def _places(text: str, shape: str) -> list[int]:
    return [at for at in range(1, len(text)) if text.startswith(shape, at)]
