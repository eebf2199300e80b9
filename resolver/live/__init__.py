"""Live work: some records or decisions change, within one transaction."""
