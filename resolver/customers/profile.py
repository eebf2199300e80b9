"""The golden profile: one merged view of a customer's records, computed at lookup (merge on read), never stored.

A pure function of the records and the config. Every ranking ends on the smallest record key, so that neither the order
of the records nor that of their arrival matters.

The status of a customer:

* ``known``: a record of a customer source says something about the person: an attribute, an exclusive identifier, or an
  identifier that reaches or names one (e-mail, telephone, national id).
* ``prospect``: no such record, but records of prospect or touch sources do.
* ``anonymous``: nothing but technical identifiers (devices, cookies and other codes that are not exclusive).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal

from graph.model import Record
from resolver.answers import Profile, ProfileField, ProfileValue
from resolver.config import (
    AttributeConfig,
    AttributeKind,
    Config,
    IdentifierConfig,
    IdentifierKind,
    SourceConfig,
    Survivorship,
)

#: Between the readings of one ambiguous value, such as 03/04/1990.
OR = " or "
_PERSONAL = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.NATIONAL_ID)
_UNLISTED_SOURCE = SourceConfig()
#: Records rank by the trust of their source, then by time; under the other rules by time alone.
_BY_TRUST = (Survivorship.MOST_TRUSTED, Survivorship.MOST_FREQUENT)
#: A record with one of its values: the normalised form, and the text as it was written.
Said = tuple[Record, str, str]
#: Fields with their settings.
Settings = Mapping[str, IdentifierConfig | AttributeConfig]


def golden_profile(records: Sequence[Record], config: Config) -> Profile:
    """The merged view of one customer's live records; fields without any value are left out."""
    return Profile(_status(records, config), golden_fields(records, config, settings_of(config)))


def settings_of(config: Config) -> Settings:
    """The settings of every field that a profile may have."""
    return {**config.identifiers, **config.attributes}


def golden_fields(records: Sequence[Record], config: Config, settings: Settings) -> tuple[ProfileField, ...]:
    """Those of these fields that the profile has, in their order."""
    trust = {name: source.trust for name, source in config.sources.items()}
    latest = sorted(records, key=lambda record: (-record.observed_at, record.key)) if len(records) > 1 else [*records]
    trusted = sorted(latest, key=lambda record: -trust.get(record.source, 0))
    fields = []
    for name, its in settings.items():
        rule = its.survivorship
        ranked = trusted if rule in _BY_TRUST else latest
        said = _all_said(ranked, name, its.kind)
        if said:
            fields.append(_summed(name, said) if rule is Survivorship.SUM else _surviving(name, rule, said))
    return tuple(fields)


def _all_said(records: list[Record], name: str, kind: IdentifierKind | AttributeKind) -> list[Said]:
    """What these records say of the field, in their order."""
    said: list[Said] = []
    ambiguous = False
    for record in records:
        values = record.fields.get(name)
        if not values:
            continue
        shown = record.display.get(name, values)
        if len(values) == 1:
            said.append((record, values[0], shown[0]))
        elif kind is AttributeKind.DATE:
            readings = _readings(values, shown)
            ambiguous |= len(readings) < len(values)
            said.extend([(record, OR.join(sorted(its)), text) for text, its in readings.items()])
        else:
            # several identifiers out of one cell are shown as normalised, for the cell's text names them all
            said.extend(
                [
                    (record, value, text if shown.count(text) == 1 else value)
                    for value, text in zip(values, shown, strict=True)
                ]
            )
    if kind is AttributeKind.DATE:
        said = [(its[0], its[1], _shown_date(its[1], its[2])) for its in (_settled(said) if ambiguous else said)]
    return said


def _shown_date(normalised: str, written: str) -> str:
    """Every system writes dates in its own way, so they are shown in one; those that could be two days as written."""
    return written if OR in normalised else normalised


