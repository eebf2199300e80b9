"""The numbering plans of phonenumbers (libphonenumber's metadata), compiled once per region.

``NumberingPlan`` answers for a string of digits exactly what ``phonenumbers.parse`` and ``is_possible_number`` answer,
some ten times faster, because nothing is looked up, searched for or built by the way; tests hold the two side by side.
Only strings of digits come here: letters, extensions and other scripts stay with the library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

_SHORTEST = 2  # digits that the library wants after a plus, at least one more than these
_MAX_COUNTRY_CODE_DIGITS = 3
_BEGINS_ABOVE_0 = re.compile(r"\(?[1-9][0-9\[\]]*\)?").fullmatch


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """One region's plan.

    ``shares_country_code``: with a larger region, whose plan then decides. ``possible`` and ``local_only``: lengths of
    national numbers, ``lengths`` both. ``general``: what any of them looks like. ``prefix``: national prefix with
    carrier codes. ``international``: prefix of international calls. ``opening``: whatever may have to be taken off
    digits at their start. ``trunk_zero``: a 0 before another digit is a national prefix and nothing else.
    ``assigned``: all ranges in use, ``mobile`` the mobile ones.
    """

    country_code: str
    shares_country_code: bool
    lengths: frozenset[int]
    possible: frozenset[int]
    local_only: frozenset[int]
    longest: int
    general: re.Pattern[str] | None
    prefix: re.Pattern[str] | None
    transform: str | None
    international: re.Pattern[str] | None
    opening: re.Pattern[str]
    trunk_zero: bool
    assigned: re.Pattern[str] | None
    mobile: re.Pattern[str] | None

    def is_viable(self, number: str) -> bool:
        return self.general is not None and self.general.fullmatch(number) is not None

    def is_possible(self, number: str) -> bool:
        return len(number) in self.lengths

    def is_too_long(self, number: str) -> bool:
        return len(number) > self.longest and len(number) not in self.local_only

    def without_prefix(self, number: str) -> str:
        """The number without its national prefix and carrier code, unless that spoils a viable number."""
        if self.prefix is None:
            return number
        match = self.prefix.match(number)
        if match is None:
            return number
        groups = match.groups()
        if self.transform and (not groups or groups[-1] is not None):
            stripped = match.expand(self.transform) + number[match.end() :]
        else:
            stripped = number[match.end() :]
        return number if not self.is_viable(stripped) and self.is_viable(number) else stripped

    def significant(self, number: str) -> str:
        """``without_prefix``, if what remains can be a whole number by its length."""
        if self.prefix is None:
            return number
        stripped = self.without_prefix(number)
        return stripped if len(stripped) in self.possible or self.is_too_long(stripped) else number

    def after_international_prefix(self, digits: str) -> str | None:
        """What follows an international prefix such as 00 or 011; None where there is none."""
        match = None if self.international is None else self.international.match(digits)
        if match is None or digits[match.end() : match.end() + 1] == "0":  # no country code begins with 0
            return None
        return digits[match.end() :]

    def without_country_code(self, digits: str) -> str | None:
        """What follows this region's own country code where it was written without a plus, else None."""
        if not digits.startswith(self.country_code):
            return None
        rest = self.without_prefix(digits[len(self.country_code) :])
        if (self.is_viable(rest) and not self.is_viable(digits)) or self.is_too_long(digits):
            return rest
        return None


