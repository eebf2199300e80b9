"""Runs the API in uvicorn: one process, or several workers on one port."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.metrics import FOLDER
from api.settings import PREFIX, Settings, load_settings
from api.wiring import open_resolver
from resolver.garbage import leave_out_what_is_loaded

#: Seconds that open requests (long polls among them) have to end when the service stops.
SHUTDOWN_SECONDS = 5

#: uvicorn's own access log would hold query strings, so it is off: ``whograph.access`` has a line per request instead.
_PLAIN = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": _PLAIN},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "httpx": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},  # below, it tells addresses
        "whograph": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


def app_of(settings: Settings) -> FastAPI:
    """The application on the settings' store, for a process that does nothing else."""
    app = create_app(partial(open_resolver, settings, create=True))
    leave_out_what_is_loaded()
    return app


def app_from_environment() -> FastAPI:
    """For worker processes, which inherit the settings as variables."""
    return app_of(load_settings())


def options(host: str, port: int) -> dict[str, Any]:
    """How uvicorn serves, whatever the number of workers."""
    return {
        "host": host,
        "port": port,
        "access_log": False,
        "log_config": LOGGING,
        "server_header": False,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }


def serve(settings: Settings) -> None:
    """Serve until told to stop. A store or configuration that cannot be used raises before anything listens."""
    with open_resolver(settings, create=True):
        pass
    if settings.workers == 1:
        uvicorn.run(app_of(settings), **options(settings.host, settings.port))
        return
    with tempfile.TemporaryDirectory(prefix="whograph-metrics-") as folder:
        os.environ |= _variables(settings) | {FOLDER: folder}
        uvicorn.run(
            "api.serving:app_from_environment",
            factory=True,
            workers=settings.workers,
            **options(settings.host, settings.port),
        )


def _variables(settings: Settings) -> dict[str, str]:
    its = {"STORE": settings.store}
    if settings.store_password is not None:
        its["STORE_PASSWORD"] = settings.store_password.get_secret_value()
    if settings.config is not None:
        its["CONFIG"] = str(settings.config)
    return {PREFIX + name: value for name, value in its.items()}
