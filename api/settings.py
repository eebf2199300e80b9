"""Where the service runs and where its store is: ``WHOGRAPH_*`` variables over ``[service]`` in ``whograph.toml``.

What the columns mean and how strict resolution is (the rest of ``whograph.toml``) is ``resolver.config``, part of the
resolution version; nothing here changes how records are resolved.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from graph.errors import BadInputError

#: The configuration that is taken when none is named; where there is none, columns are guessed.
DEFAULT_CONFIG = Path("whograph.toml")
#: The table of ``whograph.toml`` that holds settings.
SECTION = "service"
PREFIX = "WHOGRAPH_"


class Settings(BaseSettings):
    """``store``: the store's URL, ``sqlite:///FILE`` or ``neo4j://user:password@host:port/database``;
    ``store_password`` stands in for one that the URL leaves out, ``target_password`` for one of the store that is
    copied into. ``mask_secret``: what the hashes of masked copies are keyed with; without it each copy has a key of its
    own. ``host`` and ``port``: where the API listens."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    store: str = Field(default="sqlite:///whograph.db", min_length=1, repr=False)  # it may hold a password
    store_password: SecretStr | None = None
    target_password: SecretStr | None = None
    mask_secret: SecretStr | None = Field(default=None, min_length=16)
    config: Path | None = None
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65_535)
    workers: int = Field(default=1, ge=1, le=64)

    @property
    def config_path(self) -> Path | None:
        """The configuration to read: the one that is named (it must exist), or ``whograph.toml`` if there is one."""
        if self.config is not None:
            return self.config
        return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def load_settings(**given: Any) -> Settings:
    """The settings: what is ``given`` (and not None) wins over variables, and those over the file.

    Raises BadInputError that names the setting and where it comes from.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    path = _layered({}, {name: value for name, value in chosen.items() if name == "config"}).config_path
    return _layered(_section(path) if path is not None else {}, chosen)


def _layered(section: dict[str, Any], chosen: dict[str, Any]) -> Settings:
    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  these two are part of the signature, not used
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, section)

    try:
        return Layered(**chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        place = f"setting {name} ({PREFIX}{name.upper()}, or {name} under [{SECTION}] in the config)"
        raise BadInputError(str(first["msg"]), "mend that setting", place=place) from error


def _section(path: Path) -> dict[str, Any]:
    """The file's ``[service]`` table. What is wrong with the file as a whole is told by ``load_config``."""
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8")).get(SECTION, {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    if not isinstance(section, dict):
        raise BadInputError(f"{SECTION} is not a table", f"write its settings under [{SECTION}]", place=str(path))
    return section
