"""What the driver's errors mean to people. Server messages may repeat values, so only their codes are told."""

from __future__ import annotations

from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    ForbiddenOnReadOnlyDatabase,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.errors import BadInputError, StoreError, StoreUnavailableError, WhographError
from graph.neo4j_store.address import Address

#: Everything that the driver raises on its own account; the last two come from values that Bolt cannot carry.
DRIVER_ERRORS = (DriverError, Neo4jError, UnicodeEncodeError, OverflowError)


def translated(error: Exception, address: Address) -> WhographError:
    if isinstance(error, UnicodeEncodeError):
        return BadInputError(f"text that is not valid Unicode ({error.reason})", "replace its lone surrogates")
    if isinstance(error, OverflowError):
        return BadInputError("a whole number beyond 64 bits", "store it as text")
    if isinstance(error, Neo4jError):
        return _from_server(error, address)
    if isinstance(error, IncompleteCommit):
        return StoreUnavailableError(
            f"Neo4j at {address} went away during a commit, which may or may not have been kept", "repeat the write"
        )
    if isinstance(error, ConnectionAcquisitionTimeoutError):
        return StoreUnavailableError(f"Neo4j at {address} has no connection free", "try again later")
    if isinstance(error, ServiceUnavailable | SessionExpired):
        return StoreUnavailableError(
            f"Neo4j at {address} does not answer", "start it, or mend the store URL's scheme, host or port"
        )
    return StoreError(f"Neo4j at {address} failed ({type(error).__name__})", "see its log")


def _from_server(error: Neo4jError, address: Address) -> StoreError:
    code = error.code or "no code"
    name = code.rsplit(".", 1)[-1]
    if name == "CredentialsExpired":
        return StoreError(f"Neo4j at {address} wants its first password changed", "log in once and change it")
    if name == "AuthenticationRateLimit":
        return StoreUnavailableError(f"Neo4j at {address} refuses logins after too many failed ones", "wait a little")
    if isinstance(error, AuthError):
        return StoreError(
            f"Neo4j at {address} refuses the user name or password", "check both in the store URL or settings"
        )
    if name == "DatabaseNotFound":
        return StoreError(
            f"there is no database {address.database!r} at {address.uri}", "name another in the store URL"
        )
    if isinstance(error, ForbiddenOnReadOnlyDatabase) or "ReadOnly" in name:
        return StoreError(f"the database {address} is read-only", "allow writes, or name another server")
    if "Memory" in name:
        return StoreError(
            f"a transaction is larger than the memory of Neo4j at {address}",
            "raise server.memory.heap.max_size, or write less at a time",
        )
    if name in ("TransactionTimedOut", "TransactionTimedOutClientConfiguration"):
        return StoreUnavailableError(f"Neo4j at {address} ended a transaction that took too long", "try again")
    if name == "DatabaseUnavailable" or isinstance(error, TransientError):
        return StoreUnavailableError(f"Neo4j at {address} cannot do it just now ({code})", "try again later")
    return StoreError(f"Neo4j at {address} failed ({code})", "see its log")
