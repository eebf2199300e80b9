"""Quality without labels: pairwise and B³ of the final clusters, zero configuration, on labelled data.

    python -m benchmarks.quality [--sample ROWS] [--held-out]

Reads the labelled files of ``tests/data``, a generated omnichannel sample, and with ``--held-out`` the generators of
``benchmarks.data``, which differ from the sample in schema, language and noise. The truth is read here alone: it is
never an input to matching.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from itertools import product
from pathlib import Path
from time import perf_counter, time_ns

from api.files import read_chunks, read_sample, source_name
from api.sample import write_sample
from resolver.batch.in_memory import choose_model, cluster_table, prepare_batch
from resolver.garbage import paused_collection
from resolver.guess import guess_source, propose
from resolver.judging.evaluate import Evaluation, evaluate
from resolver.version import Version

DATA = Path(__file__).parent.parent / "tests" / "data"
Truth = dict[str, str]


def resolve_files(files: list[Path]) -> dict[str, int]:
    """Files in, the cluster of each record out, by record key."""
    config = propose([guess_source(source_name(path), read_sample(path)) for path in files])
    with paused_collection():
        sources = [(source_name(path), [(its.table, its.place) for its in read_chunks(path)]) for path in files]
        table = prepare_batch(sources, config, time_ns() // 1000).table
        resolution = cluster_table(table, Version(config, choose_model(table, config)))
    return dict(zip(table.keys, resolution.cluster.tolist(), strict=True))


def judge(name: str, files: list[Path], truth: Truth) -> Evaluation:
    """Resolve, compare with the truth, print a row."""
    started = perf_counter()
    clusters = resolve_files(files)
    seconds = perf_counter() - started
    keys = [key for key in truth if key in clusters]
    result = evaluate([clusters[key] for key in keys], [truth[key] for key in keys])
    print(
        f"{name:<28}{len(keys):>9,}{result.pairwise.precision:>9.4f}{result.pairwise.recall:>9.4f}"
        f"{result.pairwise.f1:>9.4f}{result.b_cubed.f1:>9.4f}{seconds:>8.1f} s",
        flush=True,
    )
    return result


def truth_of(path: Path, id: str, person: Callable[[dict[str, str]], str]) -> Truth:
    """The truth of a labelled file by record key."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{name.strip(): (cell or "").strip() for name, cell in row.items()} for row in csv.DictReader(lines)]
    return {f"{source_name(path)}:{row[id]}": person(row) for row in rows}


def labelled() -> None:
    """The public files."""
    fake = DATA / "fake_1000.csv"
    judge("fake_1000", [fake], truth_of(fake, "unique_id", lambda row: row["cluster"]))
    for name, stems in (("febrl_dataset3", ["3"]), ("febrl_dataset4a+4b", ["4a", "4b"])):
        files = [DATA / f"febrl_dataset{stem}.csv" for stem in stems]
        truth = {
            key: person
            for path in files
            for key, person in truth_of(path, "rec_id", lambda row: row["rec_id"].split("-")[1]).items()
        }
        judge(name, files, truth)


def sample(folder: Path, rows: int) -> None:
    """The omnichannel company."""
    files = [path for path in write_sample(folder, rows, 7) if path.stem != "truth"]
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as lines:
        truth = {row["record_key"]: row["person_id"] for row in csv.DictReader(lines)}
    judge(f"sample {rows:,}", files, truth)


def held_out(folder: Path) -> None:
    """Data by other generators."""
    runs = [("persons", "20000", []), ("historical", "10000", []), ("aliases", "10000", []), ("members", "10000", [])]
    runs += [("registry", "10000", ["--variant", "us"]), ("registry", "5000", ["--variant", "de"])]
    for (name, rows, more), seed in product(runs, ("3", "4")):
        path = folder / f"{'_'.join([name, *more[1:], seed])}.csv"
        command = [sys.executable, "-m", f"benchmarks.data.{name}", "--rows", rows, "--out", str(path), "--seed", seed]
        subprocess.run([*command, *more], check=True, capture_output=True)
        truth = truth_of(path, "unique_id", lambda row: row["cluster"])
        judge(f"{path.stem} {int(rows):,}", [path], truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=100_000, help="rows of the omnichannel sample (0: none)")
    parser.add_argument("--held-out", action="store_true", help="the generators of benchmarks.data, too")
    arguments = parser.parse_args()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "rapidfuzz", "pyarrow"))
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}")
    print(f"{'data':<28}{'records':>9}{'precis.':>9}{'recall':>9}{'F1':>9}{'B³ F1':>9}{'time':>10}")
    labelled()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.sample:
            sample(Path(folder), arguments.sample)
        if arguments.held_out:
            held_out(Path(folder))


if __name__ == "__main__":
    main()
