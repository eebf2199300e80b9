"""``whograph ingest`` and ``whograph changes``: records resolved as they come, and what that changed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import time_ns
from typing import Annotated, Any, BinaryIO

import orjson
import typer

from api.cli import options
from api.cli.documents import iso_time
from api.cli.guessing import GUESSED, say_guesses, with_guess_of_rows
from api.cli.output import console, json_text, note, number, plain, print_json, table, warn
from api.files import source_name
from api.settings import Settings, load_settings
from api.wiring import open_resolver, open_store, read_config, remembering
from graph.errors import BadInputError, UnknownSourceError
from graph.model import Quarantined
from graph.store import Store
from resolver.answers import Outcome, SourceRegistration
from resolver.config import IGNORE, Config
from resolver.preparing.rows import table_of_payloads
from resolver.service import Resolver

#: Records of one transaction. What has come in until then is resolved at once, without waiting for more.
BATCH = 500
#: A line of more bytes than this is no record.
LONGEST_LINE = 16 << 20


def register(app: typer.Typer) -> None:
    app.command("ingest")(ingest)
    app.command("changes")(changes)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the stream: the row and its source, or the reason why there is none. ``number`` from 1."""

    number: int
    source: str
    row: dict[str, Any] | None
    reason: str = ""
    text: str = ""


