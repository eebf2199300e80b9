"""Live ingestion: records per second in batches, one by one in process and over HTTP, and what a hub costs.

    python -m benchmarks.live [--records 10000 1000000] [--store STORE.db ...] [--seconds 15]

Stores of generated persons are made for each size; ``--store`` copies an existing one of the same columns instead.
What arrives is made from what is there: a quarter are new versions of stored records, a quarter new records of known
people, half are new people. Wall and CPU time; on a busy machine, CPU time and the ratios tell more.
"""

from __future__ import annotations

import argparse
import http.client
import math
import os
import platform
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from benchmarks.data import persons
from benchmarks.data.common import Chance, write_rows
from graph.sqlite_store import SqliteStore
from resolver.service import Resolver

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "persons"
BATCHES, SINGLES = {500: 10, 1_000: 5}, 300
CLIENTS = (1, 8)
#: Records that share one telephone, and how many of them come at a time.
HUB, HUB_BATCH = 2_000, 50
HUB_PHONE = "020 7946 0123"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """What some records cost: wall seconds of each call, and CPU seconds of all."""

    records: int
    calls: Sequence[float]
    cpu: float

    @property
    def each(self) -> float:
        """CPU seconds per record."""
        return self.cpu / self.records

    def __str__(self) -> str:
        ordered = sorted(self.calls)
        p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
        return (
            f"{self.records / sum(ordered):8,.0f}/s   {self.each * 1e3:6.2f} ms CPU per record"
            f"   p50 {p50 * 1e3:6.1f} ms   p99 {p99 * 1e3:6.1f} ms"
        )


class Arrivals:
    """Rows that come in live, made from those of the store's customers."""

    def __init__(self, store: SqliteStore, seed: int, known: int = 20_000) -> None:
        self._chance, self._made = random.Random(seed), seed * 10_000_000
        with store.read() as snapshot:
            self.source = next(iter(snapshot.source_counts()))
            self._rows: list[Row] = []
            while len(self._rows) < known:
                after = "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=8))
                ids = [its.id for its in snapshot.page_customers(after, 50)]
                keys = [key for members in snapshot.members_of_customers(ids).values() for key in members]
                self._rows += [dict(record.payload) for record in snapshot.records(keys).values()]
        self._chance.shuffle(self._rows)

    def __iter__(self) -> Iterator[Row]:
        while True:
            for row in self._rows:
                kind = self._chance.randrange(4)
                yield self._newer(row) if kind == 0 else self._another(row) if kind == 1 else self.stranger()

    def _newer(self, row: Row) -> Row:
        return row | {"address": f"{self._chance.randrange(1, 200)} New Street", "postcode": ""}

    def _another(self, row: Row) -> Row:
        name = row.get("first_name", "")
        less = {"email": ""} if self._chance.random() < 0.5 else {"phone": ""}
        return row | {"unique_id": self._id(), "first_name": name[:2] + name[3:]} | less

    def stranger(self) -> Row:
        first, last, place = (self._chance.choice(self._rows) for _ in range(3))
        year, month, day = (self._chance.randrange(*its) for its in ((1940, 2005), (1, 13), (1, 29)))
        return {
            "unique_id": self._id(),
            "first_name": first.get("first_name", ""),
            "surname": last.get("surname", ""),
            "dob": f"{year}-{month:02}-{day:02}",
            "address": place.get("address", ""),
            "city": place.get("city", ""),
            "postcode": place.get("postcode", ""),
            "phone": f"079{self._chance.randrange(10**8):08}",
            "email": f"{first.get('first_name', 'x').lower()}{self._chance.randrange(10**7)}@mail.example",
        }

    def _id(self) -> str:
        self._made += 1
        return f"live-{self._made}"


def timed(calls: Sequence[Callable[[], object]], records: int) -> Cost:
    walls = []
    cpu = time.process_time()
    for call in calls:
        started = time.perf_counter()
        call()
        walls.append(time.perf_counter() - started)
    return Cost(records, walls, time.process_time() - cpu)


def in_process(resolver: Resolver, arrivals: Arrivals) -> dict[str, Cost]:
    rows, source = iter(arrivals), arrivals.source
    resolver.ingest(source, list(islice(rows, 200)))  # warms caches
    costs = {}
    for size, batches in BATCHES.items():
        parts = [list(islice(rows, size)) for _ in range(batches)]
        costs[f"batches of {size:,}"] = timed(
            [lambda part=part: resolver.ingest(source, part) for part in parts],  # type: ignore[misc]
            size * batches,
        )
    singles = list(islice(rows, SINGLES))
    costs["one by one"] = timed([lambda row=row: resolver.ingest(source, [row]) for row in singles], SINGLES)  # type: ignore[misc]
    return costs


