"""Judging a clustering against the truth."""
