"""Stable ids: which cluster keeps which id, and what the feed says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from graph.model import Change, ChangeKind, Customer
from resolver.customers.identity import Before, Cluster, Identities, identify_clusters, new_id


@dataclass
class History:
    """Customers over time, as a store keeps them."""

    owner: dict[str, str] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    now: int = 0

    def become(self, *clusters: str) -> Identities:
        """Each word is a cluster, each letter a record."""
        self.now += 1
        parts = [Cluster(tuple(sorted(word)), 0.9 if len(word) > 1 else None) for word in clusters]
        exists = dict(self.customers)
        before = Before(dict(self.owner), dict(self.customers), lambda ids: {i: exists[i] for i in ids if i in exists})
        its = identify_clusters(parts, before, self.now)
        self.owner = {key: id for part, id in zip(parts, its.ids, strict=True) for key in part.records}
        self.customers |= {customer.id: customer for customer in its.customers}
        return its

    def id(self, record: str) -> str:
        return self.owner[record]


def kinds(changes: Iterable[Change]) -> list[str]:
    return sorted(change.kind.value for change in changes)


def test_a_new_cluster_gets_an_id_made_of_its_smallest_record() -> None:
    its = History().become("ab", "c")
    assert its.ids == [new_id("a", 0), new_id("c", 0)]
    assert kinds(its.changes) == ["created", "created"]
    assert [len(id) for id in its.ids] == [16, 16]


def test_what_did_not_change_is_neither_written_nor_told() -> None:
    history = History()
    history.become("ab", "c")
    again = history.become("ab", "c")
    assert again.customers == []
    assert again.changes == []


def test_a_merge_keeps_the_id_that_shares_most_records() -> None:
    history = History()
    a, b = history.become("ab", "cde").ids
    its = history.become("abcde")
    assert its.ids == [b]
    assert history.customers[a].merged_into == b
    assert history.customers[a].former_members == ("a", "b")
    (change,) = its.changes
    assert (change.kind, change.details) == (ChangeKind.MERGED, {"merged": [a], "records": ["a", "b"]})


def test_of_equal_shares_the_older_id_is_kept() -> None:
    history = History()
    (older,) = history.become("z").ids
    (_, younger) = history.become("z", "a").ids
    assert history.become("az").ids == [older]
    assert history.customers[younger].merged_into == older


def test_of_equal_shares_and_ages_the_smaller_id_is_kept() -> None:
    history = History()
    ids = history.become("a", "b").ids
    assert history.become("ab").ids == [min(ids)]


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    history = History()
    (id,) = history.become("abc").ids
    its = history.become("a", "bc")
    assert its.ids[1] == id
    assert kinds(its.changes) == ["created", "split"]
    split = next(change for change in its.changes if change.kind is ChangeKind.SPLIT)
    assert split.details == {"into": [its.ids[0]], "records": ["a"]}
    created = next(change for change in its.changes if change.kind is ChangeKind.CREATED)
    assert created.details == {"records": ["a"], "from": [id]}


def test_of_two_equal_parts_the_one_of_the_smallest_record_keeps_the_id() -> None:
    history = History()
    (id,) = history.become("ab").ids
    assert history.become("a", "b").ids == [id, new_id("b", 0)]


def test_an_un_merge_revives_the_retired_id() -> None:
    history = History()
    a, b = history.become("ab", "cde").ids
    history.become("abcde")
    assert history.become("ab", "cde").ids == [a, b]
    assert history.customers[a].merged_into is None
    assert history.customers[a].size == 2


def test_an_un_merge_of_equal_parts_gives_both_their_own_id_again() -> None:
    history = History()
    ids = history.become("a", "b").ids
    history.become("ab")
    assert history.become("a", "b").ids == ids


def test_of_two_retired_ids_the_one_whose_records_these_were_is_revived() -> None:
    history = History()
    b, a, c = history.become("bx", "a", "cdef").ids
    history.become("abx", "cdef")
    history.become("abxcdef")
    assert history.become("a", "bxcdef").ids == [a, c]
    assert history.customers[b].merged_into == c


def test_a_retired_id_follows_its_records_into_another_customer() -> None:
    history = History()
    a, _, d = history.become("a", "bx", "de").ids
    history.become("abx", "de")
    its = history.become("bx", "ade")
    assert history.customers[a].merged_into == d
    (told,) = [change for change in its.changes if change.kind is ChangeKind.MERGED]
    assert (told.customer_id, told.details) == (d, {"merged": [a], "records": ["a"]})


def test_a_retired_id_stays_with_its_records_when_an_id_between_lives_again() -> None:
    history = History()
    a, b, c = history.become("a", "bx", "cdef").ids
    history.become("abx", "cdef")
    history.become("abxcdef")
    its = history.become("bx", "acdef")
    assert its.ids == [b, c]
    assert history.customers[a].merged_into == c
    assert kinds(its.changes) == ["created", "merged", "split"]


def test_a_customer_that_grows_and_one_that_shrinks_keep_their_ids() -> None:
    history = History()
    (id,) = history.become("ab").ids
    grown = history.become("abc")
    assert (grown.ids, kinds(grown.changes)) == ([id], ["grown"])
    shrunk = history.become("ab")
    assert (shrunk.ids, kinds(shrunk.changes)) == ([id], ["shrunk"])


def test_a_customer_whose_records_are_all_gone_is_erased() -> None:
    history = History()
    (id,) = history.become("ab").ids
    its = history.become()
    assert kinds(its.changes) == ["erased"]
    assert history.customers[id].retired
    assert history.customers[id].merged_into is None


def test_a_record_that_comes_back_gets_its_erased_id_again() -> None:
    history = History()
    (id,) = history.become("a").ids
    history.become()
    assert history.become("a").ids == [id]


def test_an_id_that_redirects_is_not_made_again() -> None:
    history = History()
    history.become("a", "bcd")
    history.become("abcd")
    retired = new_id("a", 0)
    assert history.customers[retired].merged_into == new_id("b", 0)
    owner, history.owner = history.owner, {}  # a record of the same key, but nothing that it inherits from
    before = Before({}, {}, lambda ids: {id: history.customers[id] for id in ids if id in history.customers})
    its = identify_clusters([Cluster(("a",), None)], before, 9)
    assert its.ids == [new_id("a", 1)]
    assert owner["a"] == new_id("b", 0)


@st.composite
def partitions(draw: st.DrawFn, letters: str = "abcdef") -> tuple[str, ...]:
    """Some of the letters, in clusters."""
    places = {letter: draw(st.integers(0, 3)) for letter in letters}
    clusters = ["".join(letter for letter in letters if places[letter] == place) for place in range(1, 4)]
    return tuple(sorted(cluster for cluster in clusters if cluster))


@given(st.lists(partitions(), min_size=1, max_size=6))
def test_ids_are_never_shared_and_every_old_id_lives_on_redirects_or_is_erased(past: list[tuple[str, ...]]) -> None:
    history = History()
    for clusters in past:
        before = dict(history.owner)
        its = history.become(*clusters)
        assert len(set(its.ids)) == len(clusters)
        alive = {id: customer for id, customer in history.customers.items() if not customer.retired}
        assert alive.keys() == set(its.ids)
        assert all(alive[id].size == len(cluster) for id, cluster in zip(its.ids, clusters, strict=True))
        for id in set(before.values()) - alive.keys():
            heirs = {history.owner[key] for key, its_id in before.items() if its_id == id and key in history.owner}
            heir = history.customers[id].merged_into
            assert (heir in heirs) if heirs else (heir is None)
        for retired in (its for its in history.customers.values() if its.merged_into is not None):
            went = Counter(history.owner[key] for key in retired.former_members if key in history.owner)
            end = retired
            while end.merged_into is not None:
                end = history.customers[end.merged_into]
            assert not went or went[end.id] == max(went.values())
        assert history.become(*clusters).changes == []


@given(st.lists(partitions(), min_size=2, max_size=5))
def test_a_cluster_keeps_the_old_id_that_shares_most_unless_another_cluster_has_more_of_it(
    past: list[tuple[str, ...]],
) -> None:
    history = History()
    for clusters in past[:-1]:
        history.become(*clusters)
    before, customers = dict(history.owner), dict(history.customers)
    its = history.become(*past[-1])
    where = dict(zip(its.ids, past[-1], strict=True))

    def shared(id: str, cluster: str) -> int:
        return sum(before.get(key) == id for key in cluster)

    for id in set(before.values()):
        best = max((shared(id, cluster) for cluster in past[-1]), default=0)
        if id in where:
            assert shared(id, where[id]) > 0
            continue
        for cluster in past[-1]:  # whoever shares most of it has an id that shares as much, or an older one
            if best and shared(id, cluster) == best:
                kept = its.ids[past[-1].index(cluster)]
                theirs = (-shared(kept, cluster), customers[kept].created_at, kept)
                assert theirs < (-best, customers[id].created_at, id)


@given(st.lists(partitions(), min_size=1, max_size=6))
def test_the_feed_alone_tells_who_is_whose(past: list[tuple[str, ...]]) -> None:
    history = History()
    members: dict[str, set[str]] = {}
    for clusters in past:
        changes = history.become(*clusters).changes
        came: dict[str, set[str]] = {}
        for change in changes:
            its = set(change.details["records"])
            if change.kind in (ChangeKind.SPLIT, ChangeKind.SHRUNK, ChangeKind.ERASED):
                members[change.customer_id] = members[change.customer_id] - its
            else:
                came.setdefault(change.customer_id, set()).update(its)
            for id in change.details.get("merged", ()):
                members[id] = set()
        for id, records in came.items():
            members[id] = members.get(id, set()) | records
        expected: dict[str, set[str]] = {}
        for key, id in history.owner.items():
            expected.setdefault(id, set()).add(key)
        assert {id: its for id, its in members.items() if its} == expected
