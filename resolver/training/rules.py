"""Choosing blocking rules: few that find nearly all of the expected matches at the least pairs."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from resolver.blocking.signatures import Rule
from resolver.columns import Floats
from resolver.training.anchors import AnchorSample

#: The chosen rules find this share of the matches that all rules together are expected to find.
RULE_RECALL = 0.9995
#: A rule that finds fewer new matches per new pair than this is not worth comparing all of its pairs, now and with
#: every record that comes in: whole surnames in a large file bring a hundred pairs per record, of few matches.
LEAST_YIELD = 0.001
#: A key costs about as much as so many pairs: each record stores it, and every record that comes in looks it up.
PAIRS_PER_KEY = 0.5


def choose_rules(
    sample: AnchorSample, posterior: Floats, least: float, identifiers: Collection[str]
) -> tuple[Rule, ...]:
    """The few rules that, beside the identifiers, find ``RULE_RECALL`` of the expected matches at the least pairs and
    keys: greedily the rule with the most new matches for what it costs. Pairs of a ``posterior`` (shape (p,)) below
    ``least`` count as no matches: found or not, nothing comes of them."""
    missing = np.ones(len(posterior), dtype=bool)
    expected = np.where(posterior >= least, posterior, 0)
    goal = RULE_RECALL * expected.sum()
    left, chosen = dict(sample.found), []
    for rule in sample.found:
        if len(rule) == 1 and rule[0].form == "value" and rule[0].field in identifiers:
            missing[left.pop(rule)] = False
    covered = float(expected[~missing].sum())
    keys = PAIRS_PER_KEY * int(sample.anchors.sum())
    while left and covered < goal:
        gains = {
            rule: (float(expected[found][missing[found]].sum()), int(missing[found].sum()) + keys)
            for rule, found in left.items()
        }
        left = {rule: found for rule, found in left.items() if gains[rule][0] > LEAST_YIELD * gains[rule][1]}
        if not left:
            break
        best = max(left, key=lambda rule: (gains[rule][0] ** 2 / gains[rule][1], rule))
        covered += gains[best][0]
        missing[left.pop(best)] = False
        chosen.append(best)
    return tuple(chosen)