def _readings(values: Sequence[str], shown: Sequence[str]) -> dict[str, list[str]]:
    """The normalised forms by the text that was written: an ambiguous date has several, and is one value."""
    readings: dict[str, list[str]] = {}
    for value, text in zip(values, shown, strict=True):
        readings.setdefault(text, []).append(value)
    return readings


def _surviving(name: str, rule: Survivorship, said: list[Said]) -> ProfileField:
    """The values in the order of their best records, which stands wherever the rule sees no difference."""
    first: dict[str, Said] = {}
    times: dict[str, int] = {}
    for its in said:
        normalised = its[1]
        if normalised not in first:
            first[normalised], times[normalised] = its, 1
            continue
        times[normalised] += 1
        if rule is Survivorship.LONGEST and len(its[2]) > len(first[normalised][2]):
            first[normalised] = its
    values = [
        ProfileValue(shown, normalised, record.key, record.observed_at, times[normalised])
        for record, normalised, shown in first.values()
    ]
    if len(values) > 1:
        values = _ranked(values, rule)
    if rule is Survivorship.ALL:
        return ProfileField(name, rule.value, tuple(values))
    return ProfileField(name, rule.value, (values[0],), tuple(values[1:]))


def _ranked(values: list[ProfileValue], rule: Survivorship) -> list[ProfileValue]:
    if rule in (Survivorship.MOST_FREQUENT, Survivorship.ALL):
        return sorted(values, key=lambda value: -value.records)
    if rule is Survivorship.LONGEST:
        return sorted(values, key=lambda value: -len(value.value))
    if rule in (Survivorship.MIN, Survivorship.MAX):
        return _by_size(values, descending=rule is Survivorship.MAX)
    return values


def _by_size(values: list[ProfileValue], *, descending: bool) -> list[ProfileValue]:
    """Numbers by size, before all that is no number, by text (which orders dates by time)."""
    numbers = {value.normalised: number for value in values if (number := _number(value.normalised)) is not None}
    numeric = [value for value in values if value.normalised in numbers]
    other = [value for value in values if value.normalised not in numbers]
    numeric.sort(key=lambda value: numbers[value.normalised], reverse=descending)
    other.sort(key=lambda value: value.normalised, reverse=descending)
    return numeric + other


def _summed(name: str, said: list[Said]) -> ProfileField:
    """The total over all records, in the name of the latest that counts; what is no number loses."""
    numbers = [(record, number) for record, normalised, _ in said if (number := _number(normalised)) is not None]
    others = [its for its in said if _number(its[1]) is None]
    lost = _surviving(name, Survivorship.ALL, others).values if others else ()
    if not numbers:
        return ProfileField(name, Survivorship.SUM.value, (), lost)
    total = format(sum((number for _, number in numbers), Decimal(0)).normalize(), "f")
    newest, records = numbers[0][0], len({record.key for record, _ in numbers})
    value = ProfileValue(total, total, newest.key, newest.observed_at, records)
    return ProfileField(name, Survivorship.SUM.value, (value,), lost)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _settled(said: list[Said]) -> list[Said]:
    """Ambiguous dates count for the one of their readings that most others state plainly, where any does."""
    times = Counter(normalised for _, normalised, _ in said if OR not in normalised)
    settled: dict[tuple[str, str], Said] = {}
    for record, normalised, shown in said:
        stated = [reading for reading in normalised.split(OR) if reading in times]
        its = min(stated, key=lambda reading: (-times[reading], reading)) if stated else normalised
        settled.setdefault((record.key, its), (record, its, shown))
    return list(settled.values())


def _status(records: Iterable[Record], config: Config) -> Literal["known", "prospect", "anonymous"]:
    personal = {name for name, its in config.identifiers.items() if its.exclusive or its.kind in _PERSONAL}
    personal |= config.attributes.keys()
    status: Literal["prospect", "anonymous"] = "anonymous"
    for record in records:
        if not personal.isdisjoint(record.fields):
            if config.sources.get(record.source, _UNLISTED_SOURCE).role == "customer":
                return "known"
            status = "prospect"
    return status
