"""Runs the command line as a user does: arguments in, exit code and both outputs back."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import run

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Done:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    def ok(self) -> Done:
        assert self.code == 0, self.err
        return self

    def refused(self, *words: str) -> Done:
        """Exit code 2, nothing on stdout, and one line that holds these words."""
        assert self.code == 2, f"exit code {self.code}: {self.err or self.out}"
        assert self.out == ""
        lines = [line for line in self.err.splitlines() if line.startswith("whograph: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        for word in words:
            assert word in lines[0], lines[0]
        return self


class CommandLine:
    """Commands in one working folder, in this process."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self._capture, self._patch = folder, capture, patch
        patch.chdir(folder)

    def __call__(self, *arguments: object, stdin: str | bytes = b"") -> Done:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        self._capture.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = self._capture.readouterr()
        return Done(code, captured.out, captured.err)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Path(name)

    def write_rows(self, name: str, *rows: str) -> Path:
        """A text file of these lines."""
        return self.write(name, "".join(f"{row}\n" for row in rows))


def environment() -> dict[str, str]:
    """The variables of a process that runs the command line from the source tree."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "110"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "api.cli", *map(str, arguments)]


def in_process_of_its_own(folder: Path, *arguments: object, most_bytes: int | None = None) -> Done:
    """The same in a new process. ``most_bytes``: no file may grow beyond this, as on a full disk."""
    limit: Callable[[], None] | None = None
    if most_bytes is not None:
        size = most_bytes

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    return Done(done.returncode, done.stdout, done.stderr)
