"""E-mail addresses made of names, each of which belongs to one person (or one family) in the whole sample.

Blocks share the name space without knowing of each other: an address without digits belongs to the block that its
checksum chooses, an address with a number to the block that the number's remainder chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np

from api.sample.arrays import Objects, objects
from api.sample.places import load_places

#: Big providers by share; everybody else has the domain of a small company or association.
PROVIDERS = {
    "mail.example": 0.31, "post.example": 0.13, "inbox.example": 0.1, "webmail.example": 0.08, "freemail.example": 0.07,
    "letterbox.example": 0.05, "cloudpost.example": 0.04, "mymail.example": 0.03, "netmail.example": 0.03,
    "bluepost.example": 0.02, "quickpost.example": 0.02,
}  # fmt: skip
_STYLES: tuple[Callable[[str, str], str], ...] = (
    lambda given, family: f"{given}.{family}",
    lambda given, family: f"{given}{family}",
    lambda given, family: f"{given[0]}{family}",
    lambda given, family: f"{given[0]}.{family}",
    lambda given, family: f"{given}_{family}",
    lambda given, family: f"{family}.{given}",
    lambda given, family: f"{given}{family[0]}",
    lambda given, _: given,
    lambda given, family: f"{family}{given[0]}",
)
_STYLE_SHARES = (0.38, 0.14, 0.15, 0.08, 0.07, 0.05, 0.06, 0.04, 0.03)
_FAMILY_STYLES: tuple[Callable[[str], str], ...] = (
    lambda family: f"family.{family}",
    lambda family: f"the{family}s",
    lambda family: f"{family}family",
    lambda family: f"home.{family}",
)


class Mailboxes:
    """The addresses of block ``number`` of ``of``."""

    def __init__(self, number: int, of: int) -> None:
        self._number, self._of = number, of
        self._domains = [*PROVIDERS, *sorted({f"{_plain(str(name))}.example" for name in load_places().streets})]
        small = (1 - sum(PROVIDERS.values())) / (len(self._domains) - len(PROVIDERS))
        self._shares = [*PROVIDERS.values(), *[small] * (len(self._domains) - len(PROVIDERS))]
        self._taken: set[str] = set()

    def personal(self, rng: np.random.Generator, given: Objects, family: Objects) -> Objects:
        """One address for each pair of names (lower-case ASCII)."""
        styles = rng.choice(len(_STYLES), len(given), p=_STYLE_SHARES)
        names = zip(styles.tolist(), given, family, strict=True)
        return self._boxes(rng, [_STYLES[style](first, last) for style, first, last in names])

    def families(self, rng: np.random.Generator, family: Objects) -> Objects:
        """One address for each family name (lower-case ASCII)."""
        styles = rng.integers(0, len(_FAMILY_STYLES), len(family)).tolist()
        return self._boxes(rng, [_FAMILY_STYLES[style](name) for style, name in zip(styles, family, strict=True)])

    def _boxes(self, rng: np.random.Generator, locals_: list[str]) -> Objects:
        count = len(locals_)
        domains = rng.choice(len(self._domains), count, p=np.array(self._shares) / sum(self._shares)).tolist()
        plain = (rng.random(count) < 0.5).tolist()
        numbers = np.minimum(rng.lognormal(4.2, 1.6, count), 20_000).astype(np.int64).tolist()
        drawn = zip(locals_, domains, plain, numbers, strict=True)
        return objects([self._box(local, self._domains[domain], bare, its) for local, domain, bare, its in drawn])

    def _box(self, local: str, domain: str, plain: bool, number: int) -> str:
        box = f"{local}@{domain}"
        if plain and box not in self._taken and crc32(box.encode()) % self._of == self._number:
            self._taken.add(box)
            return box
        while True:
            number += 1
            box = f"{local}{number * self._of + self._number}@{domain}"
            if box not in self._taken:
                self._taken.add(box)
                return box


def _plain(name: str) -> str:
    return name.lower().replace(" ", "")
