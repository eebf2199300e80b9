"""Resolution: which records are one customer, how sure, and that neither order nor shortcuts matter."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resolver.batch import cluster_table, confidences
from resolver.config import Config
from resolver.known import know
from resolver.model import MICRO, probability_of
from resolver.resolution import DecidedPairs, Evidence, resolve
from resolver.version import Version
from tests.support.core import CONFIG, Values, all_pairs, customers, groups, shared_keys, small_worlds, table, version
from tests.support.people import MODELS, WORLDS, model_for

ANA: Values = {"given_name": ("ana",), "family_name": ("silva",), "birth_date": ("1990-05-17",)}
BEN: Values = {"given_name": ("ben",), "family_name": ("kern",), "birth_date": ("1971-03-09",)}


def with_resolution(**changes: object) -> Config:
    return Config.model_validate(
        {**CONFIG.model_dump(), "resolution": {**CONFIG.resolution.model_dump(), **changes}}
    )


def versions() -> st.SearchStrategy[Version]:
    """Versions of which some link by one weak identifier, some only by several; some know related people."""
    return st.builds(
        lambda related, link, conflict: version(
            with_resolution(link_threshold=link, conflict_threshold=conflict), prior=2.0**-9, related=related
        ),
        st.sampled_from([0.0, 2.0**-7]),
        st.sampled_from([-1.0, 1.0, 4.0, 9.0]),
        st.sampled_from([-3.0, 0.0]),
    )


CROSSED = {
    "crm:0": ANA | {"device": ("d2",)},
    "crm:1": ANA | {"device": ("d1",)},
    "crm:2": ANA | {"device": ("d1", "d2")},
    "crm:3": {"given_name": ("ben",), "device": ("d1",)},
    "crm:4": {"given_name": ("ben",), "device": ("d1", "d2")},
}
TWICE_WEAK = {
    "crm:0": {"cookie": ("c1",)},
    "crm:1": {"cookie": ("c2",)},
    "crm:2": {"cookie": ("c1", "c2")},
    "crm:3": {"cookie": ("c1", "c2")},
}


@given(small_worlds(), versions())
@example(TWICE_WEAK, version())
@example(CROSSED, version(related=0.0))
@settings(max_examples=300, deadline=None)
def test_components_are_what_all_pairs_that_share_an_active_key_connect(
    records: dict[str, Values], its: Version
) -> None:
    rows = table(records)
    evidence = Evidence(rows, its, know(rows, its).reach)
    left, right = all_pairs(len(rows))
    weight, _ = evidence.weights(left, right)
    candidates = shared_keys(records, its)
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(rows.keys)
    for a, b, w in zip(left.tolist(), right.tolist(), weight.tolist(), strict=True):
        if (rows.keys[a], rows.keys[b]) in candidates and w >= its.link_threshold:
            graph.add_edge(rows.keys[a], rows.keys[b])
    resolution = cluster_table(rows, its)
    assert groups(rows, resolution.component) == {frozenset(part) for part in nx.connected_components(graph)}
