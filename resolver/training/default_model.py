"""The model that serves from the first record on: typical m, u and r of each kind of field, and which
values are common, until there is enough to learn.

The figures are means of what training learned on generated and public person data, rounded; they are the program's
own and hold no value of anybody's.
"""

from __future__ import annotations

import numpy as np

from resolver.blocking.signatures import Kind, Rule, Signature
from resolver.config import AttributeKind, Config, IdentifierKind
from resolver.scoring.identifiers import default_probability, with_code_levels
from resolver.scoring.levels import COMPARISONS
from resolver.scoring.model import FieldModel, Model
from resolver.training.common import common_shares
from resolver.training.mixture import starting_r
from resolver.training.sessions import expected_m
from resolver.version import compared_fields

#: Until it is known how many people there are: about one match among so many pairs of records.
PRIOR = 2.0**-13
RELATED = 2.0**-12
#: u by level, exact first; where a kind is not named its levels fall off from ``OTHER_EXACT``.
CHANCE: dict[Kind, tuple[float, ...]] = {
    AttributeKind.GIVEN_NAME: (0.006, 0.003, 0.001, 0.005, 0.025),
    AttributeKind.FAMILY_NAME: (0.003, 0.002, 0.002, 0.018),
    AttributeKind.FULL_NAME: (0.0005, 0.0001, 0.001, 0.01),
    AttributeKind.DATE: (0.0001, 0.001, 0.003, 0.015, 0.06),
    AttributeKind.POSTCODE: (0.001, 0.008, 0.02, 0.05),
    AttributeKind.PLACE: (0.03, 0.0095, 0.01),
    AttributeKind.ADDRESS: (0.0003, 0.0003, 0.005, 0.08),
    AttributeKind.HOUSE_NUMBER: (0.014, 0.2),
    AttributeKind.CATEGORY: (0.2, 0.003, 0.02),
    AttributeKind.TEXT: (0.02, 0.003, 0.01),
    AttributeKind.NUMBER: (0.02, 0.02, 0.05),
    IdentifierKind.EMAIL: (0.00001, 0.00006, 0.001, 0.012),
    IdentifierKind.PHONE: (0.00001, 0.0001, 0.001),
    IdentifierKind.NATIONAL_ID: (0.00001, 0.00001, 0.0002),
    IdentifierKind.CODE: (0.00001,),
}
#: How often the same person's e-mail addresses or telephones differ, where both records have one, by how often those of
#: others do.
OTHER_CONTACT = 0.39
#: How often somebody's given names have nothing in common, not even as a nickname, an initial, or one of several.
OTHER_NAME = 0.0015
#: Of a value that is not among the common ones: its share by u, where they are so many that the others are rare.
RARER: dict[Kind, float] = {AttributeKind.FAMILY_NAME: 0.5}


def default_model(config: Config) -> Model:
    """A model for this config's fields that nothing was learned for."""
    fields = {its.name: default_field(its.kind, config, its.name) for its in compared_fields(config)}
    kinds = {its.name: its.kind for its in compared_fields(config)}
    shared = {name: default_probability(name, its) for name, its in config.identifiers.items()}
    return Model(PRIOR, RELATED, fields, default_rules(kinds), shared)


def default_field(kind: Kind, config: Config, name: str) -> FieldModel:
    """The model of one field that nothing was learned for."""
    levels = COMPARISONS[kind].other
    m = identifier_m(config, name) if isinstance(kind, IdentifierKind) else expected_m(levels)
    if kind is AttributeKind.GIVEN_NAME:
        m = np.append(m[:-1] * ((1 - OTHER_NAME) / (1 - m[-1])), OTHER_NAME)
    chance = np.array(CHANCE[kind])
    # A less alike level never says more than a more alike one: a typo of a common gender is still a common gender.
    chance = np.maximum(chance, m[:-1] / np.minimum.accumulate(m[:-1] / chance))
    u = np.append(chance, 1 - chance.sum())
    r = starting_r(kind, m, u)
    if kind is IdentifierKind.CODE:
        m, u, r = with_code_levels((m, u, r), config.identifiers[name])
    common = common_shares(kind)
    rare = float(chance[0]) * RARER.get(kind, 1.0) if common else 0.0
    return FieldModel((1.0, *m.tolist()), (1.0, *u.tolist()), (1.0, *r.tolist()), common, rare)


def identifier_m(config: Config, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """People have several e-mail addresses, telephones, devices: another value says little, unless it is exclusive."""
    its = config.identifiers[name]
    chance = np.array(CHANCE[its.kind])
    other = 1 - float(chance.sum())
    against = other * 2.0**-its.conflict_weight if its.exclusive else other * OTHER_CONTACT
    near = np.full(len(chance) - 1, (1 - against) * 0.15 / max(1, len(chance) - 1))
    return np.concatenate([[1 - against - near.sum()], near, [against]])


def default_rules(kinds: dict[str, Kind]) -> tuple[Rule, ...]:
    """Pairs of full values or sounds of a name with a date, a place or another name."""
    names = [name for name, kind in kinds.items() if kind in (AttributeKind.GIVEN_NAME, AttributeKind.FAMILY_NAME)]
    dates = [name for name, kind in kinds.items() if kind is AttributeKind.DATE]
    places = [
        name
        for name, kind in kinds.items()
        if kind in (AttributeKind.POSTCODE, AttributeKind.PLACE, AttributeKind.ADDRESS)
    ]
    full = [name for name, kind in kinds.items() if kind is AttributeKind.FULL_NAME]
    rules = [tuple(sorted((Signature(name, "sound"), Signature(other, "value")))) for name in names for other in dates]
    rules += [
        tuple(sorted((Signature(name, "value"), Signature(other, "value")))) for name in names for other in places
    ]
    rules += [
        tuple(sorted((Signature(name, "last_word"), Signature(other, "value"))))
        for name in full
        for other in dates + places
    ]
    rules += [(Signature(name, "value"),) for name in full]
    if len(names) >= 2:
        rules.append(tuple(sorted(Signature(name, "value") for name in names[:2])))
    rules += [(Signature(name, "local"),) for name, kind in kinds.items() if kind is IdentifierKind.EMAIL]
    return tuple(sorted(set(rules)))
