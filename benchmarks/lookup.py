"""How long "who is this?" takes in process: by each identifier, and by attributes alone.

    python -m benchmarks.lookup STORE_URL [--questions 1000]

The questions are values of the store's own records, drawn with a fixed seed; nothing is written. Prints median and 99th
percentile of the wall time, and the processor's time per question, in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from api.settings import Settings
from api.wiring import open_store
from graph.model import Record
from graph.store import Store
from resolver.config import Config
from resolver.service import Resolver

#: Questions that are asked before anything is measured.
WARM_UP = 50

Asked = Mapping[str, Sequence[str]]


def drawn(store: Store, size: int) -> list[Record]:
    """So many records, chosen at random from all resolved ones."""
    with store.read() as snapshot:
        keys = [its.record_key for chunk in snapshot.scan_assignments() for its in chunk]
        chosen = random.Random(1).sample(keys, min(size, len(keys)))
        records = snapshot.records(chosen)
    return [records[key] for key in chosen]


def measure(what: str, resolver: Resolver, questions: Sequence[Asked]) -> None:
    """Ask, and print a row."""
    for question in questions[:WARM_UP]:
        resolver.identify(question)
    seconds = []
    cpu = time.process_time()
    for question in questions:
        started = time.perf_counter()
        resolver.identify(question)
        seconds.append(time.perf_counter() - started)
    cpu = time.process_time() - cpu
    median, last = statistics.median(seconds), sorted(seconds)[int(0.99 * (len(seconds) - 1))]
    print(f"{what:<28}{len(questions):>9,}{median * 1e3:>9.2f}{last * 1e3:>9.2f}{cpu / len(questions) * 1e3:>9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="such as sqlite:///whograph.db")
    parser.add_argument("--questions", type=int, default=1_000, help="of each kind")
    arguments = parser.parse_args()
    store = open_store(Settings(store=arguments.store), create=False)
    try:
        resolver = Resolver(store)
        adopted = resolver.version()
        if adopted is None:
            raise SystemExit("nothing in it is resolved yet; run: whograph recluster")
        records, config = drawn(store, arguments.questions), Config.from_json(adopted.config)
        libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "rapidfuzz", "whograph"))
        machine = platform.processor() or platform.machine()
        print(f"{machine}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}")
        with store.read() as snapshot:
            print(f"{snapshot.counts().records:,} records in {arguments.store.partition('://')[0]}")
        print(f"{'asked by':<28}{'asked':>9}{'median':>9}{'p99':>9}{'cpu':>9}   ms")
        for name in config.identifiers:
            questions = [{name: its.fields[name][:1]} for its in records if name in its.fields]
            if questions:
                measure(name, resolver, questions)
        compared = [name for name, its in config.attributes.items() if its.compared]
        by_attributes = [{name: its.fields[name] for name in compared if name in its.fields} for its in records]
        measure("attributes", resolver, [its for its in by_attributes if len(its) > 1])
    finally:
        store.close()


if __name__ == "__main__":
    main()
