"""One column by itself: what its name says, checked against its values; else what the values say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from resolver.config import AttributeKind, IdentifierKind
from resolver.guess import shapes
from resolver.guess.byvalues import ValueGuess, judge_values
from resolver.guess.headers import BYSTANDERS, HeaderGuess, field_name, read_header, words_of
from resolver.guess.meanings import CODE, MEANINGS, Meaning, Use
from resolver.guess.profile import ColumnProfile
from resolver.guess.support import Support, support

_SURE_HEADER = 0.7
_FEW_CATEGORIES = 200
_SOME_COMPANIES = 0.3  # most firms of a list write their legal form
_CONSTANT_ROWS = 20  # fewer rows may have one value by chance

#: What a second column of the same name holds: fname_c2, last_name_2. Other second columns hold further values.
_SECOND = {"given_name": "middle_name", "family_name": "family_name_2", "address": "address_2"}

#: What values alone can say, where that is no field of the table: how the column is used then.
_OWN: dict[str, Meaning] = {
    "code": CODE,
    "category": Meaning(Use.COMPARED, AttributeKind.CATEGORY),
    "text": Meaning(Use.COMPARED, AttributeKind.TEXT),
    "number": Meaning(Use.KEPT, AttributeKind.NUMBER, reason="numbers of unknown meaning"),
    "date": Meaning(Use.KEPT, AttributeKind.DATE, reason="says when, not who"),
    "empty": Meaning(Use.DROPPED, reason="nothing in it"),
    "constant": Meaning(Use.DROPPED, reason="tells nobody apart"),
    "json": Meaning(Use.DROPPED, reason="nested data"),
}

#: Meanings whose fields are called after the column, because columns of that meaning have nothing else in common.
_NAMED_AFTER_COLUMN = frozenset({"created", "amount", "flag", "segment", "record_id", "row_number", "time", "label"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A column as understood by itself. ``meaning`` is a key of ``MEANINGS`` or of ``_OWN``, ``field`` the name the
    config will use for it. ``named``: the meaning comes from the name. ``foreign``: see ``ColumnGuess``."""

    profile: ColumnProfile
    header: HeaderGuess | None
    meaning: str
    field: str
    definition: Meaning
    certainty: float
    why: str
    named: bool
    foreign: bool = False

    @property
    def column(self) -> str:
        return self.profile.column

    @property
    def use(self) -> Use:
        return self.definition.use

    @property
    def kind(self) -> IdentifierKind | AttributeKind | None:
        return self.definition.kind

    def used(self, use: Use, why: str, certainty: float | None = None) -> Reading:
        """The same column put to another use."""
        definition = replace(self.definition, use=use, reason=why)
        return replace(
            self, definition=definition, why=why, certainty=self.certainty if certainty is None else certainty
        )

    def renamed(self, field: str) -> Reading:
        return replace(self, field=field)


def read_column(profile: ColumnProfile) -> Reading:
    """Name first, if its values do not speak against it; then the values."""
    header = read_header(profile.column)
    if header is None:
        values = judge_values(profile)
        return _from_values(profile, header, values, values.why)
    header = _refined(header, profile)
    if header.relation is not None:
        return _of_somebody_else(profile, header)
    if header.meaning == "label":
        return _label(profile, header)
    if header.hashed and MEANINGS[header.meaning].use is Use.IDENTIFIER and profile.share(shapes.email) < 0.5:
        return _hashed(profile, header)
    if not profile.filled:
        return _empty(profile, header)
    backing = support(header.meaning, profile)
    if backing.bears_out and header.strength >= _SURE_HEADER:
        return _from_header(profile, header, backing)
    values = judge_values(profile)
    if backing.contradicts or _values_know_better(header, backing, values):
        return _from_values(profile, header, values, f"the name says {_spoken(header.meaning)}, but {values.why}")
    return _from_header(profile, header, backing)


