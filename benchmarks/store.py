"""How fast the embedded store is: bulk writes, scans and point reads. ``python -m benchmarks.store [RECORDS]``."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.model import Assignment, Customer, IndexedRecord, Key, Record
from graph.sqlite_store import SqliteStore
from graph.store import Snapshot

BLOCKING_KEYS = 8
CUSTOMER_SIZE = 3
HUB = 7


def _hash(*parts: int) -> int:
    """Spread over 64 bits, the same in every run."""
    return hash(parts) * 0x9E3779B97F4A7C15 % 2**64 - 2**63


def _indexed(number: int) -> IndexedRecord:
    person = number // CUSTOMER_SIZE
    fields = {
        "email": (f"person{person}@example.com",),
        "phone": (f"+1555{person:07d}",),
        "given_name": ("maria",),
        "family_name": (f"surname{person % 5000}",),
        "birth_date": ("1980-02-03",),
        "postcode": (f"{person % 90000:05d}",),
        "city": ("springfield",),
    }
    payload = {"Email": fields["email"][0], "Name": f"Maria Surname{person % 5000}", "City": "Springfield", "n": number}
    record = Record("crm", str(number), 1_700_000_000_000_000 + number, f"{number:032x}", fields, {}, payload)
    keys = (
        Key(_hash(1, person), "email", fields["email"][0]),
        Key(_hash(2, person), "phone", fields["phone"][0]),
        Key(_hash(3, number), "record", record.key),
        *([Key(HUB, "city", "springfield")] if number % 2 else []),
    )
    return IndexedRecord(record, _hash(4, number), keys)


@contextmanager
def _timed(what: str, amount: int) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    print(f"{what:<42} {seconds:8.2f} s {amount / seconds:12,.0f} /s", flush=True)


def _point(what: str, call: Callable[[], object], repeats: int = 2_000) -> None:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    print(f"{what:<42} {statistics.median(times) * 1e6:8.1f} µs median")


def _bulk(store: SqliteStore, count: int) -> None:
    order = list(range(count))
    random.Random(0).shuffle(order)
    with _timed("make records (no store)", count):
        for number in order:
            _indexed(number)
    with _timed("put_records, 3.5 keys each, shuffled", count), store.write() as transaction:
        transaction.put_records(map(_indexed, order), pending=True)
    postings = count * BLOCKING_KEYS
    with _timed("put_blocking_keys (postings)", postings), store.write() as transaction:
        transaction.put_blocking_keys(
            (f"crm:{n}", tuple(_hash(9, field, n // 5) for field in range(BLOCKING_KEYS))) for n in order
        )
    keys = sorted(f"crm:{n}" for n in range(count))
    with _timed("put_customers", count // CUSTOMER_SIZE), store.write() as transaction:
        transaction.put_customers(
            Customer(f"c{_hash(5, n):x}", CUSTOMER_SIZE, 0.9, 1, 1) for n in range(count // CUSTOMER_SIZE)
        )
    with _timed("put_assignments", count), store.write() as transaction:
        transaction.put_assignments(_assignments(keys))
    with _timed("put_assignments, nothing changed", count), store.write() as transaction:
        transaction.put_assignments(_assignments(keys))
    with _timed("clear_pending", count), store.write() as transaction:
        transaction.clear_pending()


def _assignments(keys: list[str]) -> Iterator[Assignment]:
    for key in keys:
        person = int(key[4:]) // CUSTOMER_SIZE
        yield Assignment(key, f"crm:{person * CUSTOMER_SIZE}", f"c{_hash(5, person):x}", 0.9)


def _scans(snapshot: Snapshot, count: int) -> None:
    with _timed("scan_records", count):
        assert sum(map(len, snapshot.scan_records())) == count
    with _timed("scan_full_records", count):
        assert sum(map(len, snapshot.scan_full_records())) == count
    with _timed("scan_assignments", count):
        assert sum(map(len, snapshot.scan_assignments())) == count


def _points(store: SqliteStore, count: int) -> None:
    some = random.Random(1)
    with store.read() as snapshot:
        _point("carriers of 10 hashes, limit 101", lambda: snapshot.carriers(_some_hashes(some, count), 101))
        _point("carriers of a hub, limit 101", lambda: snapshot.carriers([HUB], 101))
        _point("records of 5 keys", lambda: snapshot.records(_some_keys(some, count)))
        _point("assignments of 5 keys", lambda: snapshot.assignments(_some_keys(some, count)))
        _point(
            "members of 5 components", lambda: snapshot.members_of_components(_some_keys(some, count, CUSTOMER_SIZE))
        )

    def snapshot_only() -> None:
        with store.read():
            pass

    _point("read() itself", snapshot_only)
    numbers = iter(range(count, 2 * count))

    def live() -> None:
        with store.write() as transaction:
            transaction.put_records([_indexed(next(numbers))])

    _point("write() of one record, durable", live, 200)


def _some_keys(some: random.Random, count: int, step: int = 1) -> list[str]:
    return [f"crm:{some.randrange(count) // step * step}" for _ in range(5)]


def _some_hashes(some: random.Random, count: int) -> list[int]:
    return [_hash(1 + n % 2, some.randrange(count) // CUSTOMER_SIZE) for n in range(10)]


def main(count: int) -> None:
    count -= count % CUSTOMER_SIZE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whograph.db"
        store = SqliteStore.open(path)
        _bulk(store, count)
        with store.read() as snapshot:
            _scans(snapshot, count)
        _points(store, count)
        with _timed("check", count):
            print(store.check())
        store.close()
        print(f"{path.stat().st_size / count:,.0f} bytes per record")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
