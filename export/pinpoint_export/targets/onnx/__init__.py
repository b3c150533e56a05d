"""The `onnx` target."""
