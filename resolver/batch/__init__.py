"""Batch work: everything at once, without a store, into one, or over all that it holds."""
