"""The same work on both stores, side by side: first load, re-cluster, ingest, lookup in process and over HTTP; and on
Neo4j the queries that people save in its Browser.

    python -m benchmarks.both_stores [--rows 100000] [--neo4j URL] [--only sqlite|neo4j]

The sample is generated. Without ``--neo4j`` (the URL of an empty database) a server is started with 2 GB of heap, from
the jars that tests use (``tests.support.neo4j_server``). Wall seconds; on a busy machine compare the columns, not the
figures. Beside the figures of ingestion stands how fast the machine was just then: the seconds that Python takes to add
up ten million numbers (0.4 to 0.8 on one that has nothing else to do).
"""

from __future__ import annotations

import argparse
import http.client
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyarrow as pa

from api.sample import generate
from api.settings import Settings
from api.wiring import open_store
from cypher import browser_queries
from graph.store import Store
from resolver.config import Config
from resolver.guess import guess_source, propose
from resolver.service import Resolver

ROOT = Path(__file__).resolve().parents[1]
#: Rows that are held back and arrive live: the size of batches (each of one source), how many rows, and what is said of
#: it. A server that has just started compiles its code meanwhile, which takes more than the work for some 20,000
#: records: what is sustained is measured after these, and each figure tells how many came before.
LIVE = [
    (500, 20_000, " (the first)"),
    (500, 4_000, ""),
    (1_000, 4_000, ""),
    (100, 1_000, ""),
    (1, 200, ""),
]
HELD = sum(number for _, number, _ in LIVE)
#: The same of lookups: so many questions, asked so often before they are measured.
LOOKUPS, WARMING = 1_000, 9
#: Requests a second over HTTP, for so many seconds, after as many that warm connections, plans and caches.
RATE, SECONDS = 100, 15
CLIENTS = 16
Figures = dict[str, str]


