"""``whograph model``: what was learned, as JSON out of the store and into it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.bulk import show_recluster
from api.cli.documents import iso_time
from api.cli.initialise import write_text
from api.cli.output import bits, console, number, plain, print_json, progress, table
from api.settings import Settings, load_settings
from api.wiring import open_resolver, open_store
from graph.errors import BadInputError, NotFoundError, VersionError
from graph.model import ResolutionVersion
from resolver.blocking.signatures import rule_name
from resolver.config import Config
from resolver.scoring.levels import COMPARISONS
from resolver.scoring.model import MICRO, FieldModel, Model, logit
from resolver.version import Version

_group = typer.Typer(help="The resolution version's model: show, export, import.", no_args_is_help=True)
Number = Annotated[
    int | None, typer.Option("--version", metavar="N", help="Of this version (default: the one in use).")
]


def register(app: typer.Typer) -> None:
    app.add_typer(_group, name="model")


@_group.command("show")
def show(
    version: Number = None, store: options.Store = None, config: options.Config = None, as_json: options.Json = False
) -> None:
    """What was learned: how much each level of each field speaks for or against."""
    its = _version(load_settings(store=store, config=config), version)
    ready = Version(Config.from_json(its.config), Model.from_json(its.model))
    if as_json:
        print_json(_document(its, ready))
        return
    shown = console()
    model = ready.model
    source = f"learned from {number(model.trained_on)} records" if model.trained_on else "shipped, nothing learned yet"
    shown.print(f"version {its.number} of {iso_time(its.created_at)}: {source}")
    shown.print(
        f"two random records are one customer: {logit(model.prior):+.1f} bits; "
        f"linked from {bits(ready.link_threshold)} bits, "
        f"cut apart below {bits(ready.conflict_threshold)} bits"
    )
    for type, probability in sorted(model.shared.items()):
        shown.print(f"sharing one {type} makes sure by {probability:.4f}")
    rows = table("field", "level", ">m", ">u", ">bits")
    for field in ready.fields:
        learned = model.fields.get(field.name)
        for level in range(1, len(learned.m) if learned else 0):
            assert learned is not None
            label = COMPARISONS[field.kind].labels[level]
            weight = bits(learned.weights()[level])
            rows.add_row(
                field.name if level == 1 else "", label, f"{learned.m[level]:.4f}", f"{learned.u[level]:.6f}", weight
            )
    shown.print(rows)
    shown.print(
        f"candidates come from: {plain('; '.join(rule_name(rule) for rule in model.rules)) or 'identifiers only'}"
    )


@_group.command("list")
def list_versions(store: options.Store = None, config: options.Config = None, as_json: options.Json = False) -> None:
    """All resolution versions of the store."""
    versions, adopted = _versions(load_settings(store=store, config=config))
    its = [
        {
            "version": one.number,
            "created_at": iso_time(one.created_at),
            "in_use": one == adopted,
            "normaliser": one.normaliser,
        }
        for one in versions
    ]
    if as_json:
        print_json(its)
        return
    rows = table(">version", "since", "")
    for one in its:
        rows.add_row(str(one["version"]), str(one["created_at"]), "in use" if one["in_use"] else "")
    console().print(rows if its else "no version yet: load records and run whograph recluster")


@_group.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="F", help="Where the JSON goes.")],
    version: Number = None,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Write the model as JSON. It holds statistics and hashes of common values, nobody's data."""
    its = _version(load_settings(store=store, config=config), version)
    write_text(out, its.model + "\n")
    if as_json:
        print_json({"out": str(out), "version": its.number})
    else:
        print(f"the model of version {its.number}: {out}")


@_group.command("import")
def import_model(
    file: Annotated[Path, typer.Argument(help="What `whograph model export` wrote.")],
    dry_run: options.DryRun = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Take a model over: everything is resolved anew under it, as a new version."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "not text"
        raise BadInputError(f"cannot be read ({problem})", "name a model's JSON", place=str(file)) from error
    try:
        model = Model.from_json(text)
    except BadInputError as error:
        raise BadInputError(error.problem, error.remedy, place=str(file)) from error
    with open_resolver(load_settings(store=store, config=config)) as resolver, progress() as tell:
        report = resolver.recluster(model=model, dry_run=dry_run, progress=tell)
    if as_json:
        print_json(report)
    else:
        show_recluster(report, "the model of the file")


@_group.command("use")
def use(
    number: Annotated[int, typer.Argument(help="The version's number, as `whograph model list` shows it.")],
    dry_run: options.DryRun = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Go back to an earlier version: its configuration and its model, by a re-cluster."""
    settings = load_settings(store=store, config=config)
    its = _version(settings, number)
    with open_resolver(settings) as resolver, progress() as tell:
        report = resolver.recluster(
            config=Config.from_json(its.config), model=Model.from_json(its.model), dry_run=dry_run, progress=tell
        )
    if as_json:
        print_json(report)
    else:
        show_recluster(report, f"the model of version {number} again")


def _versions(settings: Settings) -> tuple[list[ResolutionVersion], ResolutionVersion | None]:
    """All of the store, and the adopted one."""
    with closing(open_store(settings, create=False)) as store, store.read() as snapshot:
        return snapshot.versions(), snapshot.version()


def _version(settings: Settings, number: int | None) -> ResolutionVersion:
    versions, adopted = _versions(settings)
    if adopted is None:
        raise VersionError("the store has no model yet", "load records and run: whograph recluster")
    its = adopted if number is None else next((one for one in versions if one.number == number), None)
    if its is None:
        raise NotFoundError("version", str(number), "see them with: whograph model list")
    return its


def _document(its: ResolutionVersion, ready: Version) -> dict[str, object]:
    model = ready.model
    kinds = {field.name: COMPARISONS[field.kind].labels for field in ready.fields}
    return {
        "version": its.number,
        "created_at": iso_time(its.created_at),
        "trained_on": model.trained_on,
        "prior": model.prior,
        "related": model.related,
        "link_threshold": ready.link_threshold / MICRO,
        "conflict_threshold": ready.conflict_threshold / MICRO,
        "shared": model.shared,
        "rules": [rule_name(rule) for rule in model.rules],
        "fields": {name: _levels(field, kinds[name]) for name, field in sorted(model.fields.items()) if name in kinds},
    }


def _levels(field: FieldModel, labels: tuple[str, ...]) -> list[dict[str, object]]:
    weights = field.weights()
    return [
        {"level": labels[level], "m": field.m[level], "u": field.u[level], "bits": weights[level] / MICRO}
        for level in range(1, len(field.m))
    ]
