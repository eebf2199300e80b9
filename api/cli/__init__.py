"""The command line, ``whograph``: each command parses, calls the resolver, and renders what it answers."""

from api.cli.app import main, run

__all__ = ["main", "run"]
