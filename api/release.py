"""Which release of whograph this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    try:
        return version("whograph")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
