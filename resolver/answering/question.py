"""A question, "who is this?", in the normalised form of the records; what cannot be used is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from resolver.config import AttributeConfig, AttributeKind, Config, IdentifierConfig, IdentifierKind
from resolver.normalise import Normalised, NormaliseSettings, normaliser, split_full_name
from resolver.preparing.cells import SHOWN
from resolver.preparing.prepare import name_parts_of

_REGIONAL = (IdentifierKind.PHONE, AttributeKind.POSTCODE, AttributeKind.PLACE, AttributeKind.NUMBER)


@dataclass(frozen=True, slots=True)
class Question:
    """Normalised values by field name, and the parts (``phone=0000``) that could not be used, with the reason."""

    fields: Mapping[str, tuple[str, ...]]
    refused: tuple[tuple[str, str], ...] = ()


class QuestionReader:
    """Reads questions under one config. A value that a region's habits decide (a telephone number without its country)
    is read as each region of the config would have it."""

    def __init__(self, config: Config) -> None:
        self._settings: dict[str, IdentifierConfig | AttributeConfig] = {**config.identifiers, **config.attributes}
        self._config = config
        regions = [config.resolution.region, *(its.region for its in config.sources.values() if its.region)]
        self._regions = list(dict.fromkeys(regions))
        self._readers: dict[str, list[Callable[[str], Normalised]]] = {}
        self._names = name_parts_of(config)

    def read(self, question: Mapping[str, Sequence[str]]) -> Question:
        """``question``: raw values by field name (identifier types and attributes)."""
        fields: dict[str, tuple[str, ...]] = {}
        refused: list[tuple[str, str]] = []
        for name, raws in question.items():
            if name not in self._settings:
                refused.append(
                    (name, f"no such field; ask by {', '.join(self._settings) or 'nothing: none is configured'}")
                )
                continue
            values: dict[str, None] = {}
            for raw in (raws,) if isinstance(raws, str) else raws:
                found = self._normalised(name, raw)
                values.update(dict.fromkeys(found.values))
                if not found.values:
                    refused.append((f"{name}={raw}"[:SHOWN], found.refused or "blank"))
            if values:
                fields[name] = tuple(values)
        return Question(self._with_name_parts(fields, question), tuple(refused))

    def _normalised(self, name: str, raw: str) -> Normalised:
        """What all regions make of it; refused where all refuse, with the first one's reason."""
        if name not in self._readers:
            self._readers[name] = self._made_readers(name)
        found = [read(raw) for read in self._readers[name]]
        values = tuple(dict.fromkeys(value for its in found for value in its.values))
        return Normalised(values) if values else found[0]

    def _made_readers(self, name: str) -> list[Callable[[str], Normalised]]:
        its = self._settings[name]
        regions = self._regions if its.kind in _REGIONAL else self._regions[:1]
        order = self._config.resolution.date_order
        return [normaliser(its.kind, NormaliseSettings(region, order, frozenset(its.junk))) for region in regions]

    def _with_name_parts(
        self, fields: dict[str, tuple[str, ...]], question: Mapping[str, Sequence[str]]
    ) -> dict[str, tuple[str, ...]]:
        """As with records: a full name gives the name parts that are lacking."""
        if self._names is None or self._names[0] not in fields:
            return fields
        full, given, family = self._names
        asked = question[full]
        raws = (asked,) if isinstance(asked, str) else asked
        split = [split_full_name(text, raw) for raw in raws for text in self._normalised(full, raw).values]
        found = dict(fields)
        for name, part, other in ((given, 0, family), (family, 1, given)):
            values = dict.fromkeys(" ".join(parts[part]) for parts in split)
            kept = tuple(value for value in values if value and value not in fields.get(other, ()))
            if kept and name not in fields:
                found[name] = kept
        return found
