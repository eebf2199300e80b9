"""``whograph decide``, ``withdraw``, ``decisions`` and ``review``: what people decide, and what they should look at."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Annotated

import typer

from api.cli import options
from api.cli.documents import iso_time
from api.cli.output import bits, console, note, percent, plain, print_json, table
from api.settings import load_settings
from api.wiring import open_resolver
from graph.errors import BadInputError
from graph.model import DecisionKind, ReviewItem
from resolver.answers import DecisionReport, PairEvidence

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="The steward (default: your login name).")]


def register(app: typer.Typer) -> None:
    app.command("decide")(decide)
    app.command("take-out")(take_out)
    app.command("withdraw")(withdraw)
    app.command("decisions")(decisions)
    app.command("review")(review)


def decide(
    kind: Annotated[DecisionKind, typer.Argument(help="same: both customers are one. different: two.")],
    left: Annotated[str, typer.Argument(metavar="A", help="A record (crm:42) or an identifier (email:…).")],
    right: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the decision.")],
    by: By = None,
    dry_run: options.DryRun = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """A steward's decision. It holds through everything that comes, until it is withdrawn."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        report = resolver.decide(kind, left, right, by=_steward(by), reason=_reason(reason), dry_run=dry_run)
    _show(report, as_json=as_json)


def take_out(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Its key, such as crm:42.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the decisions.")],
    by: By = None,
    dry_run: options.DryRun = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Take a record out of its customer: it is decided to be different from each of the others."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        reports = resolver.take_out(record, by=_steward(by), reason=_reason(reason), dry_run=dry_run)
    if as_json:
        print_json(reports)
    elif not reports:
        print(f"{record} is alone already")
    else:
        _show_all(reports)


def withdraw(
    ids: Annotated[list[str], typer.Argument(metavar="DECISION...", help="Ids, as `whograph decisions` shows them.")],
    by: By = None,
    dry_run: options.DryRun = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Take a decision back, or several at once."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        reports = resolver.withdraw_all(ids, by=_steward(by), dry_run=dry_run)
    if as_json:
        print_json(reports if len(reports) > 1 else reports[0])
    else:
        _show_all(reports)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise BadInputError("an empty reason", "say why, for those who look at it later", place="--reason")
    return reason


def _steward(by: str | None) -> str:
    if by is not None and not by.strip():
        raise BadInputError("an empty name", "name the steward", place="--by")
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):  # a process without a login name
        raise BadInputError("nobody has decided this", "name the steward", place="--by") from None


def _show_all(reports: Sequence[DecisionReport]) -> None:
    """Each of several has the changes of all, which are shown once."""
    if len(reports) > 1:
        print(f"{len(reports)} decisions, the last of them:")
    _show(reports[-1], as_json=False)


def _show(report: DecisionReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    its = report.decision
    shown = console()
    done = "withdrawn" if its.withdrawn_at is not None else "decided"
    state = f"would be {done}" if report.dry_run else done
    if report.repeated:
        state = f"stands already, by {plain(its.by)}"
    shown.print(f"{state}: {its.kind.value} {plain(its.left)} {plain(its.right)} (decision {its.id})")
    for change in report.changes:
        others = [str(other) for name in ("merged", "into", "from") for other in change.details.get(name, ())]
        shown.print(
            f"  {change.kind.value} [cyan]{plain(change.customer_id)}[/]"
            + (f" ({', '.join(others)})" if others else "")
        )
    if not report.changes:
        shown.print("  no customer changes")
    if report.skipped:
        note("warning: other decisions contradict it, so it is skipped and shown in `whograph review`")
    if report.sleeps:
        note("warning: so many records carry an identifier in it that it binds nobody until they are fewer")
    if report.dry_run:
        note("dry run: nothing was changed")


def decisions(store: options.Store = None, config: options.Config = None, as_json: options.Json = False) -> None:
    """The decisions that stand."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        its = resolver.decisions()
    if as_json:
        print_json(its)
        return
    rows = table("decision", "kind", "", "", "by", "at", "reason")
    for one in its:
        at = iso_time(one.at)[:19]
        rows.add_row(one.id, one.kind.value, plain(one.left), plain(one.right), plain(one.by), at, plain(one.reason))
    console().print(rows if its else "no decision stands")


def review(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 20,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """What needs a person's eye, worst first."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        page = resolver.review(limit)
    if as_json:
        print_json(page)
        return
    rows = table(">severity", "what", "records", "evidence")
    for its in page.items:
        told = _evidence(its, page.evidence.get(its.id))
        named = ", ".join(its.records[:4]) + (f" and {len(its.records) - 4} more" if len(its.records) > 4 else "")
        rows.add_row(f"{its.severity:.2f}", its.kind.value.replace("_", " "), plain(named), plain(told))
    console().print(rows if page.items else "nothing needs a look")
    if page.items:
        note("decide with: whograph decide same|different A B --reason …")


def _evidence(item: ReviewItem, evidence: PairEvidence | None) -> str:
    """How sure the link is, the fields that contradict it where the item is about these, and those that say most."""
    if evidence is None:
        probability = item.details.get("probability")
        return percent(probability) if isinstance(probability, float) else ""
    contradicting = item.details.get("fields", ())
    strongest = sorted(evidence.fields, key=lambda its: (its.field not in contradicting, -abs(its.weight)))[:4]
    return f"{percent(evidence.probability)}: " + ", ".join(
        f"{its.field} {its.level} {bits(its.weight)}" for its in strongest
    )
