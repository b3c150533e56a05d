"""Quantized weights in ONNX graphs."""
