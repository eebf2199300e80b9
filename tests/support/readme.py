"""Runs the examples of README.md: what it shows is what happens. ``python -m tests.support.readme`` writes them anew.

A ``console`` block holds commands (``$ …``) and what they print; they run one after the other in a copy of
``examples/``. A command that ends in ``&`` goes on in the background. A ``python`` block is run there, too. Figures may
change from run to run (durations) and from model to model, so numbers are compared by their shape only.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.command_line import ROOT, environment

README = ROOT / "README.md"
#: The port that the README names; a free one stands in for it.
PORT = "8000"
SECONDS_TO_START = 60
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A command, or a Python program (``kind``), with the output that the README shows."""

    kind: str
    text: str
    output: str = ""


@dataclass
class Shell:
    """A folder with the example files, in which the commands of a README run."""

    folder: Path
    port: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, example: Example) -> str:
        """What the example prints, both outputs in their order."""
        text = example.text.replace(f"localhost:{PORT}", f"localhost:{self.port}")
        if example.kind == "python":
            return self._finish([sys.executable, "-c", text])
        if text.endswith("&"):
            self._start(text.removesuffix("&").strip())
            return ""
        if text.startswith("curl "):
            return self._ask(text)
        return self._finish(["bash", "-c", text])

    def _finish(self, command: list[str], given: str = "") -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment(), input=given, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"{command[-1]}\nended with {done.returncode}:\n{done.stdout}")
        return done.stdout.replace(self.port, PORT)

    def _environment(self) -> dict[str, str]:
        path = f"{self.folder / '.bin'}:{os.environ['PATH']}"
        plain = {name: value for name, value in environment().items() if not name.startswith("WHOGRAPH_")}
        return {**plain, "PATH": path, "COLUMNS": "100", "PYTHONUNBUFFERED": "1"}

    def _start(self, command: str) -> None:
        with (self.folder / ".bin" / "log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command} --port {self.port}"],
                cwd=self.folder, env=self._environment(), stdout=log, stderr=log,
            )  # fmt: skip
        self.running.append(process)
        deadline = time.monotonic() + SECONDS_TO_START
        while process.poll() is None and time.monotonic() < deadline:
            try:
                httpx.get(f"http://localhost:{self.port}/health")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"{command} does not answer:\n{(self.folder / '.bin' / 'log').read_text()}")

    def _ask(self, command: str) -> str:
        """``curl -s 'URL' [| …]`` by hand, for not every machine has it."""
        asked, _, filtered = command.partition(" | ")
        address = asked.split("'")[1]
        text = httpx.get(f"http://{address}").text
        return self._finish(["bash", "-c", filtered], text) if filtered else text + "\n"


@contextmanager
def shell() -> Iterator[Shell]:
    """A copy of ``examples/`` with ``whograph`` on its path."""
    with tempfile.TemporaryDirectory(prefix="whograph-readme-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "examples", folder, dirs_exist_ok=True)
        program = folder / ".bin" / "whograph"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        its = Shell(folder, port)
        try:
            yield its
        finally:
            for process in its.running:
                process.terminate()
                process.wait()


def examples(text: str) -> list[Example]:
    """All examples, in their order."""
    found = []
    for kind, block in _BLOCK.findall(text):
        if kind == "python":
            found.append(Example(kind, block))
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Example(kind, command, output.strip("\n")))
    return found


def shape(output: str) -> str:
    """The output with every number and every id, and every run of blanks or rules, made alike."""
    lines = []
    for line in output.strip("\n").splitlines():
        line = re.sub(r"\b(?=\w*\d)(?=\w*[a-z])\w{12,}\b", "#", line)
        plain = re.sub(r"[−+-]?(> )?\d[\d.,:]*( %)?", "#", re.sub(r"[─╭╮╰╯]+", "─", line))
        lines.append(re.sub(r"\s+", " ", plain).strip())
    return "\n".join(line for line in lines if line)


def written_anew(text: str) -> str:
    """The README with the outputs that its commands have now."""
    with shell() as its:

        def replace(match: re.Match[str]) -> str:
            kind, block = match.groups()
            if kind == "python":
                its.run(Example(kind, block))
                return match.group(0)
            parts = []
            for example in examples(match.group(0)):
                output = "\n".join(line.rstrip() for line in its.run(example).strip("\n").splitlines())
                parts.append(f"$ {example.text}\n" + (f"{output}\n" if output else ""))
            return "```console\n" + "".join(parts) + "```"

        return _BLOCK.sub(replace, text)


if __name__ == "__main__":
    README.write_text(written_anew(README.read_text(encoding="utf-8")), encoding="utf-8")
