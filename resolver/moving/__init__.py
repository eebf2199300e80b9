"""Moving: a store into another, or into files; as it is, or masked."""
