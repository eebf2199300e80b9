"""Bulk load: all rows of a source, all or nothing, waiting for the next re-cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BadInputError, VersionError
from graph.model import Record
from graph.sqlite_store import SqliteStore
from resolver.answers import LoadReport
from resolver.preparing.indexing import indexed
from resolver.service import Resolver
from resolver.training.default_model import default_model
from resolver.version import Version
from tests.support.companies import CONFIG, TIME
from tests.support.core import raw_table
from tests.support.places import Place

Row = Mapping[str, Any]


@pytest.fixture
def resolver(tmp_path: Path) -> Iterator[Resolver]:
    store, clock = SqliteStore.open(tmp_path / "bulk.db"), count(TIME, 1_000_000)
    yield Resolver(store, CONFIG, lambda: next(clock))
    store.close()


@pytest.fixture
def anywhere(place: Place) -> Resolver:
    """A resolver on a store of any kind."""
    clock = count(TIME, 1_000_000)
    return Resolver(place.open(), CONFIG, lambda: next(clock))


def load(resolver: Resolver, source: str, *chunks: list[Row], full: bool = False) -> LoadReport:
    place: Callable[[int], str] = "row {}".format
    return resolver.load(source, [(raw_table(rows), place) for rows in chunks], full=full)


def counted(report: LoadReport) -> dict[str, int]:
    """The counts that are not zero."""
    names = ("rows", "new", "updated", "unchanged", "stale", "deleted", "refused_rows", "refused_values")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def stored(resolver: Resolver) -> dict[str, Record]:
    with resolver.store.read() as snapshot:
        return {its.key: its for chunk in snapshot.scan_full_records() for its in chunk}


ANA = {"id": "1", "email": "ana@example.com", "at": "2023-01-02"}


def test_loaded_records_wait_for_a_re_cluster(resolver: Resolver) -> None:
    assert counted(load(resolver, "crm", [ANA])) == {"rows": 1, "new": 1}
    with resolver.store.read() as snapshot:
        assert snapshot.pending(5) == ["crm:1"]
    with pytest.raises(VersionError, match="recluster"):
        resolver.ingest("crm", [{"id": "2"}])
    resolver.recluster()
    with resolver.store.read() as snapshot:
        assert snapshot.pending(5) == []


def test_loading_the_same_again_changes_nothing(resolver: Resolver) -> None:
    load(resolver, "crm", [ANA])
    before = stored(resolver)
    assert counted(load(resolver, "crm", [ANA])) == {"rows": 1, "unchanged": 1}
    assert stored(resolver) == before


def test_a_newer_version_replaces_the_whole_record_and_an_older_one_is_stale(resolver: Resolver) -> None:
    load(resolver, "crm", [ANA])
    newer = {"id": "1", "phone": "020 7946 0018", "at": "2023-01-03"}
    assert counted(load(resolver, "crm", [newer])) == {"rows": 1, "updated": 1}
    assert stored(resolver)["crm:1"].fields == {"phone": ("+442079460018",)}
    older = {"id": "1", "email": "old@example.com", "at": "2022-12-31"}
    assert counted(load(resolver, "crm", [older])) == {"rows": 1, "stale": 1}
    assert stored(resolver)["crm:1"].fields == {"phone": ("+442079460018",)}


def test_of_rows_with_one_id_the_newest_counts_in_any_order_and_across_chunks(resolver: Resolver) -> None:
    rows: list[Row] = [{"id": "1", "email": f"{day}@example.com", "at": f"2023-01-{day:02d}"} for day in (2, 9, 4)]
    report = load(resolver, "crm", rows[:1], rows[1:])
    assert counted(report)["rows"] == 3
    assert stored(resolver)["crm:1"].fields == {"email": ("9@example.com",)}
    assert [its.place for its in report.examples] == ["row 0", "row 1"]


def test_rows_and_values_that_cannot_be_used_go_into_quarantine(resolver: Resolver) -> None:
    report = load(resolver, "crm", [{"id": "", "email": "a@example.com"}, {"id": "2", "email": "nonsense"}])
    assert counted(report) == {"rows": 2, "new": 1, "refused_rows": 1, "refused_values": 1}
    with resolver.store.read() as snapshot:
        kept = [(its.record_id, its.field, its.value) for _, its in snapshot.quarantined(0, 9)]
    assert sorted(kept, key=str) == [("2", "email", "nonsense"), (None, None, "")]


def test_a_load_that_fails_leaves_nothing_behind(resolver: Resolver) -> None:
    with pytest.raises(BadInputError):
        load(resolver, "crm", [ANA], [{"email": "no id column"}])
    assert stored(resolver) == {}


def test_a_full_load_deletes_what_is_absent_of_its_source_only(resolver: Resolver) -> None:
    load(resolver, "crm", [ANA, {**ANA, "id": "2"}])
    load(resolver, "shop", [ANA])
    report = load(resolver, "crm", [ANA], full=True)
    assert counted(report) == {"rows": 1, "unchanged": 1, "deleted": 1}
    assert stored(resolver).keys() == {"crm:1", "shop:1"}


def test_a_record_that_was_deleted_lives_again_with_a_newer_version(resolver: Resolver) -> None:
    load(resolver, "crm", [ANA, {**ANA, "id": "2"}])
    load(resolver, "crm", [ANA], full=True)
    assert counted(load(resolver, "crm", [{**ANA, "id": "2", "at": "2023-11-15"}])) == {"rows": 1, "updated": 1}
    assert "crm:2" in stored(resolver)


def test_ids_that_differ_by_case_only_are_warned_of(resolver: Resolver) -> None:
    (warning,) = load(resolver, "crm", [{**ANA, "id": "a"}, {**ANA, "id": "A"}]).warnings
    assert warning.startswith("1 ids differ")


DAYS = [f"2023-01-{day:02d}" for day in range(1, 7)]
TOUCHES = [{"device": device, "at": day} for device in ("d1", "d2") for day in DAYS[:3]]


@given(
    st.permutations(TOUCHES),
    st.lists(st.integers(0, len(TOUCHES)), max_size=3),
    st.lists(st.integers(0, len(TOUCHES)), max_size=2),
)
@settings(max_examples=30, deadline=None)
def test_touches_keep_all_that_was_observed_in_any_order_chunks_and_loads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cuts: list[int], loads: list[int]
) -> None:
    store = SqliteStore.open(tmp_path_factory.mktemp("touches") / "t.db")
    resolver = Resolver(store, CONFIG, lambda: TIME)
    for start, end in zip([0, *sorted(loads)], [*sorted(loads), len(rows)], strict=True):
        inner = [start, *(cut for cut in sorted(cuts) if start < cut < end), end]
        chunks = [rows[a:b] for a, b in pairwise(inner) if a < b]
        if chunks:
            load(resolver, "web", *chunks)
    records = stored(resolver).values()
    store.close()
    assert sorted(its.fields["device"] for its in records) == [("d1",), ("d2",)]
    for its in records:
        assert len(its.observations) == 3
        assert its.observations[-1] == f"{its.observed_at:020d}"


def test_a_touch_seen_late_keeps_the_values_of_its_newest_version(resolver: Resolver) -> None:
    load(resolver, "web", [{"device": "d1", "given_name": "Ana", "at": "2023-01-05"}])
    load(resolver, "web", [{"device": "d1", "given_name": "Eva", "at": "2023-01-01"}])
    (record,) = stored(resolver).values()
    assert record.fields["given_name"] == ("ana",)
    assert len(record.observations) == 2
    with resolver.store.read() as snapshot:
        ((_, signature),) = next(iter(snapshot.scan_records()))
    assert signature == indexed([record], Version(CONFIG, default_model(CONFIG)))[record.key].signature


def told(resolver: Resolver, cursor: str) -> list[tuple[str, Any]]:
    """The events since, with the fields of those of profiles."""
    return [(its.kind.value, its.details.get("fields")) for its in resolver.changes(cursor).changes]


def test_a_load_that_replaces_a_record_tells_which_fields_of_its_customers_profile_changed(anywhere: Resolver) -> None:
    load(anywhere, "crm", [ANA, {**ANA, "id": "2"}])
    anywhere.recluster()
    cursor = anywhere.changes().cursor
    load(anywhere, "crm", [{**ANA, "email": "ana@example.org", "at": "2023-02-02"}])
    assert told(anywhere, cursor) == [("profile", ["email"])]


def test_a_full_load_tells_what_its_deletions_take_from_profiles(anywhere: Resolver) -> None:
    load(anywhere, "crm", [ANA, {"id": "2", "email": ANA["email"], "birth_date": "1980-01-02"}])
    anywhere.recluster()
    cursor = anywhere.changes().cursor
    load(anywhere, "crm", [ANA], full=True)
    assert told(anywhere, cursor) == [("profile", ["birth_date"])]
    anywhere.recluster()
    assert told(anywhere, cursor)[1:] == [("shrunk", None)]


def test_first_loads_and_unchanged_rows_tell_nothing_of_profiles(anywhere: Resolver) -> None:
    cursor = anywhere.changes().cursor
    load(anywhere, "crm", [ANA])
    assert told(anywhere, cursor) == []
    anywhere.recluster()
    cursor = anywhere.changes().cursor
    load(anywhere, "crm", [ANA, {"id": "7", "email": "new@example.com"}])
    assert told(anywhere, cursor) == []


def test_rows_that_are_all_new_and_the_same_rows_beside_a_repeated_one_are_stored_alike(tmp_path: Path) -> None:
    rows: list[Row] = [
        ANA,
        {"id": "2", "email": "Ben@Example.com", "phone": "020 7946 0018", "given": "Ben", "at": "2023-01-03"},
        {"id": "a", "email": "not an address", "at": "2023-01-03"},
        {"id": "A", "given": "Zoë", "at": "2023-01-03"},
        {"id": "", "given": "nobody"},
    ]

    def outcome(name: str, chunk: list[Row]) -> tuple[Any, ...]:
        store = SqliteStore.open(tmp_path / name)
        resolver = Resolver(store, CONFIG, lambda: TIME + 1_000_000)
        report = load(resolver, "crm", chunk)
        records = stored(resolver)
        its = indexed([records["crm:2"]], Version(CONFIG, default_model(CONFIG)))["crm:2"]
        with store.read() as snapshot:
            carriers = snapshot.carriers([key.hash for key in its.keys], 5)
            quarantined = [entry for _, entry in snapshot.quarantined(0, 9)]
            answer = report.new, report.warnings, records, snapshot.pending(9), carriers, quarantined
        store.close()
        return answer

    at_once = outcome("new.db", rows)
    assert at_once == outcome("repeated.db", [*rows, ANA])  # beside a repeat, rows are judged one by one
    new, warnings, *_, carriers, _ = at_once
    assert (new, len(warnings), len(carriers)) == (4, 1, 2)