def ingest(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="JSON lines; - is standard input.")] = Path("-"),
    source: Annotated[
        str | None,
        typer.Option("--source", help="The rows' source (default: the file's stem, or `source` in each line)."),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="One JSON line per record, as soon as it is resolved.")
    ] = False,
    allow_new_sources: Annotated[
        bool,
        typer.Option("--allow-new-sources", help="Register sources that are not configured, with guessed columns."),
    ] = False,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Resolve records as they come. A line is a row, or {"source": …, "row": {…}}."""
    settings = load_settings(store=store, config=config)
    if source is None and str(file) != "-":
        source = source_name(file)
    kept: list[Outcome] = []
    counts: Counter[str] = Counter()
    with _stream(file) as stream:
        for outcomes in _resolved(settings, stream, source, allowed=allow_new_sources):
            counts.update(its.kind for its in outcomes)
            if as_json:
                kept += outcomes
            for its in outcomes:
                if lines:
                    sys.stdout.write(json_text(its) + "\n")
                elif not as_json:
                    _tell(its)
            sys.stdout.flush()
    if as_json:
        print_json({"counts": counts, "outcomes": kept})
    elif not lines:
        print(", ".join(f"{number(count)} {kind}" for kind, count in sorted(counts.items())) or "no records came")


def _stream(file: Path) -> AbstractContextManager[BinaryIO]:
    if str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInputError(f"cannot be read ({error.strerror})", "check the path", place=str(file)) from error


def _resolved(settings: Settings, stream: BinaryIO, source: str | None, *, allowed: bool) -> Iterator[list[Outcome]]:
    """The outcomes of one batch after the other, indexed by line (from 0)."""
    opened = open_store(settings)
    try:
        resolver: Resolver | None = None
        for batch in _batches(stream, source):
            if resolver is None:
                resolver = Resolver(opened, _config(settings, opened, batch))
            outcomes = [_refused(line) for line in batch if line.row is None]
            good = [line for line in batch if line.row is not None]
            for name in dict.fromkeys(line.source for line in good):
                outcomes += _of_source(resolver, name, [line for line in good if line.source == name], allowed=allowed)
            yield sorted(outcomes, key=lambda outcome: outcome.index)
    finally:
        opened.close()


def _config(settings: Settings, store: Store, batch: Sequence[_Line]) -> Config | None:
    """The configuration for the stream; where there is none, it is guessed from the first rows."""
    known = read_config(settings, store)
    config = known
    if known is None:
        for name in dict.fromkeys(line.source for line in batch if line.row is not None):
            rows = table_of_payloads([line.row for line in batch if line.source == name and line.row is not None])
            config, guesses = with_guess_of_rows(config, name, rows)
            say_guesses(guesses, config, why=GUESSED)
    if config is not None and config != known:
        with remembering(store, config):
            pass
    return config


def _of_source(resolver: Resolver, source: str, lines: Sequence[_Line], *, allowed: bool) -> list[Outcome]:
    """What became of lines of one source; refused if that is in no configuration, and new ones are not allowed."""
    rows = [line.row for line in lines if line.row is not None]
    try:
        answers = resolver.ingest(source, rows, allow_new_sources=allowed)
    except UnknownSourceError as error:
        return [_refused(replace(line, row=None, reason=f"{error.problem}; {error.remedy}")) for line in lines]
    if answers and (new := answers[0].registered):
        _say_registered(new)
    return [replace(answers[place], index=line.number - 1) for place, line in enumerate(lines)]


def _say_registered(new: SourceRegistration) -> None:
    known = [f"{column} as {meaning}" for column, meaning in new.columns.items() if meaning != IGNORE]
    id = f"id {new.id}" if new.id else "no id: rows are told apart by their content"
    note(f"registered source {new.source}, guessed from its first rows: {id}; {', '.join(known) or 'no column used'}")
    if new.left_out:
        left = ", ".join(f"{column} ({meaning})" for column, meaning in new.left_out.items())
        note(f"left out until the next re-cluster, because they are new: {left}")
    for warning in new.warnings:
        warn(f"{new.source}: {warning}")


def _batches(stream: BinaryIO, source: str | None) -> Iterator[list[_Line]]:
    """Lines as they come: what is there is taken at once, at most ``BATCH`` together."""
    read = getattr(stream, "read1", stream.read)
    rest, count = b"", 0
    waiting: list[_Line] = []
    while data := read(1 << 20):
        *whole, rest = (rest + data).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BadInputError(
                f"is longer than {LONGEST_LINE >> 20} MB", "send one record a line", place=f"line {count + 1}"
            )
        for line in whole:
            count += 1
            if line.strip():
                waiting.append(_parsed(line, count, source))
            if len(waiting) == BATCH:
                yield waiting
                waiting = []
        if waiting:
            yield waiting
            waiting = []
    if rest.strip():
        yield [_parsed(rest, count + 1, source)]


def _parsed(line: bytes, number: int, source: str | None) -> _Line:
    shown = line[:200].decode("utf-8", "replace").strip()
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _Line(number, source or "", None, f"not JSON ({error})", shown)
    if not isinstance(row, dict):
        return _Line(number, source or "", None, "not a JSON object", shown)
    if row.keys() == {"source", "row"} and isinstance(row["source"], str) and isinstance(row["row"], dict):
        return _Line(number, row["source"], row["row"])
    if source is None:
        return _Line(number, "", None, 'no source: write {"source": …, "row": {…}}, or name it with --source', shown)
    return _Line(number, source, row)


def _refused(line: _Line) -> Outcome:
    entry = Quarantined(line.source, None, f"line {line.number}", None, line.text, line.reason, time_ns() // 1000)
    return Outcome(line.number - 1, None, "quarantined", None, None, (), (entry,))


def _tell(its: Outcome) -> None:
    reasons = "; ".join(f"{entry.field or 'row'}: {entry.reason}" for entry in its.refused)
    if its.record_key is None:
        note(f"line {its.index + 1}: {its.kind}: {reasons}")
        return
    where = f" {its.customer_id}" if its.customer_id else ""
    print(f"{its.record_key}: {its.kind}{where}" + (f" ({reasons})" if reasons else ""))


def changes(
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="The cursor of the last page.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 100,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """What happened to customers, oldest first; the cursor continues where a page ends."""
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        page = resolver.changes(after, limit)
    if as_json:
        print_json(page)
        return
    rows = table(">no.", "when", "what", "customer", "details")
    for its in page.changes:
        told = ", ".join(f"{name}: {_brief(value)}" for name, value in its.details.items())
        rows.add_row(str(its.sequence), iso_time(its.at), its.kind.value, plain(its.customer_id), plain(told))
    console().print(rows)
    print(f"cursor: {page.cursor}")


def _brief(value: object) -> str:
    if not isinstance(value, list | tuple):
        return str(value)
    return ", ".join(map(str, value[:5])) + (f" and {len(value) - 5} more" if len(value) > 5 else "")