@cache
def region_plan(region: str) -> NumberingPlan | None:
    """The plan of a region by its ISO 3166 alpha-2 code; None for one that the library does not know."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return None if metadata is None else _compiled(metadata)


@cache
def country_plan(country_code: int) -> NumberingPlan | None:
    """The plan of the main region of a country calling code; None for an unknown code."""
    if country_code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    region = phonenumbers.region_code_for_country_code(country_code)
    if region != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        return region_plan(region)
    metadata = PhoneMetadata.metadata_for_nongeo_region(country_code, None)
    return None if metadata is None else _compiled(metadata)


def _compiled(metadata: PhoneMetadata) -> NumberingPlan:
    general, country_code = metadata.general_desc, metadata.country_code
    if general is None or country_code is None:
        raise LookupError(f"the numbering plan of {metadata.id} says nothing of its numbers")
    lengths = tuple(general.possible_length)
    return NumberingPlan(
        country_code=str(country_code),
        shares_country_code=metadata.id != phonenumbers.region_code_for_country_code(country_code),
        lengths=frozenset(lengths).union(general.possible_length_local_only),
        possible=frozenset(lengths),
        local_only=frozenset(general.possible_length_local_only),
        longest=max(lengths),
        general=_pattern(general.national_number_pattern),
        prefix=_pattern(metadata.national_prefix_for_parsing),
        transform=metadata.national_prefix_transform_rule or None,
        international=_pattern(metadata.international_prefix),
        opening=_opening(metadata),
        trunk_zero=_has_trunk_zero(metadata),
        assigned=_assigned(metadata),
        mobile=_pattern(None if metadata.mobile is None else metadata.mobile.national_number_pattern),
    )


def _pattern(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def _opening(metadata: PhoneMetadata) -> re.Pattern[str]:
    prefixes = (str(metadata.country_code), metadata.international_prefix, metadata.national_prefix_for_parsing)
    return re.compile("|".join(f"(?:{prefix})" for prefix in prefixes if prefix))


def _has_trunk_zero(metadata: PhoneMetadata) -> bool:
    """Whether 0 is a national prefix by itself and no other prefix, national or international, begins with 0 and
    another digit than 0."""
    alternatives = (metadata.national_prefix_for_parsing or "").split("|")
    others = [alternative for alternative in alternatives if alternative != "0"]
    return (
        len(others) == len(alternatives) - 1
        and all(_BEGINS_ABOVE_0(alternative) for alternative in others)
        and (metadata.international_prefix or "").startswith("00")
        and "|" not in (metadata.international_prefix or "")
        and not metadata.national_prefix_transform_rule
    )


def _assigned(metadata: PhoneMetadata) -> re.Pattern[str] | None:
    kinds = (metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.premium_rate, metadata.shared_cost,
             metadata.personal_number, metadata.voip, metadata.pager, metadata.uan, metadata.voicemail)  # fmt: skip
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    return _pattern("|".join(f"(?:{pattern})" for pattern in patterns))


def with_own_country_code(digits: str, home: NumberingPlan) -> str | None:
    """E.164 of digits that begin with the home region's country code, the plus forgotten, where only that reading gives
    a number in use, or a mobile one: 4915112345678 in DE could be a national number too, but nobody writes it so."""
    if not digits.startswith(home.country_code):
        return None
    plan = _main_plan(home)
    rest = plan.significant(digits[len(plan.country_code) :])
    if plan.assigned is None or not plan.assigned.fullmatch(rest):
        return None
    if plan.assigned.fullmatch(digits) and not (plan.mobile and plan.mobile.fullmatch(rest)):
        return None
    return _stable(plan, rest)


def international_number(digits: str, home: NumberingPlan) -> str | None:
    """E.164 of the digits after a plus; None if they are not a possible number."""
    if len(digits) <= _SHORTEST:
        return None
    plan = _country(digits[:_MAX_COUNTRY_CODE_DIGITS])
    if plan is not None:
        return _stable(plan, digits[len(plan.country_code) :])
    return _prefixed_number(digits, home)  # no such country: the plus was a slip, "+0049…"


def national_number(digits: str, home: NumberingPlan) -> str | None:
    """E.164 of digits without a plus as dialled in the home region; None if they are not a possible number."""
    if home.shares_country_code:
        return _elsewhere(digits, home)
    if home.opening.match(digits) is None:  # nothing to take off
        return f"+{home.country_code}{digits}" if len(digits) in home.lengths else None
    if home.trunk_zero and digits[0] == "0" and digits[1:2] not in ("0", ""):
        number = digits[1:]
        if len(number) in home.possible and home.is_viable(number):
            return _stable(home, number)
    if home.after_international_prefix(digits) is not None or home.without_country_code(digits) is not None:
        return _prefixed_number(digits, home)
    return _stable(home, digits)


def _elsewhere(digits: str, home: NumberingPlan) -> str | None:
    """``national_number`` in a region that shares its country code with a larger one, such as Canada."""
    if home.after_international_prefix(digits) is not None or home.without_country_code(digits) is not None:
        return _prefixed_number(digits, home)
    number, main = home.significant(digits), _main_plan(home)
    return _stable(main, number) if main.is_possible(number) else None


def _prefixed_number(digits: str, home: NumberingPlan) -> str | None:
    """E.164 of digits that begin with an international prefix or with the home region's own country code."""
    rest = home.after_international_prefix(digits)
    if rest is not None:
        plan = _country(rest[:_MAX_COUNTRY_CODE_DIGITS]) if len(rest) > _SHORTEST else None
        return None if plan is None else _stable(plan, rest[len(plan.country_code) :])
    national = home.without_country_code(digits)
    return None if national is None else _stable(_main_plan(home), national)


def _main_plan(home: NumberingPlan) -> NumberingPlan:
    return country_plan(int(home.country_code)) or home


@cache
def _country(first_digits: str) -> NumberingPlan | None:
    """The plan of the country code that these digits begin with (no code begins with another); None if none does."""
    if first_digits[0] == "0":
        return None
    plans = (country_plan(int(first_digits[:length])) for length in range(1, _MAX_COUNTRY_CODE_DIGITS + 1))
    return next((plan for plan in plans if plan is not None), None)


def _stable(plan: NumberingPlan, number: str) -> str | None:
    """E.164 that reads back as itself: the library may strip one more zero at each reading, so read until it rests."""
    if plan.prefix is None or plan.prefix.match(number) is None:
        return f"+{plan.country_code}{number}" if len(number) in plan.lengths else None
    while True:
        stripped = plan.significant(number)
        if not plan.is_possible(stripped):
            return None
        if stripped == number:
            return f"+{plan.country_code}{number}"
        number = stripped
