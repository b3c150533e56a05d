"""Quantized weights in Core ML programs."""
