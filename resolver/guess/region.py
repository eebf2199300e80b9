"""The country that a source's people live in, and the order of day and month in its dates: votes of what is seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

import phonenumbers

from resolver.guess import shapes
from resolver.guess.data import places, region_words, word_list
from resolver.guess.guesses import DateOrder
from resolver.guess.reading import Reading
from resolver.normalise.text import words

#: Votes that a region needs, and its share of all votes, to be believed.
_LEAST_VOTES, _LEAST_SHARE = 1.0, 0.5
_PHONES_TRIED = 40
_POSTCODES = (
    ("GB", shapes.postcode_gb), ("CA", shapes.postcode_ca), ("NL", shapes.postcode_nl), ("US", shapes.postcode_us),
    ("PT", shapes.postcode_pt), ("PL", shapes.postcode_pl),
)  # fmt: skip
_COUNTRIES_OF_DOMAINS = {"uk": "GB"}


Votes = defaultdict[str, float]


def guess_region(readings: Sequence[Reading]) -> str | None:
    """ISO 3166-1 alpha-2, or None where too little speaks for one country."""
    votes: Votes = defaultdict(float)
    for reading in readings:
        _vote(reading, votes)
    languages = Counter(r.header.language for r in readings if r.named and r.header is not None and r.header.language)
    for language, count in languages.items():
        for country in region_words("languages").get(language, ()) if count >= 2 else ():
            votes[country] += min(1.0, 0.25 * count)
    if not votes:
        return None
    region, most = min(votes.items(), key=lambda each: (-each[1], each[0]))
    enough = most >= _LEAST_VOTES and most >= _LEAST_SHARE * sum(votes.values())
    return region if enough else None


def _vote(reading: Reading, votes: Votes) -> None:
    if reading.meaning == "phone":
        _vote_by_phones(reading, votes)
    elif reading.meaning == "postcode":
        for region, shape in _POSTCODES:
            if reading.profile.share(shape) >= 0.6:
                votes[region] += 2.0
    elif reading.meaning == "state":
        _vote_by_states(reading, votes)
    elif reading.meaning in ("city", "suburb", "county", "country", "birth_place"):
        _vote_by_places(reading, votes, weight=0.7 if reading.meaning == "birth_place" else 1.5)
    elif reading.meaning == "email":
        _vote_by_domains(reading, votes)


def _vote_by_phones(reading: Reading, votes: Votes) -> None:
    """Country codes where they are written; else the countries in which most of the numbers are valid."""
    numbers = [value for value, _ in reading.profile.counts]
    abroad = [number for number in numbers if number.startswith(("+", "00"))]
    if len(abroad) * 2 >= len(numbers) and abroad:
        for region, share in _shares(Counter(filter(None, map(_region_of, abroad)))).items():
            votes[region] += 3.0 * share
        return
    local = [number for number in numbers if not number.startswith(("+", "00"))]
    tried = local[:: max(1, len(local) // _PHONES_TRIED)]
    if not tried:
        return
    valid = {
        region: sum(_is_valid(number, region) for number in tried) / len(tried)
        for region in sorted(word_list("region", "phones"))
    }
    best = max(valid.values())
    if best >= 0.5:
        close = [region for region, share in valid.items() if share >= best - 0.1]
        for region in close:
            votes[region] += 1.5 * best / len(close)


def _region_of(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse("+" + number.removeprefix("00") if number.startswith("00") else number, None)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code is not None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return region if region != "ZZ" else None


def _is_valid(number: str, region: str) -> bool:
    try:
        return bool(phonenumbers.is_valid_number_for_region(phonenumbers.parse(number, region), region))
    except phonenumbers.NumberParseException:
        return False


def _vote_by_states(reading: Reading, votes: Votes) -> None:
    for region, states in region_words("states").items():
        share = reading.profile.share_of(partial(_is_one_of, states))
        if share >= 0.6:
            votes[region] += 2.0 * share
    _vote_by_places(reading, votes, weight=1.5)


def _is_one_of(words: frozenset[str], text: str) -> bool:
    return text.lower() in words


def _vote_by_places(reading: Reading, votes: Votes, weight: float) -> None:
    """Each known place votes for the countries it lies in; only a column in which places are known at all counts."""
    found: Votes = defaultdict(float)
    known = 0
    for value, count in reading.profile.counts:
        countries = places().get(words(value), ())
        known += count if countries else 0
        for country in countries:
            found[country] += count / len(countries)
    if known < 0.1 * reading.profile.sampled:
        return
    for region, share in _shares(found).items():
        votes[region] += weight * share


def _vote_by_domains(reading: Reading, votes: Votes) -> None:
    found: Counter[str] = Counter()
    for value, count in reading.profile.counts:
        domain = value.rpartition(".")[2].lower()
        if domain in word_list("region", "domains"):
            found[_COUNTRIES_OF_DOMAINS.get(domain, domain.upper())] += count
    if sum(found.values()) >= 0.2 * reading.profile.sampled:
        for region, share in _shares(found).items():
            votes[region] += share


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def guess_date_order(readings: Sequence[Reading]) -> DateOrder | None:
    """dmy or mdy where a value that can be read one way only says so, and (all but) none says the other."""
    seen: Counter[str] = Counter()
    for reading in readings:
        for value, count in reading.profile.counts:
            order = shapes.date_order_of(value) if shapes.date(value) else None
            if order:
                seen[order] += count
    if seen["dmy"] > 50 * seen["mdy"]:
        return "dmy"
    return "mdy" if seen["mdy"] > 50 * seen["dmy"] else None
