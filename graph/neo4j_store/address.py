"""The store URL, ``neo4j://user:password@host:7687/database``, taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from graph.errors import BadInputError

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_FORM = "neo4j://user:password@host:7687/database"
_ENCODED = f"write {_FORM}; a password's / ? # @ : % as %2F %3F %23 %40 %3A %25"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``connect``: to open a connection; ``acquire``: to get one from the pool; ``transaction``: the longest
    that one statement or write may take on the server, 0 for no limit."""

    connect: float = 5.0
    acquire: float = 30.0
    transaction: float = 0.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and how to log in. The password is in no text that this class gives."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    timeouts: Timeouts = Timeouts()

    def __str__(self) -> str:
        return f"{self.uri}/{self.database}"


def parse(url: str, *, password: str | None = None) -> Address:
    """The parts of a store URL; ``password`` stands in for one that the URL does not hold. Timeouts may be given as
    ``?connect=5&acquire=30&transaction=60`` (seconds). Raises BadInputError, which never repeats the URL's password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 7687
    except ValueError as error:
        raise BadInputError("the Neo4j URL has no usable host and port", _ENCODED, place="store") from error
    if parts.scheme not in SCHEMES:
        raise BadInputError(
            f"{parts.scheme}:// is not a Neo4j scheme", f"use one of {', '.join(SCHEMES)}", place="store"
        )
    if not host:
        raise BadInputError("the Neo4j URL names no host", f"write {_FORM}", place="store")
    database = unquote(parts.path.strip("/")) or "neo4j"
    if "@" in database + parts.query + parts.fragment:  # what is taken for the host is the user's name
        raise BadInputError("the Neo4j URL's password breaks off the URL", _ENCODED, place="store")
    if database == "system":
        raise BadInputError("the database system is the server's own", "name another, such as neo4j", place="store")
    given = unquote(parts.password) if parts.password is not None else password
    if given is None:
        raise BadInputError("the Neo4j URL has no password", f"write {_FORM}", place="store")
    shown = f"[{host}]" if ":" in host else host
    return Address(
        uri=f"{parts.scheme}://{shown}:{port}",
        user=unquote(parts.username or "neo4j"),
        password=given,
        database=database,
        timeouts=_timeouts(parts.query),
    )


def _timeouts(query: str) -> Timeouts:
    given: dict[str, float] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in ("connect", "acquire", "transaction"):
            raise BadInputError(
                f"the Neo4j URL has an unknown option {name!r}", "use connect, acquire, transaction", place="store"
            )
        try:
            given[name] = float(text)
        except ValueError:
            given[name] = -1.0
        if not 0 <= given[name] < 1e6:
            raise BadInputError(f"{name}={text!r} in the Neo4j URL is no time", "give seconds", place="store")
    return Timeouts(**given)
