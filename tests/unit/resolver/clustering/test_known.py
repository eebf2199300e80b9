"""What is known of keys: the same from the whole table as from a store's postings."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Carrier, KeyKind, Record
from graph.sqlite_store import SqliteStore
from resolver.clustering.known import know
from resolver.clustering.proposing import Known
from resolver.columns import Table
from resolver.config import Config
from resolver.neighbourhood.evidence import known_from_postings
from resolver.neighbourhood.read_once import ReadOnce
from resolver.preparing.indexing import indexed
from resolver.version import Version
from tests.support.core import CONFIG, TIME, Values, shared_keys, small_worlds, table, version

SMALL_CAPS = Config.model_validate(
    {
        **CONFIG.model_dump(),
        "resolution": {"blocking_cap": 3},
        "identifiers": {name: {**its.model_dump(), "max_records": 3} for name, its in CONFIG.identifiers.items()},
    }
)
CONFIGS = st.sampled_from([CONFIG, SMALL_CAPS])


def pairs_by_keys(rows: Table, known: Known) -> set[tuple[str, tuple[str, ...]]]:
    """The rows that share each active key, by type."""
    found = set()
    for name, blocks in known.blocks.items():
        for start, end in zip(blocks.indptr[:-1], blocks.indptr[1:], strict=True):
            found.add((name, tuple(rows.keys[row] for row in blocks.rows[start:end])))
    return found


def reach(rows: Table, known: Known) -> dict[str, int]:
    """s of each value that at least two rows share."""
    return {
        f"{name}:{value}": int(s)
        for name, its in known.reach.items()
        for value, s, count in zip(rows.columns[name].values, its, rows.columns[name].frequencies, strict=True)
        if count > 1
    }


@given(small_worlds(), CONFIGS)
@settings(max_examples=60, deadline=None)
def test_the_whole_table_knows_what_the_postings_of_a_store_tell(records: dict[str, Values], config: Config) -> None:
    its, rows = version(config), table(records, config)
    stored = [
        Record("crm", key.partition(":")[2], TIME, key, {name: tuple(values) for name, values in fields.items()})
        for key, fields in records.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "known.db")
        with store.write() as tx:
            tx.put_records(indexed(stored, its).values())
        with store.read() as snapshot:
            theirs = known_from_postings(snapshot, rows, its)
        store.close()
    ours = know(rows, its)
    assert reach(rows, ours) == reach(rows, theirs)
    assert pairs_by_keys(rows, ours) == pairs_by_keys(rows, theirs)


@given(small_worlds(), CONFIGS)
@settings(deadline=None)
def test_rows_share_an_active_key_exactly_where_a_count_says_so(records: dict[str, Values], config: Config) -> None:
    its, rows = version(config), table(records, config)
    pairs = {(a, b) for _, keys in pairs_by_keys(rows, know(rows, its)) for a in keys for b in keys if a < b}
    assert pairs == shared_keys(records, its).keys()


def told(fields: Values, its: Version) -> tuple[tuple[str, ...], ...]:
    """What tells a record apart: attributes and exclusive identifiers, else the surest of those that name a person."""
    for group in (its.signature_fields, ("loyalty",), ("email",), ("phone",)):
        if found := tuple(sorted((name, *sorted(values)) for name, values in fields.items() if name in group)):
            return found
    return ()


@given(small_worlds(), CONFIGS)
@settings(deadline=None)
def test_reach_counts_who_an_active_values_carriers_say_they_are(records: dict[str, Values], config: Config) -> None:
    its, rows = version(config), table(records, config)
    for key, s in reach(rows, know(rows, its)).items():
        name, _, value = key.partition(":")
        carriers = [fields for fields in records.values() if value in fields.get(name, ())]
        signatures = {told(fields, its) for fields in carriers} - {(), ((name, value),)}
        assert s == (max(1, len(signatures)) if len(carriers) <= its.cap(name) else 0)


class Counting(ReadOnce):
    """Counts the keys that the store is asked for."""

    asked = 0

    def carriers(self, hashes: Collection[int], limit: int, kind: KeyKind) -> dict[int, list[Carrier]]:
        self.asked += len(hashes)
        return super().carriers(hashes, limit, kind)


def test_of_blocking_keys_that_the_same_records_share_the_store_is_asked_for_one(tmp_path: Path) -> None:
    ana = {"given_name": ("ana",), "family_name": ("silva",), "birth_date": ("1990-03-04",), "postcode": ("n1 1aa",)}
    stored = [Record("crm", number, TIME, "", ana) for number in ("1", "2")]
    rows, its = table({record.key: record.fields for record in stored}), version()
    store = SqliteStore.open(tmp_path / "known.db")
    with store.write() as tx:
        tx.put_records(indexed(stored, its).values())
    with store.read() as snapshot:
        once = Counting(snapshot)
        assert pairs_by_keys(rows, known_from_postings(once, rows, its)) == {("", ("crm:1", "crm:2"))}
    store.close()
    assert once.asked == 1 < len(indexed(stored, its)["crm:1"].keys)
