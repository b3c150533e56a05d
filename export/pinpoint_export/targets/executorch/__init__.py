"""The `executorch` target."""
