"""Guesses what the columns of unprepared files mean, by name and by values, and proposes the configuration."""

from resolver.guess.guesses import ColumnGuess, SourceGuess
from resolver.guess.propose import propose
from resolver.guess.source import guess_source
from resolver.guess.written import add_to_toml, to_toml

__all__ = ["ColumnGuess", "SourceGuess", "add_to_toml", "guess_source", "propose", "to_toml"]