def _from_header(profile: ColumnProfile, header: HeaderGuess, backing: Support) -> Reading:
    definition = _with_kind_of_values(header.meaning, profile)
    certainty = header.strength * (0.55 + 0.45 * backing.share)
    if backing.bears_out:
        certainty = min(0.99, certainty + 0.03)
        why = f"name and {backing.share:.0%} of values look like {backing.looks_like}"
    elif backing.looks_like:
        why = f"the name says {_spoken(header.meaning)}; {backing.share:.0%} of values look like {backing.looks_like}"
    else:
        why = f"the name says {_spoken(header.meaning)}"
    if definition.reason:
        why += f": {definition.reason}"
    field = field_of(profile.column, header)
    if profile.distinct == 1 and profile.filled >= _CONSTANT_ROWS and definition.use in (Use.COMPARED, Use.KEPT):
        definition = replace(definition, use=Use.KEPT if definition.use is Use.COMPARED else Use.DROPPED)
        why += "; all rows have the same value"
    return Reading(profile, header, header.meaning, field, definition, round(certainty, 2), why, named=True)


def _from_values(profile: ColumnProfile, header: HeaderGuess | None, values: ValueGuess, why: str) -> Reading:
    meaning = values.meaning
    definition = _OWN.get(meaning) or MEANINGS[meaning]
    if definition.reason:
        why += f": {definition.reason}"
    field = meaning
    if meaning in _OWN or meaning in _NAMED_AFTER_COLUMN:
        field = field_name(profile.column, "column")
        if header is not None and field in MEANINGS:
            field += "_as_given"
    certainty = values.certainty * (0.8 if header is not None else 1.0)
    return Reading(profile, header, meaning, field, definition, round(certainty, 2), why, named=False)


def field_of(column: str, header: HeaderGuess) -> str:
    """What the field of a column is called when its name is believed."""
    if header.meaning in _NAMED_AFTER_COLUMN:
        return field_name(column, header.meaning)
    if header.meaning == "customer_id":
        return _field_of_customer_id(column, header)
    return header.meaning


def _field_of_customer_id(column: str, header: HeaderGuess) -> str:
    """``customer_id`` for the plain ones; it matters whose number it is, so ``crm_customer_id`` keeps its name."""
    words = words_of(column)
    plain = {"customer", "cust", "client", "kunde", "kunden", "number", "no", "nr", "num", "id", "code", "key", "ref"}
    if header.language is not None or set(words) <= plain:
        return "customer_id"
    return "_".join(words)


def _refined(header: HeaderGuess, profile: ColumnProfile) -> HeaderGuess:
    """Names that mean one of several things, told apart by values."""
    meaning = header.meaning
    if meaning in ("full_name", "family_name", "given_name") and profile.counts:
        meaning = _which_name(meaning, header, profile)
    elif meaning in ("birth_date", "birth_year") and profile.counts:
        if profile.share(shapes.year) >= 0.7:
            meaning = "birth_year"
        elif profile.share(shapes.date) >= 0.5:
            meaning = "birth_date"
        elif header.phrase.endswith("day") and profile.share(shapes.integer) >= 0.9:
            meaning = "birth_day"
    elif meaning == "customer_id" and profile.share(shapes.analytics_cookie) >= 0.7:
        meaning = "cookie"
    elif header.phrase == "date" and judge_values(profile).meaning == "birth_date":
        meaning = "birth_date"
    elif meaning == "title" and profile.counts and profile.share(shapes.title) < 0.3:
        meaning = "occupation" if profile.distinct > 20 else "title"
    elif meaning in ("given_name", "middle_name") and profile.share(shapes.initial) >= 0.9:
        meaning = "middle_name"
    if header.ordinal is not None and header.ordinal > 1:
        meaning = _SECOND.get(meaning, meaning)
    return replace(header, meaning=meaning)


def _which_name(meaning: str, header: HeaderGuess, profile: ColumnProfile) -> str:
    if meaning == "full_name" and profile.share(shapes.company) >= _SOME_COMPANIES:
        return "company"
    one_word = profile.share(shapes.word)
    if meaning == "full_name" and one_word >= 0.75:
        return "given_name" if profile.share(shapes.given_name) > profile.share(shapes.family_name) else "family_name"
    vague = header.phrase in ("nom", "nome", "nombre", "name", "first", "last") or header.strength < _SURE_HEADER
    if meaning != "full_name" and vague and one_word < 0.4 and profile.share(shapes.full_name) >= 0.35:
        return "full_name"
    return meaning


