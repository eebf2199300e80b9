"""Which resolution version work is done under: the store's adopted one, made ready once, and whether it is fit for
live work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graph.errors import VersionError
from graph.model import ResolutionVersion
from graph.store import Snapshot, Transaction
from resolver.config import Config
from resolver.live.sources import fields_of, in_force, registered
from resolver.masks import MASKED, masked_error
from resolver.normalise import NORMALISER_VERSION
from resolver.scoring.model import Model
from resolver.training.default_model import default_model
from resolver.unfinished import refuse_unfinished_copy
from resolver.version import Version


@dataclass(frozen=True, slots=True)
class _Known:
    """An adopted version, and what was found beside it: they change together, if at all."""

    number: int
    version: Version
    normaliser: str
    masked: bool
    registered: Config | None


class Adopted:
    """The versions of one store as one resolver sees them. Safe to share between threads."""

    def __init__(self, config: Config | None, clock: Callable[[], int]) -> None:
        """``config``: what ``whograph.toml`` says, if there is one."""
        self.given, self._clock = config, clock
        self._known: _Known | None = None

    def version(self, snapshot: Snapshot) -> Version:
        """The adopted version. Raises VersionError before the first re-cluster."""
        return self._ready(snapshot).version

    def comparing(self, snapshot: Snapshot) -> Version:
        """The adopted version, for work that compares values. Raises MaskedError on a masked copy."""
        known = self._ready(snapshot)
        if known.masked:
            raise masked_error("compare or change")
        return known.version

    def is_masked(self, snapshot: Snapshot) -> bool:
        """Whether the store is a masked copy."""
        return self._ready(snapshot).masked

    def live(self, tx: Transaction) -> Version:
        """The version that live work resolves under; the shipped model serves a new store from its first record on."""
        begins = False
        if tx.version_number() is None:
            refuse_unfinished_copy(tx)
            begins = self.given is not None and not tx.pending(1)
        if begins and self.given is not None:
            config = in_force(self.given, registered(tx))
            texts = (config.canonical_json(), default_model(config).to_json(), NORMALISER_VERSION)
            tx.adopt_version(ResolutionVersion(1, *texts, self._clock()))
        version, known = self.comparing(tx), self._ready(tx)
        if begins:  # which is not certain before the commit
            self._known = None
        if tx.pending(1):
            raise VersionError("bulk-loaded records wait to be resolved", "run: whograph recluster")
        if (
            self.given is not None
            and in_force(self.given, known.registered, fields_of(version.config)) != version.config
        ):
            raise VersionError(
                "the config differs from the one that the store was resolved under", "run: whograph recluster"
            )
        if known.normaliser != NORMALISER_VERSION:
            raise VersionError(
                "the store was resolved with another version of the normaliser", "run: whograph recluster"
            )
        return version

    def config(self, snapshot: Snapshot) -> Config | None:
        """The config to load and re-cluster under: what ``whograph.toml`` says, else the adopted one; with all sources
        that were registered, and all of their fields. None where there is none."""
        wanted = self.given
        if wanted is None:
            if snapshot.version_number() is None:
                return None
            wanted = self.version(snapshot).config
        return in_force(wanted, registered(snapshot))

    def config_to_load(self, snapshot: Snapshot) -> Config:
        """The same, for rows that come in bulk. Raises VersionError where there is none."""
        config = self.config(snapshot)
        return self.version(snapshot).config if config is None else config

    def may_register(self, snapshot: Snapshot, source: str, *, allowed: bool) -> bool:
        """Whether a source that rows came of is new, and may be registered: because the caller allows it, or the
        config. A store that was never resolved may begin with it, unless bulk-loaded records wait."""
        if snapshot.version_number() is None and snapshot.pending(1):
            return False
        config = self.config(snapshot)
        if config is None:
            return allowed
        return source not in config.sources and (allowed or config.resolution.allow_new_sources)

    def _ready(self, snapshot: Snapshot) -> _Known:
        number = snapshot.version_number()
        known = self._known
        if known is None or known.number != number:
            refuse_unfinished_copy(snapshot)
            if number is None:
                raise VersionError(
                    "the store has no resolution version yet", "load records and run: whograph recluster"
                )
            its = snapshot.version()
            assert its is not None
            version = Version(Config.from_json(its.config), Model.from_json(its.model))
            masked = snapshot.meta(MASKED) is not None
            known = self._known = _Known(its.number, version, its.normaliser, masked, registered(snapshot))
        return known
