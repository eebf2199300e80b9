"""``whograph ingest``, ``delete`` and ``changes``: records resolved as they come and go, and what that changed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.documents import iso_time
from api.cli.guessing import GUESSED, say_guesses, with_guess_of_rows
from api.cli.output import console, json_text, note, number, plain, print_json, table, unread_at_worst, warn
from api.files import source_name
from api.files.opening import TextStream, reading
from api.intake import Item, Unread, read_item, value_of
from api.intake import ingest as resolve
from api.limits import Limits
from api.schemas.records import OutcomeOut, RecordIn, RegisteredOut
from api.settings import Settings, load_settings
from api.wiring import open_resolver, open_store, read_config, remembering
from graph.errors import BadInputError, WhographError
from graph.store import Store
from resolver.config import IGNORE, Config
from resolver.live.sources import sample
from resolver.normalise import parse_time
from resolver.service import Resolver

#: Records of one transaction. What has come in until then is resolved at once, without waiting for more.
BATCH = 500
#: The same as for what comes over HTTP.
LIMITS = Limits()


def register(app: typer.Typer) -> None:
    app.command("ingest")(ingest)
    app.command("delete")(delete)
    app.command("changes")(changes)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the stream, ``index`` from 0: a record, or the reason why there is none."""

    index: int
    item: Item


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
    """Resolve records as they come. A line is a row, or {"source": …, "row": {…}}, with "observed_at" where no column
    says it, and "customer" where the source knows one of our ids."""
    settings = load_settings(store=store, config=config)
    if source is None and str(file) != "-":
        source = source_name(file)
    kept: list[OutcomeOut] = []
    counts: Counter[str] = Counter()
    try:
        with _stream(file) as stream:
            for outcomes in _resolved(settings, stream, source, allowed=allow_new_sources):
                counts.update(its.outcome for its in outcomes)
                if as_json:
                    kept += outcomes
                with unread_at_worst():
                    for its in outcomes:
                        if lines:
                            sys.stdout.write(json_text(its) + "\n")
                        elif not as_json:
                            _tell(its)
    except (WhographError, KeyboardInterrupt):
        if counts:
            note(f"{number(counts.total())} lines were done before, and stay so; sending them again does no harm")
        raise
    if as_json:
        print_json({"counts": counts, "outcomes": kept})
    elif not lines:
        with unread_at_worst():
            print(", ".join(f"{number(count)} {kind}" for kind, count in sorted(counts.items())) or "no records came")


@contextmanager
def _stream(file: Path) -> Iterator[Callable[[int], bytes]]:
    """Reads some bytes, what is there at once; none at the end. A file may be compressed, or UTF-16."""
    if str(file) == "-":
        yield sys.stdin.buffer.read1 if hasattr(sys.stdin.buffer, "read1") else sys.stdin.buffer.read
    elif file.is_file():
        with TextStream(file) as text:
            yield text.read
    else:  # a pipe, or what is not there
        with reading(file), file.open("rb", buffering=0) as raw:
            yield raw.read


def _resolved(
    settings: Settings, read: Callable[[int], bytes], source: str | None, *, allowed: bool
) -> Iterator[list[OutcomeOut]]:
    """The outcomes of one batch after the other, indexed by line (from 0)."""
    with closing(open_store(settings)) as opened:
        resolver: Resolver | None = None
        for batch in _batches(read, source):
            if resolver is None and any(isinstance(line.item, RecordIn) for line in batch):
                resolver = Resolver(opened, _config(settings, opened, batch))
            items = [line.item for line in batch]
            outcomes = _refusals(items) if resolver is None else resolve(resolver, items, allow_new_sources=allowed)
            for new in (its.registered for its in outcomes if its.registered):
                _say_registered(new)
            yield [its.model_copy(update={"index": line.index}) for line, its in zip(batch, outcomes, strict=True)]


def _refusals(items: Sequence[Item]) -> list[OutcomeOut]:
    return [OutcomeOut.refusal(0, item.reason) for item in items if isinstance(item, Unread)]


