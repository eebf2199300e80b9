"""``whograph demo``: a made-up company, everything once, in a minute."""

from __future__ import annotations

import shlex
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.bulk import Loading, load_files, run_recluster, show_loads, show_recluster
from api.cli.cards import explanation_parts, show_customer
from api.cli.guessing import guess_files, source_files
from api.cli.initialise import write_text
from api.cli.output import console, note, print_json
from api.cli.quality import clusters_of, document, judge, show, truth_of_file
from api.sample import write_sample
from api.settings import Settings, load_settings
from api.wiring import open_resolver, open_store
from graph.errors import BadInputError
from graph.model import Record
from graph.store import Store
from resolver.guess import propose, to_toml

_STORE, _CONFIG = "whograph.db", "whograph.toml"
#: A card of more records than this does not fit on a screen.
_MOST_RECORDS = 7
#: Customers that are looked at to find one worth showing.
_LOOKED_AT = 2_000


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    rows: Annotated[int, typer.Option("--rows", help="Rows of the sample over all its systems.")] = 5_000,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where it goes (default: a new temporary folder).")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what an earlier demo left in the folder.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other people.")] = 7,
    store: options.Store = None,
    as_json: options.Json = False,
) -> None:
    """Generate an omnichannel company, load, resolve and judge it, and show one of its customers."""
    place = folder or Path(tempfile.mkdtemp(prefix="whograph-demo-"))
    *files, truth = _sample(place, rows, seed, replace=replace)
    settings = load_settings(store=store or f"sqlite:///{place / _STORE}", config=_configure(place, files))
    if not as_json:
        console().rule(f"[bold]{len(files)} systems know the same people: {place}", align="left")
    loads = load_files(settings, source_files(files), Loading(quiet=True))
    if not as_json:
        show_loads(loads, examples=1)
        console().rule("[bold]who belongs together", align="left")
    report = run_recluster(settings)
    if not as_json:
        show_recluster(report)
        console().rule("[bold]compared with the truth", align="left")
    true = truth_of_file(truth)
    with closing(open_store(settings)) as opened:
        found = clusters_of(opened)
        judgement = judge(found, true, 3)
        shown = interesting_customer(opened, found, true)
    if as_json:
        print_json({"folder": place, "loads": loads, "recluster": report, "evaluation": document(judgement)})
        return
    show(judgement)
    if shown is not None:
        console().rule("[bold]one of them", align="left")
        _show_customer(settings, *shown)
    _say_next(place)


def _sample(place: Path, rows: int, seed: int, *, replace: bool) -> list[Path]:
    """The sample's files and the truth, in a folder that holds nothing else."""
    if place.is_dir() and any(place.iterdir()):
        if not replace or not (place / "truth.csv").exists():
            raise BadInputError(
                "is not empty", "name another folder, or replace an earlier demo with --replace", place=str(place)
            )
        for name in (_STORE, f"{_STORE}-wal", f"{_STORE}-shm", _CONFIG):
            (place / name).unlink(missing_ok=True)
    return write_sample(place, rows, seed)


def _configure(place: Path, files: Sequence[Path]) -> Path:
    """What ``whograph init`` does."""
    guesses = guess_files(source_files(files))
    write_text(place / _CONFIG, to_toml(propose(guesses), guesses))
    return place / _CONFIG


def interesting_customer(
    store: Store, found: Mapping[str, str], true: Mapping[str, str]
) -> tuple[str, str, str] | None:
    """A customer that is right, known to several systems, and whose records do not agree on the given name: its id, and
    two of its records that differ in it."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    people: defaultdict[str, set[str]] = defaultdict(set)
    size: defaultdict[str, int] = defaultdict(int)
    for key, customer in sorted(found.items()):
        members[customer].append(key)
        people[customer].add(true[key])
        size[true[key]] += 1
    whole = [
        (-len({key.partition(":")[0] for key in keys}), customer)
        for customer, keys in members.items()
        if 3 <= len(keys) <= _MOST_RECORDS and len(people[customer]) == 1 and size[true[keys[0]]] == len(keys)
    ]
    chosen = [customer for _, customer in sorted(whole)[:_LOOKED_AT]]
    with store.read() as snapshot:
        records = snapshot.records([key for customer in chosen for key in members[customer]])
    best: tuple[int, str, str, str] | None = None
    for customer in chosen:
        its = [records[key] for key in members[customer]]
        pair = _unlike(its)
        if pair is not None:
            sources = len({record.source for record in its})
            entry = (-sources * 4 - _variety(its), customer, *pair)
            best = entry if best is None or entry < best else best
    return None if best is None else best[1:]


def _unlike(records: Sequence[Record]) -> tuple[str, str] | None:
    """Two records with different given names."""
    named = [record for record in records if record.fields.get("given_name")]
    for right in named[1:]:
        if right.fields["given_name"] != named[0].fields["given_name"]:
            return named[0].key, right.key
    return None


def _variety(records: Sequence[Record]) -> int:
    """How many fields the records do not agree on."""
    names = {name for record in records for name in record.fields}
    return sum(len({record.fields[name] for record in records if name in record.fields}) > 1 for name in names)


def _show_customer(settings: Settings, customer: str, left: str, right: str) -> None:
    shown = console()
    with open_resolver(settings) as resolver:
        show_customer(resolver.customer(customer))
        shown.print()
        shown.print(f"[bold]Why do {left} and {right} belong together?[/]")
        for part in explanation_parts(resolver.explain(left, right)):
            shown.print(part)


def _say_next(place: Path) -> None:
    note(f"\nlook further:  cd {shlex.quote(str(place))}  and then")
    for line in (
        "whograph review",
        "whograph who family_name=… birth_date=…",
        "whograph export clusters --out clusters.csv",
    ):
        note(f"  {line}")
