"""Terminals of other times and places: output that they cannot show, or that somebody stops reading."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support.command_line import CommandLine, command, environment

WHO = ("who", "email=ana.garcia@example.com")


def run(cli: CommandLine, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, with these variables; what is written must be ASCII."""
    return subprocess.run(
        command(*arguments),
        cwd=cli.folder,
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="ascii",
        check=False,
    )


def test_a_terminal_that_lacks_letters_shows_question_marks_for_them(company: CommandLine) -> None:
    done = run(company, *WHO, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Garc?a" in done.stdout


def test_json_is_whole_on_a_terminal_that_lacks_letters(company: CommandLine) -> None:
    done = run(company, *WHO, "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert json.loads(done.stdout) == company(*WHO, "--json").ok().json


@pytest.mark.parametrize("arguments", [WHO, (*WHO, "--json"), ("changes",), ("--help",), ("who", "--help")])
def test_a_reader_that_goes_away_is_no_fault(company: CommandLine, arguments: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        command(*arguments), cwd=company.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(), told) == (0, "")


def test_a_very_narrow_terminal_is_no_fault(company: CommandLine) -> None:
    done = run(company, "review", COLUMNS="8", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
