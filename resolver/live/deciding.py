"""Taking decisions: a steward's word is checked against the standing ones before it counts.

``same`` decisions join their endpoints into groups. A ``different`` within one group, or a ``same`` that would join two
groups which a ``different`` keeps apart, contradicts; the chain of decisions that says so is named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

from graph.errors import BadInputError, ContradictionError, NotFoundError
from graph.model import Decision, DecisionKind, KeyKind
from graph.store import Snapshot
from resolver.answering.explain import normalised_identifiers
from resolver.clustering.decided import pair
from resolver.neighbourhood.affected import carriers_of
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
    if not carriers_of(snapshot, text, version):
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


def standing_around(snapshot: Snapshot, ends: Collection[str]) -> list[Decision]:
    """The standing decisions that a new one on these ends could contradict: on all that ``same`` decisions join to
    them. However many others there are, this costs no more than those."""
    found: dict[str, Decision] = {}
    reached, fresh = set(ends), set(ends)
    while fresh:
        its = {one.id: one for one in snapshot.decisions_on(fresh)}
        found |= its
        joined = {end for one in its.values() if one.kind is DecisionKind.SAME for end in (one.left, one.right)}
        fresh = joined - reached
        reached |= fresh
    return sorted(found.values(), key=lambda one: (one.at, one.id))


def check_consistent(new: Decision, standing: Sequence[Decision]) -> None:
    """Raises ContradictionError with the chain of standing decisions that say otherwise."""
    import networkx as nx  # here, because loading it takes longer than a lookup on the command line

    same: nx.Graph[str] = nx.Graph()
    for its in standing:
        if its.kind is DecisionKind.SAME:
            same.add_edge(its.left, its.right, id=its.id)
    same.add_nodes_from((new.left, new.right))
    if new.kind is DecisionKind.DIFFERENT:
        if nx.has_path(same, new.left, new.right):
            raise ContradictionError(
                f"{new.left} and {new.right} are decided to be the same", _chain(same, new.left, new.right)
            )
        return
    left, right = nx.node_connected_component(same, new.left), nx.node_connected_component(same, new.right)
    for its in standing:
        if its.kind is not DecisionKind.DIFFERENT:
            continue
        for a, b in ((its.left, its.right), (its.right, its.left)):
            if a in left and b in right:
                chain = (*_chain(same, new.left, a), its.id, *_chain(same, b, new.right))
                raise ContradictionError(f"{new.left} and {new.right} are decided to be different", chain)


def _chain(same: nx.Graph[str], start: str, end: str) -> tuple[str, ...]:
    import networkx as nx

    path = nx.shortest_path(same, start, end)
    return tuple(same.edges[a, b]["id"] for a, b in pairwise(path))
