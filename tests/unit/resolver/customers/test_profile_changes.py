"""Which fields of a golden profile read otherwise than before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Record
from resolver.config import AttributeConfig, AttributeKind, Config, SourceConfig
from resolver.customers.profile import golden_profile
from resolver.customers.profile_changes import changed_fields

RULES = ["latest", "most_trusted", "most_frequent", "longest", "all", "min", "max", "sum"]
VALUES: dict[str, list[tuple[str, ...]]] = {
    "city": [("bonn",), ("ulm",), ("bonn", "ulm")],
    "birth_date": [("1990-03-04",), ("1990-03-04", "1990-04-03")],
    "points": [("1",), ("20",)],
}
KINDS = {"city": AttributeKind.PLACE, "birth_date": AttributeKind.DATE, "points": AttributeKind.NUMBER}


@st.composite
def people(draw: st.DrawFn) -> list[Record]:
    """Some records of one customer, of values that are often the same, now and then in other words."""
    records = []
    for number in range(draw(st.integers(1, 3))):
        fields = {
            name: draw(st.sampled_from(values)) for name, values in VALUES.items() if draw(st.sampled_from([0, 1, 1]))
        }
        display = {
            name: tuple(text.upper() for text in values) for name, values in fields.items() if draw(st.booleans())
        }
        source = draw(st.sampled_from(["crm", "shop"]))
        records.append(Record(source, str(number), draw(st.integers(1, 3)), "digest", fields, display))
    return records


def shown(records: Sequence[Record], config: Config) -> dict[str, list[str]]:
    return {its.name: [value.value for value in its.values] for its in golden_profile(records, config).fields}


@pytest.mark.parametrize("rule", RULES)
@given(then=people(), today=people())
@settings(deadline=None)
def test_the_changed_fields_are_those_that_the_two_profiles_show_otherwise(
    rule: str, then: list[Record], today: list[Record]
) -> None:
    config = Config(
        sources={"crm": SourceConfig(trust=2), "shop": SourceConfig(trust=1)},
        attributes={
            name: AttributeConfig.model_validate({"kind": kind, "survivorship": rule}) for name, kind in KINDS.items()
        },
    )
    old, new = shown(then, config), shown(today, config)
    expected = sorted(name for name in KINDS if old.get(name) != new.get(name))
    assert changed_fields(then, today, config) == expected
