"""A masked copy: who belongs together and how surely stays to be seen, who they are does not."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest

from graph.errors import BadInputError, StoreError
from graph.model import DecisionKind
from graph.neo4j_store import Neo4jStore
from graph.sqlite_store import SqliteStore
from graph.store import Store
from resolver.config import Config
from resolver.masks import BUILT_IN, Mask
from resolver.moving.copying import copy_store
from resolver.moving.masking import Masking
from resolver.progress import silent
from resolver.service import Resolver
from tests.support.command_line import CommandLine
from tests.support.company import CONFIG, CRM, loaded, table
from tests.support.neo4j_fixtures import driver_of
from tests.support.places import Place

SECRET = b"of these tests alone"
ANALYST = Masking("analyst", BUILT_IN["analyst"], SECRET)
#: Shorter ones are found in hashes and numbers by chance.
LEAST = 5


@pytest.fixture
def sample(cli: CommandLine) -> Iterator[SqliteStore]:
    """The sample company with decisions, a deleted record, a refused one and a small text of its own."""
    cli("demo", "--folder", "demo", "--rows", "1000").ok()
    store = SqliteStore.open(cli.folder / "demo" / "whograph.db")
    resolver = Resolver(store)
    first, second, third = (_record_keys(resolver, its.id) for its in resolver.customers()[:3])
    phone = _some_identifier(store, "phone")
    resolver.decide(DecisionKind.SAME, first[0], second[0], by="Steward Stella", reason="same as Xaverius Quillfeather")
    resolver.decide(DecisionKind.DIFFERENT, first[0], phone, by="Steward Stella", reason="not his telephone")
    resolver.delete(*third[0].split(":", 1))
    resolver.ingest("crm", [{"customer_no": "Q1", "phone": "Quillfeather", "email": "xaverius"}])
    with store.write() as tx:
        tx.put_meta("guessed_config", '{"who": "Xaverius Quillfeather"}')
    yield store
    store.close()


def _record_keys(resolver: Resolver, customer: str) -> list[str]:
    return [its.record_key for its in resolver.customer(customer).records]


def _some_identifier(store: Store, type: str) -> str:
    with store.read() as snapshot:
        records = chain.from_iterable(snapshot.scan_full_records())
        return next(f"{type}:{its.fields[type][0]}" for its in records if type in its.fields)


def _masked(mask: Mask) -> Masking:
    return Masking("tester", mask, SECRET)


# what is gone


def _originals(store: Store) -> set[str]:
    """Every value of a person or by a person that the store holds, as normalised, as displayed and as delivered."""
    found: set[str] = set()
    with store.read() as snapshot:
        adopted = snapshot.version()
        assert adopted is not None
        config = Config.from_json(adopted.config)
        for record in chain.from_iterable(snapshot.scan_full_records()):
            source = config.sources[record.source]
            cells = [its for name, its in record.payload.items() if name not in (source.id, source.time)]
            values = [*record.fields.values(), *record.display.values(), *(_texts(its) for its in cells)]
            found.update(chain.from_iterable(values))
            if source.id is None or source.id in source.columns:
                found.update((record.id, record.digest))
        for decision in snapshot.decisions(withdrawn=True):
            found.update((decision.by, decision.reason, decision.id))
        found.update(its.value for _, its in snapshot.quarantined(0, 1_000_000))
        found.update(snapshot.named_texts().values())
        model = orjson.loads(adopted.model)
        found.update(chain.from_iterable(its["frequencies"] for its in model["fields"].values()))
    return {its for its in found if len(its) >= LEAST}


def _texts(cell: Any) -> list[str]:
    return cell if isinstance(cell, list) else [cell]


def _sqlite_cells(path: Path) -> Iterator[str]:
    with sqlite3.connect(path) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            for row in raw.execute(f"SELECT * FROM {name}"):
                yield from (str(its) for its in row)
    raw.close()


def _neo4j_cells(url: str) -> Iterator[str]:
    driver, database = driver_of(url)
    with driver, driver.session(database=database) as session:
        yield from (str(its) for its in session.run("MATCH (n) RETURN labels(n), properties(n)").values())
        yield from (str(its) for its in session.run("MATCH ()-[e]->() RETURN type(e), properties(e)").values())


def _survivors(originals: set[str], cells: Iterator[str]) -> set[str]:
    """The originals that stand somewhere in these cells, with anything but letters and digits around them."""
    words = re.compile(r"\w+")
    text = "\n".join(cells)
    there = set(words.findall(text))
    return {its for its in originals if set(words.findall(its)) <= there and its in text}


def test_no_value_of_a_person_is_anywhere_in_a_masked_file(sample: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "masked.db"
    target = SqliteStore.open(path)
    copy_store(sample, target, silent, ANALYST)
    assert target.check() == []
    target.close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute("VACUUM")
    raw.close()
    originals = _originals(sample)
    assert len(originals) > 3_000
    assert _survivors(originals, _sqlite_cells(path)) == set()
    content = path.read_bytes()
    # Words of our own begin with short ones (norma|liser), and numbers hold short runs of digits: above, whole words
    # are looked for.
    telling = {its for its in originals if len(its) >= 6 and not re.fullmatch(r"[0-9a-f]{,9}|9+", its)}
    assert len(telling) > 0.8 * len(originals)
    assert {its for its in telling if its.encode() in content} == set()


@pytest.mark.neo4j
def test_no_value_of_a_person_is_anywhere_in_a_masked_graph(sample: SqliteStore, neo4j_url: str) -> None:
    target = Neo4jStore.open(neo4j_url)
    copy_store(sample, target, silent, ANALYST)
    assert target.check() == []
    target.close()
    assert _survivors(_originals(sample), _neo4j_cells(neo4j_url)) == set()


def test_the_search_finds_what_a_plain_copy_holds(sample: SqliteStore, tmp_path: Path) -> None:
    """Otherwise the tests above would say nothing."""
    path = tmp_path / "plain.db"
    target = SqliteStore.open(path)
    copy_store(sample, target, silent)
    target.close()
    originals = _originals(sample)
    assert len(_survivors(originals, _sqlite_cells(path))) > 0.95 * len(originals)


# what stays


def test_customers_links_sizes_and_degrees_stay(sample: SqliteStore, place: Place) -> None:
    target = place.open()
    copy_store(sample, target, silent, ANALYST)
    with sample.read() as before, target.read() as after:
        assert before.page_customers(None, 10_000) == after.page_customers(None, 10_000)
        weights = [Counter(its.weight for chunk in s.scan_links() for its in chunk) for s in (before, after)]
        assert weights[0] == weights[1]
        kinds = [Counter((its.kind, its.severity) for its in s.review(100_000)) for s in (before, after)]
        assert kinds[0] == kinds[1]
        events = [[(its.sequence, its.kind, its.customer_id) for its in s.changes(0, 100_000)] for s in (before, after)]
        assert events[0] == events[1]
        degrees = [
            Counter(
                Counter(
                    (name, text)
                    for record in chain.from_iterable(s.scan_full_records())
                    for name in ("email", "phone", "device")
                    for text in record.fields.get(name, ())
                ).values()
            )
            for s in (before, after)
        ]
        assert degrees[0] == degrees[1]


def test_equal_values_stay_equal_under_one_secret_and_differ_under_another(
    embedded: SqliteStore, tmp_path: Path
) -> None:
    loaded(embedded)

    def emails(name: str, secret: bytes) -> dict[str, tuple[str, ...]]:
        target = SqliteStore.open(tmp_path / name)
        copy_store(embedded, target, silent, Masking("analyst", BUILT_IN["analyst"], secret))
        with target.read() as snapshot:
            found = snapshot.records(["crm:1", "shop:W1", "crm:2"])
        target.close()
        return {key: its.fields["email"] for key, its in found.items()}

    first, again, other = emails("a.db", SECRET), emails("b.db", SECRET), emails("c.db", b"another secret")
    assert first == again
    assert first["crm:1"] == first["shop:W1"] != first["crm:2"]
    assert not set(chain.from_iterable(first.values())) & set(chain.from_iterable(other.values()))


def test_a_role_keeps_shows_a_part_of_or_drops_what_it_says(embedded: SqliteStore, place: Place) -> None:
    loaded(embedded)
    fields = {"city": "keep", "phone": "drop", "email": "partial", "given_name": "partial", "birth_date": "partial"}
    target = place.open()
    copy_store(embedded, target, silent, _masked(Mask.model_validate({"fields": fields})))
    with target.read() as snapshot:
        record = snapshot.records(["crm:1"])["crm:1"]
    assert record.fields["city"] == ("london",)
    assert record.display == {"city": ("London",)}
    assert "phone" not in record.fields
    assert re.fullmatch(r"[0-9a-f]{16}@example\.com", record.fields["email"][0])
    assert re.fullmatch(r"a~[0-9a-f]{8}", record.fields["given_name"][0])
    assert re.fullmatch(r"1984~[0-9a-f]{8}", record.fields["birth_date"][0])
    assert re.fullmatch(r"[0-9a-f]{8}", record.fields["family_name"][0])
    assert record.payload == {}


def test_ids_that_sources_gave_stay_unless_the_role_hashes_them(embedded: SqliteStore, tmp_path: Path) -> None:
    loaded(embedded)
    kept, hashed = SqliteStore.open(tmp_path / "kept.db"), SqliteStore.open(tmp_path / "hashed.db")
    copy_store(embedded, kept, silent, ANALYST)
    copy_store(embedded, hashed, silent, _masked(Mask(record_ids="hash", customer_ids="hash")))
    with embedded.read() as before, kept.read() as same, hashed.read() as other:
        keys = [[its.record_key for chunk in s.scan_assignments() for its in chunk] for s in (before, same, other)]
        assert keys[0] == keys[1]
        assert all(re.fullmatch("(crm|shop):[0-9a-f]{16}", key) for key in keys[2])
        sizes = [Counter(its.size for its in s.page_customers(None, 100)) for s in (before, other)]
        assert sizes[0] == sizes[1]
    for store in (kept, hashed):
        assert store.check() == []
        store.close()


def test_ids_that_are_an_identifier_are_hashed_in_every_role(embedded: SqliteStore, tmp_path: Path) -> None:
    resolver = loaded(embedded)
    resolver.ingest("shop", [{"account": "W9", "card": "W-1", "last_name": "Reyes"}])
    target = SqliteStore.open(tmp_path / "masked.db")
    copy_store(embedded, target, silent, ANALYST)
    with target.read() as snapshot:
        keys = [its.record_key for chunk in snapshot.scan_assignments() for its in chunk]
    target.close()
    assert {key for key in keys if key.startswith("crm:")} == {f"crm:{number}" for number in range(1, 6)}
    assert not [key for key in keys if re.fullmatch(r"shop:W\d", key)]


def test_ids_that_are_e_mail_addresses_are_hashed_in_every_role_those_of_deleted_records_too(tmp_path: Path) -> None:
    sources = {name: {"id": "who", "columns": {"last": "family_name"}} for name in ("mails", "former", "numbers")}
    config = Config.model_validate({"attributes": {"family_name": {"kind": "family_name"}}, "sources": sources})
    store, target = SqliteStore.open(tmp_path / "plain.db"), SqliteStore.open(tmp_path / "masked.db")
    resolver = Resolver(store, config)
    for source, who in (("mails", "ana@example.com"), ("former", "ben@example.com"), ("numbers", "7")):
        resolver.ingest(source, [{"who": who, "last": "Reyes"}])
    resolver.delete("former", "ben@example.com")
    resolver.recluster()
    copy_store(store, target, silent, ANALYST)
    with target.read() as snapshot:
        keys = snapshot.changed_since(0)
        told = " ".join(str(its) for its in snapshot.changes(0, 100))
    for opened in (store, target):
        opened.close()
    assert [key.partition(":")[0] for key in keys] == ["former", "mails", "numbers"]
    assert keys[2] == "numbers:7"
    assert not [its for its in (*keys, told) if "@" in its or "example" in its]


# what can be done with it


def test_a_masked_copy_is_looked_at_and_nothing_else(embedded: SqliteStore, place: Place) -> None:
    loaded(embedded)
    target = place.open()
    copy_store(embedded, target, silent, ANALYST)
    looking = Resolver(target)
    customer = looking.customers()[0]
    assert looking.customer(customer.id).profile.fields
    assert looking.history(customer.id)
    working = Resolver(target, CONFIG)
    for work in (
        lambda: working.load("crm", [(table(CRM), str)]),
        lambda: working.ingest("shop", [{"account": "W9", "last_name": "Reyes"}]),
        lambda: working.delete("crm", "1"),
        working.recluster,
        lambda: working.recluster(dry_run=True),
        lambda: working.decide(DecisionKind.SAME, "crm:1", "crm:2", by="ana", reason="twins"),
        lambda: working.take_out("crm:1", by="ana", reason="no"),
        lambda: working.identify({"email": ["ana.reyes@example.com"]}),
        lambda: working.explain("crm:1", "shop:W1"),
        lambda: working.graph(customer.id),
    ):
        with pytest.raises(StoreError, match="masked copy"):
            work()
    assert target.check() == []


def test_a_masked_copy_is_not_copied_on(embedded: SqliteStore, tmp_path: Path) -> None:
    loaded(embedded)
    masked, other = SqliteStore.open(tmp_path / "masked.db"), SqliteStore.open(tmp_path / "other.db")
    copy_store(embedded, masked, silent, ANALYST)
    with pytest.raises(BadInputError, match="masked copy; copy the original store"):
        copy_store(masked, other, silent)
    masked.close()
    other.close()


def test_an_interrupted_masked_copy_goes_on_under_the_same_secret_only(embedded: SqliteStore, place: Place) -> None:
    loaded(embedded)
    target = place.open()

    def stop(stage: str, _done: int, _total: int | None) -> None:
        if stage == "links":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_store(embedded, target, stop, ANALYST)
    for other in (None, Masking("analyst", ANALYST.mask, b"another secret"), _masked(Mask(record_ids="hash"))):
        with pytest.raises(BadInputError, match="holds 8 records already"):
            copy_store(embedded, target, silent, other)
    copy_store(embedded, target, silent, ANALYST)
    assert target.check() == []


# the command


def test_the_command_masks_for_a_role_of_the_configuration(company: CommandLine) -> None:
    company.write(
        "whograph.toml",
        """
        [masks.support]
        default = "hash"
        kinds = { place = "keep", date = "partial" }
        """,
    )
    company("copy", "sqlite:///whograph.db", "sqlite:///masked.db", "--mask", "support").ok()
    (company.folder / "whograph.toml").unlink()
    exported = company("export", "profiles", "--out", "p.jsonl", "--store", "sqlite:///masked.db").ok()
    assert "7 rows" not in exported.out
    told = (company.folder / "p.jsonl").read_text()
    assert "Madrid" in told
    assert "1980~" in told
    assert "garcia" not in told.casefold()
    company("recluster", "--store", "sqlite:///masked.db").refused("masked copy")
    company("who", "email=ana.garcia@example.com", "--store", "sqlite:///masked.db").refused("masked copy")


def test_a_role_that_is_not_there_or_makes_no_sense_is_told(company: CommandLine) -> None:
    masked = ("copy", "sqlite:///whograph.db", "sqlite:///masked.db", "--mask")
    company(*masked, "boss").refused("no role 'boss'", "use one of: analyst")
    company.write("whograph.toml", '[masks.boss]\ndefault = "show"\n')
    company(*masked, "boss").refused("masks.boss.default", "whograph.toml")
    company.write("whograph.toml", '[masks.boss.fields]\nshoe_size = "keep"\n')
    company(*masked, "boss").refused("shoe_size", "given_name")
    company(*masked, "chef").refused("no role 'chef'", "analyst, boss")
