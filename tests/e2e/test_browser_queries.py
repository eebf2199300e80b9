"""The queries and the style that people save in Neo4j Browser: each does what its comment promises, on real data."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from api.files import read_chunks, read_sample, source_name
from api.sample import write_sample
from cypher import browser_queries
from graph.model import DecisionKind, ReviewKind
from graph.neo4j_store import Neo4jStore
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver
from tests.support.neo4j_fixtures import driver_of, empty_database

QUERIES = browser_queries()


def _rows(url: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        return [dict(its) for its in session.run(QUERIES[name], parameters)]  # type: ignore[arg-type]  # named files


class Sample:
    """The sample company on Neo4j, and what the resolver says of it."""

    def __init__(self, url: str, resolver: Resolver) -> None:
        self.url, self.resolver = url, resolver
        with resolver.store.read() as snapshot:
            self.owner = {its.record_key: its.customer_id for chunk in snapshot.scan_assignments() for its in chunk}
            self.records = {its.key: its for chunk in snapshot.scan_full_records() for its in chunk}
        self.customers = resolver.customers(limit=100_000)
        self.carriers: defaultdict[str, set[str]] = defaultdict(set)
        version = resolver.version()
        assert version is not None
        types = Config.from_json(version.config).identifiers
        for record in self.records.values():
            for type in types:
                for value in record.fields.get(type, ()):
                    self.carriers[f"{type}:{value}"].add(record.key)

    def rows(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        return _rows(self.url, name, **parameters)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, 2_000, 7)
    files = sorted(file for file in folder.glob("*.csv") if file.stem != "truth")
    with empty_database() as url:
        store = Neo4jStore.open(url)
        resolver = Resolver(store, propose([guess_source(source_name(file), read_sample(file)) for file in files]))
        for file in files:
            resolver.load(source_name(file), ((chunk.table, chunk.place) for chunk in read_chunks(file)))
        resolver.recluster()
        yield Sample(url, resolver)
        store.close()


def test_every_query_says_what_it_returns_and_ends_somewhere() -> None:
    assert len(QUERIES) == 10
    for name, text in QUERIES.items():
        assert text.startswith("// "), name
        assert text.rstrip().endswith(";"), name
        parameters = set(re.findall(r"\$(\w+)", text))
        assert all(re.search(rf"//\s+:param .*\b{its}\b", text) for its in parameters), name


def test_the_style_names_labels_and_relationships_in_rules_that_browser_reads() -> None:
    style = (resources.files("cypher") / "browser" / "style.grass").read_text("utf-8")
    # Browser's reader knows no comments, and takes an apostrophe for the beginning of a text.
    assert "/*" not in style
    assert "'" not in style
    rule = r"(node|relationship)(?:\.(\w+))? \{\n((?:  [a-z-]+: (?:\"[^\"\n]*\"|[^\"\n;]+);\n)+)\}\n"
    assert re.sub(rule, "", style) == ""
    rules = {label: body for _, label, body in re.findall(rule, style)}
    assert {"Customer", "Record", "Email", "Phone", "Device", "Cookie", "Loyalty", "MATCH", "MEMBER_OF"} <= rules.keys()
    colours = [
        found[1] for body in rules.values() if (found := re.match(r"  (?:diameter: \w+;\n  )?color: (#\w{6});", body))
    ]
    assert len(colours) == len(rules)


@pytest.mark.neo4j
def test_one_customer_is_all_of_its_records_with_what_they_carry(sample: Sample) -> None:
    key = max(sample.owner, key=lambda its: len(sample.records[its].fields))
    members = {its for its, id in sample.owner.items() if id == sample.owner[key]}
    rows = sample.rows("one_customer", key=key)
    assert {row["customer"]["id"] for row in rows} == {sample.owner[key]}
    assert {row["membership"].end_node["key"] for row in rows} == members
    carried = {row["why"].end_node["key"] for row in rows if row["why"]}
    assert carried - members == {its for its, keys in sample.carriers.items() if keys & members}


@pytest.mark.neo4j
def test_one_customer_of_an_identifier_is_every_customer_that_has_it(sample: Sample) -> None:
    key = next(its for its, keys in sorted(sample.carriers.items()) if len({sample.owner[key] for key in keys}) == 2)
    rows = sample.rows("one_customer", key=key)
    assert {row["customer"]["id"] for row in rows} == {sample.owner[its] for its in sample.carriers[key]}


@pytest.mark.neo4j
def test_the_weakest_links_are_of_the_25_least_sure_customers(sample: Sample) -> None:
    rows = sample.rows("weakest_links")
    several = sorted((its.confidence or 0, its.id) for its in sample.customers if its.size > 1)[:25]
    assert [(row["confidence"], row["customer"]) for row in rows] == [(round(sure, 4), id) for sure, id in several]
    for row in rows:
        assert {sample.owner[row["left"]], sample.owner[row["right"]]} == {row["customer"]}


@pytest.mark.neo4j
def test_shared_identifiers_are_those_of_the_most_customers(sample: Sample) -> None:
    rows = sample.rows("shared_identifiers")
    spread = {its: len({sample.owner[key] for key in keys}) for its, keys in sample.carriers.items()}
    assert [row["customers"] for row in rows] == sorted((n for n in spread.values() if n > 1), reverse=True)[:25]
    for row in rows:
        key = f"{row['type']}:{row['value']}"
        assert (row["records"], row["customers"]) == (len(sample.carriers[key]), spread[key])


@pytest.mark.neo4j
def test_a_household_is_all_who_share_the_identifier(sample: Sample) -> None:
    key = max((its for its in sample.carriers if its.startswith("phone:")), key=lambda its: len(sample.carriers[its]))
    rows = sample.rows("household", key=key)
    assert {(row["record"], row["customer"]) for row in rows} == {
        (its, sample.owner[its]) for its in sample.carriers[key]
    }


@pytest.mark.neo4j
def test_the_biggest_customers_are_the_25_with_the_most_records(sample: Sample) -> None:
    rows = sample.rows("biggest_customers")
    expected = sorted(sample.customers, key=lambda its: (-its.size, its.id))[:25]
    assert [(row["id"], row["records"]) for row in rows] == [(its.id, its.size) for its in expected]
    sources = Counter(key.partition(":")[0] for key, id in sample.owner.items() if id == rows[0]["id"])
    assert rows[0]["sources"] == [f"{source} {records}" for source, records in sorted(sources.items())]


@pytest.mark.neo4j
def test_split_customers_are_joined_by_a_match_that_was_contradicted(sample: Sample) -> None:
    rows = sample.rows("split_by_conflict")
    assert 20 <= len(rows) <= 25  # there are hardly more
    assert [row["bits"] for row in rows] == sorted((row["bits"] for row in rows), reverse=True)
    cut = {its.records for its in sample.resolver.review(100_000).items if its.kind is ReviewKind.CONFLICT_CUT}
    for row in rows:
        assert row["customer"] == sample.owner[row["left"]] != sample.owner[row["right"]] == row["other"]
        assert any({row["left"], row["right"]} <= set(records) for records in cut)


@pytest.mark.neo4j
def test_the_path_between_two_records_of_a_customer_is_made_of_active_matches(sample: Sample) -> None:
    customer = next(its for its in sample.customers if its.size > 4)
    members = sorted(key for key, id in sample.owner.items() if id == customer.id)
    (row,) = sample.rows("path_between", left=members[0], right=members[-1])
    assert (row["path"].start_node["key"], row["path"].end_node["key"]) == (members[0], members[-1])
    assert len(row["bits"]) == len(row["path"].relationships)
    assert all(its.get("active", True) for its in row["path"].nodes)


@pytest.mark.neo4j
def test_a_field_that_is_called_active_breaks_no_path(sample: Sample) -> None:
    customer = next(its for its in sample.customers if its.size > 1)
    left, right = sorted(key for key, id in sample.owner.items() if id == customer.id)[:2]
    driver, database = driver_of(sample.url)
    with driver, driver.session(database=database) as session:  # as a record with such a field is stored
        session.run("MATCH (r:Record {key: $key}) SET r.active = 'no'", key=left).consume()
        rows = sample.rows("path_between", left=left, right=right)
        session.run("MATCH (r:Record {key: $key}) REMOVE r.active", key=left).consume()
    assert len(rows) == 1


@pytest.mark.neo4j
def test_quality_by_source_counts_records_loners_and_refusals(sample: Sample) -> None:
    rows = {row["source"]: row for row in sample.rows("quality_by_source")}
    size = {its.id: its.size for its in sample.customers}
    with sample.resolver.store.read() as snapshot:
        counts = snapshot.source_counts()
        refused = Counter(entry.source for _, entry in snapshot.quarantined(0, 100_000))
    carry = {key for keys in sample.carriers.values() for key in keys}
    assert {its: row["records"] for its, row in rows.items()} == counts
    for source, row in rows.items():
        mine = [key for key in sample.owner if key.startswith(f"{source}:")]
        alone = sum(size[sample.owner[key]] == 1 for key in mine)
        bare = sum(key not in carry for key in mine)
        assert row["refused"] == refused[source]
        assert row["percent_alone"] == pytest.approx(100 * alone / len(mine), abs=0.051)
        assert row["percent_without_identifier"] == pytest.approx(100 * bare / len(mine), abs=0.051)


@pytest.mark.neo4j
def test_the_review_queue_is_the_worst_25(sample: Sample) -> None:
    rows = sample.rows("review_queue")
    expected = sample.resolver.review(25).items
    assert [(row["what"], row["severity"], row["records"]) for row in rows] == [
        (its.kind.value, its.severity, sorted(its.records)) for its in expected
    ]


@pytest.mark.neo4j
def test_a_history_tells_of_the_customer_and_of_those_merged_into_it(sample: Sample) -> None:
    first, second = [its.id for its in sample.customers if its.size == 1][:2]
    ends = [next(key for key, id in sample.owner.items() if id == its) for its in (first, second)]
    sample.resolver.decide(DecisionKind.SAME, ends[0], ends[1], by="ana", reason="one person")
    heir = sample.resolver.customer(first).customer.id
    rows = sample.rows("history", customer=heir)
    expected = sorted([*sample.resolver.history(first), *sample.resolver.history(second)], key=lambda its: its.sequence)
    assert [(row["what"], row["customer"]) for row in rows] == [(its.kind.value, its.customer_id) for its in expected]
    assert "merged" in {row["what"] for row in rows}
