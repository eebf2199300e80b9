"""The errors of whograph: one root, few children; each message names the thing and says what to do."""

from __future__ import annotations

#: Characters of a name that a message repeats: whoever sent a long one knows it.
_SHOWN = 100


class WhographError(Exception):
    """Root of every error that whograph raises on purpose. ``str(error)`` is one clear line for people."""


class BadInputError(WhographError):
    """A file, row, value, configuration or argument that cannot be used; the caller must mend it."""

    def __init__(self, problem: str, remedy: str, *, place: str | None = None) -> None:
        """``place`` is a file with its line, a config key or an argument; ``remedy`` says what to do."""
        self.problem, self.remedy, self.place = problem, remedy, place
        super().__init__(f"{place}: {problem}; {remedy}" if place else f"{problem}; {remedy}")


class UnknownSourceError(BadInputError):
    """Rows of a source that the configuration does not name."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"source {_shown(source)} is not in the config",
            "add it with: whograph init --add FILES, or ingest with allow_new_sources (--allow-new-sources)",
            place=source[:_SHOWN],
        )


class NotFoundError(WhographError):
    """Something that was asked for by name does not exist."""

    def __init__(self, kind: str, name: str, remedy: str) -> None:
        self.kind, self.name, self.remedy = kind, name, remedy
        super().__init__(f"no {kind} {_shown(name)}; {remedy}")


class ContradictionError(WhographError):
    """A decision that contradicts standing decisions. ``chain`` holds the ids of those, in path order."""

    def __init__(self, problem: str, chain: tuple[str, ...]) -> None:
        self.problem, self.chain = problem, chain
        super().__init__(f"{problem}; withdraw one of {', '.join(chain)} first")


class StoreError(WhographError):
    """The store cannot do what was asked: not a store, of a newer schema, read-only, full."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem, self.remedy = problem, remedy
        super().__init__(f"{problem}; {remedy}")


class StoreUnavailableError(StoreError):
    """The store does not answer just now; the same call may succeed later. Nothing was half done."""


class SnapshotMovedError(StoreUnavailableError):
    """What a snapshot had read was changed by a writer before it had read all: begin a new snapshot and read again."""


class MaskedError(StoreError):
    """The store is a masked copy, made to be looked at; nothing in it can be compared or changed."""


class VersionError(StoreError):
    """Live work under another resolution version than the store's, or records that wait for a re-cluster."""


def _shown(name: str) -> str:
    return repr(name) if len(name) <= _SHOWN else repr(name[:_SHOWN]) + "…"
