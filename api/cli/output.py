"""What is printed, and where: answers on stdout, notes and progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.cli.documents import to_document
from resolver.progress import Progress as Told

#: Columns of text when the output is not a terminal.
PIPED_WIDTH = 100


def console() -> Console:
    """For answers."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def note(text: str) -> None:
    """A remark for people, on stderr, so that it never mixes with an answer."""
    print(text, file=sys.stderr)


def warn(text: str) -> None:
    note(f"warning: {text}")


def print_json(value: Any) -> None:
    """One JSON document, and nothing else, on stdout."""
    sys.stdout.write(json_text(value, indented=True) + "\n")


def json_text(value: Any, *, indented: bool = False) -> str:
    """A value as JSON; letters that stdout cannot write are escaped."""
    options = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indented else 0)
    text = orjson.dumps(to_document(value), option=options).decode()
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(json.loads(text), indent=2 if indented else None)
    return text


@contextmanager
def unread_at_worst() -> Iterator[None]:
    """For what is printed while work goes on that must not end because whoever reads it has gone (``… | head``): then
    nothing more is printed."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(*columns: str, title: str | None = None) -> Table:
    """A table in the one style of this program; a column that starts with ``>`` is aligned to the right."""
    its = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        right = column.startswith(">")
        its.add_column(column.removeprefix(">"), justify="right" if right else "left", overflow="fold")
    return its


def plain(text: object) -> str:
    """A value as it is: neither markup nor anything that a terminal could take for a command."""
    return escape("".join(c if c.isprintable() else " " for c in str(text)))


def number(value: int) -> str:
    return f"{value:,}"


def percent(probability: float | None) -> str:
    """A probability for people: ``97.3 %``; a nearly sure one keeps the digits that tell how nearly."""
    if probability is None:
        return "–"
    doubt = 1 - probability
    if 0 < doubt < 0.0001:
        return "> 99.99 %"
    return f"{probability:.2%}".replace("%", " %") if 0 < doubt < 0.001 else f"{probability:.1%}".replace("%", " %")


def bits(weight: int) -> str:
    """Microbits for people: ``+3.4``."""
    return f"{weight / 1_000_000:+.1f}"


@contextmanager
def progress() -> Iterator[Told]:
    """Bars on stderr while long work goes on, one for each stage; none where stderr is not a terminal."""
    shown = Console(stderr=True)
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )
    stages: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int | None) -> None:
        if stage not in stages:
            for before in stages.values():  # a stage ends where the next one begins
                bars.update(before, total=1, completed=1)
            stages[stage] = bars.add_task(stage, total=total, count="")
        count = number(done) + (f" of {number(total)}" if total else "") if done else ""
        bars.update(stages[stage], completed=done, total=total, count=count)

    with bars:
        yield tell
