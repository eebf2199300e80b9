"""Cards for people: a customer, an answer to "who is this?", an explanation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from api.cli.documents import iso_time
from api.cli.output import bits, console, number, percent, plain, table
from resolver.answers import (
    Answer,
    CustomerView,
    Explanation,
    PairEvidence,
    ProfileField,
    ProfileValue,
    SharedIdentifier,
)

#: Members of a customer and values of a field that a card shows; the others are counted.
MOST_RECORDS, MOST_VALUES = 20, 4


def show_answer(answer: Answer) -> None:
    """The likeliest customer as a card, the others in a line each."""
    shown = console()
    for part, reason in answer.refused:
        shown.print(f"not used: {plain(part)}: {plain(reason)}", style="yellow")
    if not answer.candidates:
        shown.print("unknown: no customer carries any of this")
    else:
        best = answer.candidates[0]
        shown.print(customer_card(best.view, sure=best.probability, evidence=best.evidence))
        if len(answer.candidates) > 1:
            rows = table("or else", ">sure", ">records", "because")
            for its in answer.candidates[1:]:
                size = number(its.view.customer.size)
                rows.add_row(plain(its.view.customer.id), percent(its.probability), size, _because(its.evidence))
            shown.print(rows)
    for identifier in answer.shared:
        shown.print(_shared(identifier), style="yellow")


def _shared(its: SharedIdentifier) -> str:
    if not its.active:
        return f"{plain(its.key)} is on {number(its.records)} or more records: too many to tell who it is"
    return f"{plain(its.key)} is shared: {number(its.records)} records of {number(its.customers)} customers carry it"


def show_customer(view: CustomerView) -> None:
    console().print(customer_card(view))


def customer_card(
    view: CustomerView, *, sure: float | None = None, evidence: PairEvidence | None = None
) -> RenderableType:
    """The merged profile with where each value came from, and the records. ``sure``: of an answer, how likely it is."""
    its = view.customer
    sources = Counter(record.source for record in view.records)
    head = Text.assemble(
        (view.profile.status, "bold"),
        f" · {_counted(its.size, 'record')} of {_counted(len(sources), 'source')}",
    )
    if its.confidence is not None:
        head.append(f" · weakest link {percent(its.confidence)}")
    if view.asked_for:
        head.append(f" · {view.asked_for} is now {its.id}")
    parts: list[RenderableType] = [head, Text(), _profile(view.profile.fields), Text(), _records(view)]
    if evidence is not None:
        parts += [Text(), Text.from_markup(f"because {_because(evidence)} ({plain(evidence.right)})")]
    title = f"[bold cyan]{plain(its.id)}[/]" + (f"  {percent(sure)} sure" if sure is not None else "")
    return Panel(Group(*parts), title=title, title_align="left", padding=(1, 2))


def _counted(count: int, thing: str) -> str:
    return f"{number(count)} {thing}" + ("" if count == 1 else "s")


def _profile(fields: Sequence[ProfileField]) -> RenderableType:
    rows = table("field", "value", "from", ">said by", "other values")
    for its in fields:
        for place, value in enumerate(its.values[:MOST_VALUES]):
            lost = _lost(its.lost) if place == 0 else ""
            rows.add_row(
                its.name if place == 0 else "",
                f"[bold]{plain(value.value)}[/]",
                plain(value.record_key),
                str(value.records),
                lost,
            )
        if len(its.values) > MOST_VALUES:
            rows.add_row("", f"and {len(its.values) - MOST_VALUES} more", "", "", "")
    return rows


def _lost(values: Sequence[ProfileValue]) -> str:
    shown = [f"{plain(value.value)} ({plain(value.record_key)})" for value in values[:MOST_VALUES]]
    if len(values) > MOST_VALUES:
        shown.append(f"and {len(values) - MOST_VALUES} more")
    return f"[dim]{', '.join(shown)}[/]"


def _records(view: CustomerView) -> RenderableType:
    rows = table("record", "seen", ">fits", "as delivered")
    for its in view.records[:MOST_RECORDS]:
        told = ", ".join(str(value) for name, value in its.payload.items() if value and str(value) != its.id)
        rows.add_row(
            plain(its.record_key), iso_time(its.observed_at)[:10], percent(its.confidence), f"[dim]{plain(told)}[/]"
        )
    if len(view.records) > MOST_RECORDS:
        rows.add_row(f"and {number(len(view.records) - MOST_RECORDS)} more", "", "", "")
    return rows


def _because(evidence: PairEvidence) -> str:
    """The fields that speak most for a pair, and those that speak against."""
    ordered = sorted(evidence.fields, key=lambda its: -its.weight)
    speaking = [f"{its.field} {its.level} ({bits(its.weight)})" for its in ordered if its.weight > 0][:4]
    against = [f"{its.field} {its.level} ({bits(its.weight)})" for its in ordered if its.weight < 0][-2:]
    return (
        plain(", ".join(speaking) + (f"; against: {', '.join(against)}" if against else "")) or "nothing speaks for it"
    )


def show_explanation(its: Explanation) -> None:
    shown = console()
    for part in explanation_parts(its):
        shown.print(part)


def explanation_parts(its: Explanation) -> list[RenderableType]:
    """The verdict, the evidence of the pair field by field, the path, and what spoke against."""
    verdict = f"[bold]{plain(its.verdict)}[/]"
    customers = f"both {its.left_customer}" if its.same_customer else f"{its.left_customer} and {its.right_customer}"
    parts: list[RenderableType] = [f"{verdict} ({plain(customers)})", "", pair_table(its.direct)]
    if not its.direct.candidate:
        parts.append("the two share no active key, so by themselves they would not even be compared")
    if len(its.path) > 1:
        parts += ["", _path_table(its)]
    elif its.weakest is not None:
        parts.append(f"links from {bits(its.link_threshold)} bits on")
    if its.conflicts:
        rows = table("spoke against", "", ">bits", "because", title="contradictions in their component")
        for pair in its.conflicts:
            rows.add_row(plain(pair.left), plain(pair.right), bits(pair.weight), _because(pair))
        parts += ["", rows]
    for decision in its.decisions:
        parts.append(
            f"decided {decision.kind.value} by {plain(decision.by)} on {iso_time(decision.at)[:10]}: "
            + plain(decision.reason)
        )
    return parts


def pair_table(pair: PairEvidence) -> RenderableType:
    """One line per field, then the sum."""
    rows = table("field", plain(pair.left), plain(pair.right), "level", ">bits")
    rows.add_row("[dim]before looking[/]", "", "", "", bits(pair.prior))
    compared = [its for its in pair.fields if its.left and its.right]
    for its in compared:
        style = "green" if its.weight > 0 else "red" if its.weight < 0 else "dim"
        left, right = plain(", ".join(its.left)), plain(", ".join(its.right))
        rows.add_row(its.field, left, right, plain(its.level), f"[{style}]{bits(its.weight)}[/]")
    if pair.related:
        rows.add_row("[dim]one household?[/]", "", "", "", bits(pair.related))
    rows.add_row("[bold]together[/]", "", "", f"[bold]{percent(pair.probability)}[/]", f"[bold]{bits(pair.weight)}[/]")
    alone = [its.field for its in pair.fields if its not in compared]
    return Group(rows, f"[dim]not on both: {plain(', '.join(alone))}[/]") if alone else rows


def _path_table(its: Explanation) -> RenderableType:
    rows = table("from", "to", ">bits", ">sure", "because", title="the strongest path between them")
    for pair in its.path:
        weakest = its.weakest is not None and (pair.left, pair.right) == (its.weakest.left, its.weakest.right)
        mark = "[yellow]weakest[/] " if weakest and len(its.path) > 1 else ""
        rows.add_row(
            plain(pair.left), plain(pair.right), bits(pair.weight), percent(pair.probability), mark + _because(pair)
        )
    return rows
