"""Answering: who is this, and why; only reading."""