class Work:
    """One store, and what is done to it."""

    def __init__(self, url: str, tables: dict[str, pa.Table], config: Config) -> None:
        self._url, self._config = url, config
        self._store: Store = open_store(Settings(store=url))
        self._resolver = Resolver(self._store, config)
        self._loaded, self._held = _held_back(tables, HELD)
        self._came = 0
        self.figures: Figures = {}

    def run(self) -> Figures:
        try:
            self._first_load()
            self._unchanged()
            for size, number, said in LIVE:
                self._ingest(size, [self._held.pop() for _ in range(number)], said)
            questions = self._questions()
            self._lookups(questions)
            self._over_http(questions)
            if not self._url.startswith("sqlite"):
                self._saved_queries()
        finally:
            self._store.close()
        return self.figures

    def _note(self, what: str, figure: str) -> None:
        self.figures[what] = figure
        print(f"  {what:<42} {figure}", file=sys.stderr, flush=True)

    def _first_load(self) -> None:
        rows = sum(map(len, self._loaded.values()))
        started = time.perf_counter()
        for source, table in self._loaded.items():
            self._resolver.load(source, [(table.slice(at, 10_000), str) for at in range(0, len(table), 10_000)])
        loaded = time.perf_counter()
        self._resolver.recluster()
        ended = time.perf_counter()
        self._note(f"load {rows:,} rows", f"{loaded - started:.1f} s")
        self._note("first re-cluster", f"{ended - loaded:.1f} s")
        self._note("both", f"{ended - started:.1f} s")

    def _unchanged(self) -> None:
        before = self._commits()
        started = time.perf_counter()
        self._resolver.recluster()
        self._note("re-cluster of unchanged records", f"{time.perf_counter() - started:.1f} s")
        self._note("commits of that", str(self._commits() - before))

    def _commits(self) -> int:
        """How many writes were committed so far; of the embedded store, its change sequence."""
        if self._url.startswith("sqlite"):
            with self._store.read() as snapshot:
                return snapshot.sequence()
        from tests.support.neo4j_fixtures import driver_of

        driver, database = driver_of(self._url)
        with driver:
            found = driver.execute_query(
                "MATCH (mark:WhographStore {name: 'commit'}) RETURN mark.done", database_=database
            )
            return int(found.records[0][0])

    def _ingest(self, size: int, rows: list[tuple[str, dict[str, Any]]], said: str) -> None:
        of_source: dict[str, list[dict[str, Any]]] = {}
        for source, row in rows:
            of_source.setdefault(source, []).append(row)
        times = []
        started = time.perf_counter()
        for source, those in of_source.items():
            for at in range(0, len(those), size):
                begun = time.perf_counter()
                self._resolver.ingest(source, those[at : at + size])
                times.append(time.perf_counter() - begun)
        rate = len(rows) / (time.perf_counter() - started)
        figure = f"{rate:,.0f}/s, {1e3 * statistics.median(times):.1f} ms median, after {self._came:,} records"
        self._came += len(rows)
        self._note(f"ingest, batches of {size:,}{said}", f"{figure}; loop {_loop():.2f} s")

    def _questions(self) -> list[dict[str, list[str]]]:
        """One identifier each, of records all over the store."""
        chosen, types = random.Random(3), set(self._config.identifiers)
        found = []
        with self._store.read() as snapshot:
            for chunk in snapshot.scan_records():
                found += [
                    {name: [values[0]]}
                    for record, _ in chunk
                    for name, values in record.fields.items()
                    if name in types
                ]
        return chosen.sample(found, LOOKUPS)

    def _lookups(self, questions: list[dict[str, list[str]]]) -> None:
        times = []
        for question in questions * (WARMING + 1):
            begun = time.perf_counter()
            self._resolver.identify(question)
            times.append(time.perf_counter() - begun)
        self._note("lookup in process", _quantiles(times[-len(questions) :]))

    def _over_http(self, questions: list[dict[str, list[str]]]) -> None:
        with _serving(self._url) as (address, process):
            sent = questions * (1 + RATE * SECONDS // len(questions))
            for _ in range(2):
                cpu = _cpu(process)
                times = _at_rate(address, sent[: RATE * SECONDS])
                cpu = _cpu(process) - cpu
        self._note(f"lookup over HTTP, {RATE}/s", _quantiles(times))
        self._note("CPU time of the API for each", f"{1e3 * cpu / len(times):.1f} ms")

    def _saved_queries(self) -> None:
        """The slowest of the queries in ``cypher/browser``, each asked three times and taken at its best."""
        from tests.support.neo4j_fixtures import driver_of

        driver, database = driver_of(self._url)
        with self._store.read() as snapshot:
            customer = max(snapshot.page_customers(None, 1_000), key=lambda its: its.size).id
            left, *_, right = snapshot.members_of_customers([customer])[customer]
        parameters = {"key": left, "left": left, "right": right, "customer": customer}
        seconds: dict[str, float] = {}
        with driver, driver.session(database=database) as session:
            for name, text in browser_queries().items():
                for _ in range(3):
                    begun = time.perf_counter()
                    session.run(text, parameters).consume()
                    seconds[name] = min(time.perf_counter() - begun, seconds.get(name, 1e9))
        slowest = max(seconds, key=seconds.__getitem__)
        self._note("slowest saved query", f"{seconds[slowest]:.2f} s ({slowest})")


def _held_back(
    tables: dict[str, pa.Table], number: int
) -> tuple[dict[str, pa.Table], list[tuple[str, dict[str, Any]]]]:
    """The tables without some rows, and those rows with their sources, in random order."""
    chosen = random.Random(1)
    rows = [(source, row) for source, table in tables.items() for row in range(len(table))]
    held = chosen.sample(rows, number)
    away: dict[str, set[int]] = {source: set() for source in tables}
    for source, row in held:
        away[source].add(row)
    kept = {
        source: table.take([row for row in range(len(table)) if row not in away[source]])
        for source, table in tables.items()
    }
    return kept, [(source, tables[source].slice(row, 1).to_pylist()[0]) for source, row in held]


def _loop() -> float:
    begun, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - begun


@contextmanager
def _serving(url: str) -> Iterator[tuple[str, int]]:
    """The host and port of a server, and its process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WHOGRAPH_STORE": url}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "running on" in line)
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield urlsplit(line.split("running on ")[1].split()[0]).netloc, process.pid
        finally:
            process.terminate()
            process.wait()


def _cpu(process: int) -> float:
    """CPU seconds of a process so far; not a number where the system does not tell (only Linux does)."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _at_rate(address: str, questions: list[dict[str, list[str]]]) -> list[float]:
    """Seconds from the moment that each request was due, so that one which had to wait for others counts as slow. Each
    thread has a plain connection: what the client takes of the processors, the server lacks."""
    local = threading.local()

    def ask(due: float, question: dict[str, list[str]]) -> float:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(address)
        time.sleep(max(0.0, due - time.perf_counter()))
        local.connection.request("GET", "/v1/identify?" + urlencode(question, doseq=True))
        answer = local.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return time.perf_counter() - due

    with ThreadPoolExecutor(CLIENTS) as pool:
        start = time.perf_counter() + 0.1
        due = [start + number / RATE for number in range(len(questions))]
        return list(pool.map(ask, due, questions))


def _quantiles(times: list[float]) -> str:
    ordered = sorted(times)
    middle, high = ordered[len(ordered) // 2], ordered[int(0.99 * len(ordered))]
    return f"{1e3 * middle:.1f} ms median, {1e3 * high:.1f} ms p99"


@contextmanager
def _neo4j(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    from tests.support.neo4j_server import NEEDED_OPTIONS, OwnServer, jars

    running = OwnServer(jars(), heap="2g", pagecache="1g", options=("-Xms2g", *NEEDED_OPTIONS))
    try:
        yield running.url
    finally:
        running.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--neo4j")
    parser.add_argument("--only", choices=["sqlite", "neo4j"])
    asked = parser.parse_args()
    tables = generate(asked.rows + HELD).tables
    config = propose([guess_source(source, table) for source, table in tables.items()])
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        kinds: dict[str, Callable[[], Any]] = {
            "sqlite": lambda: _given(f"sqlite:///{folder}/whograph.db"),
            "neo4j": lambda: _neo4j(asked.neo4j),
        }
        for kind, opened in kinds.items():
            if asked.only in (None, kind):
                print(kind, file=sys.stderr)
                with opened() as url:
                    found[kind] = Work(url, tables, config).run()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, ", end="")
    print(f"driver {version('neo4j')}\n")
    print("| work | " + " | ".join(found) + " |\n|---" * 1 + "|---" * len(found) + "|")
    for what in dict.fromkeys(what for figures in found.values() for what in figures):
        print(f"| {what} | " + " | ".join(figures.get(what, "–") for figures in found.values()) + " |")


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


if __name__ == "__main__":
    main()
