"""The program in docs/python.md runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from resolver.service import Resolver
from tests.support.command_line import ROOT, environment

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_program_of_the_page_runs(tmp_path: Path) -> None:
    program = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert " created " in done.stdout


def test_the_page_names_every_method() -> None:
    named = set(re.findall(r"`(\w+)\(|, `?(\w+)\(", PAGE.partition("## All of it")[2]))
    public = {name for name in vars(Resolver) if not name.startswith("_")}
    assert public <= {name for both in named for name in both}
