"""``whograph webhooks``: who is told of changes. `whograph serve` delivers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from api.cli import options
from api.cli.output import console, note, plain, print_json, table
from api.settings import load_settings
from api.webhooks.hooks import Hook, Webhooks, Wish, kinds_of
from api.webhooks.telling import registered, told
from api.wiring import open_store
from resolver.service import wall_clock

#: The exit code of a test message that was not taken.
NOT_TAKEN = 1

_Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id, as `whograph webhooks list` shows it.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Who is told of changes; `whograph serve` delivers.")
    for name, command in (("add", add), ("list", list_), ("remove", remove), ("resume", resume), ("test", try_out)):
        group.command(name)(command)
    app.add_typer(group, name="webhooks")


@contextmanager
def _webhooks(store: str | None) -> Iterator[Webhooks]:
    with closing(open_store(load_settings(store=store), create=False)) as opened:
        yield Webhooks(opened, wall_clock)


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to send: an https address.")],
    kinds: Annotated[
        list[str] | None,
        typer.Option("--kind", help="A kind of event, such as merged; may be repeated (default: all)."),
    ] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Begin after this cursor.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin where the feed begins.")] = False,
    insecure: Annotated[bool, typer.Option("--insecure", help="Allow an address in plain http.")] = False,
    store: options.Store = None,
    as_json: options.Json = False,
) -> None:
    """Send what happens to customers to an address, from now on."""
    wish = Wish(url=url, kinds=kinds_of(kinds or ()), after=after, from_start=from_start, insecure=insecure)
    with _webhooks(store) as webhooks:
        hook, place = webhooks.add(wish)
        its = registered(hook, place, webhooks.store_id())
    if as_json:
        print_json(its)
        return
    print(f"{its.id}\nsecret: {its.secret}")
    note("the secret is not shown again: give it to the receiver, which checks signatures with it")


def list_(store: options.Store = None, as_json: options.Json = False) -> None:
    """The webhooks and how they go."""
    with _webhooks(store) as webhooks:
        name = webhooks.store_id()
        its = [told(hook, place, name) for hook, place in webhooks.all()]
    if as_json:
        print_json(its)
        return
    rows = table("id", "address", "kinds", "state", "delivered up to", "problem")
    for one in its:
        kinds = ", ".join(one.kinds) or "all"
        rows.add_row(one.id, plain(one.url), kinds, one.state, one.cursor, plain(one.problem or ""))
    console().print(rows if its else "no webhook is registered")


def remove(id: _Id, store: options.Store = None) -> None:
    """Send nothing more there."""
    with _webhooks(store) as webhooks:
        webhooks.remove(id)
    print(f"removed {id}")


def resume(id: _Id, store: options.Store = None) -> None:
    """Forget the failures of a webhook, so that it is tried again at once."""
    with _webhooks(store) as webhooks:
        webhooks.resume(id)
    print(f"{id} is tried again, as soon as `whograph serve` runs")


def try_out(id: _Id, store: options.Store = None) -> None:
    """Send one test message now. Exit code 1 if it was not taken."""
    with _webhooks(store) as webhooks:
        hook, _ = webhooks.get(id)
        problem = asyncio.run(_send(hook, webhooks.store_id()))
    if problem is not None:
        print(f"not taken: {problem}")
        raise typer.Exit(NOT_TAKEN)
    print("taken")


async def _send(hook: Hook, store_id: str) -> str | None:
    """The problem, if there was one."""
    from api.webhooks.delivery import Pace  # these bring the HTTP client and the web framework, which take a while
    from api.webhooks.messages import test_message
    from api.webhooks.sending import Sender

    async with Sender(Pace().send, wall_clock) as sender:
        return (await sender.send(hook, test_message(hook, store_id, uuid.uuid4().hex, wall_clock()))).problem
