"""Given names and their nicknames, so that Bob and Robert can be told to be one name.

``nicknames.txt`` is a compact table of common usage in English, German, French and Spanish. Each line is a canonical
name and its short and pet forms; a form may belong to several names (Alex, Pat, Bert), and then shares a canonical
name with each.
"""

from __future__ import annotations

from importlib.resources import files


def _read(groups: str) -> dict[str, frozenset[str]]:
    canonical: dict[str, set[str]] = {}
    for line in groups.strip().splitlines():
        name, _, forms = line.partition(": ")
        name = name.replace("-", " ")
        for form in (name, *forms.split()):
            canonical.setdefault(form, set()).add(name)
    return {form: frozenset(names) for form, names in canonical.items()}


_CANONICAL = _read(files("resolver.normalise").joinpath("nicknames.txt").read_text(encoding="utf-8"))


def canonical_given_names(name: str) -> frozenset[str]:
    """The canonical names a normalised given name may stand for; itself alone if it is in no group. Two names may be
    the same person's if their sets meet: bob {robert}, robert {robert, …}."""
    return _CANONICAL.get(name) or frozenset((name,))