def hub(resolver: Resolver, arrivals: Arrivals) -> list[Cost]:
    """Strangers who all give one telephone, batch after batch."""
    parts = [[arrivals.stranger() | {"phone": HUB_PHONE} for _ in range(HUB_BATCH)] for _ in range(HUB // HUB_BATCH)]
    return [timed([lambda part=part: resolver.ingest(arrivals.source, part)], HUB_BATCH) for part in parts]  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs in a process of its own."""

    address: str
    process: int

    def cpu(self) -> float:
        """CPU seconds of its process so far; not a number where the system does not tell (only Linux does)."""
        try:
            after_name = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return math.nan
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(store: Path) -> Iterator[Server]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WHOGRAPH_STORE": f"sqlite:///{store}"}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=store.parent, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "running on" in line)
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Server(next(word for word in line.split() if word.startswith("http")), process.pid)
        finally:
            process.terminate()


def over_http(server: Server, arrivals: Arrivals, clients: int, seconds: float) -> str:
    """Each client sends one record after the other for some seconds, as fast as it is answered. The clients are threads
    of this process, so what they take of the processors is told, too."""
    rows, taking = iter(arrivals), threading.Lock()
    host = urlsplit(server.address).netloc
    times: list[float] = []

    def client(until: float) -> None:
        connection = http.client.HTTPConnection(host)
        while time.perf_counter() < until:
            with taking:
                body = orjson.dumps({"source": arrivals.source, "row": next(rows)})
            started = time.perf_counter()
            connection.request("POST", "/v1/records", body, {"content-type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            times.append(time.perf_counter() - started)
            assert response.status == 200, answer
        connection.close()

    for length in (2.0, seconds):  # the first warms connections and caches
        times.clear()
        server_cpu, client_cpu = server.cpu(), time.process_time()
        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(client, [started + length] * clients))
        took = time.perf_counter() - started
        server_cpu, client_cpu = server.cpu() - server_cpu, time.process_time() - client_cpu
    ordered = sorted(times)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    cpu = f"{server_cpu / len(times) * 1e3:6.2f} ms CPU per record, the clients' {client_cpu / len(times) * 1e3:.2f}"
    return f"{len(times) / took:8,.0f}/s   {cpu}   p50 {p50 * 1e3:6.1f} ms   p99 {p99 * 1e3:6.1f} ms"


def made_store(folder: Path, count: int) -> Path:
    """A store of that many generated persons, loaded and re-clustered."""
    chance = Chance(1)
    write_rows(persons.rows(chance), count, folder / f"{SOURCE}.csv", chance)
    for command in (["init", f"{SOURCE}.csv"], ["load", f"{SOURCE}.csv"], ["recluster"]):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        whole = [sys.executable, "-m", "api.cli", *command]
        subprocess.run(whole, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return folder / "whograph.db"


def measured(path: Path, seconds: float) -> dict[str, Cost]:
    """Measure one store, which is written to, and print as it goes."""
    store = SqliteStore.open(path, create=False)
    resolver, arrivals = Resolver(store), Arrivals(store, seed=1)
    print(f"{resolver.counts().records:,} records")
    costs = in_process(resolver, arrivals)
    for what, cost in costs.items():
        print(f"  {what:<22} {cost}", flush=True)
    stages = hub(resolver, arrivals)
    parts = {"before the cap": stages[:1], "crossing it": stages[1:3], "after it": stages[-10:]}
    for what, some in parts.items():
        each = sum(its.cpu for its in some) / sum(its.records for its in some)
        print(f"  hub, {what:<17} {'':10}   {each * 1e3:6.2f} ms CPU per record", flush=True)
    http_arrivals = [Arrivals(store, seed=2 + clients) for clients in CLIENTS]
    store.close()
    with serving(path) as server:
        for clients, its in zip(CLIENTS, http_arrivals, strict=True):
            print(f"  HTTP, {clients} at a time {'':5} {over_http(server, its, clients, seconds)}", flush=True)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="*", default=[10_000], help="sizes of stores to make")
    parser.add_argument("--store", type=Path, nargs="*", default=[], help="stores to copy and measure")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement over HTTP")
    asked = parser.parse_args()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "rapidfuzz", "uvicorn"))
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}")
    found: list[dict[str, Cost]] = []
    for its in [*asked.records, *asked.store]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copied = isinstance(its, Path)
            path = Path(shutil.copy(its, folder / "whograph.db")) if copied else made_store(folder, its)
            found.append(measured(path, asked.seconds))
    for what in found[0] if len(found) > 1 else ():
        print(f"  {what:<22} {found[-1][what].each / found[0][what].each:6.2f} times the CPU time of the first store")


if __name__ == "__main__":
    main()
