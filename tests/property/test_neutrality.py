"""Whatever comes, in whatever order and grouping: the customers, profiles and reviews are those of a fresh batch."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.neutral_machine import NeutralMachine
from tests.support.places import KINDS, PLACES

#: Sequences of the normal suite, by kind of store.
SEQUENCES = {"sqlite": 60, "neo4j": 4}


@pytest.mark.parametrize("kind", KINDS)
def test_any_history_leaves_the_customers_of_a_fresh_batch(kind: str) -> None:
    run_sequences(kind, SEQUENCES[kind])


def run_sequences(kind: str, sequences: int, steps: int = 20) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        machine = type("Machine", (NeutralMachine,), {"place": stack.enter_context(PLACES[kind](Path(folder)))})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=sequences,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
