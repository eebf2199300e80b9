"""The console script: the commands put together, and every error turned into one line and an exit code.

0: done. 2: bad input, usage or store, told in one line on stderr; nothing was half done. 130: Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from graph.errors import WhographError

FAILED, INTERRUPTED = 2, 130

#: Which module defines which commands, in the order of the help. Only the one that is called for is loaded: all of
#: them together take longer to load than a lookup takes to answer.
COMMANDS = {
    "initialise": ("init",),
    "bulk": ("load", "recluster"),
    "batch": ("cluster",),
    "live": ("ingest", "delete", "changes"),
    "lookup": ("who", "customer", "explain"),
    "stewards": ("decide", "take-out", "withdraw", "decisions", "review"),
    "exports": ("export",),
    "quality": ("evaluate",),
    "models": ("model",),
    "operations": ("check", "serve"),
    "copy": ("copy",),
    "webhooks": ("webhooks",),
    "demonstration": ("demo",),
}


def application(command: str | None = None) -> typer.Typer:
    """The commands of the module that defines ``command``; all commands where none does."""
    app = typer.Typer(
        name="whograph",
        help="Graph-based identity resolution: who is this customer, how sure are we, and why.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)  # without it, typer would make a single command the whole program
    for name in [name for name, commands in COMMANDS.items() if command in commands] or COMMANDS:
        import_module(f"api.cli.{name}").register(app)
    return app


def _show_release(asked: bool) -> None:
    if asked:
        from api.release import release  # here, because no other command needs to know

        print(f"whograph {release()}")
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_release, help="Which release this is.")
    ] = False,
) -> None: ...


def main() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a letter shows a question mark for it
            stream.reconfigure(errors="replace")
    pressed = _watch_ctrl_c()
    try:
        code = run()
    except Exception:  # some libraries answer Ctrl-C with an error of their own
        if not pressed:
            raise
        code = _stopped()
    sys.exit(code)


def _watch_ctrl_c() -> list[int]:
    """The interrupts so far, a list that grows; empty where they are ignored (nohup)."""
    pressed: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    return pressed


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (the process's own by default); returns the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app = application(words[0] if words else None)
        code = app(args=words, prog_name="whograph", standalone_mode=False)
        sys.stdout.flush()
    except WhographError as error:
        return _fail(str(error))
    except TyperException as error:
        problem = error.format_message().rstrip(".")
        # Without any arguments the help has been shown, and there is no message.
        return _fail(f"{problem}; see: {_command(error)} --help") if problem else FAILED
    except (KeyboardInterrupt, Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        return _unread()
    except SystemExit as end:  # typer's own answer to a broken pipe
        return _unread() if isinstance(end.__context__, BrokenPipeError) else FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}; see that there is room and permission, and try again")
    except MemoryError:
        return _fail("the memory is exhausted; give the process more, or the data in smaller parts")
    if code == INTERRUPTED:  # typer answers Ctrl-C with this code, and says nothing
        return _stopped()
    return code if isinstance(code, int) else 0


def _stopped() -> int:
    print("whograph: stopped; what was not finished has left no trace", file=sys.stderr)
    return INTERRUPTED


def _unread() -> int:
    """Whoever read our output has gone (``whograph … | head``); Python must not complain about that at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return 0


def _command(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context is not None else "whograph"


def _fail(problem: str) -> int:
    line = " ".join("".join(c if c.isprintable() else " " for c in problem).split())
    print(f"whograph: {line}", file=sys.stderr)
    return FAILED
