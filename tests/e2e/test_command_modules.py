"""Which parts of the program a command loads: a lookup from the command line is mostly loading."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import app
from tests.support.command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.csv"))
HEAVY = ("scipy", "networkx", "resolver.guess", "api.sample", "api.cli.bulk", "fastapi", "neo4j")


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    """The modules that one command line has loaded when it ends."""
    script = (
        "import json, sys; from api.cli import run; code = run(sys.argv[1:]); "
        "sys.stderr.write(json.dumps([code, sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


def test_a_lookup_loads_nothing_that_it_does_not_need(cli: CommandLine) -> None:
    cli("load", *EXAMPLES).ok()
    cli("recluster").ok()
    assert loaded_by(cli.folder, "who", "email=kate.oduya@example.com").isdisjoint(HEAVY)


@pytest.mark.parametrize("command", [command for its in app.COMMANDS.values() for command in its])
def test_a_command_is_the_same_alone_and_among_the_others(command: str) -> None:
    alone = app.application(command)
    among = app.application(None)
    names = {its.name for its in (*alone.registered_commands, *alone.registered_groups)}
    assert command in names
    assert names <= {its.name for its in (*among.registered_commands, *among.registered_groups)}


def test_every_module_of_commands_is_listed_with_all_of_its_commands() -> None:
    everything = app.application(None)
    defined = {its.name for its in (*everything.registered_commands, *everything.registered_groups)}
    assert defined == {command for its in app.COMMANDS.values() for command in its}
