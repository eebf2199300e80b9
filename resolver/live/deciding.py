"""Taking decisions: a steward's word is checked against the standing ones before it counts.

``same`` decisions join their endpoints into groups, and the records that these stand for. A ``different`` within one
group, or a ``same`` that would join two groups which a ``different`` keeps apart, contradicts; the chain of decisions
that says so is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise, product
from typing import TYPE_CHECKING

from graph.errors import BadInputError, ContradictionError, NotFoundError
from graph.model import Decision, DecisionKind, KeyKind
from graph.store import Snapshot
from resolver.answering.explain import normalised_identifiers
from resolver.clustering.decided import pair
from resolver.config import Config
from resolver.neighbourhood.affected import carriers_of, identifiers_in
from resolver.preparing.indexing import identifier_key
from resolver.version import Version

if TYPE_CHECKING:
    import networkx as nx


def endpoint(text: str, version: Version, snapshot: Snapshot) -> str:
    """The record key or normalised identifier key that a steward names. Raises BadInputError and NotFoundError."""
    config = version.config
    type, colon, value = text.partition(":")
    if not colon or not value:
        raise BadInputError(f"{text!r} is neither a record key nor an identifier key", "write crm:42 or email:ana@…")
    if type in config.identifiers and type not in config.sources:
        for its in sorted(normalised_identifiers(type, value, version)):
            if snapshot.carriers([identifier_key(type, its).hash], 1, KeyKind.IDENTIFIER):
                return f"{type}:{its}"
        raise NotFoundError("identifier", text, "no record carries it")
    if not carriers_of(snapshot, text, config):
        raise NotFoundError("record", text, "give the key of a live record, such as crm:42")
    return text


def new_decision(
    kind: DecisionKind, ends: tuple[str, str], said: tuple[str, str], at: int, number: int = 0
) -> Decision:
    """A decision on two different things; ``said``: by whom and why. Its id is derived from its kind, its ends and its
    ``number`` among all that were ever taken so, of which no two stand at a time."""
    left, right = pair(*ends)
    by, reason = said
    if left == right:
        raise BadInputError(f"{left!r} cannot be decided against itself", "name two different records or identifiers")
    check_name(by)
    if not reason.strip():
        raise BadInputError("a decision needs a reason", "say why, for those who look at it later", place="reason")
    text = "\n".join((kind.value, left, right, str(number)))
    id = "d" + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Decision(id, kind, left, right, by, reason, at)


def check_name(by: str) -> None:
    """Raises BadInputError where nobody is named."""
    if not by.strip():
        raise BadInputError("a decision needs a name", "say who decides", place="by")


@dataclass(frozen=True, slots=True)
class Standing:
    """Standing decisions, in (time, id) order, and the live records that each end stands for, in key order."""

    decisions: Sequence[Decision]
    records: Mapping[str, Sequence[str]]

    def of(self, kind: DecisionKind) -> list[Decision]:
        return [its for its in self.decisions if its.kind is kind]

    def meant(self, end: str) -> list[str]:
        """What a ``different`` on this end speaks of: the end itself, and all records that it stands for."""
        return list(dict.fromkeys((end, *self.records.get(end, ()))))

    def joined(self, decision: Decision) -> list[tuple[str, str]]:
        """What a ``same`` joins: its ends, and the smallest of the records that each stands for."""
        ends = (decision.left, decision.right)
        smallest = [self.records[end][0] for end in ends if self.records.get(end)]
        return [ends, (smallest[0], smallest[1])] if len(set(smallest)) == 2 else [ends]


def standing_around(snapshot: Snapshot, ends: Collection[str], config: Config) -> Standing:
    """The standing decisions that a new one on these ends could contradict: on all that ``same`` decisions join to
    them, on the records that these stand for, and on the identifiers that such records carry. However many others there
    are, this costs no more than those."""
    found: dict[str, Decision] = {}
    records: dict[str, Sequence[str]] = {}
    reached: set[str] = set()
    fresh = set(ends)
    while fresh:
        records |= {end: carriers_of(snapshot, end, config) for end in fresh - records.keys()}
        held = set().union(*(records[end] for end in fresh))
        reached |= fresh | held
        carried = identifiers_in(snapshot.live_fields(held).values(), config)
        its = snapshot.decisions_on(fresh | held | carried)
        found |= {one.id: one for one in its}
        spoken = {end for one in its for end in (one.left, one.right)}
        records |= {end: carriers_of(snapshot, end, config) for end in spoken - records.keys()}
        joined = {end for one in its if one.kind is DecisionKind.SAME for end in (one.left, one.right)}
        fresh = joined - reached
    return Standing(sorted(found.values(), key=lambda one: (one.at, one.id)), records)


def check_consistent(new: Decision, standing: Standing) -> None:
    """Raises ContradictionError with the chain of standing decisions that say otherwise."""
    import networkx as nx  # here, because loading it takes longer than a lookup on the command line

    same: nx.Graph[str] = nx.Graph()
    for its in standing.of(DecisionKind.SAME):
        same.add_edges_from(standing.joined(its), id=its.id)
    if new.kind is DecisionKind.DIFFERENT:
        for end, other in product(standing.meant(new.left), standing.meant(new.right)):
            if end != other and end in same and other in same and nx.has_path(same, end, other):
                raise ContradictionError(
                    f"{new.left} and {new.right} are decided to be the same", _chain(same, end, other)
                )
        return
    for one, other in standing.joined(new):
        same.add_nodes_from((one, other))
        left, right = nx.node_connected_component(same, one), nx.node_connected_component(same, other)
        for its in standing.of(DecisionKind.DIFFERENT) if other not in left else ():
            for apart in ((its.left, its.right), (its.right, its.left)):
                ours, theirs = (
                    [end for end in standing.meant(name) if end in side]
                    for name, side in zip(apart, (left, right), strict=True)
                )
                if ours and theirs:
                    chain = (*_chain(same, one, ours[0]), its.id, *_chain(same, theirs[0], other))
                    raise ContradictionError(f"{new.left} and {new.right} are decided to be different", chain)


def _chain(same: nx.Graph[str], start: str, end: str) -> tuple[str, ...]:
    import networkx as nx

    path = nx.shortest_path(same, start, end)
    return tuple(same.edges[a, b]["id"] for a, b in pairwise(path))
