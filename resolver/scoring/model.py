"""The model: how much each comparison level speaks for or against, as learned or shipped; one JSON artefact.

m is the probability of a level among records of one customer, u among records of unrelated customers (Fellegi and
Sunter, 1969), r among records of related ones: people of one household, who agree in surname, address and telephone.
The model also holds the priors, term frequencies as hashes of values that at least ten records share, and the blocking
rules that were chosen with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import log2
from typing import Any

import numpy as np
import orjson

from graph.errors import BadInputError
from resolver.blocking.signatures import Rule, Signature
from resolver.scoring.levels import EXACT
from resolver.scoring.whereabouts import MOVED

MICRO = 1_000_000
MODEL_FORMAT = 1

#: Values that fewer records share are not named in the frequency table: it must not tell who is in the data.
MIN_SHARED = 10


def microbits(bits: float) -> int:
    """Bits as integer millionths, rounded once; sums and comparisons are integer from there on."""
    return round(bits * MICRO)


def logit(probability: float) -> float:
    """Log2 odds of a probability, in bits."""
    return log2(probability) - log2(1 - probability)


def probability_of(weight: int) -> float:
    """The match probability of a weight in microbits."""
    bits = weight / MICRO
    return 1 / (1 + 2**-bits) if bits > -1000 else 0.0


#: Term-frequency terms are clipped to this many bits around the level's own weight.
TF_CLIP = 8.0


@dataclass(frozen=True)
class FieldModel:
    """One field: ``m``, ``u`` and ``r`` by level (index 0, missing, is unused and 1.0); ``frequencies``: the share of
    records by hash of value, for common values; ``rare``: the share that a value outside of the table is taken to
    have."""

    m: tuple[float, ...]
    u: tuple[float, ...]
    r: tuple[float, ...]
    frequencies: Mapping[int, float] = field(default_factory=dict)
    rare: float = 0.0

    def weights(self) -> list[int]:
        """The match weight of each level in microbits (log2 m/u), before term frequencies; 0 for missing."""
        return list(_ratios(self.m, self.u))

    def related_weights(self) -> list[int]:
        """The same for related people (log2 r/u)."""
        return list(_ratios(self.r, self.u))

    @cached_property
    def frequency_terms(self) -> tuple[dict[int, int], int]:
        """What a value's frequency adds to an exact agreement, microbits: by hash of value, and of all other values."""
        if self.rare <= 0:
            return {}, 0
        shares = np.array([*self.frequencies.values(), self.rare])
        bits = np.clip(np.log2(self.u[EXACT] / np.maximum(shares, 1e-12)), -TF_CLIP, TF_CLIP)
        *known, rare = np.rint(bits * MICRO).astype(np.int64).tolist()
        return dict(zip(self.frequencies, known, strict=True)), rare


@lru_cache(maxsize=1024)
def _ratios(over: tuple[float, ...], under: tuple[float, ...]) -> tuple[int, ...]:
    """log2 of the ratio at each level, microbits; remembered, since every record that comes in asks for the same."""
    return (0, *(microbits(log2(a / b)) for a, b in zip(over[1:], under[1:], strict=True)))


@dataclass(frozen=True, slots=True)
class Model:
    """``prior`` is the probability that two random records are of one customer, ``related`` that they are of two
    related customers (0: the model knows no related ones). ``shared``: by identifier type, how sure sharing one active
    value makes us (a probability). Thresholds in microbits. ``trained_on``: records. ``moved``: the
    share of a customer's pairs that places say nothing of."""

    prior: float
    related: float
    fields: Mapping[str, FieldModel]
    rules: tuple[Rule, ...]
    shared: Mapping[str, float] = field(default_factory=dict)
    link_threshold: int = MICRO
    conflict_threshold: int = 0
    trained_on: int = 0
    moved: float = MOVED

    def to_json(self) -> str:
        """Stable text: equal models give equal texts."""
        return orjson.dumps(
            {
                "format": MODEL_FORMAT,
                "prior": self.prior,
                "related": self.related,
                "moved": self.moved,
                "trained_on": self.trained_on,
                "link_threshold": self.link_threshold,
                "conflict_threshold": self.conflict_threshold,
                "shared": dict(sorted(self.shared.items())),
                "rules": [[[s.field, s.form] for s in rule] for rule in self.rules],
                "fields": {
                    name: {
                        "m": its.m,
                        "u": its.u,
                        "r": its.r,
                        "rare": its.rare,
                        "frequencies": {f"{key:016x}": share for key, share in sorted(its.frequencies.items())},
                    }
                    for name, its in sorted(self.fields.items())
                },
            },
            option=orjson.OPT_INDENT_2,
        ).decode()

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Raises BadInputError where the text is not a model of this format."""
        try:
            its: dict[str, Any] = orjson.loads(text)
            if its["format"] != MODEL_FORMAT:
                raise BadInputError(f"model format {its['format']!r} is not known", "export it again with this version")
            return cls(
                prior=float(its["prior"]),
                related=float(its["related"]),
                fields={
                    name: FieldModel(
                        tuple(map(float, part["m"])),
                        tuple(map(float, part["u"])),
                        tuple(map(float, part["r"])),
                        {int(key, 16): float(share) for key, share in part["frequencies"].items()},
                        float(part["rare"]),
                    )
                    for name, part in its["fields"].items()
                },
                rules=tuple(tuple(Signature(*signature) for signature in rule) for rule in its["rules"]),
                shared={name: float(p) for name, p in its["shared"].items()},
                link_threshold=int(its["link_threshold"]),
                conflict_threshold=int(its["conflict_threshold"]),
                moved=float(its.get("moved", MOVED)),
                trained_on=int(its["trained_on"]),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadInputError(
                f"not a whograph model ({error})", "give a file that `whograph model export` wrote"
            ) from error