def _config(settings: Settings, store: Store, batch: Sequence[_Line]) -> Config | None:
    """The configuration for the stream; where there is none, it is guessed from the first rows."""
    known = read_config(settings, store)
    config = known
    if known is None:
        records = [line.item for line in batch if isinstance(line.item, RecordIn)]
        for name in dict.fromkeys(its.source for its in records):
            rows = sample(name, [its.row for its in records if its.source == name])
            config, guesses = with_guess_of_rows(config, name, rows)
            say_guesses(guesses, config, why=GUESSED)
    if config is not None and config != known:
        with remembering(store, config):
            pass
    return config


def _say_registered(new: RegisteredOut) -> None:
    known = [f"{column} as {meaning}" for column, meaning in new.columns.items() if meaning != IGNORE]
    id = f"id {new.id}" if new.id else "no id: rows are told apart by their content"
    note(f"registered source {new.source}, guessed from its first rows: {id}; {', '.join(known) or 'no column used'}")
    if new.left_out:
        left = ", ".join(f"{column} ({meaning})" for column, meaning in new.left_out.items())
        note(f"left out until the next re-cluster, because they are new: {left}")
    for warning in new.warnings:
        warn(f"{new.source}: {warning}")


def _batches(read: Callable[[int], bytes], source: str | None) -> Iterator[list[_Line]]:
    """Lines as they come: what is there is taken at once, at most ``BATCH`` together. Of a line over the limit only so
    much is kept that it is refused."""
    rest, count = b"", 0
    waiting: list[_Line] = []
    while data := read(1 << 20):
        *whole, rest = (rest + data).split(b"\n")
        rest = rest[: LIMITS.record + 1]
        for line in whole:
            if text := line.strip():
                waiting.append(_Line(count, _item(text, source)))
            count += 1
            if len(waiting) == BATCH:
                yield waiting
                waiting = []
        if waiting:
            yield waiting
            waiting = []
    if text := rest.strip():
        yield [_Line(count, _item(text, source))]


def _item(line: bytes, source: str | None) -> Item:
    """A line as a record: it says itself what source it is of, or it is a row of ``source``."""
    value = value_of(line, LIMITS)
    if isinstance(value, Unread):
        return value
    if isinstance(value, dict) and not _names_its_source(value):
        if source is None:
            return Unread('no source: write {"source": …, "row": {…}}, or name it with --source')
        value = {"source": source, "row": value}
    return read_item(value)


def _names_its_source(value: dict[str, Any]) -> bool:
    return (
        {"source", "row"} <= value.keys() <= {"source", "row", "observed_at", "customer"}
        and isinstance(value["source"], str)
        and isinstance(value["row"], dict)
    )


def _tell(its: OutcomeOut) -> None:
    reasons = "; ".join(f"{entry.field or 'row'}: {entry.reason}" for entry in its.refused)
    if its.record is None:
        note(f"line {its.index + 1}: {its.outcome}: {reasons}")
        return
    where = f" {its.customer}" if its.customer else ""
    print(f"{its.record}: {its.outcome}{where}" + (f" ({reasons})" if reasons else ""))


def delete(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Its key, such as crm:42.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it was deleted at its source (default: now).")
    ] = None,
    store: options.Store = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """A record is gone at its source. Its customer is resolved anew without it; older versions of it stay away."""
    source, colon, id = record.partition(":")
    if not colon:
        raise BadInputError("is no record key", "write source:id, such as crm:42", place=repr(record))
    time = None if at is None else parse_time(at)
    if at is not None and time is None:
        raise BadInputError("is not a time", "write one such as 2024-05-01T12:00:00Z", place="--at")
    with open_resolver(load_settings(store=store, config=config)) as resolver:
        outcome = OutcomeOut.model_validate(resolver.delete(source, id, at=time))
    if as_json:
        print_json(outcome)
    else:
        _tell(outcome)


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
