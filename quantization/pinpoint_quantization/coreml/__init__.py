"""Quantization of Core ML programs."""
