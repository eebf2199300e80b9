"""Preparing: rows of a source become normalised values in columns, and records with their keys."""
