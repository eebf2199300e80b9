"""Runs the state machine of histories."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.neutral_machine import NeutralMachine
from tests.support.places import PLACES

#: At most so many steps in one sequence, by kind of store.
STEPS = {"sqlite": 30, "neo4j": 8}


def run_sequences(kind: str, sequences: int, number: int | None = None) -> None:
    """Run this many sequences on a kind of store; ``number``: which of all that there are (None: ever new ones)."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        machine = type("Machine", (NeutralMachine,), {"place": stack.enter_context(PLACES[kind](Path(folder)))})
        run_state_machine_as_test(
            machine if number is None else seed(number)(machine),
            settings=settings(
                max_examples=sequences,
                stateful_step_count=STEPS[kind],
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
