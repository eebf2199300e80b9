"""Short ways to the resolver's core in tests: records as a table, a version with a small fixed model, brute force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from resolver.batch.in_memory import prepare_batch
from resolver.blocking.signatures import SIGNATURES, rule_name
from resolver.clustering.resolution import Resolution
from resolver.columns import Ints, Table, table_of
from resolver.config import SEEN_DAY, Config
from resolver.scoring.model import MICRO, Model
from resolver.training.default_model import default_model
from resolver.version import Version

TIME = 1_700_000_000_000_000
Values = Mapping[str, Sequence[str]]

#: Two kinds of identifiers that link alone, one that does not, an exclusive one; four attributes.
CONFIG = Config.model_validate(
    {
        "resolution": {"region": "GB", "link_threshold": 1.0, "conflict_threshold": 0.0},
        "identifiers": {
            "email": {"kind": "email", "max_records": 20},
            "phone": {"kind": "phone", "max_records": 20},
            "device": {"max_records": 20},
            "cookie": {"max_records": 20, "match_probability": 0.6},
            "loyalty": {"exclusive": True, "conflict_weight": 15},
        },
        "attributes": {
            "given_name": {"kind": "given_name"},
            "family_name": {"kind": "family_name"},
            "birth_date": {"kind": "date"},
            "postcode": {"kind": "postcode"},
        },
    }
)


#: The same; some identifiers say less of records that were seen far apart.
FADING = Config.model_validate(
    {
        **CONFIG.model_dump(),
        "identifiers": {
            name: {**its.model_dump(), "half_life_days": {"phone": 200, "device": 900, "cookie": 10}.get(name)}
            for name, its in CONFIG.identifiers.items()
        },
    }
)


def version(config: Config = CONFIG, **changes: Any) -> Version:
    """The version of this config with the shipped model; ``changes``: fields of the model."""
    its = default_model(config)
    settings = {name: getattr(its, name) for name in Model.__slots__}
    return Version(config, Model(**(settings | changes)))


def table(records: Mapping[str, Values], config: Config = CONFIG) -> Table:
    """Normalised records by key, in columns."""
    return table_of(list(records.items()), config.stored_fields)


def raw_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as files give them: text columns, or lists of texts."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        cells = [row.get(name) for row in rows]
        several = any(isinstance(cell, list) for cell in cells)
        if several:
            cells = [cell if isinstance(cell, list) or cell is None else [cell] for cell in cells]
        columns[name] = pa.array(cells, pa.list_(pa.string()) if several else pa.string())
    return pa.table(columns)


def batch_table(sources: Mapping[str, Sequence[Mapping[str, Any]]], config: Config) -> Table:
    """The table of raw rows by source."""
    return prepare_batch(
        [(source, [(raw_table(rows), "row {}".format)]) for source, rows in sources.items()], config, TIME
    ).table


def groups(its: Table, labels: Ints) -> set[frozenset[str]]:
    """A partition as sets of record keys."""
    found: dict[int, set[str]] = {}
    for key, label in zip(its.keys, labels.tolist(), strict=True):
        found.setdefault(label, set()).add(key)
    return {frozenset(keys) for keys in found.values()}


def customers(its: Table, resolution: Resolution) -> set[frozenset[str]]:
    return groups(its, resolution.cluster)


def all_pairs(n: int) -> tuple[Ints, Ints]:
    pairs = np.array(list(combinations(range(n), 2)), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def bits(weight: int | float) -> float:
    """Microbits in bits."""
    return weight / MICRO


_FEW: dict[str, tuple[list[str], int]] = {
    "email": (["ana@example.com", "ann@example.com", "ben@example.org"], 1),
    "phone": (["+442079460018", "+442079460019"], 1),
    "device": (["d1", "d2", "d3"], 2),
    "cookie": (["c1", "c2", "c3"], 2),
    "loyalty": (["l1001", "l2002"], 1),
    "given_name": (["ana", "anna", "ben"], 1),
    "family_name": (["silva", "sylva", "kern"], 1),
    "birth_date": (["1990-05-17", "1990-05-18", "1971-03-09"], 1),
    "postcode": (["SW1A1AA", "LS14DY"], 1),
    SEEN_DAY: (["2020-02-29", "2024-01-01", "2024-01-11"], 1),
}


@st.composite
def small_worlds(draw: st.DrawFn, most: int = 9) -> dict[str, Values]:
    """Some normalised records by key, of values that collide often."""
    records: dict[str, Values] = {}
    for number in range(draw(st.integers(2, most))):
        wanted = draw(st.sets(st.sampled_from(list(_FEW)), max_size=5))
        records[f"crm:{number}"] = {
            name: tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=several, unique=True)))
            for name, (values, several) in _FEW.items()
            if name in wanted
        }
    return records


def shared_keys(records: Mapping[str, Values], its: Version) -> dict[tuple[str, str], set[str]]:
    """By pair of record keys (smaller first) the active identifiers and rules' keys that both carry, by brute force."""
    carriers: dict[str, list[str]] = {}
    for key, fields in sorted(records.items()):
        for name in its.config.identifiers:
            for value in fields.get(name, ()):
                carriers.setdefault(f"{name}:{value}", []).append(key)
        for rule in its.model.rules:
            forms = [
                [SIGNATURES[its.kinds[part.field]][part.form](value) for value in fields.get(part.field, ())]
                for part in rule
            ]
            for parts in product(*forms):
                if all(parts):
                    carriers.setdefault(f"{rule_name(rule)}={parts}", []).append(key)
    found: dict[tuple[str, str], set[str]] = {}
    for name, keys in carriers.items():
        type = name.partition(":")[0]
        cap = its.cap(type) if type in its.config.identifiers else its.config.resolution.blocking_cap
        if len(set(keys)) <= cap:
            for a, b in combinations(sorted(set(keys)), 2):
                found.setdefault((a, b), set()).add(name)
    return found
