"""A small world for property tests: few values that collide often, and weights that link, doubt and contradict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from graph.model import ResolutionVersion
from graph.store import Store
from resolver.config import RETURNED_ID, Config
from resolver.normalise import NORMALISER_VERSION
from resolver.scoring.model import MICRO, Model
from resolver.training.default_model import default_model

Row = dict[str, Any]

_COLUMNS = {
    "first": "given_name",
    "last": "family_name",
    "born": "birth_date",
    "code": "postcode",
    "mail": "email",
    "tel": "phone",
    "card": "loyalty",
    "device": "device",
    "cookie": "cookie",
}


#: The column in which rows of each source bring ids of our customers.
OURS = {"crm": RETURNED_ID, "shop": "ours", "web": RETURNED_ID}


def _config(**resolution: Any) -> Config:
    return Config.model_validate(
        {
            "resolution": {"region": "GB", **resolution},
            "identifiers": {
                "email": {"kind": "email", "max_records": 5},
                "phone": {"kind": "phone", "max_records": 4},
                "loyalty": {"kind": "code", "exclusive": True},
                "device": {"kind": "code", "max_records": 3},
                # One shared cookie on its own is a doubt, not a link.
                "cookie": {"kind": "code", "max_records": 4, "match_probability": 0.6},
            },
            "attributes": {
                "given_name": {"kind": "given_name"},
                "family_name": {"kind": "family_name", "survivorship": "latest"},
                "birth_date": {"kind": "date", "survivorship": "most_trusted"},
                "postcode": {"kind": "postcode", "survivorship": "longest"},
            },
            "sources": {
                "crm": {"id": "no", "time": "at", "trust": 2, "columns": _COLUMNS},
                "shop": {"id": "no", "time": "at", "customer_id": OURS["shop"], "columns": _COLUMNS},
                "web": {"role": "touch", "time": "at", "columns": _COLUMNS},
            },
        }
    )


def _fading(config: Config) -> Config:
    """The same; telephones, cards and cookies change hands within days."""
    document = config.model_dump()
    for name, days in {"phone": 1, "loyalty": 2, "cookie": 0.5}.items():
        document["identifiers"][name]["half_life_days"] = days
    return Config.model_validate(document)


def _crowded(config: Config) -> Config:
    """The same; so many may share cookies, devices and telephones that it takes off several bits."""
    document = config.model_dump()
    for name, cap in {"cookie": 12, "device": 9, "phone": 8}.items():
        document["identifiers"][name] |= {"max_records": cap, "match_probability": 0.95}
    document["identifiers"]["loyalty"]["exclusive"] = False
    return Config.model_validate(document)


def _read_otherwise(config: Config) -> Config:
    """The same sources and fields; some columns mean something else, values survive and speak otherwise."""
    document = config.model_dump()
    crm = document["sources"]["crm"]
    crm |= {"trust": 0, "columns": {column: its for column, its in _COLUMNS.items() if column != "tel"}}
    crm["columns"] |= {"code": "ignore", "cookie": "device"}
    document["identifiers"]["phone"]["max_records"] = 2
    document["identifiers"]["loyalty"]["exclusive"] = False
    document["attributes"]["family_name"]["survivorship"] = "longest"
    return Config.model_validate(document)


#: Configs by what is special about them.
WORLDS = {
    "plain": _config(review_margin=3),
    "no review margin": _config(review_margin=0),
    "small limits": _config(review_margin=2, max_component=4, max_pairwise=3, blocking_cap=3),
    "fading": _fading(_config(review_margin=3)),
    "crowded": _crowded(_config(review_margin=0)),
    "read otherwise": _read_otherwise(_config(review_margin=3)),
}


def model_for(config: Config, link_bits: float = 1.0, conflict_bits: float = -2.0) -> Model:
    """The shipped weights with a prior for a small town, so that a name with a birth date can link."""
    return replace(
        default_model(config),
        prior=2.0**-9,
        related=2.0**-7,
        link_threshold=round(link_bits * MICRO),
        conflict_threshold=round(conflict_bits * MICRO),
    )


#: Models by what is special about them.
MODELS = {"usual": (1.0, -2.0), "strict": (5.0, 0.0), "lax": (-2.0, -6.0), "all but a device": (3.1, -1.0)}


def adopt(store: Store, config: Config, model: Model, at: int) -> None:
    """Adopt a first resolution version."""
    with store.write() as tx:
        tx.adopt_version(ResolutionVersion(1, config.canonical_json(), model.to_json(), NORMALISER_VERSION, at))


IDS = {"crm": ["1", "2", "3", "4", "5"], "shop": ["1", "2", "3", "é"]}
VALUES = {
    "first": ["Anna", "Anne", "Ben", "Hannah"],
    "last": ["Smith", "Smyth", "Jones"],
    "born": ["1980-02-03", "1980-03-02", "1980-02-04", "1955-11-30"],
    "code": ["SW1A 1AA", "SW1A 1AB", "LS1 4DY"],
    "mail": ["anna@example.com", "ANNA@example.com", "anne@example.com", "ben@example.org", "family@example.com"],
    "tel": ["020 7946 0018", "020 7946 0019", "0113 496 0001"],
    "card": ["L-1001", "L-1002", "L-2003"],
    "device": ["d1", "d2"],
    "cookie": ["c1", "c2"],
}
#: Identifier keys that decisions may speak of; some are never there.
IDENTIFIERS = [
    "email:anna@example.com",
    "email:family@example.com",
    "phone:+442079460018",
    "device:d1",
    "cookie:c1",
    "loyalty:l1001",
]
TIMES = [f"2024-05-0{day}T12:00:00Z" for day in range(1, 7)]


def _some(column: str) -> st.SearchStrategy[Any]:
    one = st.sampled_from(VALUES[column])
    return one if column in ("first", "last", "born", "code") else one | st.lists(one, min_size=2, max_size=2)


@st.composite
def rows_of(draw: st.DrawFn, source: str) -> Row:
    """A row of a source: any of the columns, an id where the source has ids. Mostly without a time, so that it is of
    now, sometimes of some day long ago."""
    row: Row = {}
    most = draw(st.sampled_from([1, 2, 3, 7]))
    if source == "web":
        names = st.sampled_from(["mail", "device", "cookie", "card"])
        columns = draw(st.sets(names, min_size=1, max_size=min(most, 3)))
    else:
        row["no"] = draw(st.sampled_from(IDS[source]))
        columns = draw(st.sets(st.sampled_from(list(VALUES)), min_size=1, max_size=most))
    row |= {column: draw(_some(column)) for column in VALUES if column in columns}
    at = draw(st.sampled_from([None] * len(TIMES) + TIMES))
    return {**row, "at": at} if at else row


@st.composite
def batches(draw: st.DrawFn, most: int = 4) -> tuple[str, list[Row]]:
    """A source with some of its rows."""
    source = draw(st.sampled_from(["crm", "shop", "web"]))
    return source, draw(st.lists(rows_of(source), min_size=1, max_size=most))


@st.composite
def twins(draw: st.DrawFn) -> tuple[str, list[Row]]:
    """Two or three rows of people who share everything but their first names."""
    source = draw(st.sampled_from(["crm", "shop"]))
    home = {column: VALUES[column][0] for column in ("last", "born", "code", "mail", "tel")}
    numbers = draw(st.lists(st.sampled_from(IDS[source]), min_size=2, max_size=3, unique=True))
    return source, [{**home, "no": no, "first": draw(st.sampled_from(VALUES["first"]))} for no in numbers]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[str, list[Row]]:
    """Up to seven touches of one cookie, device or telephone, each with a login of its own."""
    over = draw(st.sampled_from(["cookie", "device", "tel"]))
    mails = [{"mail": mail} for mail in VALUES["mail"] if mail.islower()]
    logins = draw(st.permutations([*mails, *({"card": card} for card in VALUES["card"])]))
    return "web", [{over: VALUES[over][0], **login} for login in logins[: draw(st.integers(2, 7))]]


def record_keys() -> st.SearchStrategy[str]:
    return st.sampled_from([f"{source}:{id}" for source, ids in IDS.items() for id in ids])


#: Sources that no config names.
NEW_SOURCES = ["club", "app"]
_NEWCOMERS = {
    "e_mail": VALUES["mail"],
    "phone": VALUES["tel"],
    "first_name": VALUES["first"],
    "surname": VALUES["last"],
    "device": VALUES["device"],
    # Fields that no model knows when they come.
    "town": ["Leeds", "York", "Hull"],
    "iban": ["DE89370400440532013000", "GB33BUKB20201555555555"],
}


@st.composite
def newcomers(draw: st.DrawFn, most: int) -> tuple[str, list[Row]]:
    """Rows of a source that nobody configured; those of one batch have the same columns."""
    columns = draw(st.sets(st.sampled_from(list(_NEWCOMERS)), min_size=1, max_size=4))
    one = st.fixed_dictionaries(
        {
            "member_id": st.sampled_from(["M-1", "M-2", "M-3"]),
            **{column: st.sampled_from(values) for column, values in _NEWCOMERS.items() if column in columns},
        }
    )
    return draw(st.sampled_from(NEW_SOURCES)), draw(st.lists(one, min_size=1, max_size=most))