def _values_know_better(header: HeaderGuess, backing: Support, values: ValueGuess) -> bool:
    """A name that explains little of the header, against values that speak clearly; or values so few that they are
    nobody's own (the source of an account)."""
    if MEANINGS[header.meaning].kind is IdentifierKind.CODE and not backing.bears_out and values.meaning == "category":
        return True
    if header.meaning == values.meaning or values.meaning in _OWN:
        return False
    clear = values.certainty >= 0.8 or (values.meaning in ("email", "url") and values.certainty > 0.5)
    return clear and (header.strength < _SURE_HEADER or not backing.bears_out)


def _label(profile: ColumnProfile, header: HeaderGuess) -> Reading:
    if header.phrase in _MILD:
        values = judge_values(profile)
        if values.meaning in MEANINGS and values.meaning != "label" and values.certainty >= 0.6:
            return _from_values(profile, header, values, values.why)
    why = "named like the answer that an evaluation compares with: never used"
    field = field_name(profile.column, "label")
    return Reading(profile, header, "label", field, MEANINGS["label"], header.strength, why, named=True)


#: Names of label columns that may as well hold something else.
_MILD = frozenset({"label", "entity", "group", "person", "target", "match", "identity", "original id", "duplicate"})


def _hashed(profile: ColumnProfile, header: HeaderGuess) -> Reading:
    why = f"hashed values of {_spoken(header.meaning)}: equal ones match, near misses cannot"
    field = f"{header.meaning}_hash"
    return Reading(profile, header, "code", field, CODE, 0.75, why, named=True)


def _empty(profile: ColumnProfile, header: HeaderGuess) -> Reading:
    """A column that is empty in the sample keeps what its name says, if the name is clear: later rows may fill it."""
    definition = MEANINGS[header.meaning]
    known = (Use.IDENTIFIER, Use.COMPARED) if profile.rows else tuple(Use)
    if header.strength < _SURE_HEADER or definition.use not in known:
        values = judge_values(profile)
        return _from_values(profile, header, values, values.why)
    why = f"the name says {_spoken(header.meaning)}; the sample has no value"
    field = field_of(profile.column, header)
    return Reading(profile, header, header.meaning, field, definition, 0.5, why, named=True)


def _of_somebody_else(profile: ColumnProfile, header: HeaderGuess) -> Reading:
    """A mother's name is a trait of the person; a spouse's phone is not the person's own identifier, and who served the
    person says nothing."""
    if header.phrase == header.relation and profile.counts:  # which says whose the values are, but not what
        values = judge_values(profile)
        if values.meaning in MEANINGS and values.certainty >= _SURE_HEADER:
            header = replace(header, meaning=values.meaning)
    definition = MEANINGS[header.meaning]
    field = f"{header.relation}_{header.meaning}"
    why = f"the name says {_spoken(header.meaning)} of another person ({header.relation})"
    if definition.use is not Use.COMPARED or not profile.counts or header.relation in BYSTANDERS:
        kept = Meaning(Use.DROPPED if definition.use in (Use.DROPPED, Use.LABEL) else Use.KEPT, AttributeKind.TEXT)
        return Reading(profile, header, header.meaning, field, kept, 0.7, why + ": kept, not compared", named=True)
    return Reading(profile, header, field, field, definition, 0.7, why, named=True)


def _with_kind_of_values(meaning: str, profile: ColumnProfile) -> Meaning:
    """Trades, firms and the like are compared as categories where they are few, as text where they are many."""
    definition = MEANINGS[meaning]
    if definition.kind is AttributeKind.TEXT and 0 < profile.distinct <= _FEW_CATEGORIES and profile.repeats >= 5:
        return replace(definition, kind=AttributeKind.CATEGORY)
    if definition.kind is AttributeKind.PLACE and profile.share(shapes.integer) >= 0.7:
        return replace(definition, kind=AttributeKind.CATEGORY)
    if definition.kind is AttributeKind.CATEGORY and definition.use is Use.COMPARED and profile.distinct > 2_000:
        return replace(definition, kind=AttributeKind.TEXT)
    return definition


def _spoken(meaning: str) -> str:
    return meaning.replace("_", " ")
