"""Blocking: the derived values by which records propose each other, and the candidate pairs they make."""
