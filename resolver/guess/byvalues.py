"""What a column's values say when its name says nothing. ``judge_values`` tries shapes from the plainest to the vaguest
and answers with the first that most values have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median

from resolver.guess import shapes
from resolver.guess.data import region_words
from resolver.guess.profile import ColumnProfile

_MOST = 0.7
_ALMOST_ALL = 0.9
_A_NAME = 0.35  # lists of names are short: a third of the values in them tells enough
_FEW = 50
_LATEST_MEDIAN_BIRTH = 2010
_DENSE = 0.5


@dataclass(frozen=True, slots=True)
class ValueGuess:
    """A meaning of the table, or one of ``code``, ``category``, ``text``, ``number``, ``date``, ``row_number``,
    ``empty``, ``constant``, ``json``, which have no field name of their own."""

    meaning: str
    certainty: float
    why: str


def judge_values(profile: ColumnProfile) -> ValueGuess:
    """The best guess from the values alone; every column gets one."""
    if profile.filled == 0:
        return ValueGuess("empty", 1.0, "the column is empty")
    for judge in (_plain_shapes, _times, _switches, _numbers, _codes, _words):
        guess = judge(profile)
        if guess is not None:
            return guess
    return _by_distinctness(profile)


def _share(share: float, what: str) -> str:
    return f"{share:.0%} of values look like {what}"


_PLAIN: tuple[tuple[shapes.Shape, float, str, float, str], ...] = (
    (shapes.email, 0.5, "email", 0.95, "e-mail addresses"),
    (shapes.url, 0.6, "url", 0.9, "web addresses"),
    (shapes.json, 0.6, "json", 0.9, "JSON"),
    (shapes.mac, _MOST, "device", 0.8, "hardware addresses"),
    (shapes.ip, _MOST, "ip", 0.9, "network addresses"),
    (shapes.analytics_cookie, _MOST, "cookie", 0.75, "analytics cookies"),
    (shapes.uuid, _MOST, "code", 0.7, "UUIDs"),
    (shapes.iban, _MOST, "iban", 0.85, "IBANs"),
    (shapes.national_id, _MOST, "national_id", 0.75, "national identity numbers"),
    (shapes.clear_gender, _ALMOST_ALL, "gender", 0.8, "genders"),
    (shapes.title, _ALMOST_ALL, "title", 0.75, "titles"),
    (shapes.postcode_gb, 0.6, "postcode", 0.85, "British postcodes"),
    (shapes.postcode_ca, 0.6, "postcode", 0.85, "Canadian postcodes"),
    (shapes.postcode_nl, 0.6, "postcode", 0.8, "Dutch postcodes"),
    (shapes.postcode_us, 0.6, "postcode", 0.7, "postcodes"),
    (shapes.postcode_pt, 0.6, "postcode", 0.7, "postcodes"),
    (shapes.postcode_pl, 0.6, "postcode", 0.7, "postcodes"),
)


def _plain_shapes(profile: ColumnProfile) -> ValueGuess | None:
    for shape, least, meaning, certainty, what in _PLAIN:
        share = profile.share(shape)
        if share >= least:
            if meaning in ("gender", "title") and profile.distinct < 2:
                continue
            return ValueGuess(meaning, certainty * min(1.0, share + 0.1), _share(share, what))
    return None


def _times(profile: ColumnProfile) -> ValueGuess | None:
    moments = profile.share(shapes.moment) - profile.share(shapes.midnight)
    if moments >= _MOST:
        return ValueGuess("time", 0.6, _share(moments, "times of day"))
    dates = profile.share(shapes.date)
    if dates < _MOST:
        return None
    years = [year for value, _ in profile.counts if (year := shapes.year_of(value))]
    if len(years) >= 2 and median(years) <= _LATEST_MEDIAN_BIRTH and max(years) - min(years) >= 15:
        return ValueGuess("birth_date", 0.7, f"{_share(dates, 'dates')}, as widely spread as births are")
    return ValueGuess("date", 0.6, f"{_share(dates, 'dates')}, not as widely spread as births are")


def _switches(profile: ColumnProfile) -> ValueGuess | None:
    if profile.share(shapes.boolean) >= 0.95 and profile.distinct <= 4:
        return ValueGuess("flag", 0.8, "the values are yes or no")
    if profile.distinct == 1 and profile.filled > 1:
        return ValueGuess("constant", 0.8, "all rows have the same value")
    return None


def _numbers(profile: ColumnProfile) -> ValueGuess | None:
    written = profile.share(shapes.written_phone)
    phones = profile.share(_phone_or_its_digits) if written >= 0.1 else 0.0
    if written >= 0.6 or phones >= 0.8:
        return ValueGuess("phone", 0.8, _share(max(written, phones), "phone numbers"))
    integers = profile.share(shapes.integer)
    if integers < _ALMOST_ALL:
        if profile.share(shapes.number) >= _ALMOST_ALL:
            return ValueGuess("amount", 0.7, _share(profile.share(shapes.number), "amounts"))
        return None
    if profile.share(shapes.year) >= _ALMOST_ALL and profile.distinct >= 5:
        return ValueGuess("birth_year", 0.5, _share(profile.share(shapes.year), "years"))
    return _integers(profile)


def _phone_or_its_digits(text: str) -> bool:
    return shapes.written_phone(text) or (text.isdigit() and 9 <= len(text) <= 12)


def _integers(profile: ColumnProfile) -> ValueGuess:
    numbers = profile.whole_numbers()
    spread = max(numbers) - min(numbers) + 1
    dense = profile.distinct / spread >= _DENSE
    lengths = {len(value) for value, _ in profile.counts}
    many = profile.distinct > _FEW
    if profile.unique and dense:
        return ValueGuess("row_number", 0.7, "the values number the rows")
    if dense and many and profile.repeats > 1 and profile.distinct * 4 > profile.filled:
        return ValueGuess("label", 0.6, "the values number groups of a few rows, as the truth of an evaluation does")
    if min(lengths) >= 9 and max(lengths) <= 12 and many:
        return ValueGuess("phone" if 10 in lengths or 11 in lengths else "code", 0.5, "long numbers that differ")
    if lengths <= {4, 5} and many and profile.repeats >= 1.5:
        return ValueGuess("postcode", 0.5, "numbers of four or five digits that repeat")
    if min(lengths) >= 6 and many and profile.repeats < 20:
        return ValueGuess("code", 0.5, "long numbers that differ")
    return ValueGuess("number", 0.6, "the values are numbers")


def _codes(profile: ColumnProfile) -> ValueGuess | None:
    codes = profile.share(shapes.code)
    many = profile.distinct > _FEW and profile.repeats < _FEW
    if codes >= 0.8 and (many or profile.unique) and profile.share(shapes.house_number) < 0.5:
        return ValueGuess("code", 0.6, _share(codes, "codes"))
    if profile.share(shapes.hexadecimal) >= _MOST:
        return ValueGuess("code", 0.6, _share(profile.share(shapes.hexadecimal), "keys"))
    if profile.share(shapes.house_number) >= 0.8:
        return ValueGuess("house_number", 0.5, _share(profile.share(shapes.house_number), "house numbers"))
    return None


def _words(profile: ColumnProfile) -> ValueGuess | None:
    if profile.share(shapes.free_text) >= 0.5:
        return ValueGuess("note", 0.6, "long texts")
    streets = profile.share(shapes.street_word)
    if max(streets, profile.share(shapes.address)) >= 0.45:
        share = max(streets, profile.share(shapes.address))
        return ValueGuess("address", 0.7, _share(share, "addresses"))
    for states in region_words("states").values():
        share = profile.share_of(partial(_is_one_of, states))
        if share >= 0.8 and profile.distinct >= 3:
            return ValueGuess("state", 0.7, _share(share, "states"))
    places = profile.share(shapes.place)
    one_word = profile.share(shapes.word)
    given, family = profile.share(shapes.given_name), profile.share(shapes.family_name)
    full = profile.share(shapes.full_name)
    if full >= _A_NAME and one_word < 0.5:
        return ValueGuess("full_name", 0.75, _share(full, "full names"))
    if places >= 0.25 and places >= max(given, family):
        return ValueGuess("city", 0.65, _share(places, "places"))
    if max(given, family) >= _A_NAME and profile.distinct > 5:
        if given >= family:
            return ValueGuess("given_name", 0.7, _share(given, "given names"))
        return ValueGuess("family_name", 0.7, _share(family, "family names"))
    if family >= 0.2 and family > given and profile.distinct > _FEW and one_word >= 0.6:
        return ValueGuess("family_name", 0.5, _share(family, "family names"))
    return None


def _is_one_of(words: frozenset[str], text: str) -> bool:
    return text.lower() in words


def _by_distinctness(profile: ColumnProfile) -> ValueGuess:
    if (profile.distinct <= _FEW and profile.repeats >= 2) or profile.repeats >= 20:
        return ValueGuess("category", 0.6, f"{profile.distinct:,} different values, each on {profile.repeats:.0f} rows")
    return ValueGuess("text", 0.5, f"words, {profile.distinct:,} different ones")
