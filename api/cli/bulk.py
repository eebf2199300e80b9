"""``whograph load`` and ``whograph recluster``: bulk work on a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli import options
from api.cli.guessing import GUESSED, SourceFile, say_guesses, see_configured, source_files, with_guesses
from api.cli.output import console, note, number, plain, print_json, progress, table, warn
from api.cli.reading import readers_of
from api.files import read_columns
from api.settings import Settings, load_settings
from api.wiring import open_resolver, open_store, read_whole_config, remembering
from graph.store import Store
from resolver.answers import LoadReport, ReclusterReport
from resolver.config import Config, load_config
from resolver.service import Resolver

#: What a recluster does to customers, in the order in which it is told.
KINDS = ("created", "merged", "split", "grown", "shrunk", "erased", "unchanged")


@dataclass(frozen=True, slots=True)
class Loading:
    """How to load: ``full``: the files hold all there is of their sources. ``quiet``: say nothing of guesses."""

    full: bool = False
    quiet: bool = False


def register(app: typer.Typer) -> None:
    app.command("load")(load)
    app.command("recluster")(recluster)


def load(
    files: options.Files,
    source: options.Source = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="The files are complete: records of their sources that are absent are deleted."),
    ] = False,
    encoding: options.Encoding = None,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Bulk-load files. What is bad is quarantined and counted; the rest waits for `whograph recluster`."""
    settings = load_settings(store=store, config=config)
    reports = load_files(settings, source_files(files, source, encoding), Loading(full))
    if as_json:
        print_json(reports)
        return
    show_loads(reports)
    note("next: whograph recluster")


def load_files(settings: Settings, files: Sequence[SourceFile], how: Loading) -> list[LoadReport]:
    """Load the files, source by source."""
    if settings.config_path is not None:
        load_config(settings.config_path)
    for file in files:
        read_columns(file.path, encoding=file.encoding)  # bad files are told before a store is made
    with closing(open_store(settings)) as opened, _configured(settings, opened, files, how) as config:
        readers = readers_of(files, config)
        resolver = Resolver(opened, config)
        with telling_what_is_left(), progress() as tell:
            return [
                resolver.load(its.source, its.tables(tell), full=how.full, refused=its.refused_rows, progress=tell)
                for its in readers
            ]


@contextmanager
def telling_what_is_left() -> Iterator[None]:
    """Whatever stops work that is written in parts says in its notes how far that came."""
    try:
        yield
    except BaseException as stopped:
        for line in getattr(stopped, "__notes__", ()):
            warn(line)
        raise


@contextmanager
def _configured(settings: Settings, store: Store, files: Sequence[SourceFile], how: Loading) -> Iterator[Config]:
    """The configuration to load with: what nobody configured is guessed, unless a config file rules that out."""
    known = read_whole_config(settings, store)
    if known is not None and settings.config_path is not None and not known.resolution.allow_new_sources:
        see_configured(files, known, str(settings.config_path))
    config, guesses = with_guesses(known, files)
    if guesses and not how.quiet:
        say_guesses(guesses, config, why=GUESSED)
    with remembering(store, config) if guesses else nullcontext():
        yield config


def show_loads(reports: Sequence[LoadReport], examples: int = 5) -> None:
    """``examples``: refused rows and values of each source that are shown; the others are counted."""
    rows = table("source", ">rows", ">new", ">updated", ">unchanged", ">stale", ">deleted", ">refused", ">values", ">s")
    for its in reports:
        counts = (
            its.rows,
            its.new,
            its.updated,
            its.unchanged,
            its.stale,
            its.deleted,
            its.refused_rows,
            its.refused_values,
        )
        rows.add_row(plain(its.source), *map(number, counts), f"{its.seconds:.1f}")
    console().print(rows)
    for its in reports:
        for warning in its.warnings:
            warn(f"{its.source}: {warning}")
        for example in its.examples[:examples]:
            note(f"quarantined: {example.place}: {example.field or 'the row'}: {example.reason}")
        more = its.refused_rows + its.refused_values - len(its.examples[:examples])
        if more > 0:
            note(f"quarantined: {number(more)} more of {its.source}")


def recluster(
    dry_run: options.DryRun = False,
    retrain: Annotated[bool, typer.Option("--retrain", help="Learn the model anew from the records.")] = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Resolve everything anew. A dry run with another --config shows what that would merge and split."""
    report = run_recluster(load_settings(store=store, config=config), dry_run=dry_run, retrain=retrain)
    if as_json:
        print_json(report)
        return
    show_recluster(report)


def run_recluster(settings: Settings, *, dry_run: bool = False, retrain: bool = False) -> ReclusterReport:
    with open_resolver(settings) as resolver, telling_what_is_left(), progress() as tell:
        return resolver.recluster(retrain=retrain, dry_run=dry_run, progress=tell)


def show_recluster(report: ReclusterReport, fresh: str = "a new model") -> None:
    """``fresh``: what the model is called where it is not the one that was in use."""
    shown = console()
    verb = "would become" if report.dry_run else "are"
    model = fresh if report.retrained else "the model as it was"
    seconds = sum(report.seconds.values())
    shown.print(
        f"{number(report.records)} records {verb} [bold]{number(report.customers)} customers[/] "
        f"(version {report.version}, {model}, {number(report.pairs)} pairs compared, {seconds:.1f} s)"
    )
    rows = table(*(f">{kind}" for kind in KINDS))
    rows.add_row(*(number(report.counts.get(kind, 0)) for kind in KINDS))
    shown.print(rows)
    for its in report.examples:
        others = f" with {', '.join(its.others)}" if its.others else ""
        shown.print(f"  {its.kind} [cyan]{plain(its.customer_id)}[/]{others}: {plain(', '.join(its.records))}")
    if report.seconds:
        shown.print("  ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items()), style="dim")
    for warning in report.warnings:
        warn(warning)
    if report.dry_run:
        note("dry run: nothing was changed")
