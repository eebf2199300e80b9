"""The neighbourhood of records in a store: their keys' carriers, and which components a change can touch."""
