"""The resolution version in use: a config and a model made ready, the only settings that resolution reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from resolver.blocking.signatures import Kind
from resolver.columns import Ints
from resolver.config import SEEN_DAY, AttributeKind, Config, IdentifierKind
from resolver.scoring.compare import ComparedField
from resolver.scoring.identifiers import names_a_person
from resolver.scoring.levels import Levels
from resolver.scoring.model import MICRO, Model, microbits

#: The kinds that tell the people of one household apart.
PERSONAL = (AttributeKind.GIVEN_NAME, AttributeKind.DATE)


@dataclass(frozen=True)
class Version:
    """A config with the model that was trained, or shipped, for it."""

    config: Config
    model: Model

    @cached_property
    def fields(self) -> tuple[ComparedField, ...]:
        """The compared fields in their fixed order: by name."""
        return compared_fields(self.config)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        return {its.name: its.kind for its in self.fields}

    @property
    def link_threshold(self) -> int:
        """Microbits."""
        configured = self.config.resolution.link_threshold
        return self.model.link_threshold if configured == "auto" else microbits(configured)

    @property
    def conflict_threshold(self) -> int:
        """Microbits."""
        configured = self.config.resolution.conflict_threshold
        return self.model.conflict_threshold if configured == "auto" else microbits(configured)

    @property
    def review_floor(self) -> int:
        """Pairs of at least this weight (microbits) are kept, linked or not."""
        return self.link_threshold - microbits(self.config.resolution.review_margin)

    @cached_property
    def signature_fields(self) -> tuple[str, ...]:
        """Compared attributes and exclusive identifiers: what tells records apart."""
        identifiers = self.config.identifiers
        return tuple(its.name for its in self.fields if its.name not in identifiers or identifiers[its.name].exclusive)

    @cached_property
    def signatures(self) -> tuple[tuple[str, ...], ...]:
        """The fields that a record's signature is made of: the first of these that it has values of. A touch has no
        attributes; the surest identifier that names a person tells it apart."""
        identifiers = self.config.identifiers.items()
        telling = sorted((-sure, name) for name, its in identifiers if (sure := names_a_person(name, its)))
        return (self.signature_fields, *((name,) for _, name in telling))

    @cached_property
    def alike_fields(self) -> tuple[str, ...]:
        """The fields in which two records must be equal so that nothing can speak against them: all but plain codes.
        Where what they share fades, they must have been seen on one day, too."""
        fields = tuple(
            its.name
            for its in self.fields
            if its.kind is not IdentifierKind.CODE or self.config.identifiers[its.name].exclusive
        )
        return (*fields, SEEN_DAY) if self.config.fades else fields

    @cached_property
    def personal(self) -> tuple[Ints, Levels]:
        """The places in ``fields`` of those of a ``PERSONAL`` kind, and the lowest level of each; shapes (k,)."""
        places = [place for place, its in enumerate(self.fields) if its.kind in PERSONAL]
        lowest = [self.fields[place].comparison.other for place in places]
        return np.array(places, dtype=np.int64), np.array(lowest, dtype=np.int8)

    def cap(self, identifier: str) -> int:
        return self.config.identifiers[identifier].max_records

    def conflict_weights(self) -> dict[str, int]:
        """Microbits by exclusive identifier type."""
        return {
            name: round(its.conflict_weight * MICRO) for name, its in self.config.identifiers.items() if its.exclusive
        }


def compared_fields(config: Config, present: Iterable[str] | None = None) -> tuple[ComparedField, ...]:
    """Every identifier and every compared attribute, by name; only those ``present`` where that is given."""
    kinds: dict[str, Kind] = {name: its.kind for name, its in config.identifiers.items()}
    kinds |= {name: its.kind for name, its in config.attributes.items() if its.compared}
    wanted = kinds.keys() if present is None else kinds.keys() & set(present)
    half_lives = {name: its.half_life_days for name, its in config.identifiers.items()}
    return tuple(ComparedField(name, kinds[name], half_lives.get(name)) for name in sorted(wanted))
