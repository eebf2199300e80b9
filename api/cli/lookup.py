"""``whograph who`` and ``whograph explain``: the questions that whograph is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from api.cli import options
from api.cli.cards import show_answer, show_customer, show_explanation
from api.cli.output import console, number, percent, plain, print_json, progress, table
from api.files import count_hint, read_chunks, write_rows
from api.settings import load_settings
from api.wiring import open_resolver
from graph.errors import BadInputError, NotFoundError
from resolver.answers import Answer, CustomerView
from resolver.service import Resolver

Question = Mapping[str, Sequence[str]]


def register(app: typer.Typer) -> None:
    app.command("who")(who)
    app.command("customer")(customer)
    app.command("explain")(explain)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a file, by its place there, with the answer."""

    place: str
    question: Question
    answer: Answer


def who(
    terms: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="email=ana@example.com phone=… family_name=…")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Many questions: a file whose columns are fields.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="With --file: where the answers go (.csv, .parquet …).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Candidates to answer.")] = 5,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Who is this? The customer whom identifiers and attributes belong to, how sure, and why. Nothing is stored.

    One record (crm:42) asks for the customer it belongs to.
    """
    if bool(terms) == (file is not None):
        raise BadInputError(
            "nothing to look for" if not terms else "two questions", "give FIELD=VALUE terms, or --file F"
        )
    question = question_of(terms or [])
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        if terms and len(terms) == 1 and (view := _customer_of(resolver, terms[0])) is not None:
            print_json(view) if as_json else show_customer(view)
            return
        if file is None:
            answer = resolver.identify(question, limit=limit)
            _refuse_unknown_fields(terms or [], question, answer)
            if as_json:
                print_json(answer)
            else:
                show_answer(answer)
            return
        answers = _answers(resolver, file, limit)
        if out is not None:
            rows = write_rows(out, (_rows([asked]) for asked in answers))
            print(f"{number(rows)} answers: {out}")
        elif as_json:
            print_json(list(answers))
        else:
            _show_many(list(answers))


def _refuse_unknown_fields(terms: list[str], question: Question, answer: Answer) -> None:
    """A question of which the store knows no field is a slip of the pen, not a question about an unknown customer."""
    reasons = [reason for part, reason in answer.refused if part in question]
    if len(reasons) == len(question):
        problem, _, remedy = reasons[0].partition("; ")
        if "=" not in terms[0]:  # crm:42
            raise NotFoundError("record", terms[0], remedy)
        raise BadInputError(f"{', '.join(question)}: {problem}", remedy)


def _customer_of(resolver: Resolver, term: str) -> CustomerView | None:
    """The customer of a record that is named by its key; None where the term is no such key."""
    with resolver.store.read() as snapshot:
        its = snapshot.assignments([term]).get(term)
    return None if its is None else resolver.customer(its.customer_id)


def question_of(terms: Sequence[str]) -> dict[str, list[str]]:
    """``email=ana@example.com`` (or ``email:ana@example.com``) terms by field; a field may come several times."""
    question: dict[str, list[str]] = {}
    for term in terms:
        at = min((place for place in (term.find("="), term.find(":")) if place >= 0), default=-1)
        name, value = term[:at].strip(), term[at + 1 :].strip()
        if at < 0 or not name or not value:
            raise BadInputError(f"{term!r} is no question", "write FIELD=VALUE, such as email=ana@example.com")
        question.setdefault(name, []).append(value)
    return question


def _answers(resolver: Resolver, file: Path, limit: int) -> Iterator[_Asked]:
    total = count_hint(file)
    done = 0
    with progress() as tell:
        for chunk in read_chunks(file, 1_000):
            if chunk.refused:
                raise BadInputError(chunk.refused[0].reason, "mend that row", place=chunk.refused[0].place)
            for row, cells in enumerate(chunk.table.to_pylist()):
                question = {name: _values(cell) for name, cell in cells.items() if _values(cell)}
                answer = resolver.identify(question, limit=limit) if question else Answer(())
                yield _Asked(chunk.place(row), question, answer)
            done += chunk.table.num_rows
            tell("asking", done, total)


def _values(cell: str | list[str] | None) -> list[str]:
    cells = cell if isinstance(cell, list) else [cell or ""]
    return [text for text in cells if text and text.strip()]


def _rows(answers: Sequence[_Asked]) -> pa.Table:
    best = [asked.answer.candidates[0] if asked.answer.candidates else None for asked in answers]
    return pa.table(
        {
            "place": pa.array([asked.place for asked in answers], pa.string()),
            "customer_id": pa.array([its.view.customer.id if its else None for its in best], pa.string()),
            "probability": pa.array([its.probability if its else None for its in best], pa.float64()),
            "candidates": pa.array([len(asked.answer.candidates) for asked in answers], pa.int64()),
            "shared": pa.array([[its.key for its in asked.answer.shared] for asked in answers], pa.list_(pa.string())),
        }
    )


def _show_many(answers: Sequence[_Asked]) -> None:
    rows = table("asked", "customer", ">sure", ">records", ">others", "remark")
    for asked in answers:
        its = asked.answer.candidates
        terms = " ".join(f"{name}={' '.join(values)}" for name, values in asked.question.items())
        remark = "shared" if asked.answer.shared else "part of it could not be used" if asked.answer.refused else ""
        if its:
            best = its[0]
            size = number(best.view.customer.size)
            rows.add_row(
                plain(terms), plain(best.view.customer.id), percent(best.probability), size, str(len(its) - 1), remark
            )
        else:
            rows.add_row(plain(terms), "unknown", "", "", "", remark)
    console().print(rows)


def customer(
    id: Annotated[str, typer.Argument(help="A customer id; old ones redirect.")],
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """One customer: the merged profile, where each value comes from, and the records."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        view = resolver.customer(id)
    if as_json:
        print_json(view)
    else:
        show_customer(view)


def explain(
    left: Annotated[str, typer.Argument(help="A record (crm:42) or an identifier (email:ana@example.com).")],
    right: Annotated[str, typer.Argument(help="Another one.")],
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Why, or why not, two records are one customer: the weights level by level, and the path between them."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        explanation = resolver.explain(left, right)
    if as_json:
        print_json(explanation)
    else:
        show_explanation(explanation)
