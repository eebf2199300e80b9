"""Which webhooks there are, and how far each has come: small named texts in the store.

A copy of the store does not take them along, so that nothing is sent twice.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import secrets
import uuid
from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter

from graph.errors import BadInputError, NotFoundError
from graph.model import SERVICE, ChangeKind
from graph.reading import read_again
from graph.store import Snapshot, Store, Transaction
from resolver.answering.feed import sequence_of

HOOKS = f"{SERVICE}webhooks"
PLACE = f"{SERVICE}webhook:"
LONGEST_URL = 2_000
#: Bytes of a secret, as the Standard Webhooks specification wants them.
SECRET_BYTES, LEAST_SECRET, MOST_SECRET = 32, 24, 64
PREFIX = "whsec_"
#: Failures in a row from which a webhook counts as failing.
FAILING = 10

State = Literal["delivering", "retrying", "failing"]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class Hook(_Kept):
    """A registered webhook; it never changes. No ``kinds``: all. Times in microseconds since 1970 UTC."""

    id: str
    url: str
    kinds: tuple[ChangeKind, ...]
    secret: str
    created_at: int

    def wants(self, kind: ChangeKind) -> bool:
        return not self.kinds or kind in self.kinds


class Place(_Kept):
    """How far a webhook has come. Everything up to ``cursor`` (a sequence number) is delivered; where ``upto`` is
    greater, a message with what lies between is on its way, the same at each of its tries. ``attempts``: how often that
    has failed in a row, ``problem``: how it last failed. ``not_before``: when the next try is due."""

    cursor: int
    upto: int
    attempts: int = 0
    not_before: int = 0
    problem: str | None = None
    delivered_at: int | None = None

    @property
    def planned(self) -> bool:
        return self.upto > self.cursor

    @property
    def state(self) -> State:
        return "failing" if self.attempts >= FAILING else "retrying" if self.attempts else "delivering"


_HOOKS = TypeAdapter(list[Hook])


class Wish(_Kept):
    """What is to be registered. ``after``: a cursor of the feed; without it from now on, or with ``from_start`` from
    the feed's beginning. ``insecure``: the address may be plain http. ``secret``: one that exists already."""

    url: str
    kinds: tuple[ChangeKind, ...] = ()
    after: str | None = None
    from_start: bool = False
    insecure: bool = False
    secret: str | None = None


class Webhooks:
    """The webhooks of one store. Safe to share between threads."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store, self._clock = store, clock

    def add(self, wish: Wish) -> tuple[Hook, Place]:
        """Raises BadInputError for an address, a secret or a cursor that cannot be used."""
        _check_url(wish.url, insecure=wish.insecure)
        secret = wish.secret or PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        secret_bytes(secret)
        if wish.from_start and wish.after is not None:
            raise BadInputError("both from_start and after are given", "give one of them", place="after")
        with self._store.write() as tx:
            hooks = read_hooks(tx)
            if any(its.url == wish.url for its in hooks):
                raise BadInputError("this address has a webhook already", "remove that one first", place="url")
            kinds = tuple(sorted(set(wish.kinds)))
            hook = Hook(id=uuid.uuid4().hex, url=wish.url, kinds=kinds, secret=secret, created_at=self._clock())
            start = 0 if wish.from_start else tx.sequence() if wish.after is None else sequence_of(wish.after, tx)
            place = Place(cursor=start, upto=start)
            tx.put_meta(HOOKS, _HOOKS.dump_json([*hooks, hook]).decode())
            put_place(tx, hook.id, place)
        return hook, place

    def all(self) -> list[tuple[Hook, Place]]:
        """The oldest first."""
        return read_again(
            self._store, lambda snapshot: [(its, read_place(snapshot, its.id)) for its in read_hooks(snapshot)]
        )

    def get(self, id: str) -> tuple[Hook, Place]:
        """Raises NotFoundError."""
        return read_again(self._store, lambda snapshot: (_hook(snapshot, id), read_place(snapshot, id)))

    def remove(self, id: str) -> None:
        """Raises NotFoundError. A message that is on its way just now may still arrive."""
        with self._store.write() as tx:
            gone = _hook(tx, id)
            tx.put_meta(HOOKS, _HOOKS.dump_json([its for its in read_hooks(tx) if its != gone]).decode())
            tx.put_meta(PLACE + id, None)

    def resume(self, id: str) -> tuple[Hook, Place]:
        """Forget the failures and try again at once. Raises NotFoundError."""
        with self._store.write() as tx:
            hook = _hook(tx, id)
            place = read_place(tx, id).model_copy(update={"attempts": 0, "not_before": 0, "problem": None})
            put_place(tx, id, place)
        return hook, place

    def store_id(self) -> str:
        """The store's name, with which cursors begin."""
        return read_again(self._store, lambda snapshot: snapshot.store_id())


def read_hooks(snapshot: Snapshot) -> list[Hook]:
    text = snapshot.meta(HOOKS)
    return _HOOKS.validate_json(text) if text else []


def _hook(snapshot: Snapshot, id: str) -> Hook:
    for its in read_hooks(snapshot):
        if its.id == id:
            return its
    raise NotFoundError("webhook", id, "list them with: whograph webhooks list")


def read_place(snapshot: Snapshot, id: str) -> Place:
    """A webhook's place; one that has lost it begins where the feed ends."""
    text = snapshot.meta(PLACE + id)
    if text:
        return Place.model_validate_json(text)
    return Place(cursor=snapshot.sequence(), upto=snapshot.sequence())


def put_place(tx: Transaction, id: str, place: Place) -> None:
    tx.put_meta(PLACE + id, place.model_dump_json())


def secret_bytes(secret: str) -> bytes:
    """The key behind ``whsec_…``. Raises BadInputError, which does not repeat it."""
    try:
        its = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        its = b""
    if not secret.startswith(PREFIX) or not LEAST_SECRET <= len(its) <= MOST_SECRET:
        raise BadInputError(
            "the secret cannot be used",
            f"give {PREFIX} and {LEAST_SECRET} to {MOST_SECRET} bytes in base64, or none, and one is made",
            place="secret",
        )
    return its


def _check_url(url: str, *, insecure: bool) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("https", "http") or port == 0 or len(url) > LONGEST_URL or not _plain(url):
        raise BadInputError("is not an address to send to", "give one such as https://example.com/hook", place="url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadInputError(
            "an address must hold no login and no fragment", "the signature tells who is calling", place="url"
        )
    if parts.scheme == "http" and not insecure and not _loopback(host):
        raise BadInputError(
            "plain http shows everybody on the way which records belong together",
            "use https, or allow it with insecure",
            place="url",
        )


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def kinds_of(names: Sequence[str]) -> tuple[ChangeKind, ...]:
    """Raises BadInputError for a name that is no kind of event."""
    known = [its.value for its in ChangeKind]
    for name in names:
        if name not in known:
            raise BadInputError(f"{name!r} is no kind of event", f"there are: {', '.join(known)}", place="--kind")
    return tuple(ChangeKind(name) for name in names)
