"""The one place that picks a store and builds the resolver: everything else knows only the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from api.settings import Settings
from graph.errors import BadInputError
from graph.store import Store
from resolver.config import Config, load_config
from resolver.live.sources import in_force, registered
from resolver.service import Resolver

if TYPE_CHECKING:
    from resolver.moving.graph_files import GraphFiles

_SQLITE = "sqlite:///"
_NEO4J = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
#: The store's small text that holds a guessed configuration.
GUESSED = "guessed_config"
_FORMS = "write sqlite:///FILE or neo4j://user:password@host:7687/database"


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """Open the store of the settings' URL. Without ``create``, an embedded store that does not exist is an error.

    Raises BadInputError for a URL that names no store, StoreError for a store that cannot be opened.
    """
    url = settings.store
    scheme = url.partition("://")[0]
    if url.startswith(_SQLITE):
        from graph.sqlite_store import SqliteStore

        return SqliteStore.open(sqlite_path(url), create=create)
    if scheme in _NEO4J:
        from graph.neo4j_store import Neo4jStore  # its driver takes half a second to import

        password = settings.store_password
        return Neo4jStore.open(url, password=password.get_secret_value() if password else None)
    shown = scheme if "://" in url and scheme.isascii() and len(scheme) <= 20 else "the store's URL"
    raise BadInputError(f"{shown} names no kind of store", _FORMS, place="store")


def graph_files(folder: Path) -> GraphFiles:
    """Files in this folder for ``neo4j-admin database import``."""
    from graph.neo4j_store import ImportFiles

    return ImportFiles(folder)


def sqlite_path(url: str) -> Path:
    """The file of ``sqlite:///FILE``: relative to the working folder, or absolute (``sqlite:////var/whograph.db``)."""
    name = unquote(url.removeprefix(_SQLITE))
    if not name or "\0" in name or "?" in name:
        raise BadInputError("the store's URL names no file", _FORMS, place="store")
    return Path(name)


def read_config(settings: Settings, store: Store) -> Config | None:
    """The configuration in force: what ``whograph.toml`` says, else what was guessed when sources were loaded without
    one, else the adopted version's; None where there is none of these."""
    path = settings.config_path
    if path is not None:
        return load_config(path)
    with store.read() as snapshot:
        guessed, version = snapshot.meta(GUESSED), snapshot.version()
    if guessed is not None:
        return Config.from_json(guessed)
    return Config.from_json(version.config) if version is not None else None


def read_whole_config(settings: Settings, store: Store) -> Config | None:
    """The same, with the sources that were registered when their first records came, and all of their fields."""
    config = read_config(settings, store)
    if config is None:
        return None
    with store.read() as snapshot:
        return in_force(config, registered(snapshot))


@contextmanager
def remembering(store: Store, config: Config) -> Iterator[None]:
    """Keep a guessed configuration in the store, so that later commands read columns alike; not if the block fails
    before anything was written under it."""
    with store.write() as transaction:
        before, sequence = transaction.meta(GUESSED), transaction.sequence()
        transaction.put_meta(GUESSED, config.canonical_json())
    try:
        yield
    except BaseException:
        with store.write() as transaction:
            if transaction.sequence() == sequence:
                transaction.put_meta(GUESSED, before)
        raise


@contextmanager
def open_resolver(settings: Settings, *, create: bool = False) -> Iterator[Resolver]:
    """A resolver on the settings' store with the configuration in force; closed at the end."""
    with closing(open_store(settings, create=create)) as store:
        yield Resolver(store, read_config(settings, store))
