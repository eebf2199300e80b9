"""What the command line says of work that was interrupted between two parts."""

from __future__ import annotations

from contextlib import suppress

import pytest

from api.cli.bulk import telling_what_is_left
from api.wiring import GUESSED, remembering
from graph.sqlite_store import SqliteStore
from resolver.unfinished import CUSTOMERS, UNFINISHED
from tests.support.builders import put
from tests.support.command_line import CommandLine
from tests.support.company import CONFIG


def test_check_tells_of_a_re_cluster_that_is_unfinished_and_the_next_one_ends_it(company: CommandLine) -> None:
    store = SqliteStore.open(company.folder / "whograph.db")
    with store.write() as tx:
        tx.put_meta(UNFINISHED, CUSTOMERS)
    store.close()
    assert company("check", "--json").ok().json["unfinished_recluster"]
    assert "a re-cluster is unfinished" in company("check").ok().err
    assert "in the feed, not in these numbers" in company("recluster").ok().err
    assert "in the feed" not in company("recluster").ok().err
    assert not company("check", "--json").ok().json["unfinished_recluster"]


def test_whoever_stops_work_in_parts_is_told_how_far_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = KeyboardInterrupt()
    stopped.add_note("5,000 rows of crm are in")
    with pytest.raises(KeyboardInterrupt), telling_what_is_left():
        raise stopped
    assert "5,000 rows of crm are in" in capsys.readouterr().err


@pytest.mark.parametrize("written", [False, True])
def test_a_guess_is_kept_once_anything_was_loaded_under_it(embedded: SqliteStore, *, written: bool) -> None:
    with suppress(KeyboardInterrupt), remembering(embedded, CONFIG):
        if written:
            put(embedded, "crm:1")
        raise KeyboardInterrupt
    with embedded.read() as snapshot:
        assert (snapshot.meta(GUESSED) is not None) is written
