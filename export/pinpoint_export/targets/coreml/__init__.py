"""The `coreml` target."""
