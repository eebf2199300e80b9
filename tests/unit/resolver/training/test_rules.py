"""Which blocking rules are chosen."""

from __future__ import annotations

import numpy as np

from resolver.blocking.signatures import Rule, Signature
from resolver.training.anchors import AnchorSample
from resolver.training.rules import PAIRS_PER_KEY, choose_rules

NAME: Rule = (Signature("family_name", "value"),)
BORN: Rule = (Signature("birth_date", "value"),)
MAIL: Rule = (Signature("email", "value"),)
LEAST = 0.2


def sample(pairs: int, **found: range) -> AnchorSample:
    """A sample of so many pairs and 100 records, all of them anchors, where each rule finds a range of the pairs."""
    rules = {"name": NAME, "born": BORN, "mail": MAIL}
    positions = {rules[name]: np.array(its, dtype=np.int64) for name, its in found.items()}
    ends = np.zeros(pairs, dtype=np.int64)
    return AnchorSample(ends, ends + 1, positions, 100, np.ones(100, dtype=bool))


def test_rules_that_find_the_expected_matches_are_chosen_the_cheapest_first() -> None:
    its = sample(90, name=range(40, 90), born=range(40))
    likely = np.concatenate([np.full(40, 0.9), np.full(5, 0.9), np.zeros(45)])
    assert choose_rules(its, likely, LEAST, ()) == (BORN, NAME)


def test_pairs_too_unlikely_to_be_kept_are_no_reason_for_a_rule() -> None:
    its = sample(90, name=range(40, 90), born=range(40))
    likely = np.concatenate([np.full(40, 0.9), np.full(50, LEAST - 0.01)])
    assert choose_rules(its, likely, LEAST, ()) == (BORN,)


def test_what_a_shared_identifier_finds_is_no_reason_for_a_rule() -> None:
    its = sample(40, mail=range(40), born=range(40))
    assert choose_rules(its, np.full(40, 0.9), LEAST, ("email",)) == ()


def test_a_rule_that_finds_little_is_not_worth_a_key_on_every_record() -> None:
    its = sample(41, name=range(40, 41), born=range(40))
    little = 0.5 * 0.001 * PAIRS_PER_KEY * 100
    assert choose_rules(its, np.array([0.9] * 40 + [little]), 0.0, ()) == (BORN,)
    assert choose_rules(its, np.array([0.9] * 40 + [0.9]), 0.0, ()) == (BORN, NAME)
