"""What cannot easily be had from a real server: its refusals, as the driver raises them, in words for people."""

from __future__ import annotations

import pytest
from neo4j.exceptions import IncompleteCommit, Neo4jError, ServiceUnavailable

from graph.errors import BadInputError, StoreError, StoreUnavailableError
from graph.neo4j_store.address import parse
from graph.neo4j_store.errors import translated
from graph.neo4j_store.schema import see_server

ADDRESS = parse("neo4j://ana:s3cret@db.example.com/customers")
VALUE = "ana@example.com"

#: The server's codes: whether the same call may succeed later, and words of the message.
CODES = {
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": (False, "read-only"),
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": (False, "read-only"),
    "Neo.ClientError.Database.DatabaseNotFound": (False, "no database 'customers'"),
    "Neo.ClientError.Security.Unauthorized": (False, "refuses the user name or password"),
    "Neo.ClientError.Security.CredentialsExpired": (False, "first password changed"),
    "Neo.ClientError.Security.AuthenticationRateLimit": (True, "too many failed ones"),
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": (False, "larger than the memory"),
    "Neo.ClientError.Transaction.TransactionTimedOut": (True, "took too long"),
    "Neo.TransientError.Database.DatabaseUnavailable": (True, "cannot do it just now"),
    "Neo.TransientError.Transaction.DeadlockDetected": (True, "cannot do it just now"),
    "Neo.DatabaseError.General.UnknownError": (False, "see its log"),
}


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_is_told_without_the_values_that_its_message_repeats(code: str) -> None:
    later, words = CODES[code]
    raised = Neo4jError._hydrate_neo4j(code=code, message=f"cannot store {VALUE}")  # as the driver makes it
    told = translated(raised, ADDRESS)
    assert isinstance(told, StoreError)
    assert isinstance(told, StoreUnavailableError) == later
    assert words in str(told)
    assert VALUE not in str(told)
    assert "s3cret" not in str(told)


@pytest.mark.parametrize("lost", [ServiceUnavailable("gone"), IncompleteCommit("gone")])
def test_a_server_that_goes_away_is_unavailable(lost: Exception) -> None:
    assert isinstance(translated(lost, ADDRESS), StoreUnavailableError)


def test_text_that_is_no_unicode_is_bad_input() -> None:
    with pytest.raises(UnicodeEncodeError) as raised:
        "\ud800".encode()
    assert isinstance(translated(raised.value, ADDRESS), BadInputError)


@pytest.mark.parametrize("agent", ["Neo4j/4.4.42", "Neo4j/5.25.1", "Neo4j/5.9.0"])
def test_an_old_server_is_refused_with_the_version_that_is_needed(agent: str) -> None:
    with pytest.raises(StoreError, match=r"too old; upgrade it to Neo4j 5\.26 or later"):
        see_server(agent, ADDRESS)


def test_another_kind_of_server_is_refused() -> None:
    with pytest.raises(StoreError, match="not Neo4j"):
        see_server("Memgraph/2.18", ADDRESS)


@pytest.mark.parametrize("agent", ["Neo4j/5.26.0", "Neo4j/5.26.30", "Neo4j/2025.10.1"])
def test_servers_from_5_26_on_are_taken(agent: str) -> None:
    see_server(agent, ADDRESS)
